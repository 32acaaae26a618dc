"""What happened to one client: the audit log's rows about it and the work for Xero, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.audit.diff import Line, lines_of
from app.audit.queries import names_of
from app.audit.words import act
from app.extensions import db
from app.models import AuditEvent, Client, Operation
from app.navigation import url_if
from app.statuses import OPERATIONS
from app.sync.operations import KINDS

MOST = 30


@dataclass(frozen=True)
class Happening:
    """One line. `kind`: of a status. `lines`: the fields that changed."""

    at: datetime
    title: str
    actor: str
    kind: str
    body: str | None
    lines: list[Line]
    url: str | None


def history_of(client_id: UUID, most: int = MOST) -> list[Happening]:
    """The newest of it; of those who were merged into this client as well."""
    ids = [client_id, *db.session.scalars(select(Client.id).where(Client.merged_into_id == client_id))]
    both = [*_acts(ids, most), *_work(ids, most)]
    return sorted(both, key=lambda one: one.at, reverse=True)[:most]


def _acts(ids: list[UUID], most: int) -> list[Happening]:
    rows = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_id.in_(ids), AuditEvent.subject_kind == "client")
        .order_by(AuditEvent.at.desc(), AuditEvent.sequence.desc())
        .limit(most)
    ).all()
    names: dict[str, str] = {}
    for side in (side for row in rows for side in (row.before, row.after) if side):
        names |= names_of({key: value for key, value in side.items() if str(value) not in names})
    return [
        Happening(
            row.at,
            act(row.what),
            row.actor_name,
            "neutral",
            None,
            lines_of(row.before, row.after, names) if row.before else [],
            None,
        )
        for row in rows
    ]


def _work(ids: list[UUID], most: int) -> list[Happening]:
    rows = db.session.execute(
        select(
            Operation.id,
            Operation.kind,
            Operation.state,
            Operation.error,
            Operation.requested_by,
            Operation.created_at,
        )
        .where(Operation.subject_id.in_(ids))
        .order_by(Operation.created_at.desc())
        .limit(most)
    )
    found = []
    for row in rows:
        kind, word = OPERATIONS.get(row.state, ("neutral", row.state))
        title = f"{KINDS.get(row.kind, row.kind)}: {word.lower()}"
        address = url_if("sync.operation", operation_id=row.id)
        found.append(Happening(row.created_at, title, row.requested_by, kind, row.error, [], address))
    return found
