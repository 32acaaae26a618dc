from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests_mock as rm

from app.xero.accounting import AccountingApi, ContactFields
from app.xero.errors import Again, Permanent
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/api.xro/2.0"


@pytest.fixture
def api(transport: Transport) -> AccountingApi:
    return AccountingApi(transport)


def contact_row(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "ContactID": f"c{number}",
        "Name": f"Contact {number}",
        "ContactStatus": "ACTIVE",
        "ContactNumber": "CL-1",
        "EmailAddress": None,
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneCountryCode": "61",
                "PhoneAreaCode": "2",
                "PhoneNumber": "5550 0000",
            },
            {"PhoneType": "FAX", "PhoneNumber": ""},
        ],
        "Addresses": [
            {"AddressType": "POBOX", "AddressLine1": "PO Box 1"},
            {"AddressType": "STREET", "AddressLine1": "1 High St", "City": "Perth", "PostalCode": "6000"},
        ],
        "ContactGroups": [{"Name": "VIP"}],
        "IsCustomer": True,
        "UpdatedDateUTC": "/Date(1573755038314+0000)/",
        "FieldOfTomorrow": {"x": 1},
        **more,
    }


def test_the_organisation(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    row = {
        "OrganisationID": "o1",
        "Name": "ABC Pty Ltd",
        "ShortCode": "!abc",
        "CountryCode": "AU",
        "BaseCurrency": "AUD",
        "IsDemoCompany": False,
        "PeriodLockDate": "/Date(1569801600000+0000)/",
        "Edition": "SOMETHING_NEW",
    }
    requests_mock.get(f"{BASE}/Organisation", json={"Status": "OK", "Organisations": [row]})
    found = api.organisation()
    assert (found.id, found.name, found.short_code, found.base_currency) == (
        "o1",
        "ABC Pty Ltd",
        "!abc",
        "AUD",
    )
    assert found.edition == "SOMETHING_NEW"
    assert found.period_lock_date == date(2019, 9, 30)
    assert found.end_of_year_lock_date is None


def test_what_is_allowed(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    rows = [
        {"Name": "CreateDraftInvoice", "Status": "ALLOWED"},
        {"Name": "CreateInvoice", "Status": "NOT-ALLOWED"},
    ]
    requests_mock.get(f"{BASE}/Organisation/Actions", json={"Actions": rows})
    assert api.allowed_actions() == {"CreateDraftInvoice"}


def test_users(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    row = {
        "UserID": "u",
        "EmailAddress": "jane@abc.test",
        "FirstName": "Jane",
        "LastName": "Doe",
        "IsSubscriber": True,
    }
    requests_mock.get(f"{BASE}/Users", json={"Users": [row]})
    (user,) = api.users()
    assert (user.id, user.email, user.name, user.role, user.is_subscriber) == (
        "u",
        "jane@abc.test",
        "Jane Doe",
        "",
        True,
    )


def test_a_contact_by_id_or_number(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Contacts/CL%2F1", json={"Contacts": [contact_row(MergedToContactID="c9")]})
    found = api.contact("CL/1")
    assert (found.id, found.number, found.email, found.merged_to_id) == ("c1", "CL-1", "", "c9")
    assert found.phone == "61 2 5550 0000"
    assert (found.street, found.city, found.postal_code) == ("1 High St", "Perth", "6000")
    assert found.groups == ("VIP",)
    assert found.updated_at == datetime(2019, 11, 14, 18, 10, 38, 314000, UTC)


def test_a_contact_that_is_not_there(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Contacts/x", status_code=404, text="The resource cannot be found")
    with pytest.raises(Permanent) as caught:
        api.contact("x")
    assert caught.value.code == "not_found"


def test_contacts_come_page_after_page_as_few_calls_as_there_are_pages(
    api: AccountingApi, requests_mock: rm.Mocker
) -> None:
    def page(request: Any, _: Any) -> dict[str, Any]:
        number = int(request.qs["page"][0])
        return {
            "pagination": {"page": number, "pageSize": 2, "pageCount": 2, "itemCount": 3},
            "Contacts": [contact_row(1), contact_row(2)] if number == 1 else [contact_row(3)],
        }

    requests_mock.get(f"{BASE}/Contacts", json=page)
    since = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
    pages = list(api.contacts(ids=["a", "b"], since=since, include_archived=True, page_size=2))
    assert [[c.id for c in found] for found in pages] == [["c1", "c2"], ["c3"]]
    assert requests_mock.call_count == 2
    first = requests_mock.request_history[0]
    assert first.headers["If-Modified-Since"] == "2026-11-20T01:02:03"
    assert first.qs == {"ids": ["a,b"], "includearchived": ["true"], "page": ["1"], "pagesize": ["2"]}


def test_pages_without_a_count_end_with_an_empty_one(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    answers = [{"json": {"Contacts": [contact_row()]}}, {"json": {"Contacts": []}}]
    requests_mock.get(f"{BASE}/Contacts", answers)
    assert len(list(api.contacts())) == 1


def test_searching_never_builds_a_where(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Contacts", json={"Contacts": [contact_row()]})
    (found,) = api.search_contacts('O"Brien & Co')
    assert found.name == "Contact 1"
    assert requests_mock.last_request.qs["searchterm"] == ['o"brien & co']
    assert "where" not in requests_mock.last_request.qs


def test_creating_is_a_put_that_cannot_change_another(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.put(f"{BASE}/Contacts", json={"Contacts": [contact_row()]})
    made = api.create_contact(
        ContactFields(name="  Brown   & Co ", number="CL-1", email="a@b.test", phone="08 5550 0000"), "key-1"
    )
    assert made.id == "c1"
    sent = requests_mock.last_request
    assert sent.json() == {
        "Name": "Brown & Co",
        "ContactNumber": "CL-1",
        "EmailAddress": "a@b.test",
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneNumber": "08 5550 0000",
                "PhoneAreaCode": "",
                "PhoneCountryCode": "",
            }
        ],
    }
    assert sent.qs["summarizeerrors"] == ["true"]
    assert sent.headers["Idempotency-Key"] == "key-1"
    with pytest.raises(ValueError):
        api.create_contact(ContactFields(number="CL-1"))


def test_changing_sends_only_what_changes(api: AccountingApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Contacts/c1", json={"Contacts": [contact_row()]})
    api.update_contact("c1", ContactFields(email=""))
    assert requests_mock.last_request.json() == {"EmailAddress": ""}
    api.archive_contact("c1", "key-2")
    assert requests_mock.last_request.json() == {"ContactStatus": "ARCHIVED"}
    assert requests_mock.last_request.headers["Idempotency-Key"] == "key-2"


@pytest.mark.parametrize("body", ["{}", '{"Contacts": []}', "[]", "", '{"Contacts": null}'])
def test_a_write_whose_reply_is_empty_may_have_been_done(
    api: AccountingApi, requests_mock: rm.Mocker, body: str
) -> None:
    requests_mock.put(f"{BASE}/Contacts", text=body)
    with pytest.raises(Again) as caught:
        api.create_contact(ContactFields(name="A"))
    assert caught.value.maybe_done is True
