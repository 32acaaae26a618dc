"""Every address of the app, tried by everybody of one practice with the ids of another.

Made from the app's own table of addresses: a new one is tried without anybody remembering to. A parameter, a field
or a value that this file does not know fails it, so that it stays complete.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.routing import Rule

from app import audiences, create_app
from app.api.endpoint import declaration_of
from app.config import load_settings
from app.extensions import db
from app.models import DocumentUpload, Membership, XeroCall, now
from app.tenancy import company_scope
from tests.house.addresses import (
    FIELDS,
    HAND_MADE,
    Found,
    body_of,
    data_for,
    fields_of_ids,
    filled_in,
    ids_of,
    may,
    own_id,
    own_ids,
    path_of,
    rules,
    ways,
)
from tests.house.walls import IDS, NOWHERE, PEOPLE, Answer, Practice, Walls, mark_alike, telling
from tests.support.forms import Form
from tests.support.people import Api, Browser, Cast
from tests.support.work import attach_connections

THEIR_RIGHT = {
    ("super", "platform.enter"),
    ("super", "platform.close"),
    ("super", "platform.export"),
    ("super", "platform.export_download"),
    ("super", "platform.index"),
    ("super", "platform.keep"),
    ("super", "platform.practice"),
    ("super", "platform.invite_again"),
    ("super", "platform.resume"),
    ("super", "platform.suspend"),
    ("super", "platform.switch"),
}
"""A super admin may know which practices there are and how they fare, and stop one."""


@pytest.fixture(scope="module")
def walls(databases, environment, redis_server, simulator_process) -> Iterator[Walls]:
    name = databases.copy()
    urls = {
        "DATABASE_URL": databases.postgres.url("countinghouse_app", name),
        "DATABASE_OWNER_URL": databases.postgres.url("countinghouse_owner", name),
    }
    app = create_app(load_settings(**{**environment, **urls}))
    app.config["TESTING"] = True
    app.extensions["redis"].flushall()
    superuser = databases.engine(name, "postgres")
    cast = _cast(app, superuser)
    simulator_process.reset()
    attach_connections(app, cast, simulator_process)
    for company_id in (cast.abc, cast.smith):
        _one_call(app, company_id)
        _one_upload(app, cast, company_id)
    mark_alike(superuser, cast.smith)
    yield Walls(app, Practice(superuser, cast.abc), Practice(superuser, cast.smith))
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    databases.drop(name)


def _cast(app: Flask, superuser: Engine) -> Cast:
    with superuser.connect() as connection:
        found = connection.exec_driver_sql("select name, id from companies").all()
    return Cast(app, {row.name: row.id for row in found})


def _one_call(app: Flask, company_id: UUID) -> None:
    call = XeroCall(
        at=now(),
        correlation_id=str(uuid4()),
        method="GET",
        path="/api.xro/2.0/Users",
        status=200,
        duration_ms=9,
    )
    with app.app_context(), company_scope(company_id):
        db.session.add(call)
        db.session.commit()


def _one_upload(app: Flask, cast: Cast, company_id: UUID) -> None:
    members = cast.read(company_id, select(Membership).order_by(Membership.client_id))
    upload = DocumentUpload(
        client_id=members[0].client_id or cast.client(company_id).id,
        uploader_id=members[0].user_id,
        doc_type="Rates notice",
        name="half a notice.pdf",
        size=10,
        storage_key=uuid4().hex,
        expires_at=now() + timedelta(days=1),
    )
    with app.app_context(), company_scope(company_id):
        db.session.add(upload)
        db.session.commit()


@pytest.fixture(scope="module")
def found(walls: Walls) -> Found:
    """Every page with one's own ids, by everybody who may: none of them is refused."""
    found = Found(walls)
    for rule in rules(walls.app):
        for role in PEOPLE:
            if not may(role, rule) or "GET" not in (rule.methods or ()):
                continue
            for program in {program for method, program in ways(rule) if method == "GET"}:
                for ids in own_ids(walls, rule, role):
                    path = path_of(walls, rule, ids)
                    answer = walls.ask(role, "GET", path, program=program)
                    fits = answer.status in {200, 204, 302} or not rule.arguments
                    assert fits, f"{role} gets {answer.status} for their own {path}"
                    if not program:
                        found.look(role, path, answer.everything)
    for (path, name), (role, table) in list(found.asked.items()):
        address = f"{path}?{urlencode({name: own_id(walls, table, role)})}"
        answer = walls.ask(role, "GET", address, program=False)
        assert answer.status in {200, 302}, f"{role} gets {answer.status} for their own {address}"
        found.look(role, address, answer.everything)
    return found


