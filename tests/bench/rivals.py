"""Four ways to ask the simulated Xero the same things: bare `requests`, `xero-python`, and our client twice."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import requests
from redis import Redis
from xero_python import accounting, project
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from app.sync.governor import Governor, Limits
from app.xero.accounting import AccountingApi
from app.xero.config import XeroApp
from app.xero.gate import Gate, Pass
from app.xero.projects import ProjectsApi
from app.xero.transport import Transport

WIDE = 10_000_000
GENEROUS = Limits(per_minute=WIDE, at_once=1000, per_day=(WIDE,), app_per_minute=WIDE)


@dataclass(frozen=True)
class Road:
    """Where to ask, and on whose behalf."""

    url: str
    access_token: str
    tenant_id: str
    contact_id: str


class Rival(Protocol):
    """Asks, reads the whole answer, and gives back what shows that it did."""

    def organisation(self) -> str:
        """The organisation's name."""

    def contacts(self, size: int) -> list[str]:
        """The names of the first page of contacts."""

    def project(self, name: str) -> str:
        """Make a project; its id."""


class Bare:
    """A session of `requests` with the headers set once: the least there is."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._http = requests.Session()
        self._http.headers.update(
            {
                "Authorization": f"Bearer {road.access_token}",
                "xero-tenant-id": road.tenant_id,
                "Accept": "application/json",
            }
        )

    def organisation(self) -> str:
        return str(self._get("Organisation")["Organisations"][0]["Name"])

    def contacts(self, size: int) -> list[str]:
        found = self._get("Contacts", page=1, pageSize=size)["Contacts"]
        return [one["Name"] for one in found]

    def project(self, name: str) -> str:
        body = {"contactId": self._road.contact_id, "name": name}
        reply = self._http.post(f"{self._road.url}/projects.xro/2.0/Projects", json=body, timeout=20)
        reply.raise_for_status()
        return str(reply.json()["projectId"])

    def _get(self, path: str, **params: Any) -> Any:
        reply = self._http.get(f"{self._road.url}/api.xro/2.0/{path}", params=params, timeout=20)
        reply.raise_for_status()
        return reply.json()


class Theirs:
    """Xero's own SDK."""

    def __init__(self, road: Road) -> None:
        self._road = road
        token = {
            "access_token": road.access_token,
            "refresh_token": "not used",
            "expires_at": time.time() + 1800,
            "expires_in": 1800,
            "token_type": "Bearer",
            "scope": ["projects"],
        }
        configuration = Configuration()
        configuration.oauth2_token = OAuth2Token(client_id="not used", client_secret="not used")
        client = ApiClient(configuration, pool_threads=1)
        client.oauth2_token_getter(lambda: token)
        self._accounting = accounting.AccountingApi(client, f"{road.url}/api.xro/2.0")
        self._projects = project.ProjectApi(client, f"{road.url}/projects.xro/2.0")

    def organisation(self) -> str:
        return str(self._accounting.get_organisations(self._road.tenant_id).organisations[0].name)

    def contacts(self, size: int) -> list[str]:
        found = self._accounting.get_contacts(self._road.tenant_id, page=1, page_size=size)
        return [one.name for one in found.contacts]

    def project(self, name: str) -> str:
        wish = project.ProjectCreateOrUpdate(contact_id=self._road.contact_id, name=name)
        return str(self._projects.create_project(self._road.tenant_id, wish).project_id)


class Ours:
    """The product's client; the call log is made for each call, as always, but not stored."""

    def __init__(self, road: Road, gate: Gate) -> None:
        self._road = road
        app = XeroApp("bench", "bench", "http://localhost/back", road.url, road.url, road.url)
        self.told = 0
        transport = Transport(
            app,
            tenant_id=road.tenant_id,
            token=_Token(road.access_token),
            gate=gate,
            on_call=self._tell,
            correlation_id="bench",
            interactive=False,
        )
        self._accounting, self._projects = AccountingApi(transport), ProjectsApi(transport)

    def organisation(self) -> str:
        return self._accounting.organisation().name

    def contacts(self, size: int) -> list[str]:
        return [one.name for one in next(self._accounting.contacts(page_size=size))]

    def project(self, name: str) -> str:
        return self._projects.create_project(self._road.contact_id, name, idempotency_key=uuid4().hex).id

    def _tell(self, _: object) -> None:
        self.told += 1


def governed(road: Road, redis: Redis) -> Ours:
    """Ours behind the real governor, whose limits are set too wide to hold anything back."""
    return Ours(road, Governor(redis, limits=GENEROUS, prefix="bench"))


class OpenGate:
    """Lets everything through and counts nothing."""

    def enter(self, organisation: str, *, interactive: bool) -> Pass:  # noqa: ARG002
        return Pass("", organisation)

    def leave(self, pass_: Pass, reply_headers: Mapping[str, str] | None, status: int | None) -> None:
        """Nothing was counted."""


class _Token:
    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renewed(self, _: str) -> str:
        raise AssertionError("a token of thirty minutes ran out during the bench")
