from __future__ import annotations

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = {one.code: one.description for one in sdk.accounting.get_currencies(sdk.tenant_id).currencies}
    assert "AUD" in {str(code).rpartition(".")[2] for code in found}
    assert all(found.values())
