"""Whether an organisation looks like the practice's own."""

from dataclasses import fields

import pytest

from app.integrations.guard import OurClient, Overlap, _found, alike
from app.xero.accounting.contacts import Contact


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("ABC Accounting", "ABC Pty Ltd", True),
        ("Smith Tax Co.", "Smith & Co", True),
        ("XYZ Partners", "XYZ Partners Pty Ltd", True),
        ("ABC Accounting", "Bright Smile Dental Pty Ltd", False),
        ("ABC Accounting", "Harbour Accounting Pty Ltd", False),
        ("The Tax Company", "the tax company", True),
        ("XYZ Partners", "", False),
    ],
)
def test_names_are_alike_by_a_word_that_says_something(ours: str, theirs: str, expected: bool) -> None:
    assert alike(ours, theirs) is expected


@pytest.mark.parametrize(
    ("asked", "found", "few"), [(50, 3, True), (50, 5, False), (9, 0, False), (10, 0, True), (0, 0, False)]
)
def test_few_of_many_clients_is_a_warning_few_of_few_is_not(asked: int, found: int, few: bool) -> None:
    assert Overlap(asked, found, 100).few is few


TEXTS = [field.name for field in fields(Contact) if field.type is str]


def contact(**values: str) -> Contact:
    rest = {"merged_to_id": None, "is_customer": True, "is_supplier": False}
    return Contact(**{**dict.fromkeys(TEXTS, ""), **rest, "groups": (), "updated_at": None, **values})


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (contact(number="ABC-C0001", name="Somebody"), True),
        (contact(email="HANNAH@example.com", name="Somebody"), True),
        (contact(name="WHITLOCK, Hannah"), True),
        (contact(name="Hannah Whitlock-Jones"), False),
        (contact(name="Somebody"), False),
    ],
    ids=["number", "e-mail", "name", "another name", "nothing"],
)
def test_a_client_is_found_by_number_e_mail_or_name(theirs: Contact, expected: bool) -> None:
    ours = [OurClient("ABC-C0001", "Hannah Whitlock", "hannah@example.com")]
    assert list(_found(ours, [theirs])) == [expected]


def test_a_client_without_an_e_mail_is_not_found_by_none() -> None:
    assert list(_found([OurClient("ABC-C0001", "Hannah Whitlock", None)], [contact(name="X")])) == [False]
