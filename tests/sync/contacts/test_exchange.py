"""Both sides brought together against the simulator: what travels, what stays with a reason, and in how many calls."""

from app.sync import operations
from tests.sync.contacts.practice import Pair


def test_a_change_travels_from_either_side_and_a_clash_waits_for_a_person(pair: Pair):
    pair.settings(push_client_changes=True)
    contact_id = pair.make("Hillside Bakery", EmailAddress="office@hillside.example")
    client_id = pair.add("Hillside Bakery", email="office@hillside.example", city="Ballarat")
    pair.sync(client_id)
    assert pair.contact_id(client_id) == contact_id, "the contact that was there is found, not made again"
    assert pair.theirs(contact_id)["Addresses"][0]["City"] == "Ballarat", "what Xero lacked is filled"

    pair.change(contact_id, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "03 5555 0101"}])
    pair.edit(client_id, email="hello@hillside.example")
    pair.work()
    assert pair.theirs(contact_id)["EmailAddress"] == "hello@hillside.example"
    assert pair.ours(client_id)["phone"] == "03 5555 0101", (
        "what was changed there came with the look before sending"
    )

    # A person takes the phone away here, somebody in Xero the e-mail: deletions travel like any change.
    pair.change(contact_id, EmailAddress="")
    pair.edit(client_id, phone="")
    pair.work()
    assert pair.ours(client_id)["email"] == ""
    assert pair.theirs(contact_id)["Phones"][0]["PhoneNumber"] == ""

    pair.settings(push_client_changes=False)
    pair.edit(client_id, city="Geelong")
    pair.change(contact_id, Addresses=[{"AddressType": "STREET", "City": "Bendigo", "Country": "Australia"}])
    pair.settings(push_client_changes=True)
    pair.read()
    assert pair.conflicts(client_id) == {"city": ("Geelong", "Bendigo", "Ballarat")}
    assert pair.ours(client_id)["city"] == "Geelong", "what a person typed is not overwritten unasked"
    assert pair.ours(client_id)["country"] == "Australia"

    # An edit of another part of the address leaves the part that is disputed as Xero has it.
    pair.edit(client_id, postal_code="3220")
    pair.work()
    address = pair.theirs(contact_id)["Addresses"][0]
    assert (address["City"], address["PostalCode"]) == ("Bendigo", "3220")

    pair.edit(client_id, city="Bendigo")
    pair.work()
    assert pair.conflicts(client_id) == {}, "changed to the same on both sides: nobody is asked"


def test_rules_decide_what_people_need_not(pair: Pair):
    pair.settings(push_client_changes=True, contact_rules={"phone": "ours", "email": "theirs"})
    contact_id = pair.make("Rulers", EmailAddress="a@rulers.example")
    client_id = pair.add("Rulers", email="b@rulers.example", phone="1111 1111", mobile="0400 000 001")
    pair.change(
        contact_id,
        Phones=[
            {"PhoneType": "DEFAULT", "PhoneNumber": "2222 2222"},
            {"PhoneType": "MOBILE", "PhoneNumber": "0400 000 002"},
        ],
    )
    pair.sync(client_id)
    assert pair.ours(client_id)["email"] == "a@rulers.example"
    assert pair.theirs(contact_id)["Phones"][0]["PhoneNumber"] == "1111 1111"
    assert pair.conflicts(client_id) == {"mobile": ("0400 000 001", "0400 000 002", None)}
    pair.sync(client_id, force=True)
    assert pair.conflicts(client_id) == {}
    assert {phone["PhoneNumber"] for phone in pair.theirs(contact_id)["Phones"]} >= {
        "1111 1111",
        "0400 000 001",
    }


def test_without_leave_to_push_nothing_is_written_to_xero(pair: Pair):
    contact_id = pair.make("Quiet Pty Ltd")
    client_id = pair.add("Quiet Pty Ltd", city="Perth")
    pair.sync(client_id)
    before = pair.mark()
    pair.edit(client_id, email="quiet@quiet.example")
    pair.change(contact_id, TaxNumber="51 824 753 556")
    pair.read(everything=True)
    assert pair.ours(client_id)["tax_number"] == "51 824 753 556"
    assert pair.theirs(contact_id)["EmailAddress"] == ""
    assert not [call for call in pair.calls(before) if call.startswith(("PUT", "POST"))][1:], (
        "only the test wrote"
    )


