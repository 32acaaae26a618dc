"""The isolation matrix: every address × everybody × the other practice's ids, as cases that can be run one by one.

Made from the app's own table of addresses, the forms and links of its pages, and the declarations of its JSON API: a
new one is tried without anybody remembering to. A case sends the same twice or three times, with another practice's id
and with one that nothing has, and what is told must not differ; `Walls.ask` listens for everything else of theirs.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from werkzeug.routing import Rule

from app import audiences
from app.api.endpoint import declaration_of
from tests.house.addresses import (
    FIELDS,
    HAND_MADE,
    PARAMETERS,
    Found,
    body_of,
    data_for,
    fields_of_ids,
    filled_in,
    ids_of,
    may,
    own_ids,
    path_of,
    portals_client,
    rules,
    ways,
)
from tests.house.walls import IDS, NOWHERE, PEOPLE, SUPERS, Answer, Practice, Walls
from tests.support.forms import Form

_PLATFORM = (
    *("close", "enter", "export", "export_download", "index", "invite_again", "keep", "practice"),
    *("resume", "suspend", "switch"),
)
THEIR_RIGHT = {(who, f"platform.{page}") for who in SUPERS for page in _PLATFORM}
"""A super admin may know which practices there are and how they fare, and stop one."""
NEEDS_MORE = {
    "api_invoices.sync_status",
    *("api_contact_sync.client", "api_contact_sync.do", "contacts.decide_group", "contacts.do_dry_run"),
    *("contacts.sync_one", "integrations.contact"),
    *(f"api_contact_imports.{act}" for act in ("cancel", "pause", "resume", "undo")),
    *("documents.upload_cancel", "documents.upload_finish", "documents.upload_piece"),
    *("api_invoices.sync_status", "invoices.discard", "invoices.edit", "invoices.read_status"),
    *("invoices.send", "invoices.take_back"),
    *("invoices.authorise", "invoices.delete", "invoices.submit", "invoices.void"),
    *("portal.upload_cancel", "portal.upload_finish", "portal.upload_piece"),
    *("clients.import_row", "clients.tag", "documents.erase", "documents.reject", "settings.client_people"),
}
"""Addresses whose positive control is elsewhere. They take a contact, a group, a dry run or an import in Xero
(tests/integrations, tests/sync); an invoice in a state for it, as it was seen (tests/invoices); a file, its bytes, a
tag or a written-out confirmation (tests/clients, tests/documents, tests/portal); an address that nobody has
(tests/settings)."""
PART = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
STATES, ENDS = (
    ("status", "state", "active", "role", "kind"),
    ("accepted_at", "archived_at", "withdrawn_at"),
)
"""Columns by which rows are told apart when one is looked for that a change fits."""


@dataclass(frozen=True)
class Case:
    """`run` asks, and says what is wrong, or None. `field`: what carried the id, where it was not the path."""

    role: str
    what: str
    run: Callable[[], str | None]
    field: str = ""


def drawn(cases: Iterable[Case], share: float, seed: int = 1) -> list[Case]:
    """That share of the cases, always the same ones."""
    roll = Random(seed)
    return [case for case in cases if roll.random() < share]


def everything(walls: Walls, found: Found) -> Iterator[Case]:
    yield from in_paths(walls, found)
    yield from in_forms(walls, found)
    yield from in_queries(walls, found)
    yield from in_json(walls)
    yield from named_by_super_admins(walls)
    yield from without_ids(walls, found)


def in_paths(walls: Walls, found: Found) -> Iterator[Case]:
    for rule in rules(walls.app):
        for role in PEOPLE:
            if rule.arguments and (role, rule.endpoint) not in THEIR_RIGHT:
                for method, program in ways(rule):
                    for strange in _strange_parts(rule):
                        yield _in_path(walls, found, rule, role, method, program, strange)


def _strange_parts(rule: Rule) -> list[set[str]]:
    """Which parts of an address carry a strange id at once: all, and where there are several each alone."""
    alone = [{name} for name in sorted(rule.arguments)] if len(rule.arguments) > 1 else []
    return [set(rule.arguments), *alone]


def _in_path(
    walls: Walls, found: Found, rule: Rule, role: str, method: str, program: bool, strange: set[str]
) -> Case:
    def ids_with(whose: Practice | None) -> dict[str, UUID]:
        own, others = own_ids(walls, rule, role)[0], ids_of(rule, whose)
        return {name: others[name] if name in strange else own[name] for name in own}

    def run() -> str | None:
        sent = {"program": program, "body": data_for(walls, found, rule, method, program)}
        theirs, nothing = (
            walls.ask(role, method, path_of(walls, rule, ids), given=tuple(ids.values()), **sent)
            for ids in (ids_with(walls.theirs), ids_with(None))
        )
        if theirs.same != nothing.same:
            return f"theirs {theirs.status}, none {nothing.status}"
        # Beside an id of one's own a strange one may be a wrong value of a form.
        wrong_value = theirs.status == 422 and strange < set(rule.arguments)
        refused = wrong_value or _refused(theirs, role, rule, method)
        return None if refused else f"let in with {theirs.status}"

    return Case(role, f"{method} {rule.rule}", run)


def _refused(answer: Answer, role: str, rule: Rule, method: str) -> bool:
    if may(role, rule, method):
        return answer.status == 404
    if answer.status == 302:
        return urlsplit(answer.location).path in ({"/sign-in"} if role == "nobody" else {"/platform"})
    # A stranger without any cookie has no form's token either; a super admin is asked for a practice.
    return answer.status in {401, 403, 404} or (role, answer.status) in {("nobody", 400), ("super", 409)}


def _in_field(
    walls: Walls, role: str, method: str, path: str, program: bool, name: str, bodies: tuple[Any, Any, Any]
) -> Case:
    """`bodies`: with an id that nothing has, with theirs, and with the first again (the first may have saved something
    else of the form): what is answered to theirs must be one of the others."""
    given = (NOWHERE, *IDS.findall(json.dumps(bodies[1])))
    addresses = [f"{path}?{urlencode(one)}" if method == "GET" else path for one in bodies]

    def run() -> str | None:
        nothing, theirs, again = (
            walls.ask(
                role,
                method,
                address,
                program=program,
                body=None if method == "GET" else body,
                given=given,
            )
            for address, body in zip(addresses, bodies, strict=True)
        )
        if path.startswith(("/companies", "/api/auth", "/sign-")):
            walls.forget_sign_ins()
        if theirs.same in {nothing.same, again.same}:
            return None
        return f"theirs {theirs.status}, none {nothing.status}"

    return Case(role, f"{method} {path} {bodies[1]}", run, name)


def in_forms(walls: Walls, found: Found) -> Iterator[Case]:
    by_hand = [
        ("admin", path, Form("POST", path, dict.fromkeys(names, ""))) for path, names in HAND_MADE.items()
    ]
    for role, action, form in [*found.sent.values(), *by_hand]:
        fields = filled_in(form)
        for name in fields:
            for bodies in _strange(walls, form, fields, name):
                yield _in_field(walls, role, form.method, action, False, name.split("-")[0], bodies)


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


def in_queries(walls: Walls, found: Found) -> Iterator[Case]:
    for (path, name), asked in found.asked.items():
        nothing = {**asked.rest, name: str(NOWHERE)}
        theirs = {**asked.rest, name: str(walls.theirs.id_of(asked.table))}
        yield _in_field(walls, asked.role, "GET", path, False, name, (nothing, theirs, nothing))


def in_json(walls: Walls) -> Iterator[Case]:
    for rule in rules(walls.app):
        declared = declaration_of(walls.app.view_functions[rule.endpoint])
        if declared is None:
            continue
        role = next(role for role in PEOPLE if may(role, rule))
        path = path_of(walls, rule, own_ids(walls, rule, role)[0] if rule.arguments else {})
        for method, program in ways(rule):
            model = declared.query if method == "GET" else declared.body
            for name in fields_of_ids(model) if program and model else ():
                base = {} if method == "GET" else body_of(model, walls.ours)
                bodies = tuple(body_of(model, whose, name, base) for whose in (None, walls.theirs, None))
                yield _in_field(walls, role, method, path, True, name, bodies)


def named_by_super_admins(walls: Walls) -> Iterator[Case]:
    """A super admin without an entry names a practice in vain, in every endpoint of the JSON API."""
    for rule in rules(walls.app):
        inside = audiences.AUDIENCES[rule.endpoint] in {audiences.STAFF, audiences.ADMIN}
        if rule.rule.startswith("/api/") and inside:
            for method in {method for method, _ in ways(rule)}:
                yield _named(walls, rule, method)


def _named(walls: Walls, rule: Rule, method: str) -> Case:
    ids = ids_of(rule, walls.theirs)
    path = path_of(walls, rule, ids)

    def ask(company_id: UUID) -> Answer:
        given = (company_id, *ids.values())
        return walls.ask("super", method, f"{path}?company_id={company_id}", program=True, given=given)

    def run() -> str | None:
        theirs, nothing = ask(walls.theirs.id), ask(NOWHERE)
        same = theirs.same == nothing.same and theirs.status == 403
        return None if same else f"theirs {theirs.status}, none {nothing.status}"

    return Case("super", f"{method} {rule.rule}", run, "company_id")


def without_ids(walls: Walls, found: Found) -> Iterator[Case]:
    """Asked and sent by everybody; whoever is not let in learns nothing, whoever is, nothing of the others."""
    for rule in rules(walls.app):
        for role in PEOPLE:
            if not rule.arguments and (role, rule.endpoint) not in THEIR_RIGHT:
                for method, program in ways(rule):
                    yield _without_id(walls, found, rule, role, method, program)


def _without_id(walls: Walls, found: Found, rule: Rule, role: str, method: str, program: bool) -> Case:
    def run() -> str | None:
        data = data_for(walls, found, rule, method, program)
        # The list of looks repeats what our own people asked for before, ids that are not theirs included.
        given = tuple(walls.their_ids) if rule.endpoint == "audit.views" else ()
        answer = walls.ask(role, method, rule.rule, program=program, body=data, given=given)
        if rule.endpoint.startswith(("auth.", "api_auth.", "platform.")):
            walls.forget_sign_ins()
        return None if answer.status != 500 else "a fault"

    return Case(role, f"{method} {rule.rule}", run)


def without_control(walls: Walls, found: Found) -> list[str]:
    """The positive controls: every address that refuses another practice's id and changes something, sent by whoever
    may with ids of their own, one after the other until one is in a state for it. What never worked."""
    waiting = [
        (rule, method, program)
        for rule in rules(walls.app)
        if rule.arguments and rule.endpoint not in NEEDS_MORE
        for method, program in ways(rule)
        if method != "GET"
    ]
    for _ in range(2):  # what was switched off in the first round can be switched on again in the second
        waiting = [one for one in waiting if not _works(walls, found, *one)]
    return [f"{method} {rule.rule} ({rule.endpoint})" for rule, method, _ in waiting]


def _works(walls: Walls, found: Found, rule: Rule, method: str, program: bool) -> bool:
    role = next((one for one in ("admin", "client") if may(one, rule, method)), None)
    if role is None:
        return True  # a super admin's own pages: tests/platform
    data = data_for(walls, found, rule, method, program)
    bodies = [data]
    if not program:
        forms = [form for (endpoint, *_), (_, _, form) in found.sent.items() if endpoint == rule.endpoint]
        bodies = [*{json.dumps(one): one for one in map(filled_in, forms)}.values()] or [{}]
    for ids in _own(walls, rule, role):
        for body in bodies:
            path = path_of(walls, rule, ids)
            if walls.ask(role, method, path, program=program, body=body).status < 400:
                return True
    return False


def _own(walls: Walls, rule: Rule, role: str) -> Iterator[dict[str, UUID]]:
    """Ids of one's own that belong together: a row of each kind for the last part of the address, and what it names for
    the others."""
    names = [part for part in PART.findall(rule.rule) if part in rule.arguments]
    rows = walls.ours.rows[PARAMETERS[names[-1]]]
    if role == "client" and rows and "client_id" in rows[0]:
        rows = [row for row in rows if row["client_id"] == portals_client(walls)]
    kinds = {
        (*(str(row.get(one)) for one in STATES), *(row.get(one) is None for one in ENDS)): row for row in rows
    }
    for row in [*kinds.values(), *rows[:10]]:
        tables = {
            walls.ours.table_of[str(one)]: one for one in row.values() if str(one) in walls.ours.table_of
        }
        others = {
            name: tables.get(PARAMETERS[name], walls.ours.id_of(PARAMETERS[name])) for name in names[:-1]
        }
        yield {**others, names[-1]: row["id"]}
