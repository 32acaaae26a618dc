"""Contacts and clients brought together by a program: `/api/clients/{id}/sync`, `/api/integrations/xero/sync`,
`/api/contact-sync/dry-runs`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort

from app.api.contact_sync import shapes
from app.api.endpoint import endpoint
from app.audit import record as audit
from app.auth.viewer import the_viewer
from app.clients.queries import find_client
from app.contacts import dry_runs as plans
from app.contacts import starting
from app.errors import WrongState
from app.extensions import db
from app.integrations.api import OperationOut, out_of
from app.models import ContactPlan
from app.sync.connections import needed_connection
from app.sync.contacts.changed import sync_client

bp = Blueprint("api_contact_sync", __name__)
TAG = "Contacts"
RUNS = "/api/contact-sync/dry-runs"


@bp.post("/api/clients/<uuid:client_id>/sync")
@endpoint(
    summary="Compare a client with Xero",
    tag=TAG,
    body=shapes.ClientSync,
    answer=OperationOut,
    status=202,
    errors=(404, 409),
)
def client(client_id: UUID, body: shapes.ClientSync) -> OperationOut:
    """Finds or makes the contact if the client has none, takes over what changed in Xero and sends what changed here,
    as the practice's settings say. The operation serves everybody who waits, so one may stand for several calls."""
    found = find_client(client_id) or abort(404)
    if found.archived_at is not None:
        raise WrongState(
            "This client is archived, so nothing of it travels to Xero. Bring the client back first."
        )
    operation = sync_client(found, the_viewer().name, force=body.force_update)
    audit.record("client.synced", found, None, {"force": body.force_update})
    db.session.flush()
    answer = out_of(operation)
    db.session.commit()
    return answer


@bp.post("/api/integrations/xero/sync")
@endpoint(
    summary="Bring contacts and clients together",
    tag=TAG,
    body=shapes.Sync,
    answer=OperationOut,
    status=202,
    errors=(409,),
)
def everything(body: shapes.Sync) -> OperationOut:
    """Plans it; how it goes on is told by the sync log."""
    started = starting.start(needed_connection(), body.what, the_viewer().name)
    db.session.flush()
    answer = out_of(started.operation)
    db.session.commit()
    return answer


@bp.post(RUNS)
@endpoint(summary="Begin a dry run", tag=TAG, answer=shapes.DryRun, status=202, errors=(409,))
def begin() -> shapes.DryRun:
    """Reads all contacts and works out what a sync would change. Nothing is changed on either side."""
    plan = plans.begin(needed_connection(), the_viewer().name)
    db.session.flush()
    answer = shapes.DryRun.model_validate(plan)
    db.session.commit()
    return answer


@bp.get(f"{RUNS}/<uuid:plan_id>")
@endpoint(summary="Read a dry run", tag=TAG, query=shapes.DryRunQuery, answer=shapes.DryRunWithRows)
def show(plan_id: UUID, query: shapes.DryRunQuery) -> shapes.DryRunWithRows:
    """Its counts, and its clients field by field, a page at a time."""
    plan = plans.find(plan_id) or abort(404)
    page = plans.list_rows(plan_id, query.what, after=query.cursor, size=query.limit)
    return shapes.DryRunWithRows(
        **shapes.DryRun.model_validate(plan).model_dump(),
        rows=[_row(row) for row in page.rows],
        next_cursor=page.next,
    )


@bp.post(f"{RUNS}/<uuid:plan_id>/do")
@endpoint(summary="Do what a dry run showed", tag=TAG, answer=shapes.DryRun, status=202, errors=(404, 409))
def do(plan_id: UUID) -> shapes.DryRun:
    """Exactly that: a client that has changed since, here or in Xero, is left out and says so in its row."""
    plan: ContactPlan = plans.find(plan_id, locked=True) or abort(404)
    plans.do(plan, needed_connection(), the_viewer().name)
    answer = shapes.DryRun.model_validate(plan)
    db.session.commit()
    return answer


def _row(row: Any) -> shapes.PlanRow:
    return shapes.PlanRow(
        client_id=row.client_id,
        client=row.name,
        what=sorted(row.what),
        fields=[shapes.FieldChange(field=name, **one) for name, one in sorted(row.fields.items())],
        left_out=row.left_out,
        done_at=row.done_at,
    )
