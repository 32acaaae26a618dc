"""Tracking options made in Xero for offices: each once, whatever is lost on the way, and mapped at once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Office, OfficeMapping, Operation, XeroListEntry
from app.sync.lists.planning import Wish, plan_making
from app.sync.operations import MAKE_TRACKING
from tests.support.books import Books
from tests.support.people import Cast

Work = Callable[..., int]
TRACKING = "/TrackingCategories"


def wish(books: Books, category: str, category_id: str | None, *offices: str) -> None:
    ids = books.cast.read(books.company_id, select(Office.id).where(Office.name.in_(offices)))
    with books.scope() as connection:
        plan_making(connection, Wish(category, category_id, tuple(sorted(map(str, ids)))), "Alice Carter")


def options(books: Books, category: str) -> list[str]:
    """What Xero has, by name."""
    held: list[dict[str, Any]] = books.simulator.state(newest=0)["organisations"][books.organisation][
        "tracking"
    ]
    return sorted(option["Name"] for one in held if one["Name"] == category for option in one["Options"])


def mapped(books: Books) -> dict[str, str]:
    """Office → option, by name."""
    names = {one.id: one.name for one in books.cast.read(books.company_id, select(Office))}
    known = {one.id: one.name for one in books.cast.read(books.company_id, select(XeroListEntry))}
    rows = books.cast.read(books.company_id, select(OfficeMapping))
    return {names[one.office_id]: known[one.option_id] for one in rows if one.option_id}


def operation(books: Books) -> Operation:
    made = select(Operation).where(Operation.kind == MAKE_TRACKING).order_by(Operation.created_at.desc())
    return books.cast.read(books.company_id, made)[0]


@pytest.mark.parametrize("fault", [None, "drop_after", "drop_before", "500_after", "truncated"])
def test_an_option_is_made_once_and_mapped(books: Books, work: Work, fault: str | None):
    if fault:
        books.simulator.fault(fault, path=f"{TRACKING}/", method="PUT", count=1)
    wish(books, "Office", books.entry("tracking_category", "Office").xero_id, "Parramatta", "Sydney")
    work(hurry=True)
    assert options(books, "Office") == ["Newcastle", "Parramatta", "Sydney"], (
        "Sydney was there and is only mapped"
    )
    assert mapped(books) == {"Parramatta": "Parramatta", "Sydney": "Sydney"}
    assert operation(books).state == "done"
    books.plan()
    work()
    assert books.entry("tracking_option", "Parramatta").usable, "one row, read again"


def test_the_category_too_while_fewer_than_two_are_active(books: Books, work: Work):
    wish(books, "Place", None, "Parramatta")
    work()
    failed = operation(books)
    assert (failed.state, failed.error_code) == ("failed", "two_categories")
    assert "Xero allows two active tracking categories" in (failed.error or "")
    books.press("tracking_category", "Service Line", "archive")
    books.simulator.fault("drop_after", path=TRACKING, method="PUT", count=2)
    wish(books, "Place", None, "Parramatta", "Newcastle")
    work(hurry=True)
    assert options(books, "Place") == ["Newcastle", "Parramatta"]
    assert mapped(books) == {"Newcastle": "Newcastle", "Parramatta": "Parramatta"}


def test_an_archived_name_is_a_person_s_to_restore(books: Books, work: Work, cast: Cast):
    books.press("tracking_option", "Newcastle", "archive")
    wish(books, "Office", books.entry("tracking_category", "Office").xero_id, "Parramatta", "Newcastle")
    work()
    made = operation(books)
    assert (made.state, made.error_code, made.whose_move) == ("failed", "option_archived", "practice")
    assert "“Newcastle” stands archived" in (made.error or "")
    assert mapped(books) == {"Parramatta": "Parramatta"}, "the other one is there"
    assert cast.read(cast.smith, select(Operation).where(Operation.kind == MAKE_TRACKING)) == []


def test_without_the_permission_it_waits_for_a_consent_that_asks_for_it(books: Books, work: Work):
    books.simulator.fault("scope_missing", path=TRACKING, method="PUT", count=1)
    wish(books, "Office", books.entry("tracking_category", "Office").xero_id, "Parramatta")
    work()
    waiting = operation(books)
    assert (waiting.state, waiting.error_code) == ("waiting", "scope")
    from app.integrations.consent import asked_scopes

    with books.scope():
        assert "accounting.settings" in asked_scopes()
