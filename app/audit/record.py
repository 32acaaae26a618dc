"""The one way to tell the audit log what a person did::

    record("office.closed", office, before={"active": True}, after={"active": False})

Called by actions, in the scope of the company; the row is appended to the company's chain when the session commits, or
never when it does not. Who did it and from where is taken from the request under way.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID, uuid4

from flask import g, has_request_context, request
from sqlalchemy import inspect

from app.audit import chain
from app.extensions import db
from app.models import (
    Client,
    Company,
    Connection,
    ContactImport,
    Document,
    Invoice,
    JobTemplate,
    Membership,
    Office,
    Operation,
    Service,
    ServiceRequest,
    Tag,
    User,
)
from app.tenancy import current_company_id

LONGEST_AGENT = 200
_SECRET = re.compile(r"password|secret|token|hash|verifier|recovery|totp|passkey", re.IGNORECASE)
_HIDDEN = "(not written here)"
_NOT_TOLD = {
    *(
        "company_id",
        "id",
        "created_at",
        "updated_at",
        "sort_name",
        "sort_number",
        "completed_at",
        "assigned_at",
    ),
    *("next_request_number", "next_client_number"),
}
"""Columns that say nothing a reader of the log would miss."""
_KINDS: dict[type, tuple[str, str]] = {
    ServiceRequest: ("request", "reference"),
    Client: ("client", "name"),
    Service: ("service", "name"),
    JobTemplate: ("job_template", "name"),
    Office: ("office", "name"),
    Company: ("practice", "name"),
    Connection: ("connection", "organisation_name"),
    ContactImport: ("contact_import", "title"),
    Document: ("document", "name"),
    Invoice: ("invoice", "reference"),
    Operation: ("operation", "subject_label"),
    Tag: ("tag", "name"),
    User: ("person", "name"),
}


class _Visit(Protocol):
    @property
    def id(self) -> UUID: ...


class Viewer(Protocol):
    """The person behind a request (`app.auth.viewer`), as far as the log tells of them."""

    @property
    def user_id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str | None: ...
    @property
    def entry(self) -> _Visit | None: ...


@dataclass(frozen=True)
class Subject:
    """What an act was about, as it was called then."""

    kind: str
    id: UUID | None
    label: str


@dataclass(frozen=True)
class Actor:
    """Who acted, where no request of theirs tells it. `role`: admin, accountant, client, super or system."""

    user_id: UUID | None
    name: str
    role: str | None
    entry_id: UUID | None = None


THE_APP = Actor(None, "Countinghouse", "system")
_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(by: Actor) -> Iterator[None]:
    """What is recorded inside, in no request, is this person's doing: a worker carries out what they confirmed."""
    token = _acting.set(by)
    try:
        yield
    finally:
        _acting.reset(token)


def record(
    what: str,
    subject: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    by: Viewer | Actor | None = None,
) -> None:
    """Tell that this was done in the company of the scope (not committed).

    `what`: a slug of `app.audit.words`. `subject`: a row of one of the known kinds, or a `Subject`. `before`, `after`:
    the fields that changed, any plain values; what looks like a secret is left out. `by`: who, if not the viewer.
    """
    values = row_values(what, subject, before, after, by)
    chain.gather(db.session(), current_company_id(), values)


def changed(what: str, row: Any, *, by: Viewer | Actor | None = None) -> None:
    """`record` with the columns that were set on the row and are not written yet; nothing when none differs."""
    before, after = {}, {}
    for attribute in inspect(row).mapper.column_attrs:
        if attribute.key in _NOT_TOLD:
            continue
        history = inspect(row).attrs[attribute.key].history
        if history.has_changes():
            before[attribute.key] = history.deleted[0] if history.deleted else None
            after[attribute.key] = history.added[0] if history.added else None
    if after:
        record(what, row, before, after, by=by)


def created(what: str, row: Any, *, by: Viewer | Actor | None = None) -> None:
    """`record` with everything that stands in a new row."""
    columns = inspect(row).mapper.column_attrs
    state = {column.key: getattr(row, column.key) for column in columns if column.key not in _NOT_TOLD}
    record(what, row, None, {name: value for name, value in state.items() if value is not None}, by=by)


def record_everywhere(
    what: str,
    person: User,
    companies: Iterable[tuple[UUID, str | None]],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    by: Actor | None = None,
) -> None:
    """Tell it in each of these companies (id, the person's role there), with the transaction under way: for what
    happens to a person's own account, which is no company's. `by`: who, if not the person."""
    for company_id, role in companies:
        actor = by or Actor(person.id, person.name, role)
        chain.gather(db.session(), company_id, row_values(what, person, before, after, actor))


def record_apart(
    what: str,
    person: User,
    companies: Iterable[tuple[UUID, str | None]],
    after: Mapping[str, Any] | None = None,
) -> None:
    """Tell it at once in each of these companies (id, the person's role there), in transactions of their own: for a
    person who is signing in and in no company's scope yet."""
    for company_id, role in companies:
        actor = Actor(person.id, person.name, role)
        chain.append_apart(company_id, [row_values(what, person, None, after, actor)])


def row_values(
    what: str,
    subject: object,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    by: Viewer | Actor | None,
) -> dict[str, Any]:
    """The columns of a row but its time and place in the chain."""
    named = subject_of(subject)
    return {
        **actor_values(by or (g.get("viewer") if has_request_context() else _acting.get())),
        **from_where(),
        "what": what,
        "subject_kind": named.kind,
        "subject_id": named.id,
        "subject_label": named.label,
        "before": plain_fields(before),
        "after": plain_fields(after),
    }


def subject_of(subject: object) -> Subject:
    """Raises TypeError for a row of an unknown kind."""
    if isinstance(subject, Subject):
        return subject
    if isinstance(subject, Membership):
        return Subject("person", subject.user_id, subject.name)
    for kind, (name, label) in _KINDS.items():
        if isinstance(subject, kind):
            return Subject(name, getattr(subject, "id"), str(getattr(subject, label)))  # noqa: B009
    raise TypeError(f"The audit log does not know what a {type(subject).__name__} is called.")


def actor_values(by: Viewer | Actor | None) -> dict[str, Any]:
    """The columns that say who."""
    if by is None:
        by = THE_APP
    entry_id = by.entry_id if isinstance(by, Actor) else by.entry.id if by.entry else None
    return {"actor_id": by.user_id, "actor_name": by.name, "actor_role": by.role, "entry_id": entry_id}


def from_where() -> dict[str, Any]:
    """The columns that say from which address, with what program, in which request."""
    if not has_request_context():
        return {"address": None, "agent": None, "correlation_id": None}
    if "audit_correlation" not in g:
        g.audit_correlation = uuid4().hex
    agent = "".join(letter for letter in request.user_agent.string if letter.isprintable())
    return {
        "address": request.remote_addr,
        "agent": agent[:LONGEST_AGENT] or None,
        "correlation_id": g.audit_correlation,
    }


def plain_fields(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The fields as JSON takes them, without what looks like a secret."""
    if fields is None:
        return None
    return {name: _HIDDEN if _SECRET.search(name) else _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain_fields({str(name): one for name, one in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    # A float comes back from the database as another text than it went in with; so it goes in as text.
    return str(value)
