"""Organisation, users and contacts as the Accounting API answers them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from tests.simulator.conftest import Connected

TAKEN = (
    "The contact name Karen Whitfield is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def names(xero: Connected, **query: str) -> list[str]:
    reply = xero.accounting("GET", "Contacts", params=query)
    assert reply.ok, reply.text
    return [contact["Name"] for contact in reply.json()["Contacts"]]


def create(xero: Connected, method: str = "PUT", **fields: object) -> dict[str, object]:
    reply = xero.accounting(method, "Contacts", json=fields)
    assert reply.ok, reply.text
    return reply.json()["Contacts"][0]


def test_organisation_and_users(xero: Connected) -> None:
    [organisation] = xero.accounting("GET", "Organisation").json()["Organisations"]
    assert organisation["OrganisationID"] == xero.tenant_id
    assert organisation["Name"] == "ABC Pty Ltd"
    assert organisation["IsDemoCompany"] is False
    users = xero.accounting("GET", "Users").json()["Users"]
    assert {user["EmailAddress"] for user in users} == {
        "admin@abc.test",
        "jane@abc.test",
        "mike@abc.test",
        "sarah.lee@abc.test",
    }


def test_xml_unless_json_is_asked_for(xero: Connected) -> None:
    reply = xero.accounting("GET", "Contacts", params={"page": "1"}, headers={"Accept": "*/*"})
    assert reply.headers["Content-Type"].startswith("text/xml")
    found = ElementTree.fromstring(reply.content)  # noqa: S314 - our own server's answer
    assert "Karen Whitfield" in [name.text for name in found.findall("Contacts/Contact/Name")]


def test_paging_says_how_much_there_is_and_clamps_the_size(xero: Connected) -> None:
    reply = xero.accounting("GET", "Contacts", params={"page": "2", "pageSize": "10"}).json()
    assert reply["pagination"] == {"page": 2, "pageSize": 10, "pageCount": 3, "itemCount": 25}
    assert len(reply["Contacts"]) == 10
    assert (
        xero.accounting("GET", "Contacts", params={"pageSize": "9999"}).json()["pagination"]["pageSize"]
        == 1000
    )
    assert xero.accounting("GET", "Contacts", params={"page": "one"}).json()["ErrorNumber"] == 16


def test_unpaged_lists_leave_fields_out_and_summaries_more(xero: Connected) -> None:
    create(xero, Name="With Person", ContactPersons=[{"FirstName": "Pat"}])
    where = {"where": 'Name=="With Person"'}
    [thin] = xero.accounting("GET", "Contacts", params=where).json()["Contacts"]
    [full] = xero.accounting("GET", "Contacts", params={**where, "page": "1"}).json()["Contacts"]
    [brief] = xero.accounting("GET", "Contacts", params={**where, "summaryOnly": "true"}).json()["Contacts"]
    assert full["ContactPersons"][0]["FirstName"] == "Pat"
    assert "ContactPersons" not in thin
    assert "Addresses" in thin
    assert "Addresses" not in brief


def test_where_and_search_and_ids(xero: Connected) -> None:
    create(xero, Name="Café Über", EmailAddress="cafe@mail.test", AccountNumber="A-1")
    assert names(xero, where='Name=="CAFE UBER"') == ["Café Über"]
    assert names(xero, where='EmailAddress=="cafe@mail.test" AND AccountNumber=="a-1"') == ["Café Über"]
    assert names(xero, where='Name.Contains("whit") OR Name.StartsWith("café")', order="Name DESC") == [
        "Karen Whitfield",
        "Café Über",
    ]
    assert names(xero, searchTerm="WHITFIELD") == ["Karen Whitfield"]
    wanted = xero.contact_id()
    assert names(xero, IDs=f"{wanted},00000000-0000-0000-0000-000000000000") == ["Karen Whitfield"]
    assert names(xero, where=f'ContactID==guid("{wanted}")') == ["Karen Whitfield"]
    assert names(xero, where='ContactStatus!="ACTIVE"') == []


@pytest.mark.parametrize(
    "where", ['Name=="a\\"b"', 'Name=="a', "Nope==1", "Name==", 'Name=="a" AND', "Name~1", "Name > 3"]
)
def test_filters_that_cannot_be_read_are_refused(xero: Connected, where: str) -> None:
    reply = xero.accounting("GET", "Contacts", params={"where": where})
    assert (reply.status_code, reply.json()["Type"]) == (400, "QueryParseException")


def test_if_modified_since_in_both_spellings(xero: Connected) -> None:
    create(xero, Name="Fresh")
    for since in ("2026-09-01T00:00:00", "Tue, 01 Sep 2026 00:00:00 GMT"):
        reply = xero.accounting("GET", "Contacts", headers={"If-Modified-Since": since})
        assert [contact["Name"] for contact in reply.json()["Contacts"]] == ["Fresh"]


def test_put_creates_and_refuses_a_taken_name(xero: Connected) -> None:
    reply = xero.accounting("PUT", "Contacts", json={"Contacts": [{"Name": "karen whitfield"}]})
    assert reply.status_code == 400
    body = reply.json()
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    [element] = body["Elements"]
    assert element["ContactID"] == "00000000-0000-0000-0000-000000000000"
    assert element["ValidationErrors"] == [{"Message": TAKEN.replace("Karen Whitfield", "karen whitfield")}]
    assert len(names(xero)) == 25


def test_post_with_a_taken_name_silently_updates(xero: Connected) -> None:
    before = xero.contact_id()
    after = create(xero, "POST", Name="KAREN WHITFIELD", EmailAddress="new@mail.test")
    assert after["ContactID"] == before
    assert after["EmailAddress"] == "new@mail.test"
    assert after["FirstName"] == "Karen"
    assert len(names(xero)) == 25


def test_numbers_are_unique_and_find_the_contact(xero: Connected) -> None:
    made = create(xero, Name="Numbered", ContactNumber="CH-7", AccountNumber="ACC-7")
    reply = xero.accounting("PUT", "Contacts", json={"Name": "Other", "ContactNumber": "ch-7"})
    assert (
        "contact number ch-7 is already assigned"
        in reply.json()["Elements"][0]["ValidationErrors"][0]["Message"]
    )
    reply = xero.accounting("PUT", "Contacts", json={"Name": "Other", "AccountNumber": "ACC-7"})
    assert "account number ACC-7" in reply.json()["Elements"][0]["ValidationErrors"][0]["Message"]
    [found] = xero.accounting("GET", "Contacts/CH-7").json()["Contacts"]
    assert found["ContactID"] == made["ContactID"]
    assert create(xero, "POST", Name="Renamed", ContactNumber="CH-7")["ContactID"] == made["ContactID"]
    assert xero.accounting("GET", "Contacts/CH-8").status_code == 404


def test_batches_with_and_without_summarised_errors(xero: Connected) -> None:
    batch = {"Contacts": [{"Name": "Good One"}, {"Name": "Karen Whitfield"}, {"Name": "Good One"}]}
    whole = xero.accounting("PUT", "Contacts", params={"summarizeErrors": "true"}, json=batch)
    assert whole.status_code == 400
    assert len(whole.json()["Elements"]) == 2
    assert "Good One" not in names(xero)
    each = xero.accounting("PUT", "Contacts", params={"summarizeErrors": "false"}, json=batch)
    assert each.status_code == 200
    contacts = each.json()["Contacts"]
    assert [contact["StatusAttributeString"] for contact in contacts] == ["OK", "ERROR", "ERROR"]
    assert contacts[1]["ValidationErrors"] == [{"Message": TAKEN}]
    assert names(xero).count("Good One") == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "The Contact Name must be specified."),
        ({"Name": "a" * 256}, "255 characters"),
        ({"Name": "a <b>"}, "< or >"),
        ({"Name": "a  b"}, "doubled spaces"),
        ({"Name": "a", "EmailAddress": "nowhere"}, "Email address must be valid."),
        ({"Name": "a", "ContactNumber": "9" * 51}, "50 characters"),
        ({"Name": "a", "Phones": [{"PhoneType": "CAR"}]}, "PhoneType"),
        ({"Name": "a", "ContactPersons": [{}] * 6}, "at most 5"),
    ],
)
def test_bad_contacts_are_told_why(xero: Connected, fields: dict[str, object], says: str) -> None:
    reply = xero.accounting("PUT", "Contacts", json=fields)
    assert reply.status_code == 400
    assert says in str(reply.json()["Elements"][0]["ValidationErrors"])


def test_bodies_that_are_not_json_are_refused(xero: Connected) -> None:
    for body, kind in (
        ("{", "application/json"),
        ("<Contact/>", "application/xml"),
        ("[]", "application/json"),
    ):
        reply = xero.accounting("POST", "Contacts", data=body, headers={"Content-Type": kind})
        assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, 14)


def test_archived_contacts_hide_free_their_name_and_come_back(xero: Connected) -> None:
    old = xero.contact_id()
    assert create(xero, "POST", ContactID=old, ContactStatus="ARCHIVED")["Name"] == "Karen Whitfield"
    assert "Karen Whitfield" not in names(xero)
    assert "Karen Whitfield" in names(xero, includeArchived="true")
    assert xero.accounting("GET", f"Contacts/{old}").json()["Contacts"][0]["ContactStatus"] == "ARCHIVED"
    assert create(xero, Name="Karen Whitfield")["ContactID"] != old
    again = xero.accounting("POST", f"Contacts/{old}", json={"ContactStatus": "ACTIVE"})
    assert again.json()["Elements"][0]["ValidationErrors"] == [{"Message": TAKEN}]


def test_phones_and_addresses_keep_the_kinds_not_sent(xero: Connected) -> None:
    made = create(
        xero, "POST", Name="Karen Whitfield", Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "0400"}]
    )
    assert [phone["PhoneType"] for phone in made["Phones"]] == ["DEFAULT", "MOBILE"]


def test_unknown_ids(xero: Connected) -> None:
    nobody = "11111111-1111-1111-1111-111111111111"
    assert xero.accounting("GET", f"Contacts/{nobody}").status_code == 404
    assert xero.accounting("POST", f"Contacts/{nobody}", json={"Name": "A"}).status_code == 404
    reply = xero.accounting("POST", "Contacts", json={"ContactID": nobody, "Name": "A"})
    assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, 10)
