"""Tax rates, read only.

Rates made through the API cannot be used for filing in AU, NZ and the UK (facts 4.2).
"""

from dataclasses import dataclass
from decimal import Decimal

from app.xero.accounting.calls import AccountingCalls
from app.xero.money import money
from app.xero.shapes import Record, flag, several, text


@dataclass(frozen=True)
class TaxRate:
    """tax_type is the key (OUTPUT, NONE, TAX001, …); rate is in per cent, as a person is shown it."""

    tax_type: str
    name: str
    status: str
    rate: Decimal | None
    for_revenue: bool


class TaxRateCalls(AccountingCalls):
    def tax_rates(self) -> list[TaxRate]:
        """All tax rates; the endpoint is not paged. Needs accounting.settings.read."""
        return [_tax_rate(row) for row in several(self._get("/TaxRates"), "TaxRates")]


def _tax_rate(row: Record) -> TaxRate:
    return TaxRate(
        tax_type=text(row, "TaxType"),
        name=text(row, "Name"),
        status=text(row, "Status"),
        rate=money(row.get("DisplayTaxRate")),
        for_revenue=flag(row, "CanApplyToRevenue"),
    )
