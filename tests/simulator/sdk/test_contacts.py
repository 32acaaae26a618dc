from __future__ import annotations

from datetime import UTC, datetime

import pytest
from xero_python.accounting import Contact, Contacts, Phone
from xero_python.exceptions import AccountingBadRequestException, NotFoundException

from tests.simulator.sdk.client import Sdk

SINCE = datetime(2026, 9, 1)  # noqa: DTZ001 - the SDK writes If-Modified-Since from a naive UTC time


def _create(sdk: Sdk, *contacts: Contact, summarize_errors: bool = True) -> list[Contact]:
    sent = Contacts(contacts=list(contacts))
    made = sdk.accounting.create_contacts(sdk.tenant_id, sent, summarize_errors=summarize_errors)
    return list(made.contacts)


def test_pages(sdk: Sdk) -> None:
    first = sdk.accounting.get_contacts(sdk.tenant_id, page=1, page_size=20)
    second = sdk.accounting.get_contacts(sdk.tenant_id, page=2, page_size=20)
    third = sdk.accounting.get_contacts(sdk.tenant_id, page=3, page_size=20)
    held = {one["ContactID"] for one in sdk.state()["contacts"]}
    assert (first.pagination.item_count, first.pagination.page_count, first.pagination.page_size) == (
        25,
        2,
        20,
    )
    assert [len(first.contacts), len(second.contacts), third.contacts] == [20, 5, []]
    assert {one.contact_id for one in (*first.contacts, *second.contacts)} == held


def test_get_by_id(sdk: Sdk) -> None:
    held = sdk.held("contacts", "Name", "Karen Whitfield")
    [found] = sdk.accounting.get_contact(sdk.tenant_id, held["ContactID"]).contacts
    assert (found.name, found.first_name, found.last_name) == ("Karen Whitfield", "Karen", "Whitfield")
    assert (found.contact_status, found.email_address) == ("ACTIVE", held["EmailAddress"])
    assert (found.is_customer, found.has_attachments) == (False, False)
    assert found.updated_date_utc.tzinfo is not None
    assert found.updated_date_utc > datetime(2026, 7, 1, tzinfo=UTC)
    address = next(one for one in found.addresses if one.address_type == "STREET")
    assert (address.country, bool(address.postal_code)) == ("Australia", True)
    phone = next(one for one in found.phones if one.phone_type == "DEFAULT")
    assert phone.phone_country_code == "61"
    with pytest.raises(NotFoundException):
        sdk.accounting.get_contact(sdk.tenant_id, "11111111-2222-4333-8444-555555555555")


def test_get_by_number(sdk: Sdk) -> None:
    [made] = _create(sdk, Contact(name="Numbered", contact_number="CH 100 é"))
    [found] = sdk.accounting.get_contact_by_contact_number(sdk.tenant_id, "CH 100 é").contacts
    assert (found.contact_id, found.contact_number) == (made.contact_id, "CH 100 é")


def test_ids_where_order_and_search(sdk: Sdk) -> None:
    karen = sdk.contact_id()
    [by_id] = sdk.accounting.get_contacts(sdk.tenant_id, i_ds=[karen]).contacts
    [by_name] = sdk.accounting.get_contacts(sdk.tenant_id, where='Name=="karen whitfield"').contacts
    [searched] = sdk.accounting.get_contacts(sdk.tenant_id, search_term="WHITFIELD", page=1).contacts
    assert by_id.contact_id == by_name.contact_id == searched.contact_id == karen
    names = [one.name for one in sdk.accounting.get_contacts(sdk.tenant_id, order="Name DESC").contacts]
    assert names == sorted(names, key=str.casefold, reverse=True)
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.accounting.get_contacts(sdk.tenant_id, where='Name=="a "quoted" one"')
    assert refused.value.error_data["ErrorNumber"] == 16


def test_if_modified_since(sdk: Sdk) -> None:
    assert sdk.accounting.get_contacts(sdk.tenant_id, if_modified_since=SINCE).contacts == []
    [made] = _create(sdk, Contact(name="Late"))
    [found] = sdk.accounting.get_contacts(sdk.tenant_id, if_modified_since=SINCE).contacts
    assert found.contact_id == made.contact_id


