"""Doing what a dry run showed, exactly: each client is read once more, and whoever has moved since is left out."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.extensions import db
from app.models import Client, Connection, ContactPlan, ContactPlanRow, now
from app.sync.contacts import errands, living, planning, pushing, settling
from app.sync.contacts.acceptable import refusal
from app.sync.contacts.changed import plan_exchange
from app.sync.contacts.settling import Send, Terms
from app.sync.live import connection_of, transport_of
from app.sync.outcomes import Needless
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.contacts import Contact

MOVED = "It has changed since the dry run, here or in Xero, so it was left as it is."
BY_A_PLAN = "Countinghouse, by a dry run"


def do(run: Run) -> None:
    """Carry the plan out. What was taken over and not yet sent when a run breaks off has an errand, which goes on."""
    connection = connection_of(run)
    plan = db.session.scalar(select(ContactPlan).where(ContactPlan.id == run.operation.subject_id))
    if plan is None or plan.state == "done":
        raise Needless("This dry run is done already, or was put away.")
    if plan.connection_id != connection.id:
        raise Needless("This dry run was made for another organisation.")
    plan_id, connection_id, by = plan.id, connection.id, run.operation.requested_by
    accounting, terms, counts = (
        AccountingApi(transport_of(run, connection)),
        settling.terms_of(connection),
        Counter[str](),
    )
    while rows := _next(plan_id):
        _do_some(run, accounting, terms, plan_id, rows, counts)
    _finish(plan_id, connection_id, by)
    run.operation.result = {"counts": dict(counts)}


def _next(plan_id: UUID) -> dict[str, Any]:
    """Contact id → the row, of the next to be done."""
    rows = db.session.execute(
        select(ContactPlanRow.client_id, ContactPlanRow.xero_contact_id, ContactPlanRow.seen)
        .where(
            ContactPlanRow.plan_id == plan_id,
            ContactPlanRow.done_at.is_(None),
            ContactPlanRow.left_out.is_(None),
        )
        .order_by(ContactPlanRow.label, ContactPlanRow.id)
        .limit(BATCH)
    )
    return {row.xero_contact_id: row for row in rows}


def _do_some(
    run: Run,
    accounting: AccountingApi,
    terms: Terms,
    plan_id: UUID,
    rows: dict[str, Any],
    counts: Counter[str],
) -> None:
    found = living.read(accounting, rows)
    still = _unmoved(terms, found, rows)
    settled = settling.settle(terms, {contact_id: found[contact_id] for contact_id in still})
    _mark(plan_id, [rows[contact_id].client_id for contact_id in still], done_at=now())
    _mark(
        plan_id,
        [row.client_id for contact_id, row in rows.items() if contact_id not in still],
        left_out=MOVED,
    )
    errands.note([send.client_id for send in settled.sends], BY_A_PLAN)
    counts.update(settled.counts)
    counts["left_out"] += len(rows) - len(still)
    run.save(attempts=0)
    if settled.sends:
        _send(run, accounting, plan_id, settled.sends, counts)


def _unmoved(terms: Terms, found: dict[str, Contact | None], rows: dict[str, Any]) -> set[str]:
    """Those of whom everything is as the dry run saw it, their clients locked so that it stays so."""
    clients = [row.client_id for row in rows.values()]
    db.session.execute(select(Client.id).where(Client.id.in_(clients)).order_by(Client.id).with_for_update())
    return {
        row.xero_contact_id
        for row in settling.rows_of(terms, found)
        if planning.seen_of(row, found[row.xero_contact_id], terms) == rows[row.xero_contact_id].seen
    }


def _mark(plan_id: UUID, client_ids: list[UUID], **values: Any) -> None:
    if client_ids:
        db.session.execute(
            update(ContactPlanRow)
            .where(ContactPlanRow.plan_id == plan_id, ContactPlanRow.client_id.in_(client_ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _send(
    run: Run, accounting: AccountingApi, plan_id: UUID, sends: list[Send], counts: Counter[str]
) -> None:
    def told(send: Send, sentence: str | None) -> None:
        if sentence is not None:
            _mark(plan_id, [send.client_id], done_at=None, left_out=sentence)

    wishes = {wish.client_id: wish for wish in pushing.wishes_of([send.client_id for send in sends])}
    fitting = []
    for send in (one for one in sends if one.client_id in wishes):
        sentence = refusal(send.whole, send.number or "")
        if sentence is None:
            fitting.append(send)
        else:
            errands.refuse(send.client_id, wishes[send.client_id].asked_at, sentence, "not_acceptable")
            told(send, sentence)
    if fitting:
        pushing.write(run, accounting, fitting, wishes, counts, told)
    else:
        run.save()


def _finish(plan_id: UUID, connection_id: UUID, by: str) -> None:
    db.session.execute(
        update(ContactPlan)
        .where(ContactPlan.id == plan_id)
        .values(state="done", done_at=now(), done_by=by)
        .execution_options(synchronize_session=False)
    )
    if errands.any_open():
        connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
        plan_exchange(connection, BY_A_PLAN)
