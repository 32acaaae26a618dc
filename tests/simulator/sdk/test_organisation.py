from __future__ import annotations

from datetime import UTC, date, datetime

from xero_python.accounting import CountryCode, CurrencyCode, TimeZone

from tests.simulator.sdk.client import Sdk


def test_organisation(sdk: Sdk) -> None:
    [found] = sdk.accounting.get_organisations(sdk.tenant_id).organisations
    assert (found.organisation_id, found.name, found.legal_name) == (
        sdk.tenant_id,
        "ABC Pty Ltd",
        "ABC Pty Ltd",
    )
    assert found.short_code == sdk.state()["short_code"]
    assert (found.base_currency, found.country_code) == (CurrencyCode.AUD, CountryCode.AU)
    assert found.timezone is TimeZone.AUSEASTERNSTANDARDTIME
    assert (found.version, found.edition, found._class) == ("AU", "BUSINESS", "PREMIUM")
    assert (found.organisation_status, found.is_demo_company) == ("ACTIVE", False)
    assert (found.financial_year_end_day, found.financial_year_end_month) == (30, 6)
    assert found.created_date_utc == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert found.period_lock_date is None


def test_lock_date_is_a_day(sdk: Sdk) -> None:
    sdk.simulator.console("organisation", organisation="ABC Pty Ltd", locked_until="2026-06-30")
    [found] = sdk.accounting.get_organisations(sdk.tenant_id).organisations
    assert found.period_lock_date == date(2026, 6, 30)


def test_allowed_actions(sdk: Sdk) -> None:
    found = sdk.accounting.get_organisation_actions(sdk.tenant_id).actions
    assert {one.status for one in found} <= {"ALLOWED", "NOT-ALLOWED"}
    assert "CreateDraftInvoice" in {one.name for one in found if one.status == "ALLOWED"}
