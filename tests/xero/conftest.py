"""A transport in plain surroundings: what was let in, what was logged and which token is current."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.xero.config import XeroApp
from app.xero.gate import CallRecord
from app.xero.transport import Transport
from tests.support.simulator import SimulatorProcess
from tests.xero.doubles import ORGANISATION, OpenGate, Tokens
from tests.xero.road import BACK, Road


@pytest.fixture
def xero_app() -> XeroApp:
    return XeroApp("client-id", "client-secret-value", "http://localhost:8000/back")


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def make_transport(
    xero_app: XeroApp, tokens: Tokens, gate: OpenGate, calls: list[CallRecord]
) -> Callable[..., Transport]:
    def make(tenant_id: str | None = ORGANISATION, **more: Any) -> Transport:
        return Transport(
            xero_app,
            tenant_id=tenant_id,
            token=tokens,
            gate=gate,
            on_call=calls.append,
            correlation_id="corr-1",
            interactive=True,
            **more,
        )

    return make


@pytest.fixture
def transport(make_transport: Callable[..., Transport]) -> Transport:
    return make_transport()


@pytest.fixture
def xero(simulator_process: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """The simulator as seeded, without faults and limits of an earlier test."""
    simulator_process.reset()
    yield simulator_process
    simulator_process.reset()


@pytest.fixture
def live_app(xero: SimulatorProcess) -> XeroApp:
    return XeroApp("countinghouse-demo", "countinghouse-demo-secret", BACK, xero.url, xero.url, xero.url)


@pytest.fixture
def road(live_app: XeroApp, xero: SimulatorProcess) -> Callable[..., Road]:
    """`road("Smith & Co")`: that organisation, connected; ABC when none is named."""
    return lambda organisation="ABC Pty Ltd", gate=None, scopes=None: Road(
        live_app, xero, organisation, gate, scopes
    )
