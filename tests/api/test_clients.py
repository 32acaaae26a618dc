"""Clients by programs."""

import pytest


@pytest.fixture
def jane(api):
    return api("jane@abc.test")


def test_adding_reading_and_finding_a_client(jane):
    office = jane.get("/api/offices").json["items"][0]
    body = {
        "name": "Zeta & Søn Holdings",
        "kind": "company",
        "email": "office@zeta.example",
        "phone": "02 9123 4567",
        "office_id": office["id"],
        "notes": "Prefers\nmail",
    }
    made = jane.post("/api/clients", body)
    assert made.status_code == 201
    client = made.json
    assert client["number"].startswith("ABC-C")
    assert {name: client[name] for name in body if name != "office_id"} == {
        name: body[name] for name in body if name != "office_id"
    }
    assert client["office"] == {"id": office["id"], "name": office["name"]}
    assert jane.get(f"/api/clients/{client['id']}").json == client
    assert jane.get("/api/clients?q=søn").json["items"] == [client]
    assert jane.get(f"/api/clients?q=zeta&kind=trust&office_id={office['id']}").json["items"] == []


def test_numbers_are_given_one_after_the_other(jane):
    first, second = (
        jane.post("/api/clients", {"name": name, "kind": "other"}).json["number"] for name in ("One", "Two")
    )
    assert int(second[-4:]) == int(first[-4:]) + 1


def test_pages_of_the_list_hold_every_client_once_in_order(jane):
    names, cursor = [], ""
    while cursor is not None:
        page = jane.get(f"/api/clients?limit=17{cursor and f'&cursor={cursor}'}").json
        names += [client["name"] for client in page["items"]]
        cursor = page["next_cursor"]
    assert len(names) == len(set(names)) > 50
    assert names == sorted(names, key=str.casefold)


def test_changing_leaves_the_rest(jane):
    client = jane.post("/api/clients", {"name": "Before", "kind": "other", "email": "a@before.example"}).json
    changed = jane.patch(f"/api/clients/{client['id']}", {"name": "After", "phone": "0412 345 678"}).json
    assert (changed["name"], changed["phone"], changed["email"]) == (
        "After",
        "0412 345 678",
        "a@before.example",
    )
    assert jane.patch(f"/api/clients/{client['id']}", {"email": None}).json["email"] is None


def test_archiving_and_bringing_back(jane):
    client = jane.post("/api/clients", {"name": "Quiet Client", "kind": "other"}).json
    path = f"/api/clients/{client['id']}"
    assert jane.patch(path, {"archived": True}).json["archived_at"]
    assert jane.get("/api/clients?q=quiet").json["items"] == []
    assert [one["name"] for one in jane.get("/api/clients?q=quiet&archived=true").json["items"]] == [
        "Quiet Client"
    ]
    refused = jane.patch(path, {"name": "Louder"})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "wrong_state")
    back = jane.patch(path, {"archived": False, "name": "Louder"}).json
    assert (back["archived_at"], back["name"]) == (None, "Louder")


WRONG = [
    ({}, {"name", "kind"}),
    ({"name": "A"}, {"kind"}),
    ({"name": "   ", "kind": "other"}, {"name"}),
    ({"name": "x" * 256, "kind": "other"}, {"name"}),
    ({"name": None, "kind": "other"}, {"name"}),
    (
        {"name": "A <b>", "kind": "other", "country": "N3", "street": "1\n2\n3\n4\n5"},
        {"name", "country", "street"},
    ),
    ({"name": "A", "kind": "company "}, {"kind"}),
    ({"name": "A", "kind": "other", "email": "not mail", "phone": "call me"}, {"email", "phone"}),
    ({"name": "A", "kind": "other", "office_id": "Sydney"}, {"office_id"}),
    ({"name": "A", "kind": "other", "number": "ABC-C0001"}, {"number"}),
    ({"name": "A", "kind": "other", "company_id": "0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20"}, {"company_id"}),
]


def test_bad_values_name_their_fields_and_add_nobody(jane):
    before = jane.get("/api/clients?limit=200").json
    for body, fields in WRONG:
        answer = jane.post("/api/clients", body)
        assert answer.status_code == 422, body
        assert set(answer.json["error"]["fields"]) == fields
    assert jane.get("/api/clients?limit=200").json == before


def test_tags_archive_restore_and_merge(jane):
    first, second = (
        jane.post("/api/clients", {"name": name, "kind": "other", "mobile": mobile}).json
        for name, mobile in (("Twin One", None), ("Twin Two", "0400 111 222"))
    )
    path, other = f"/api/clients/{first['id']}", f"/api/clients/{second['id']}"
    tagged = jane.post(f"{other}/tags", {"name": "Twins"}).json
    [tag] = tagged["tags"]
    assert tag in jane.get("/api/tags").json["items"]
    assert [one["id"] for one in jane.get(f"/api/clients?tag_id={tag['id']}").json["items"]] == [second["id"]]
    assert jane.delete(f"{other}/tags/{tag['id']}").json["tags"] == []
    assert jane.delete(f"{other}/tags/{first['id']}").status_code == 404
    jane.post(f"{other}/tags", {"name": "twins"})

    assert jane.post(f"{path}/archive").json["archived_at"]
    assert jane.post(f"{path}/archive").status_code == 409
    assert jane.post(f"{path}/restore").json["archived_at"] is None
    assert jane.post(f"{path}/restore").status_code == 409

    nobody = jane.post(f"{path}/merge", {"other_id": "5f0c2d8e-7b1a-4c39-9d64-0a1b2c3d4e5f"})
    assert (nobody.status_code, set(nobody.json["error"]["fields"])) == (422, {"other_id"})
    assert jane.post(f"{path}/merge", {"other_id": first["id"]}).status_code == 422
    key = {"Idempotency-Key": "merge-the-twins"}
    merged = jane.post(f"{path}/merge", {"other_id": second["id"]}, headers=key)
    assert (merged.json["mobile"], merged.json["tags"]) == ("0400 111 222", [tag])
    assert jane.post(f"{path}/merge", {"other_id": second["id"]}, headers=key).json == merged.json
    assert jane.post(f"{path}/merge", {"other_id": second["id"]}).status_code == 409
    assert jane.get(other).json["merged_into_id"] == first["id"]


def test_the_list_is_sorted_and_narrowed(jane):
    newest = jane.post("/api/clients", {"name": "Aaa Newest", "kind": "other"}).json
    assert jane.get("/api/clients?sort=created&limit=1").json["items"][0]["id"] == newest["id"]
    numbers = [one["number"] for one in jane.get("/api/clients?sort=number&limit=200").json["items"]]
    assert numbers == sorted(numbers)
    busy = jane.get("/api/clients?open_requests=true&limit=200").json["items"]
    idle = jane.get("/api/clients?open_requests=false&limit=200").json["items"]
    mapped = jane.get("/api/clients?mapped=true&limit=200").json["items"]
    assert len(busy) + len(idle) == len(numbers)
    assert all(one["in_xero"] for one in mapped)
    assert newest["id"] in {one["id"] for one in idle}
    assert newest["id"] not in {one["id"] for one in mapped}
