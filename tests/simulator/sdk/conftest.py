"""The SDK against the simulator, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from xero_python.api_client.oauth2 import TokenApi

from tests.simulator.conftest import RunningSimulator
from tests.simulator.sdk.client import Sdk


@pytest.fixture
def sdk(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sdk]:
    # The SDK has these two addresses fixed in the class, beyond reach of its Configuration.
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{simulator.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{simulator.url}/connect/revocation")
    found = Sdk(simulator, tmp_path)
    yield found
    found.close()
