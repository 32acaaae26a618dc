"""What a person or a program may have done at once. The caller commits."""

from dataclasses import dataclass
from math import ceil
from uuid import UUID

from sqlalchemy import exists, func, select

from app.audit import record as audit
from app.errors import field_problem
from app.extensions import db
from app.models import Client, Connection, ContactErrand, ContactMapping, LastSync, Operation
from app.models.operation import INTERACTIVE, NORMAL
from app.paging import Rows
from app.sync import operations
from app.sync.contacts import errands, pulling
from app.sync.contacts.changed import plan_exchange
from app.xero.accounting.calls import BATCH, PAGE_SIZE

MOST = 10_000
"""As many contacts as are made at one press."""
SAID = {
    "changes": "What changed in Xero is being read.",
    "everything": "Every client is being compared with its contact.",
    "groups": "Tags and groups are being brought together.",
}


@dataclass(frozen=True)
class Missing:
    """Clients without a contact, and what making the contacts of the first `MOST` costs in calls."""

    count: int
    calls: int


@dataclass(frozen=True)
class Started:
    """What was planned, and a sentence that says so."""

    operation: Operation
    said: str


def start(connection: Connection, what: str, by: str) -> Started:
    """Plan it. `what`: changes, everything, missing or groups; raises `Problem` 422 for something else."""
    if what == "missing":
        return _make_missing(connection, by)
    if what == "changes":
        operation = pulling.plan_read_changes(connection, by, INTERACTIVE)
    elif what == "everything":
        operation = pulling.plan_reconcile(connection, by, NORMAL)
    elif what == "groups":
        operation = pulling.plan_groups(connection, by, NORMAL)
    else:
        raise field_problem("what", "Choose one of: changes, everything, missing, groups.")
    audit.record("contacts.synced", connection, None, {"what": what})
    return Started(operation, SAID[what])


def missing_contacts(connection_id: UUID) -> Missing:
    """How many clients have no contact and do not wait for one."""
    count = db.session.scalar(select(func.count()).select_from(_missing(connection_id).subquery())) or 0
    contacts = db.session.scalar(
        select(LastSync.counts["read"].as_integer()).where(
            LastSync.connection_id == connection_id, LastSync.kind == operations.RECONCILE_CONTACTS
        )
    )
    return Missing(count, ceil(min(count, MOST) / BATCH) + ceil((contacts or PAGE_SIZE) / PAGE_SIZE))


def _make_missing(connection: Connection, by: str) -> Started:
    client_ids = db.session.scalars(_missing(connection.id).limit(MOST)).all()
    errands.note(client_ids, by, create=True)
    operation = plan_exchange(connection, by, NORMAL)
    audit.record("contacts.synced", connection, None, {"what": "missing", "count": len(client_ids)})
    many = "client is" if len(client_ids) == 1 else "clients are"
    return Started(
        operation, f"{len(client_ids)} {many} looked for in Xero; whoever is not there gets a contact."
    )


def _missing(connection_id: UUID) -> Rows:
    mapped = exists().where(
        ContactMapping.company_id == Client.company_id,
        ContactMapping.client_id == Client.id,
        ContactMapping.connection_id == connection_id,
    )
    waits = exists().where(
        ContactErrand.company_id == Client.company_id, ContactErrand.client_id == Client.id
    )
    statement: Rows = select(Client.id).where(Client.archived_at.is_(None), ~mapped, ~waits)
    return statement
