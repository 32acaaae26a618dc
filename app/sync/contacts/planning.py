"""Dry runs: what a sync would change now, worked out from one reading of Xero and written nowhere but into the plan."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from math import ceil
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Client, Connection, ContactMapping, ContactPlan, ContactPlanRow, Operation, now
from app.models.base import Json
from app.models.operation import NORMAL
from app.sync import operations
from app.sync.contacts import living, settling
from app.sync.contacts.agreement import Comparison, compare
from app.sync.contacts.fields import of_contact
from app.sync.contacts.settling import Terms
from app.sync.live import connection_of, transport_of
from app.sync.outcomes import Needless
from app.sync.run import Run
from app.tenancy import current_company_id
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.contacts import Contact

KEPT = 10
"""Dry runs of a practice; older ones go when a new one begins."""
WHATS = ("theirs", "ours", "held", "conflict", "merged", "archived", "gone")


def begin(connection: Connection, by: str) -> tuple[ContactPlan, Operation]:
    """A new plan, and the operation that works it out (not committed)."""
    _forget_old()
    plan = ContactPlan(id=uuid4(), connection_id=connection.id, asked_by=by, state="reading", counts={})
    db.session.add(plan)
    db.session.flush()
    return plan, operations.plan(
        operations.PLAN_CONTACTS, plan.id, connection.organisation_name, by, priority=NORMAL
    )


def _forget_old() -> None:
    kept = select(ContactPlan.id).order_by(ContactPlan.created_at.desc()).limit(KEPT - 1)
    old = db.session.scalars(select(ContactPlan.id).where(ContactPlan.id.not_in(kept))).all()
    db.session.execute(delete(ContactPlanRow).where(ContactPlanRow.plan_id.in_(old)))
    db.session.execute(delete(ContactPlan).where(ContactPlan.id.in_(old)))


# Working it out.


def work_out(run: Run) -> None:
    """Read every contact and note what would change; goes on with the page at which it was broken off. Nothing is
    written in Xero, and nothing of a client or a mapping here."""
    connection = connection_of(run)
    plan = _plan_of(run)
    plan_id, accounting = plan.id, AccountingApi(transport_of(run, connection))
    terms, counts = settling.terms_of(connection), Counter[str](plan.counts)
    whole, met, last = not counts["pages"], set[str](), False
    while not last:
        page = accounting.contacts_page(counts["pages"] + 1, include_archived=True)
        found = {contact.id: contact for contact in page.contacts}
        merged = _mapped(terms, [contact.id for contact in page.contacts if contact.merged_to_id])
        standing = {**found, **living.survivors(accounting, merged, found)}
        met |= {row.xero_contact_id for row in _note(plan_id, terms, standing, counts)}
        counts["pages"] += 1
        counts["contacts"] += len(page.contacts)
        _keep_counts(plan_id, counts)
        run.save(attempts=0)
        last = page.last
    if whole:
        _note_missing(run, accounting, plan_id, terms, met, counts)
    _ready(plan_id, counts)
    run.operation.result = {"counts": dict(counts)}


def _plan_of(run: Run) -> ContactPlan:
    plan = db.session.scalar(select(ContactPlan).where(ContactPlan.id == run.operation.subject_id))
    if plan is None:
        raise Needless("This dry run was put away for newer ones.")
    return plan


def _mapped(terms: Terms, ids: list[str]) -> list[str]:
    if not ids:
        return []
    statement = select(ContactMapping.xero_contact_id).where(
        ContactMapping.connection_id == terms.connection_id, ContactMapping.xero_contact_id.in_(ids)
    )
    return list(db.session.scalars(statement))


def _note(
    plan_id: UUID, terms: Terms, standing: Mapping[str, Contact | None], counts: Counter[str]
) -> list[Any]:
    """Write down those of these clients for whom something would change; all rows that were looked at."""
    rows = settling.rows_of(terms, standing)
    noted = []
    for row in rows:
        what, fields = would_be(row, standing[row.xero_contact_id], terms)
        counts["compared"] += 1
        if what:
            counts.update(what.keys())
            noted.append(_row(plan_id, row, standing[row.xero_contact_id], terms, what, fields))
    if noted:
        db.session.execute(
            insert(ContactPlanRow)
            .values(noted)
            .on_conflict_do_nothing(index_elements=["company_id", "plan_id", "client_id"])
        )
    return rows


def would_be(row: Any, contact: Contact | None, terms: Terms) -> tuple[dict[str, int], Json]:
    """What a sync would do with this client: kind of change → how many fields, and field → what would become of it."""
    if contact is None:
        return ({} if row.contact_status == settling.GONE else {"gone": 1}), {}
    if contact.status != settling.ACTIVE:
        return ({} if row.contact_status == contact.status else {"archived": 1}), {}
    agreed = row.agreed
    what: dict[str, int] = {}
    if contact.id != row.xero_contact_id:
        if row.merged_into == contact.id:
            return {}, {}
        what, agreed = {"merged": 1}, {}
    comparison = compare(settling.ours_of(row), of_contact(contact), agreed, terms.rules)
    fields = _fields(comparison, terms)
    return what | Counter(one["what"] for one in fields.values()), fields


_WHAT = {"take": "theirs", "send": "ours", "conflict": "conflict"}


def _fields(comparison: Comparison, terms: Terms) -> Json:
    return {
        one.field: {
            "what": "held" if one.way == "send" and not terms.push else _WHAT[one.way],
            "ours": one.ours,
            "theirs": one.theirs,
            "agreed": one.agreed,
        }
        for one in comparison.differences
    }


def seen_of(row: Any, contact: Contact | None, terms: Terms) -> str:
    """SHA-256 of all that the outcome depends on: both sides, what they agreed on, and the practice's settings."""
    theirs = None if contact is None else {"id": contact.id, "status": contact.status, **of_contact(contact)}
    told = [settling.ours_of(row), theirs, row.agreed, dict(terms.rules), terms.push]
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _row(
    plan_id: UUID, row: Any, contact: Contact | None, terms: Terms, what: dict[str, int], fields: Json
) -> Json:
    return {
        "company_id": current_company_id(),
        "id": uuid4(),
        "plan_id": plan_id,
        "client_id": row.client_id,
        "xero_contact_id": row.xero_contact_id,
        "label": row.name.casefold(),
        "what": what,
        "fields": fields,
        "seen": seen_of(row, contact, terms),
    }


