"""The addresses of the app, and what can be sent to them: read from its own table, its pages' forms and links, and
the declarations of its JSON API."""

import typing
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Flask
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from app import audiences
from app.api.endpoint import declaration_of
from app.models.service_request import STATUSES
from tests.house.walls import NOWHERE, PEOPLE, READING, WRITING, Practice, Walls
from tests.support.forms import Form, read_forms

PARAMETERS = {
    "call_id": "xero_calls",
    "ask_id": "document_asks",
    "client_id": "clients",
    "company_id": "companies",
    "document_id": "documents",
    "event_id": "audit_events",
    "group_id": "tag_mappings",
    "file_id": "client_imports",
    "import_id": "contact_imports",
    "invitation_id": "invitations",
    "invoice_id": "invoices",
    "office_id": "offices",
    "operation_id": "operations",
    "plan_id": "contact_plans",
    "other_id": "clients",
    "person_id": "memberships",
    "request_id": "service_requests",
    "row_id": "client_import_rows",
    "service_id": "services",
    "tag_id": "tags",
    "template_id": "job_templates",
    "upload_id": "document_uploads",
}
"""Parameters of paths, and whose ids they are."""
FIELDS = {
    **PARAMETERS,
    "account_id": "xero_list_entries",
    "accountant_id": "memberships",
    "actor_id": "memberships",
    "documents": "documents",
    "invoices": "invoices",
    "assignee_id": "memberships",
    "ids": "service_requests",
    "item_id": "xero_list_entries",
    "request_ids": "service_requests",
    "service_request_id": "service_requests",
    "subject_id": "service_requests",
    "tax_rate_id": "xero_list_entries",
}
"""Fields of forms, bodies and queries that carry an id and show none on a page."""
VALUES: dict[str, Any] = {
    "dry_run": True,
    "name": "Wall Street Books",
    "kind": "company",
    "email": "admin@abc.test",
    "file": "A line of a statement.",
    "reason": "Page 2 is missing.",
    "password": "countinghouse-demo",
    "refresh_token": "none",
    "text": "A word.",
    "base_price": "10.00",
    "default_due_days": 7,
}
"""Something valid for the other fields that must be filled in."""
ALONE = {"invoices"}
"""Fields of bodies beside which nothing else is taken."""
HAND_MADE = {
    "/companies": ["company_id"],
    "/documents/decide": ["documents"],
    "/invoices/bill": ["ids"],
    "/invoices/bill/confirmed": ["ids"],
    "/invoices/send": ["invoices"],
    "/invoices/send/confirmed": ["invoices"],
    "/requests/assign": ["ids", "accountant_id"],
    "/requests/assign/confirmed": ["ids", "accountant_id"],
}
"""Forms that no page shows as they are sent: where to, and their fields of ids."""
NO_DATA = {
    *("static", "assets.file"),
    *("auth.confirm_email", "auth.invitation", "auth.reset"),
    "auth.end_session_of",
    *("demo.mail", "demo.mail_html", "demo.mailbox"),
}
"""Left out: files of the app, the same for everybody; what a mailed secret opens, whoever holds it; one's own sign-ins,
which belong to no practice (tests/auth); the demonstration's mailbox, everybody's on purpose (tests/mail)."""


def rules(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in NO_DATA]
    unknown = {name for rule in found for name in rule.arguments} - PARAMETERS.keys()
    assert not unknown, f"Say in PARAMETERS whose ids these parameters carry: {unknown}"
    return sorted(found, key=lambda rule: rule.endpoint)


def ways(rule: Rule) -> list[tuple[str, bool]]:
    """(method, by a program?) of an address."""
    methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    programs = [True] if rule.rule.startswith("/api/") else [False]
    if rule.endpoint in audiences.BROWSER_TOO:
        programs = [True, False]
    return [(method, program) for method in methods for program in programs]


def path_of(walls: Walls, rule: Rule, ids: dict[str, UUID]) -> str:
    with walls.app.test_request_context():
        return walls.app.url_map.bind("localhost").build(rule.endpoint, ids)