def _refused(answer: Answer, role: str, rule: Rule) -> bool:
    if may(role, rule):
        return answer.status == 404
    if answer.status == 302:
        return urlsplit(answer.location).path in ({"/sign-in"} if role == "nobody" else {"/platform"})
    # A stranger without any cookie has no form's token either; a super admin is asked for a practice.
    return answer.status in {401, 403, 404} or (role, answer.status) in {("nobody", 400), ("super", 409)}


def test_another_practices_ids_in_paths_are_like_ids_that_nothing_has(walls: Walls, found: Found):
    wrong = []
    for rule in rules(walls.app):
        if not rule.arguments:
            continue
        for role in PEOPLE:
            if (role, rule.endpoint) in THEIR_RIGHT:
                continue
            for method, program in ways(rule):
                sent = {"program": program, "body": data_for(walls, found, rule, method, program)}
                theirs, nothing = (
                    walls.ask(role, method, path_of(walls, rule, ids), given=tuple(ids.values()), **sent)
                    for ids in (ids_of(rule, walls.theirs), ids_of(rule, None))
                )
                if theirs.same != nothing.same:
                    wrong.append(
                        f"{role} {method} {rule.rule}: theirs {theirs.status}, none {nothing.status}"
                    )
                elif not _refused(theirs, role, rule):
                    wrong.append(f"{role} {method} {rule.rule}: {theirs.status}")
    assert not wrong, "\n".join(wrong)
    _untouched(walls)


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


def _differ(
    walls: Walls, role: str, method: str, path: str, program: bool, bodies: tuple[Any, Any, Any]
) -> list[str]:
    """Ask with an id that nothing has, with theirs, and with the first again (the first may have saved something
    else of the form): what is answered to theirs must be one of the others."""
    given = (NOWHERE, *IDS.findall(json.dumps(bodies[1])))
    addresses = [f"{path}?{urlencode(one)}" if method == "GET" else path for one in bodies]
    nothing, theirs, again = (
        walls.ask(role, method, address, program=program, body=None if method == "GET" else body, given=given)
        for address, body in zip(addresses, bodies, strict=True)
    )
    if path.startswith(("/companies", "/api/auth", "/sign-")):
        walls.forget_sign_ins()
    if theirs.same in {nothing.same, again.same}:
        return []
    return [f"{role} {method} {path} {bodies[1]}: theirs {theirs.status}, none {nothing.status}"]


def test_another_practices_ids_in_forms_are_like_ids_that_nothing_has(walls: Walls, found: Found):
    wrong, tried = [], set()
    by_hand = [
        ("admin", path, Form("POST", path, dict.fromkeys(names, ""))) for path, names in HAND_MADE.items()
    ]
    for role, action, form in [*found.sent.values(), *by_hand]:
        fields = filled_in(form)
        for name in fields:
            for changed in _strange(walls, form, fields, name):
                tried.add(name.split("-")[0])
                wrong += _differ(walls, role, form.method, action, False, changed)
    known = {"accountant_id", "client_id", "service_id", "office_id", "ids", "company_id", "service", "staff"}
    assert known <= tried, known - tried
    assert not wrong, "\n".join(wrong)
    _untouched(walls)


def _strange(walls: Walls, form: Form, fields: dict[str, str], name: str) -> Iterator[tuple[Any, Any, Any]]:
    """The form with ids that nothing has, with theirs, and with the first again, in this field or in its name."""
    shown = [fields[name], *form.offered.get(name, ())]
    table = next((walls.ours.table_of[one] for one in shown if one in walls.ours.table_of), FIELDS.get(name))
    if table:
        nothing = {**fields, name: str(NOWHERE)}
        yield nothing, {**fields, name: str(walls.theirs.id_of(table))}, nothing
    own = next((one for one in walls.ours.table_of if one in name), None)
    if own:
        rest = {other: value for other, value in fields.items() if other != name}
        theirs = str(walls.theirs.id_of(walls.ours.table_of[own]))
        nothing = {**rest, name.replace(own, str(NOWHERE)): fields[name]}
        yield nothing, {**rest, name.replace(own, theirs): fields[name]}, nothing


