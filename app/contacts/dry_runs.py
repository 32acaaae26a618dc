"""What is read about dry runs, and doing one. The caller commits."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.audit import record as audit
from app.errors import WrongState
from app.extensions import db
from app.models import Client, Connection, ContactPlan, ContactPlanRow, Operation
from app.models.operation import INTERACTIVE
from app.paging import Page, Rows, page_of
from app.sync import operations
from app.sync.contacts import planning

KINDS = {
    "theirs": "Changed here",
    "ours": "Changed in Xero",
    "conflict": "A person decides",
    "held": "Not sent",
    "merged": "Follows a merge",
    "archived": "Out of use in Xero",
    "gone": "Gone from Xero",
}
"""What would happen to a client or field, in words."""


def begin(connection: Connection, by: str) -> ContactPlan:
    """Have a dry run worked out."""
    plan, _ = planning.begin(connection, by)
    audit.record("contacts.dry_run", connection, None, None)
    return plan


def do(plan: ContactPlan, connection: Connection, by: str) -> Operation:
    """Have it carried out. Raises `WrongState` unless it is ready and of this organisation."""
    if plan.state != "ready":
        raise WrongState(
            {
                "reading": "This dry run is still being worked out. Wait until it is ready.",
                "doing": "This dry run is being carried out already.",
                "done": "This dry run was carried out already. Make a new one to see what a sync would change now.",
            }[plan.state]
        )
    if plan.connection_id != connection.id:
        raise WrongState("This dry run was made for another organisation. Make a new one.")
    plan.state = "doing"
    audit.record("contacts.dry_run_done", connection, None, {"clients": plan.counts.get("rows", 0)})
    return operations.plan(operations.DO_PLAN, plan.id, connection.organisation_name, by, INTERACTIVE)


def find(plan_id: UUID, *, locked: bool = False) -> ContactPlan | None:
    statement = select(ContactPlan).where(ContactPlan.id == plan_id)
    return db.session.scalar(statement.with_for_update() if locked else statement)


def latest() -> list[Row[Any]]:
    """The newest first. Row: id, created_at, asked_by, state, counts, done_at."""
    columns = (
        ContactPlan.id,
        ContactPlan.created_at,
        ContactPlan.asked_by,
        ContactPlan.state,
        ContactPlan.counts,
        ContactPlan.done_at,
    )
    newest = select(*columns).order_by(ContactPlan.created_at.desc()).limit(planning.KEPT)
    return list(db.session.execute(newest))


def list_rows(
    plan_id: UUID, kind: str | None, *, after: str | None = None, before: str | None = None, size: int = 50
) -> Page:
    """The plan's clients by name. Row: id, client_id, name, label, what, fields, left_out, done_at."""
    statement: Rows = (
        select(
            ContactPlanRow.id,
            ContactPlanRow.client_id,
            Client.name,
            ContactPlanRow.label,
            ContactPlanRow.what,
            ContactPlanRow.fields,
            ContactPlanRow.left_out,
            ContactPlanRow.done_at,
        )
        .join(Client, Client.id == ContactPlanRow.client_id)
        .where(ContactPlanRow.plan_id == plan_id)
    )
    if kind == "left_out":
        statement = statement.where(ContactPlanRow.left_out.is_not(None))
    elif kind:
        statement = statement.where(ContactPlanRow.what.has_key(kind))
    keys = (ContactPlanRow.label, ContactPlanRow.id)
    return page_of(statement, keys, after=after, before=before, size=size)


def done_and_left_out(plan_id: UUID) -> tuple[int, int]:
    """How many of its clients are done, and how many were left out."""
    row = db.session.execute(
        select(func.count(ContactPlanRow.done_at), func.count(ContactPlanRow.left_out)).where(
            ContactPlanRow.plan_id == plan_id
        )
    ).one()
    return row[0], row[1]


def trouble_of(plan: ContactPlan) -> Row[str, str | None] | None:
    """Of the operation that works on it, when it stands still: state, error."""
    kind = operations.DO_PLAN if plan.state == "doing" else operations.PLAN_CONTACTS
    return db.session.execute(
        select(Operation.state, Operation.error).where(
            Operation.kind == kind,
            Operation.subject_id == plan.id,
            Operation.state.in_(("waiting", "failed", "retry")),
            Operation.error.is_not(None),
        )
    ).first()
