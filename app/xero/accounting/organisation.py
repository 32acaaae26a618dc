"""The organisation itself (facts 4.2)."""

from dataclasses import dataclass
from datetime import date

from app.xero.accounting.calls import AccountingCalls
from app.xero.dates import calendar_date
from app.xero.shapes import Record, first, flag, several, text


@dataclass(frozen=True)
class Organisation:
    """What Xero says of an organisation.

    short_code is for links into Xero; timezone and version are Xero's words. Nothing dated on or before the
    lock dates can be changed.
    """

    id: str
    name: str
    legal_name: str
    short_code: str
    country: str
    base_currency: str
    timezone: str
    version: str
    edition: str
    status: str
    is_demo_company: bool
    period_lock_date: date | None
    end_of_year_lock_date: date | None


class OrganisationCalls(AccountingCalls):
    def organisation(self) -> Organisation:
        """The organisation behind the connection. A good probe: one call, free of Xero's traffic charge."""
        return _organisation(first(self._get("/Organisation"), "Organisations"))

    def allowed_actions(self) -> frozenset[str]:
        """What the person who connected, and the organisation's plan, may do, by Xero's names."""
        found = several(self._get("/Organisation/Actions"), "Actions")
        return frozenset(text(row, "Name") for row in found if text(row, "Status") == "ALLOWED")


def _organisation(row: Record) -> Organisation:
    return Organisation(
        id=text(row, "OrganisationID"),
        name=text(row, "Name"),
        legal_name=text(row, "LegalName"),
        short_code=text(row, "ShortCode"),
        country=text(row, "CountryCode"),
        base_currency=text(row, "BaseCurrency"),
        timezone=text(row, "Timezone"),
        version=text(row, "Version"),
        edition=text(row, "Edition"),
        status=text(row, "OrganisationStatus"),
        is_demo_company=flag(row, "IsDemoCompany"),
        period_lock_date=calendar_date(row.get("PeriodLockDate")),
        end_of_year_lock_date=calendar_date(row.get("EndOfYearLockDate")),
    )