def test_another_practices_ids_in_queries_are_like_ids_that_nothing_has(walls: Walls, found: Found):
    wrong, names = [], set()
    for (path, name), (role, table) in found.asked.items():
        nothing = {name: str(NOWHERE)}
        names.add(name)
        wrong += _differ(
            walls, role, "GET", path, False, (nothing, {name: str(walls.theirs.id_of(table))}, nothing)
        )
    assert {"client", "service", "office", "assignee"} <= names, names
    assert not wrong, "\n".join(wrong)


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


def test_another_practices_ids_in_the_json_api_are_like_ids_that_nothing_has(walls: Walls, found: Found):
    wrong, names = [], set()
    for rule in rules(walls.app):
        declared = declaration_of(walls.app.view_functions[rule.endpoint])
        if declared is None:
            continue
        role = next(role for role in PEOPLE if may(role, rule))
        path = path_of(walls, rule, own_ids(walls, rule, role)[0] if rule.arguments else {})
        for method, program in ways(rule):
            model = declared.query if method == "GET" else declared.body
            if not program or model is None:
                continue
            for name in fields_of_ids(model):
                names.add(name)
                base = {} if method == "GET" else body_of(model, walls.ours)
                bodies = tuple(body_of(model, whose, name, base) for whose in (None, walls.theirs, None))
                wrong += _differ(walls, role, method, path, True, bodies)
    known = {
        "client_id",
        "service_id",
        "office_id",
        "accountant_id",
        "assignee_id",
        "request_ids",
        "company_id",
    }
    assert known <= names, known - names
    assert not wrong, "\n".join(wrong)
    _untouched(walls)


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


def test_a_super_admin_without_an_entry_names_a_practice_in_vain(walls: Walls):
    inside = {audiences.STAFF, audiences.ADMIN}
    for rule in rules(walls.app):
        if not rule.rule.startswith("/api/") or audiences.AUDIENCES[rule.endpoint] not in inside:
            continue
        ids = ids_of(rule, walls.theirs)
        path = path_of(walls, rule, ids)
        for method in {method for method, _ in ways(rule)}:
            theirs, nothing = (
                walls.ask(
                    "super", method, f"{path}?company_id={one}", program=True, given=(one, *ids.values())
                )
                for one in (walls.theirs.id, NOWHERE)
            )
            assert theirs.status == 403, rule
            assert theirs.same == nothing.same, rule
    _untouched(walls)


def test_addresses_without_ids_tell_nothing(walls: Walls, found: Found):
    """Asked and sent by everybody; whoever is not let in learns nothing, whoever is, nothing of the others."""
    for rule in rules(walls.app):
        for role in PEOPLE:
            if rule.arguments or (role, rule.endpoint) in THEIR_RIGHT:
                continue
            for method, program in ways(rule):
                data = data_for(walls, found, rule, method, program)
                # The list of looks repeats what our own people asked for before, ids that are not theirs included.
                given = tuple(walls.their_ids) if rule.endpoint == "audit.views" else ()
                answer = walls.ask(role, method, rule.rule, program=program, body=data, given=given)
                assert answer.status != 500, f"{role} {method} {rule.rule}"
                if rule.endpoint.startswith(("auth.", "api_auth.")):
                    walls.forget_sign_ins()
    _untouched(walls)
    print(f"\nTried: {sum(walls.tried.values())} requests, {walls.tried}")


def _untouched(walls: Walls) -> None:
    """Nothing of theirs has changed, been added or gone; only their own people have looked at it."""
    now = Practice(walls.theirs.engine, walls.theirs.id).rows
    ours = {member["user_id"] for member in walls.ours.rows["memberships"]}
    assert not [look for look in now.pop("audit_views") if look["actor_id"] in ours]
    assert now == {table: rows for table, rows in walls.theirs.rows.items() if table != "audit_views"}


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
