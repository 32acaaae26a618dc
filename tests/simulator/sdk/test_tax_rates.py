from __future__ import annotations

from decimal import Decimal

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = {one.tax_type: one for one in sdk.accounting.get_tax_rates(sdk.tenant_id).tax_rates}
    gst = found["OUTPUT"]
    assert (gst.name, gst.status) == ("GST on Income", "ACTIVE")
    assert gst.effective_rate == gst.display_tax_rate == Decimal(10)
    assert isinstance(gst.effective_rate, Decimal)
    assert (gst.can_apply_to_revenue, gst.can_apply_to_expenses) == (True, False)
    assert sum(part.rate for part in gst.tax_components) == Decimal(10)
    assert found["EXEMPTOUTPUT"].effective_rate == 0