def _note_missing(
    run: Run, accounting: AccountingApi, plan_id: UUID, terms: Terms, met: set[str], counts: Counter[str]
) -> None:
    """Mapped contacts that were on no page: asked for by their ids."""
    mapped = select(ContactMapping.xero_contact_id).join(ContactMapping.client)
    ids = db.session.scalars(
        mapped.where(
            ContactMapping.connection_id == terms.connection_id,
            ContactMapping.contact_status != settling.GONE,
            Client.archived_at.is_(None),
        )
    )
    missing = sorted(set(ids) - met)
    for start in range(0, len(missing), BATCH):
        _note(plan_id, terms, living.read(accounting, missing[start : start + BATCH]), counts)
        run.save(attempts=0)


def _keep_counts(plan_id: UUID, counts: Counter[str]) -> None:
    db.session.execute(
        update(ContactPlan)
        .where(ContactPlan.id == plan_id)
        .values(counts=dict(counts))
        .execution_options(synchronize_session=False)
    )


def _ready(plan_id: UUID, counts: Counter[str]) -> None:
    seen, sends = sha256(), 0
    rows = select(ContactPlanRow.seen, ContactPlanRow.what).where(ContactPlanRow.plan_id == plan_id)
    total = 0
    for one in db.session.execute(rows.order_by(ContactPlanRow.label, ContactPlanRow.id)):
        seen.update(one.seen.encode())
        total += 1
        sends += "ours" in one.what
    counts["rows"], counts["calls"] = total, ceil(total / BATCH) + ceil(sends / BATCH)
    db.session.execute(
        update(ContactPlan)
        .where(ContactPlan.id == plan_id)
        .values(state="ready", read_at=now(), seen=seen.hexdigest(), counts=dict(counts))
        .execution_options(synchronize_session=False)
    )
