"""A dry run tells what a sync would change, changes nothing, and is then done exactly, or says what moved."""

from typing import Any
from uuid import UUID

from tests.sync.contacts.practice import Pair


def kinds(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {row["client"]: row["what"] for row in rows}


def test_what_it_shows_is_what_is_done(pair: Pair, api):
    pair.settings(push_client_changes=False)
    taken, sent, clash, moved, archived, alike = clients = pair.add_many(
        [f"Dry {number}" for number in range(6)], city="Cairns", phone="1234 5678"
    )
    pair.push(*clients)
    ids = [pair.contact_id(client_id) for client_id in clients]
    pair.change(ids[0], EmailAddress="taken@dry.example")
    pair.edit(sent, email="sent@dry.example")
    pair.change(ids[2], Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "8888 8888"}])
    pair.edit(clash, phone="7777 7777")
    pair.change(ids[3], EmailAddress="first@dry.example")
    pair.change(ids[4], ContactStatus="ARCHIVED")
    pair.settings(push_client_changes=True)

    admin, before, seen = api("admin@abc.test"), pair.mark(), [pair.ours(one) for one in clients]
    began = admin.post("/api/contact-sync/dry-runs")
    assert began.status_code == 202
    address = f"/api/contact-sync/dry-runs/{began.json['id']}"
    pair.work()
    run = admin.get(address).json
    assert run["state"] == "ready"
    mine = {row["client"]: row for row in run["rows"] if row["client"].startswith("Dry ")}
    assert kinds(run["rows"]) == {
        "Dry 0": ["theirs"],
        "Dry 1": ["ours"],
        "Dry 2": ["conflict"],
        "Dry 3": ["theirs"],
        "Dry 4": ["archived"],
    }
    assert mine["Dry 2"]["fields"] == [
        {
            "field": "phone",
            "what": "conflict",
            "ours": "7777 7777",
            "theirs": "8888 8888",
            "agreed": "1234 5678",
        }
    ]
    assert run["counts"]["calls"] == 2, "one to look again, one to write"
    assert len(run["seen"]) == 64
    assert {call.split()[0] for call in pair.calls(before)} == {"GET"}
    assert [pair.ours(one) for one in clients] == seen
    assert pair.conflicts() == {}

    pair.change(ids[3], EmailAddress="second@dry.example")
    before = pair.mark()
    assert admin.post(f"{address}/do").status_code == 202
    assert admin.post(f"{address}/do").status_code == 409, "once"
    pair.work()
    done = admin.get(address).json
    assert done["state"] == "done"
    assert {row["client"]: bool(row["left_out"]) for row in done["rows"]} == {
        **dict.fromkeys(("Dry 0", "Dry 1", "Dry 2", "Dry 4"), False),
        "Dry 3": True,
    }
    assert pair.ours(taken)["email"] == "taken@dry.example"
    assert pair.theirs(ids[1])["EmailAddress"] == "sent@dry.example"
    assert pair.ours(moved)["email"] == "", "what moved since was left out"
    assert set(pair.conflicts(clash)) == {"phone"}
    assert sum(call.startswith("POST") for call in pair.calls(before)) == 1
    pair.read()
    assert pair.ours(moved)["email"] == "second@dry.example", "the next sync sees to it"
    assert isinstance(alike, UUID)
    assert isinstance(archived, UUID)
