"""The whole road to the simulator over HTTP: real tokens, a real transport, its call log."""

from typing import Any

import requests

from app.xero.accounting import AccountingApi
from app.xero.config import XeroApp
from app.xero.gate import CallRecord, Gate
from app.xero.oauth import refresh
from app.xero.projects import ProjectsApi
from app.xero.transport import Transport
from tests.support.simulator import SimulatorProcess
from tests.xero.doubles import OpenGate

BACK = "http://localhost:8000/api/integrations/xero/callback"


def consented(xero: SimulatorProcess, organisation: str, scopes: tuple[str, ...] | None) -> dict[str, Any]:
    """A token set of the simulator's console; without scopes, those of everything but Practice Manager."""
    if scopes is None:
        return xero.token(organisation)
    body = {"organisation": organisation, "scopes": list(scopes)}
    answer = requests.post(f"{xero.url}/_console/token", json=body, timeout=10)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


class LiveTokens:
    """A grant kept in memory and refreshed by the real calls."""

    def __init__(self, app: XeroApp, access: str, refresh_token: str) -> None:
        self._app, self.access, self.refresh_token, self.refreshes = app, access, refresh_token, 0

    def current(self) -> str:
        return self.access

    def renewed(self, stale: str) -> str:
        if stale == self.access:
            tokens = refresh(self._app, self.refresh_token)
            self.access, self.refresh_token = tokens.access_token, tokens.refresh_token
            self.refreshes += 1
        return self.access


class Road:
    """An organisation's transport, tokens and call log."""

    def __init__(
        self,
        app: XeroApp,
        xero: SimulatorProcess,
        organisation: str,
        gate: Gate | None = None,
        scopes: tuple[str, ...] | None = None,
    ) -> None:
        self.token = consented(xero, organisation, scopes)
        self.tenant_id = str(self.token["tenant_id"])
        self.tokens = LiveTokens(app, self.token["access_token"], self.token["refresh_token"])
        self.calls: list[CallRecord] = []
        self.gate = gate or OpenGate()
        self._app = app
        self.transport = self.make()

    def make(self, tenant_id: str | None = "own") -> Transport:
        return Transport(
            self._app,
            tenant_id=self.tenant_id if tenant_id == "own" else tenant_id,
            token=self.tokens,
            gate=self.gate,
            on_call=self.calls.append,
            correlation_id="test",
            interactive=False,
            timeouts=(2, 1.0),
        )

    @property
    def accounting(self) -> AccountingApi:
        return AccountingApi(self.transport)

    @property
    def projects(self) -> ProjectsApi:
        return ProjectsApi(self.transport)
