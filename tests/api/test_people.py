"""`/api/people` and invitations."""

from sqlalchemy import text

NEW = "wren@practice.example"


def test_everybody_by_name(api, cast):
    alice = api("admin@abc.test")
    found = alice.get("/api/people").json
    assert [one["name"] for one in found["items"]] == [
        "Alice Carter",
        "Hannah Whitlock",
        "Jane Doe",
        "Mike Brown",
        "Sarah Lee",
    ]
    hannah = found["items"][1]
    assert (hannah["role"], hannah["client"]["name"], hannah["active"]) == ("client", "Hannah Whitlock", True)
    assert [one["name"] for one in alice.get("/api/people?role=admin").json["items"]] == ["Alice Carter"]
    assert alice.get("/api/people?active=false").json["items"] == []
    first = alice.get("/api/people?limit=2").json
    second = alice.get(f"/api/people?limit=2&cursor={first['next_cursor']}").json
    assert [one["name"] for one in second["items"]] == ["Jane Doe", "Mike Brown"]


def test_a_person_is_changed_and_access_ended(api, cast):
    alice, jane = api("admin@abc.test"), api("jane@abc.test")
    path = f"/api/people/{cast.member(cast.abc, 'Jane').id}"
    assert alice.patch(path, {"role": "admin"}).json["role"] == "admin"
    assert jane.get("/api/people").status_code == 200
    assert alice.patch(path, {"active": False}).json["active"] is False
    assert jane.get("/api/requests").status_code == 409
    changed = alice.patch(path, {"active": True, "role": "accountant"}).json
    assert (changed["active"], changed["role"]) == (True, "accountant")
    own = f"/api/people/{cast.member(cast.abc, 'Alice').id}"
    for body in ({"active": False}, {"role": "accountant"}):
        refused = alice.patch(own, body)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "wrong_state")
    assert alice.patch(path, {"role": "client"}).status_code == 422


def test_an_invitation_is_made_sent_again_and_withdrawn(api, outbox, cast):
    alice = api("admin@abc.test")
    made = alice.post("/api/people/invitations", {"email": NEW, "role": "admin"})
    assert made.status_code == 201
    assert (made.json["state"], made.json["mail"], made.json["invited_by"]) == (
        "open",
        "queued",
        "Alice Carter",
    )
    assert "token" not in made.text
    assert outbox.last("invitation").link.rpartition("/")[2] not in made.text
    path = f"/api/people/invitations/{made.json['id']}"
    assert alice.post(f"{path}/resend").status_code == 200
    assert len(outbox.all("invitation")) == 2
    assert alice.post(f"{path}/withdraw").json["state"] == "withdrawn"
    assert alice.post(f"{path}/withdraw").status_code == 409
    listed = alice.get("/api/people/invitations").json["items"]
    assert (listed[0]["email"], listed[0]["state"]) == (NEW, "withdrawn")
    assert {one["state"] for one in listed[1:]} == {"accepted"}


def test_to_a_clients_portal(api, outbox, cast):
    alice, client = api("admin@abc.test"), cast.client(cast.abc)
    made = alice.post("/api/people/invitations", {"email": NEW, "client_id": str(client.id)})
    assert (made.status_code, made.json["role"], made.json["client"]["id"]) == (201, "client", str(client.id))


def test_what_cannot_be_invited(api, outbox, cast):
    alice, stranger = api("admin@abc.test"), cast.client(cast.smith)
    for body, field in (
        ({"email": NEW}, "role"),
        ({"email": NEW, "role": "admin", "client_id": str(cast.client(cast.abc).id)}, "role"),
        ({"email": NEW, "client_id": str(stranger.id)}, "client_id"),
        ({"email": "nonsense", "role": "admin"}, "email"),
        ({"email": "jane@abc.test", "role": "admin"}, "email"),
        ({"email": NEW, "role": "client"}, "role"),
    ):
        answer = alice.post("/api/people/invitations", body)
        assert answer.status_code == 422, body
        assert list(answer.json["error"]["fields"]) == [field]
    assert outbox.all() == []


def test_a_hundred_a_day(api, superuser, cast):
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into invitations (company_id, id, email, role, token_hash, invited_by, expires_at, created_at,"
                " withdrawn_at) select :c, gen_random_uuid(), n || '@x.example', 'admin', n::text, 'x', now(), now(),"
                " now() from generate_series(1, 100) n"
            ),
            {"c": cast.abc},
        )
    answer = api("admin@abc.test").post("/api/people/invitations", {"email": NEW, "role": "admin"})
    assert (answer.status_code, answer.json["error"]["code"]) == (429, "too_many")
    assert (
        api("admin@smith.test").post("/api/people/invitations", {"email": NEW, "role": "admin"}).status_code
        == 201
    )


def test_for_admins_only(api):
    for email, status in (("jane@abc.test", 403), ("client@abc.test", 404), (None, 401)):
        for method, path in (
            ("GET", "/api/people"),
            ("GET", "/api/people/invitations"),
            ("POST", "/api/people/invitations"),
        ):
            body = {"email": NEW, "role": "admin"} if method == "POST" else None
            assert api(email)._open(method, path, body).status_code == status