def ids_of(rule: Rule, practice: Practice | None) -> dict[str, UUID]:
    return {name: practice.id_of(PARAMETERS[name]) if practice else NOWHERE for name in rule.arguments}


def may(role: str, rule: Rule, method: str = "GET") -> bool:
    """Whether the address is for them, and whether they may do this there."""
    audience = audiences.AUDIENCES[rule.endpoint]
    if audience == audiences.PUBLIC:
        return True
    if audience == audiences.SIGNED_IN:
        return role != "nobody"
    if role in {READING, WRITING}:
        return "super" in audiences.ROLES_OF.get(audience, set()) and (role == WRITING or method == "GET")
    return role != "super" and role in audiences.ROLES_OF.get(audience, set())


def portals_client(walls: Walls) -> UUID:
    """The client whose person plays the role of one."""
    found: UUID = next(row["client_id"] for row in walls.ours.rows["memberships"] if row["client_id"])
    return found


def own_id(walls: Walls, table: str, role: str) -> UUID:
    """The first row's; for a client's person the first of that client's, where there is one."""
    mine = portals_client(walls)
    if role == "client" and any(row.get("client_id") == mine for row in walls.ours.rows[table]):
        return walls.ours.id_of(table, client_id=mine)
    return walls.ours.id_of(table)


def own_ids(walls: Walls, rule: Rule, role: str) -> list[dict[str, UUID]]:
    """Ids of one's own for an address: of a request in every state, for a visitor in one."""
    if "request_id" not in rule.arguments:
        ids = ids_of(rule, walls.ours)
        return [{name: own_id(walls, PARAMETERS[name], role) for name in ids}]
    requests = walls.ours.rows["service_requests"]
    if role == "client":
        requests = [row for row in requests if row["client_id"] == portals_client(walls)]
    by_state = {row["status"]: row["id"] for row in requests}
    assert role == "client" or by_state.keys() == set(STATUSES)
    ids = [{"request_id": one} for one in by_state.values()]
    return ids[:1] if role in {READING, WRITING} else ids


@dataclass(frozen=True)
class Asked:
    """A query that carries an id: whose pages have it, whose id, the one they have, and what stands beside it."""

    role: str
    table: str
    own: str
    rest: dict[str, str]


class Found:
    """What the pages of one's own show: forms that can be sent, and queries that carry ids."""

    def __init__(self, walls: Walls) -> None:
        self.walls = walls
        self.sent: dict[tuple[str, str, frozenset[str]], tuple[str, str, Form]] = {}
        self.asked: dict[tuple[str, str], Asked] = {}
        self.cursors: dict[tuple[str, str], tuple[str, str]] = {}

    def look(self, role: str, path: str, html: str) -> None:
        forms, links = read_forms(html)
        for form in forms:
            if form.method == "GET":
                for name, values in form.offered.items():
                    self._ask(role, form.action or path, name, values)
                continue
            action = form.action or path
            if endpoint := self._endpoint(action, form.method):
                self.sent.setdefault((endpoint, role, frozenset(form.fields)), (role, action, form))
        for link in links:
            for name, value in parse_qsl(urlsplit(link).query):
                self._ask(role, link, name, [value])
                if name in {"after", "before"}:
                    self.cursors[(urlsplit(link).path, name)] = (role, value)

    def _ask(self, role: str, link: str, name: str, values: list[str]) -> None:
        own = next((one for one in values if one in self.walls.ours.table_of), None)
        if own:
            place = urlsplit(link)
            rest = {other: value for other, value in parse_qsl(place.query) if other != name}
            asked = Asked(role, self.walls.ours.table_of[own], own, rest)
            self.asked.setdefault((place.path, name), asked)

    def _endpoint(self, action: str, method: str) -> str | None:
        try:
            return self.walls.app.url_map.bind("localhost").match(urlsplit(action).path, method)[0]
        except HTTPException:
            return None


