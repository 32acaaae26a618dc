"""Every address of the app, tried by everybody of one practice with the ids of another (tests/house/matrix.py).

`make test` runs all of it with all belts on and, of the runs with one belt off, a part that is always the same;
`make proof` runs it whole with each.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlencode
from uuid import UUID

import pytest

from app import audiences
from app.api.docs.openapi import document
from app.api.endpoint import declaration_of
from tests.house import matrix
from tests.house.addresses import Found, data_for, ids_of, may, own_ids, path_of, rules, ways
from tests.house.belts import ALL, NO_GUARD, NO_POLICIES, only
from tests.house.conftest import OF_VISITS, WHOLE
from tests.house.traces import rows_as_text
from tests.house.walls import NOWHERE, Practice, Walls, telling
from tests.support.people import Api, Browser

pytestmark = pytest.mark.timeout(900)
OF_ONE_BELT_LESS = 1.0 if WHOLE else 0.1
"""What share of the cases is run with a belt off."""
KNOWN_FIELDS = {
    *("accountant_id", "assignee", "assignee_id", "client", "client_id", "company_id", "ids", "office"),
    *("office_id", "request_ids", "service", "service_id", "staff"),
}
"""Names that must have been tried with an id of theirs, in a form, a query or a body."""


def run(walls: Walls, cases: list[matrix.Case]) -> None:
    """Every case; then what the app left behind, and that nothing of theirs has changed."""
    wrong = [f"{case.role} {case.what}: {said}" for case in cases if (said := case.run())]
    assert not wrong, "\n".join(wrong)
    _nothing_left_behind(walls)
    _untouched(walls)


def _nothing_left_behind(walls: Walls) -> None:
    """No mail but their own, no key or value of Redis, no file and no row of ours says anything of theirs."""
    ours = Practice(walls.ours.engine, walls.ours.id).rows
    del ours["audit_views"]  # the list of looks repeats the ids that our people asked for
    left = {
        "mails": walls.traces.mails(walls.theirs.id),
        "Redis": walls.traces.redis(),
        "files": walls.traces.files(),
        "rows": rows_as_text([row for rows in ours.values() for row in rows]),
    }
    for where, said in left.items():
        leaked = walls.leaks(said)
        assert not leaked, f"{where} say {sorted(leaked)[:5]}"


def _untouched(walls: Walls) -> None:
    """Nothing of theirs has changed, been added or gone; only their own people have looked at it."""
    now = Practice(walls.theirs.engine, walls.theirs.id).rows
    ours = {member["user_id"] for member in walls.ours.rows["memberships"]}
    assert not [look for look in now.pop("audit_views") if look["actor_id"] in ours]
    assert now == {table: rows for table, rows in walls.theirs.rows.items() if table != "audit_views"}


def test_the_document_names_no_address_and_no_id_that_is_not_tried(walls: Walls, found: Found):
    """The matrix comes from the routes; the OpenAPI document, which programs are written from, must not know more."""
    tried = {
        (rule.endpoint, method) for rule in rules(walls.app) for method, program in ways(rule) if program
    }
    names = {case.field.rpartition(".")[2] for case in matrix.everything(walls, found)}
    adapter = walls.app.url_map.bind("localhost")
    described = document(walls.app, "http://localhost")
    for path, operations in described["paths"].items():
        filled = path.replace("{", "").replace("}", "") if "{" not in path else _filled(path)
        for method, operation in operations.items():
            assert (adapter.match(filled, method.upper())[0], method.upper()) in tried, f"{method} {path}"
            inside = [one for one in operation["parameters"] if one["in"] == "query"]
            ids = {one["name"] for one in inside if one["schema"].get("format") == "uuid"}
            if "requestBody" in operation:
                for content in operation["requestBody"]["content"].values():
                    ids |= set(_ids_in(content["schema"], described["components"]["schemas"]))
            assert ids <= names, f"{method} {path}: nobody tries {ids - names}"


def _filled(path: str) -> str:
    parts = (str(UUID(int=0)) if part.startswith("{") else part for part in path.split("/"))
    return "/".join(parts)


def _ids_in(schema: dict, schemas: dict, name: str = "") -> list[str]:
    """The names of what a body may carry an id in."""
    if "$ref" in schema:
        return _ids_in(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, name)
    found = [name] if schema.get("format") == "uuid" else []
    for choice in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        found += _ids_in(choice, schemas, name)
    for inner, described in schema.get("properties", {}).items():
        found += _ids_in(described, schemas, inner)
    return found


def test_with_all_belts_their_ids_are_like_ids_that_nothing_has(walls: Walls, found: Found):
    cases = list(matrix.everything(walls, found))
    tried = {case.field for case in cases}
    assert tried >= KNOWN_FIELDS, KNOWN_FIELDS - tried
    members = [case for case in cases if case.role in {"admin", "accountant", "client"}]
    others = [case for case in cases if case.role not in {"admin", "accountant", "client"}]
    chosen = members + matrix.drawn(others, OF_VISITS)
    run(walls, chosen)
    _say(walls, ALL, len(chosen), len(cases))


@pytest.mark.parametrize("belts", [NO_GUARD, NO_POLICIES])
def test_with_one_belt_off_the_others_hold(walls: Walls, found: Found, belts: str):
    whole = list(matrix.everything(walls, found))
    cases = matrix.drawn(whole, OF_ONE_BELT_LESS)
    with only(belts, walls.ours.engine):
        run(walls, cases)
    _say(walls, belts, len(cases), len(whole))


def _say(walls: Walls, belts: str, cases: int, of: int) -> None:
    print(f"\n{belts}: {cases} of {of} combinations, 0 leaks; requests by {walls.tried}")
    walls.tried.clear()


def test_a_client_of_the_portal_gets_no_other_clients_request(walls: Walls, found: Found):
    client_id = next(row["client_id"] for row in walls.ours.rows["memberships"] if row["client_id"])
    requests = walls.ours.rows["service_requests"]
    others = next(row["id"] for row in requests if row["client_id"] != client_id)
    tried = 0
    for rule in rules(walls.app):
        if not rule.endpoint.startswith("portal.") or "request_id" not in rule.arguments:
            continue
        for method, program in ways(rule):
            sent = {"program": program, "body": data_for(walls, found, rule, method, program)}
            theirs, nothing = (
                walls.ask("client", method, path_of(walls, rule, {"request_id": one}), given=(one,), **sent)
                for one in (others, NOWHERE)
            )
            assert theirs.status == 404, rule
            assert theirs.same == nothing.same, rule
            tried += 1
    assert tried


def test_pages_of_the_portal_tell_nothing_of_other_clients(walls: Walls, found: Found):
    member = next(row for row in walls.ours.rows["memberships"] if row["client_id"])
    own, others = set(), set()
    for row in walls.ours.rows["clients"]:
        (own if row["id"] == member["client_id"] else others).update({row["name"], row["email"]} - {None})
    for row in walls.ours.rows["service_requests"]:
        (own if row["client_id"] == member["client_id"] else others).add(row["reference"])
    others = telling({one for one in others if one}, own)
    assert len(others) > 100
    for rule in rules(walls.app):
        theirs = audiences.AUDIENCES[rule.endpoint] in {audiences.CLIENT, audiences.SIGNED_IN}
        if theirs and "GET" in (rule.methods or ()):
            for ids in own_ids(walls, rule, "client"):
                said = walls.ask(
                    "client", "GET", path_of(walls, rule, ids), program=ways(rule)[0][1]
                ).everything
                leaked = [one for one in others if one in said]
                assert not leaked, f"{rule.rule}: {leaked[:5]}"


def test_cursors_with_another_practices_rows_lead_to_ones_own(walls: Walls, found: Found):
    assert found.cursors
    for (path, name), (role, cursor) in found.cursors.items():
        keys = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        table = walls.ours.table_of.get(keys[-1])
        if table is None:
            continue
        swapped = [*keys[:-1], str(walls.theirs.id_of(table))]
        strange = urlsafe_b64encode(json.dumps(swapped).encode()).decode().rstrip("=")
        assert walls.ask(role, "GET", f"{path}?{urlencode({name: strange})}", program=False).status == 200


def test_their_cursors_in_the_json_api_lead_to_ones_own(walls: Walls):
    tried = 0
    theirs = Api(walls.app, "admin@smith.test")
    for rule in rules(walls.app):
        declared = declaration_of(walls.app.view_functions[rule.endpoint])
        if declared and declared.query and "cursor" in declared.query.model_fields and not rule.arguments:
            cursor = theirs.get(f"{rule.rule}?limit=1").get_json()["next_cursor"]
            if cursor:
                path = f"{rule.rule}?{urlencode({'limit': 200, 'cursor': cursor})}"
                assert walls.ask("admin", "GET", path, program=True).status == 200
                tried += 1
    assert tried >= 3


def test_every_refusal_has_its_positive_control(walls: Walls, found: Found):
    """Reading was controlled when we looked around; this changes what is ours, and so comes near the end."""
    unproved = matrix.without_control(walls, found)
    assert not unproved, "\n".join(unproved)


def test_the_other_practices_own_pages_would_be_noticed(walls: Walls):
    """The canaries sing: what its own admin is shown is known as the other practice's, wherever there is an id.

    The last test: looking may write into the log of calls."""
    tom, silent = Browser(walls.app, "admin@smith.test"), []
    for rule in rules(walls.app):
        if rule.arguments and may("admin", rule) and ("GET", False) in ways(rule):
            answer = tom.get(path_of(walls, rule, ids_of(rule, walls.theirs)))
            if answer.status_code == 200 and not walls.leaks(answer.get_data().decode(errors="replace")):
                silent.append(rule.rule)
    assert not silent
