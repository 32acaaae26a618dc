"""`/api/contact-imports`: begin one, look at it, pause, go on, give up, take back."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort

from app.api.contact_imports import shapes
from app.api.endpoint import endpoint
from app.auth.viewer import the_viewer
from app.contacts.imports import actions, queries
from app.errors import field_problem
from app.extensions import db
from app.integrations.queries import latest_connection
from app.models import ContactImport

bp = Blueprint("api_contact_imports", __name__, url_prefix="/api/contact-imports")
TAG = "Contacts"


@bp.post("")
@endpoint(summary="Import contacts", tag=TAG, body=shapes.NewImport, answer=shapes.Import, status=201)
def create(body: shapes.NewImport) -> shapes.Import:
    """Reads all contacts, a thousand a call, and judges each beside the clients. Nothing is ever written to Xero; one
    import of an organisation goes on at a time."""
    if not body.dry_run and body.choose is None:
        raise field_problem("choose", "Say what to import: exact, or exact_and_new.")
    made = actions.begin(
        latest_connection(),
        the_viewer().name,
        include_archived=body.include_archived,
        choose=body.choose,
        unattended=not body.dry_run,
    )
    db.session.commit()
    return _answer(made)


@bp.get("/<uuid:import_id>")
@endpoint(summary="Read an import", tag=TAG, query=shapes.ImportQuery, answer=shapes.ImportWithRows)
def show(import_id: UUID, query: shapes.ImportQuery) -> shapes.ImportWithRows:
    """How it stands, its counts, and its rows a page at a time."""
    found = queries.find_import(import_id) or abort(404)
    filters = queries.RowFilters(kind=query.kind, outcome=query.outcome)
    page = queries.list_rows(import_id, filters, after=query.cursor, size=query.limit)
    rows = [
        shapes.ImportRow.model_validate({**row._mapping, "reason": row.undo_reason or row.reason})
        for row in page.rows
    ]
    return shapes.ImportWithRows(
        **_answer(found).model_dump(),
        counts=shapes.Counts.model_validate(queries.counts_of(import_id)),
        rows=rows,
        next_cursor=page.next,
    )


@bp.post("/<uuid:import_id>/pause")
@endpoint(summary="Pause an import", tag=TAG, answer=shapes.Import)
def pause(import_id: UUID) -> shapes.Import:
    """It stops after the portion under way; what is done stays done."""
    return _after(import_id, actions.pause)


@bp.post("/<uuid:import_id>/resume")
@endpoint(summary="Let an import go on", tag=TAG, answer=shapes.Import)
def resume(import_id: UUID) -> shapes.Import:
    """Where it stopped; nothing is done twice."""
    return _after(import_id, lambda found: actions.resume(found, the_viewer().name))


@bp.post("/<uuid:import_id>/cancel")
@endpoint(summary="Give an import up", tag=TAG, answer=shapes.Import)
def cancel(import_id: UUID) -> shapes.Import:
    """What is done stays done; take it back with `undo`."""
    return _after(import_id, actions.cancel)


@bp.post("/<uuid:import_id>/undo")
@endpoint(summary="Take an import back", tag=TAG, answer=shapes.Import)
def undo(import_id: UUID) -> shapes.Import:
    """What was changed or built on since stays; its rows say why (`outcome=kept`)."""
    return _after(import_id, lambda found: actions.undo(found, the_viewer().name))


def _after(import_id: UUID, act: Callable[[ContactImport], None]) -> shapes.Import:
    found = queries.find_import(import_id, locked=True) or abort(404)
    act(found)
    db.session.commit()
    return _answer(found)


def _answer(found: ContactImport) -> shapes.Import:
    return shapes.Import.model_validate(
        {name: getattr(found, name) for name in shapes.Import.model_fields if name != "contacts_read"}
        | {"contacts_read": found.rows}
    )