def look_around(walls: Walls, visits: float) -> Found:
    """Every page with one's own ids, by everybody who may: none of them is refused. `visits`: the share of pages that
    super admins inside look at as well."""
    found, roll = Found(walls), Random(1)
    for rule in rules(walls.app):
        for role in PEOPLE:
            if not may(role, rule) or "GET" not in (rule.methods or ()):
                continue
            if role in {READING, WRITING} and roll.random() > visits:
                continue
            for program in {program for method, program in ways(rule) if method == "GET"}:
                for ids in own_ids(walls, rule, role):
                    path = path_of(walls, rule, ids)
                    answer = walls.ask(role, "GET", path, program=program)
                    fits = answer.status in {200, 204, 302} or not rule.arguments
                    assert fits, f"{role} gets {answer.status} for their own {path}"
                    if not program:
                        found.look(role, path, answer.everything)
    for (path, name), asked in list(found.asked.items()):
        address = f"{path}?{urlencode({**asked.rest, name: asked.own})}"
        answer = walls.ask(asked.role, "GET", address, program=False)
        assert answer.status in {200, 302}, f"{asked.role} gets {answer.status} for their own {address}"
        found.look(asked.role, address, answer.everything)
    return found


def data_for(walls: Walls, found: Found, rule: Rule, method: str, program: bool) -> Any:
    """A body or form for an address that is valid but for the ids in the path."""
    if method == "GET":
        return None
    if program:
        declared = declaration_of(walls.app.view_functions[rule.endpoint])
        return body_of(declared.body, walls.ours) if declared and declared.body else None
    forms = [form for (endpoint, *_), (_, _, form) in found.sent.items() if endpoint == rule.endpoint]
    return filled_in(forms[0]) if forms else {}


def filled_in(form: Form) -> dict[str, str]:
    """The form filled in: what is empty gets something valid."""
    return {
        name: value.strip()
        or str(VALUES.get(name) or next((one for one in form.offered.get(name, ()) if one), ""))
        for name, value in form.fields.items()
        if name != "csrf_token"
    }


def _is_id(annotation: Any) -> bool:
    return annotation is UUID or any(_is_id(one) for one in typing.get_args(annotation))


def _holds_list(annotation: Any) -> bool:
    return typing.get_origin(annotation) is list or any(
        _holds_list(one) for one in typing.get_args(annotation)
    )


def _rows_of(annotation: Any) -> type[BaseModel] | None:
    """What a field's list is of, where that is a body again."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in typing.get_args(annotation) if (found := _rows_of(one))), None)


def body_of(
    model: type[BaseModel], whose: Practice | None, only: str | None = None, base: Any = None
) -> dict[str, Any]:
    """A body with this practice's ids (None: with ids that nothing has). `only`: in this field, or in that one of a
    list's rows (lines.office_id)."""
    body: dict[str, Any] = dict(base or {})
    rows, _, inner = (only or "").partition(".")
    if inner:
        row = _rows_of(model.model_fields[rows].annotation)
        assert row is not None
        given = {} if rows in ALONE else body
        return {**given, rows: [body_of(row, whose, inner, _inside(row, body))]}
    for name, about in model.model_fields.items():
        if _is_id(about.annotation) and (only is None or name == only):
            one = str(whose.id_of(FIELDS[name]) if whose else NOWHERE)
            body[name] = [one] if _holds_list(about.annotation) else one
        elif name not in body and about.is_required() and not _is_id(about.annotation):
            body[name] = VALUES[name]
    return body


def _inside(row: type[BaseModel], body: dict[str, Any]) -> dict[str, Any]:
    """What of a body may stand in a row of its list as well."""
    return {name: value for name, value in body.items() if name in row.model_fields}


def fields_of_ids(model: type[BaseModel]) -> list[str]:
    """Names of fields that carry ids; those of a list's rows are called lines.office_id."""
    names = [name for name, about in model.model_fields.items() if _is_id(about.annotation)]
    assert set(names) <= FIELDS.keys(), f"Say in FIELDS whose ids these are: {set(names) - FIELDS.keys()}"
    for name, about in model.model_fields.items():
        row = None if _is_id(about.annotation) else _rows_of(about.annotation)
        names += [f"{name}.{one}" for one in fields_of_ids(row)] if row else []
    return names