def test_create(sdk: Sdk) -> None:
    phones = [Phone(phone_type="MOBILE", phone_number="0400 000 000")]
    wish = Contact(
        name="SDK Client",
        contact_number="SDK-1",
        first_name="Zoë",
        last_name="Müller",
        company_number="123",
        tax_number="51824753556",
        email_address="sdk@mail.test",
        phones=phones,
    )
    [made] = _create(sdk, wish)
    held = sdk.held("contacts", "ContactID", made.contact_id)
    assert (held["Name"], held["ContactNumber"], held["FirstName"]) == ("SDK Client", "SDK-1", "Zoë")
    assert (held["LastName"], held["TaxNumber"], held["CompanyNumber"]) == ("Müller", "51824753556", "123")
    mobile = next(one for one in made.phones if one.phone_type == "MOBILE")
    assert mobile.phone_number == "0400 000 000"


def test_create_refuses_a_name_that_is_taken(sdk: Sdk) -> None:
    with pytest.raises(AccountingBadRequestException, match="already assigned to another contact") as refused:
        _create(sdk, Contact(name="KAREN WHITFIELD"))
    assert refused.value.error_data["ErrorNumber"] == 10
    assert len(sdk.state()["contacts"]) == 25


def test_batch_told_one_by_one(sdk: Sdk) -> None:
    good, bad = _create(sdk, Contact(name="New One"), Contact(name="Karen Whitfield"), summarize_errors=False)
    assert (good.status_attribute_string, good.has_validation_errors) == ("OK", False)
    assert (bad.status_attribute_string, bad.has_validation_errors) == ("ERROR", True)
    assert "already assigned" in bad.validation_errors[0].message
    assert bad.contact_id == "00000000-0000-0000-0000-000000000000"
    assert len(sdk.state()["contacts"]) == 26


def test_update(sdk: Sdk) -> None:
    karen = sdk.contact_id()
    before = sdk.held("contacts", "ContactID", karen)
    change = Contacts(contacts=[Contact(email_address="new@mail.test")])
    [changed] = sdk.accounting.update_contact(sdk.tenant_id, karen, change).contacts
    held = sdk.held("contacts", "ContactID", karen)
    assert changed.email_address == held["EmailAddress"] == "new@mail.test"
    assert (held["Name"], held["Phones"]) == (before["Name"], before["Phones"])
    assert changed.updated_date_utc > datetime(2026, 9, 1, tzinfo=UTC)


def test_update_many(sdk: Sdk) -> None:
    one, two = (held["ContactID"] for held in sdk.state()["contacts"][:2])
    sent = [Contact(contact_id=one, account_number="A-1"), Contact(contact_id=two, name="Karen Whitfield")]
    found = sdk.accounting.update_or_create_contacts(
        sdk.tenant_id, Contacts(contacts=sent), summarize_errors=False
    )
    assert [one.status_attribute_string for one in found.contacts] == ["OK", "ERROR"]
    assert sdk.held("contacts", "ContactID", one)["AccountNumber"] == "A-1"
    assert sdk.held("contacts", "ContactID", two)["Name"] != "Karen Whitfield"


def test_post_without_an_id_changes_the_one_of_that_name(sdk: Sdk) -> None:
    sent = Contacts(contacts=[Contact(name="karen whitfield", last_name="Moss")])
    [found] = sdk.accounting.update_or_create_contacts(sdk.tenant_id, sent).contacts
    assert found.contact_id == sdk.held("contacts", "LastName", "Moss")["ContactID"]
    assert len(sdk.state()["contacts"]) == 25


def test_archive(sdk: Sdk) -> None:
    karen = sdk.contact_id()
    gone = Contacts(contacts=[Contact(contact_status="ARCHIVED")])
    [archived] = sdk.accounting.update_contact(sdk.tenant_id, karen, gone).contacts
    assert archived.contact_status == sdk.held("contacts", "ContactID", karen)["ContactStatus"] == "ARCHIVED"
    assert sdk.accounting.get_contacts(sdk.tenant_id, i_ds=[karen]).contacts == []
    [found] = sdk.accounting.get_contacts(sdk.tenant_id, i_ds=[karen], include_archived=True).contacts
    assert found.contact_status == "ARCHIVED"


def test_same_key_twice(sdk: Sdk) -> None:
    sent = Contacts(contacts=[Contact(name="Once")])
    twice = [
        sdk.accounting.create_contacts(sdk.tenant_id, sent, idempotency_key="k-1").contacts[0]
        for _ in range(2)
    ]
    assert twice[0].contact_id == twice[1].contact_id
    assert [one["Name"] for one in sdk.state()["contacts"]].count("Once") == 1