def test_many_are_pushed_in_few_calls_and_one_bad_row_is_told_alone(pair: Pair):
    pair.settings(push_client_changes=True)
    good = pair.add_many([f"Pushed {number:03} Pty Ltd" for number in range(119)], phone="02 9000 0000")
    bad = pair.add("Refused Pty Ltd", country="Atlantis 7")
    taken = pair.make("Somebody Else")
    before = pair.mark()
    pair.push(*good, bad)
    writes = [call for call in pair.calls(before) if call.startswith("PUT")]
    assert len(writes) == 3, "119 clients, fifty a call"
    errand = pair.errand(bad)
    assert errand is not None
    assert errand.refused == "Xero takes letters only in a country, not “Atlantis 7”."
    assert pair.mapped(good) == len(good)

    before = pair.mark()
    pair.edit_many(good, city="Hobart")
    pair.edit(good[7], name="Somebody Else")
    pair.work()
    writes = [call for call in pair.calls(before) if call.startswith("POST")]
    assert len(writes) == 3
    errand = pair.errand(good[7])
    assert errand is not None
    assert "already assigned to another contact" in (errand.refused or "")
    assert pair.theirs(pair.contact_id(good[8]))["Addresses"][0]["City"] == "Hobart"
    pair.change(taken, Name="Somebody Entirely Else")
    pair.edit(good[7], name="Somebody Else")
    pair.work()
    assert pair.errand(good[7]) is None, "asked for again, and taken"
    assert pair.theirs(pair.contact_id(good[7]))["Name"] == "Somebody Else"


def test_a_lost_answer_makes_no_contact_twice(pair: Pair):
    client_ids = [pair.add(f"Lost {number} Pty Ltd") for number in range(6)]
    pair.simulator.fault("drop_after", path="/Contacts", method="PUT", count=1)
    pair.push(*client_ids)
    names = [
        one["Name"] for one in pair.call("GET", "/Contacts?page=1&pageSize=1000&searchTerm=Lost")["Contacts"]
    ]
    assert sorted(names) == [f"Lost {number} Pty Ltd" for number in range(6)]
    assert pair.mapped(client_ids) == len(client_ids)
    (operation,) = pair.operations(operations.EXCHANGE_CONTACTS)
    assert operation.state == "done"


def test_contacts_that_are_archived_merged_or_gone_are_followed(pair: Pair):
    clients = [pair.add(f"Fate {number} Pty Ltd", city="Darwin") for number in range(5)]
    pair.push(*clients)
    archived, merged, clash, other, gone = clients
    survivor = pair.make("Fate Survivor", EmailAddress="lives@fate.example")
    pair.change(pair.contact_id(archived), ContactStatus="ARCHIVED")
    pair.merge(pair.contact_id(merged), survivor)
    pair.merge(pair.contact_id(clash), pair.contact_id(other))
    pair.simulator.do("contact", pair.organisation, id=pair.contact_id(gone), wish="vanish")
    pair.read(everything=True)

    def status(client_id):
        mapping = pair.mapping(client_id)
        assert mapping is not None
        return mapping.contact_status

    assert status(archived) == "ARCHIVED"
    assert status(gone) == "GONE"
    assert status(clash) == "MERGED"
    mapping = pair.mapping(clash)
    assert mapping is not None
    assert mapping.merged_into == pair.contact_id(other)
    assert pair.contact_id(merged) == survivor
    assert pair.ours(merged)["email"] == "lives@fate.example"
    assert pair.conflicts(merged)["name"][:2] == ("Fate 1 Pty Ltd", "Fate Survivor")

    pair.change(pair.contact_id(archived), ContactStatus="ACTIVE", EmailAddress="back@fate.example")
    pair.news(pair.contact_id(archived))
    assert status(archived) == "ACTIVE"
    assert pair.ours(archived)["email"] == "back@fate.example"


def test_reading_changes_costs_one_call_and_finds_newcomers(pair: Pair):
    pair.read()  # nothing was ever read: everything is
    before = pair.mark()
    pair.make("New In Town")
    pair.read()
    assert pair.calls(before).count("GET /Contacts") == 1
    operation = pair.operations(operations.READ_CHANGES)[-1]
    assert operation.result["counts"]["new"] == 1
