"""The currencies an organisation uses, read only (facts 4.2)."""

from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.shapes import several, text


@dataclass(frozen=True)
class Currency:
    """code is ISO 4217."""

    code: str
    description: str


class CurrencyCalls(AccountingCalls):
    def currencies(self) -> list[Currency]:
        """All that are in use; the endpoint is not paged. Needs accounting.settings.read."""
        found = several(self._get("/Currencies"), "Currencies")
        return [Currency(text(row, "Code"), text(row, "Description")) for row in found]
