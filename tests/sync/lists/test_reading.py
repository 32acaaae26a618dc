"""Lists read from Xero: six calls, a row an entry for ever, and what leaves them said before anything fails."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Cause, LastSync, Operation, Service, ServiceRequest, XeroListEntry, now
from app.models.service_request import OPEN_STATUSES
from app.sync.causes import CHARGE, OFFICE
from app.sync.lists import lookup, planning
from app.sync.operations import READ_LISTS
from tests.support.books import Books
from tests.support.people import Cast
from tests.support.statements import counted_statements

Work = Callable[..., int]
CALLS = (
    "/api.xro/2.0/Accounts",
    "/api.xro/2.0/BrandingThemes",
    "/api.xro/2.0/Currencies",
    "/api.xro/2.0/Items",
    "/api.xro/2.0/TaxRates",
    "/api.xro/2.0/TrackingCategories",
)


def entries(books: Books, kind: str) -> list[XeroListEntry]:
    statement = select(XeroListEntry).where(XeroListEntry.kind == kind)
    return books.cast.read(books.company_id, statement.order_by(XeroListEntry.code, XeroListEntry.name))


def test_six_calls_and_few_statements(app: Flask, cast: Cast, books: Books, work: Work, simulator) -> None:
    smiths = cast.read(cast.smith, select(XeroListEntry.id))
    books.plan()
    work()
    asked = sorted(line["path"].split("?")[0] for line in simulator.ledger() if "/api.xro/" in line["path"])
    assert asked == sorted(CALLS)
    for_sales = {one.code for one in entries(books, "account") if one.usable}
    assert for_sales == {"200", "210", "220", "260"}, "revenue, with a code, nothing of the system's"
    assert {one.code for one in entries(books, "tax_rate") if one.usable} == {
        "OUTPUT",
        "EXEMPTOUTPUT",
        "BASEXCLUDED",
    }
    assert lookup.tax_rate_of(books.entry("tax_rate", "GST on Income")) == 10
    office = books.entry("tracking_category", "Office")
    assert {
        one.name for one in entries(books, "tracking_option") if one.parent_xero_id == office.xero_id
    } == {
        "Sydney",
        "Newcastle",
    }
    assert [one.code for one in entries(books, "currency")] == ["AUD"]
    assert [one.name for one in entries(books, "branding_theme")] == ["Standard"]
    assert set(cast.read(cast.smith, select(XeroListEntry.id))) == set(smiths), (
        "another practice's stay as they are"
    )
    ids = {one.id for kind in ("account", "item", "tax_rate") for one in entries(books, kind)}
    books.plan()
    with counted_statements(app) as seen:
        work()
    assert len([one for one in seen if "xero_list_entries" in one]) <= 5, (
        "known, marked as seen, and what is mapped to them"
    )
    (last,) = cast.read(cast.abc, select(LastSync).where(LastSync.kind == READ_LISTS))
    assert (last.counts.get("new"), last.counts.get("changed")) == (None, None)
    assert last.counts["entries"] == len(cast.read(cast.abc, select(XeroListEntry.id)))
    assert {one.id for kind in ("account", "item", "tax_rate") for one in entries(books, kind)} == ids


def test_renamed_stays_mapped_and_archived_is_said_before_anything_fails(
    cast: Cast, books: Books, work: Work
) -> None:
    books.charge("BAS", "Accounting Fees")
    books.charge("Company Tax", "Accounting Fees")
    books.charge("Bookkeeping", "Bookkeeping Fees")
    books.charge("Payroll Setup", "Tax Return Fees")
    books.charge("ASIC Annual Review", "Tax Return Fees")
    books.invoice({"account_id": books.entry("account", "Accounting Fees").id})
    books.press("account", "Bookkeeping Fees", "rename", "Bookkeeping and Payroll")
    books.press("account", "Accounting Fees", "archive")
    failed = len(cast.read(cast.abc, select(Operation).where(Operation.state == "failed")))
    books.plan()
    work()
    renamed = books.entry("account", "Bookkeeping and Payroll")
    assert (renamed.previous_name, renamed.usable) == ("220 Bookkeeping Fees", True)
    assert renamed.renamed_at is not None
    archived = books.entry("account", "Accounting Fees")
    assert (archived.status, archived.usable) == ("ARCHIVED", False)
    assert archived.left_at is not None
    both = books.causes()
    ids = {str(cast.service(cast.abc, name).id) for name in ("BAS", "Company Tax")}
    assert {(one.kind, one.subject) for one in both} == {(CHARGE, one) for one in ids}
    (sentence,) = {one.sentence for one in both}
    unbilled = cast.read(
        cast.abc,
        select(ServiceRequest.id)
        .join(Service, Service.id == ServiceRequest.service_id)
        .where(Service.name.in_(("BAS", "Company Tax")), ServiceRequest.status.in_(OPEN_STATUSES)),
    )
    assert sentence == (
        "The account “200 Accounting Fees” was archived in Xero. BAS and Company Tax use it. It will keep"
        f" {len(unbilled)} open requests from being billed and 1 invoice from being sent. Suggested instead:"
        " “210 Tax Return Fees” (same tax type, used by most services)."
    )
    assert len(cast.read(cast.abc, select(Operation).where(Operation.state == "failed"))) == failed
    assert cast.read(cast.smith, select(Cause).where(Cause.kind == CHARGE)) == []
    books.press("account", "Accounting Fees", "restore")
    books.plan()
    work()
    assert books.causes() == []
    back = books.entry("account", "Accounting Fees")
    assert (back.id, back.usable, back.left_at) == (archived.id, True, None)


def test_what_vanishes_and_options_of_an_archived_category(books: Books, work: Work, cast: Cast) -> None:
    books.charge("Individual Tax Return", "Tax Return Fees", item="Individual Tax Return")
    books.track("Sydney", "Sydney")
    books.press("item", "Individual Tax Return", "vanish")
    books.press("tracking_category", "Office", "archive")
    books.plan()
    work()
    assert books.entry("item", "Individual Tax Return").status == "GONE"
    option = books.entry("tracking_option", "Sydney")
    assert (option.status, option.usable) == ("ACTIVE", False)
    said = {one.kind: one.sentence for one in books.causes()}
    assert said[CHARGE].startswith("The item “ITR Individual Tax Return” is no longer in Xero.")
    assert said[OFFICE].startswith(
        "The tracking option “Sydney” belongs to a tracking category that is not active in Xero. The office Sydney"
    )
    with books.scope() as connection:
        charged = lookup.charges_of(connection.id)[cast.service(cast.abc, "Individual Tax Return").id]
        assert charged.problem
        assert "which is no longer in Xero" in charged.problem
        unmapped = lookup.charges_of(connection.id)[cast.service(cast.abc, "BAS").id]
        assert "to which account “BAS” is charged" in (unmapped.problem or "")


@pytest.mark.parametrize("fault", ["503", "truncated"])
def test_a_list_that_does_not_come_changes_nothing(
    cast: Cast, books: Books, work: Work, simulator, fault: str
):
    """The last of six calls fails: nothing of the five is kept, and it is tried again."""
    books.press("account", "Accounting Fees", "archive")
    simulator.fault(fault, path="BrandingThemes", count=1)
    books.plan()
    work()
    assert books.entry("account", "Accounting Fees").status == "ACTIVE"
    work(hurry=True)
    assert books.entry("account", "Accounting Fees").status == "ARCHIVED"


def test_read_daily_and_hourly_while_invoices_wait(books: Books, cast: Cast) -> None:
    def due(hours: float) -> bool:
        with books.scope() as connection:
            then = now() - timedelta(hours=hours)
            read = update(LastSync).where(LastSync.kind == READ_LISTS)
            db.session.execute(read.values(succeeded_at=then))
            planned = planning.plan_due(connection) is not None
            db.session.rollback()
            return planned

    assert (due(0.5), due(2), due(24)) == (False, False, True)
    books.invoice({}, push_state="new")
    assert due(2) is False
    books.invoice({}, push_state="blocked")
    assert (due(0.5), due(2)) == (False, True)
