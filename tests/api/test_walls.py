"""Nobody sees across: both practices in the room, each with the other's ids."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.api.docs.endpoints import Endpoint, endpoints
from app.audiences import PUBLIC, SIGNED_IN
from app.extensions import db
from app.models import Tag
from app.settings.invitations import invite
from app.tenancy import company_scope

BODIES = {
    "api_clients.change": {"name": "Taken over"},
    "api_clients.tag": {"name": "Taken over"},
    "api_people.change": {"role": "accountant"},
    "api_requests.change": {"note": "Taken over"},
    "api_requests.comment": {"text": "Taken over"},
    "api_services.change": {"name": "Taken over"},
}


NOT_NOW = {"api_clients.merge_into"}
"""What cannot be done to one's own now, for the calls before have archived it: it was found all the same."""


@pytest.fixture
def invited(app, cast) -> dict[UUID, UUID]:
    """An open invitation of each company."""
    found = {}
    for company_id in (cast.abc, cast.smith):
        with app.app_context(), company_scope(company_id):
            made = invite("wren@practice.example", "accountant", "Somebody")
            found[company_id] = made.id
            db.session.commit()
    return found


@pytest.fixture
def ids(cast, invited):
    """An id of this company for each name of a path's part."""

    def of(company_id: UUID) -> dict[str, str]:
        some = cast.request(company_id, status="new")
        return {
            "client_id": str(some.client_id),
            "other_id": str(cast.client(company_id).id),
            "service_id": str(some.service_id),
            "tag_id": str(cast.read(company_id, select(Tag))[0].id),
            "request_id": str(some.id),
            "invitation_id": str(invited[company_id]),
            "person_id": str(cast.member(company_id, "Jane" if company_id == cast.abc else "Priya").id),
            "accountant_id": str(cast.member(company_id, "Alice" if company_id == cast.abc else "Tom").id),
        }

    return of


def call(program, one: Endpoint, ids: dict[str, str], body: dict | None):
    path = one.path.format(**ids) if one.rule.arguments else one.path
    return program._open(one.method, path, body)


def test_another_practices_id_is_told_like_one_that_does_not_exist(app, api, cast, ids):
    tried = 0
    for company_id, stranger in ((cast.abc, "admin@smith.test"), (cast.smith, "admin@abc.test")):
        own = ids(cast.smith if company_id == cast.abc else cast.abc)
        theirs, nowhere = ids(company_id), dict.fromkeys(ids(company_id), str(uuid4()))
        for one in endpoints(app):
            # What hangs on imports, dry runs and documents is tried by tests/house/test_walls_of_pages.py.
            known = one.rule.arguments and one.rule.arguments <= own.keys()
            if not known or not one.rule.endpoint.startswith("api_"):
                continue
            with_ids = {
                "api_clients.merge_into": {"other_id": own["other_id"]},
                "api_requests.assign": {"accountant_id": own["accountant_id"]},
            }
            body = {**BODIES, **with_ids}.get(one.rule.endpoint, {} if one.declaration.body else None)
            mine = call(api(stranger), one, own, body)
            fits = {200, 201, 202, 409} if one.rule.endpoint in NOT_NOW else {200, 201, 202}
            assert mine.status_code in fits, f"the positive control of {one.id}: {mine.json}"
            foreign, absent = (call(api(stranger), one, found, body) for found in (theirs, nowhere))
            assert (
                (foreign.status_code, foreign.data) == (absent.status_code, absent.data) == (404, absent.data)
            )
            tried += 1
    assert tried >= 16


def test_another_practices_ids_in_a_body_are_told_like_none(api, cast, ids):
    own, theirs = ids(cast.abc), ids(cast.smith)
    alice = api("admin@abc.test")
    office = api("admin@smith.test").get("/api/offices").json["items"][0]["id"]
    calls = [
        (
            "POST",
            "/api/requests",
            {"client_id": own["client_id"], "service_id": own["service_id"]},
            "client_id",
            theirs["client_id"],
        ),
        (
            "POST",
            "/api/requests",
            {"client_id": own["client_id"], "service_id": own["service_id"]},
            "service_id",
            theirs["service_id"],
        ),
        (
            "POST",
            "/api/requests",
            {"client_id": own["client_id"], "service_id": own["service_id"]},
            "office_id",
            office,
        ),
        ("PATCH", f"/api/requests/{own['request_id']}", {}, "office_id", office),
        ("PATCH", f"/api/requests/{own['request_id']}", {}, "service_id", theirs["service_id"]),
        ("POST", f"/api/requests/{own['request_id']}/assign", {}, "accountant_id", theirs["accountant_id"]),
        (
            "POST",
            "/api/requests/assign",
            {"request_ids": [own["request_id"]]},
            "accountant_id",
            theirs["accountant_id"],
        ),
        ("POST", "/api/clients", {"name": "A", "kind": "other"}, "office_id", office),
        ("PATCH", f"/api/clients/{own['client_id']}", {}, "office_id", office),
    ]
    for method, path, body, field, foreign_id in calls:
        foreign = alice._open(method, path, {**body, field: foreign_id})
        absent = alice._open(method, path, {**body, field: str(uuid4())})
        assert foreign.status_code == 422, (path, field)
        assert foreign.data == absent.data
        assert list(foreign.json["error"]["fields"]) == [field]


def test_another_practices_ids_in_a_query_find_nothing(api, cast, ids):
    alice, theirs = api("admin@abc.test"), ids(cast.smith)
    for query in (
        f"client_id={theirs['client_id']}",
        f"service_id={theirs['service_id']}",
        f"assignee_id={theirs['accountant_id']}",
        f"q={cast.request(cast.smith).reference}",
    ):
        assert alice.get(f"/api/requests?{query}").json == {"items": [], "next_cursor": None}


def test_another_practices_cursor_shows_ones_own_rows_only(api, cast):
    theirs = api("admin@smith.test").get("/api/clients?limit=1").json["next_cursor"]
    own = {client["id"] for client in api("admin@abc.test").get("/api/clients?limit=200").json["items"]}
    shown = api("admin@abc.test").get(f"/api/clients?limit=200&cursor={theirs}").json["items"]
    assert {client["id"] for client in shown} <= own


def test_lists_hold_nothing_of_the_other_practice(api, cast):
    for path in ("/api/requests", "/api/clients", "/api/services", "/api/staff", "/api/offices"):
        abc = {item["id"] for item in api("admin@abc.test").get(f"{path}?limit=200").json["items"]}
        smith = {item["id"] for item in api("admin@smith.test").get(f"{path}?limit=200").json["items"]}
        assert abc
        assert smith
        assert not abc & smith


def test_every_endpoint_that_is_not_public_wants_a_token(app, api):
    some = {name: str(uuid4()) for one in endpoints(app) for name in one.parts}
    guarded = [
        one for one in endpoints(app) if one.audience != PUBLIC and one.rule.endpoint.startswith("api_")
    ]
    assert len(guarded) > 15
    for one in guarded:
        assert call(api(), one, some, {}).status_code == 401, one.id


def test_people_of_a_client_are_told_that_nothing_is_there(app, api, cast, ids):
    program = api("client@abc.test")
    some = {name: str(uuid4()) for one in endpoints(app) for name in one.parts}
    for one in endpoints(app):
        if one.audience in {PUBLIC, SIGNED_IN} or not one.rule.endpoint.startswith("api_"):
            continue
        answer = call(program, one, {**some, **ids(cast.abc)}, {} if one.declaration.body else None)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found"), one.id
