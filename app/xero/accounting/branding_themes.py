"""Branding themes: how an organisation's invoices look, read only (facts 4.2)."""

from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.shapes import several, text


@dataclass(frozen=True)
class BrandingTheme:
    """An invoice without a theme has the organisation's own default."""

    id: str
    name: str


class BrandingThemeCalls(AccountingCalls):
    def branding_themes(self) -> list[BrandingTheme]:
        """All themes; the endpoint is not paged. Needs accounting.settings.read."""
        found = several(self._get("/BrandingThemes"), "BrandingThemes")
        return [BrandingTheme(text(row, "BrandingThemeID"), text(row, "Name")) for row in found]
