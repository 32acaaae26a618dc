"""Who looked at what: one row for each page or answer that shows data of clients.

The table below says which endpoints do; every other endpoint that reads is named in `SHOWS_NO_CLIENT`, and a test
holds the two complete. The row is written after the answer is made and before it is sent, so nothing is seen that
is not written; when it cannot be written, nothing is shown.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from flask import Flask, Response, g, make_response, request
from sqlalchemy import ColumnElement, String, Uuid, func, insert, literal, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError

from app.audit.record import actor_values, from_where, plain_fields
from app.errors import answer_error, database_away
from app.extensions import db
from app.models import AuditView, Client, ContactImport, Document, Invoice, Operation, ServiceRequest, now

LONGEST_FILTER = 200


@dataclass(frozen=True)
class Look:
    """What an endpoint shows: a slug of `app.audit.words`, and of what (`kind` and the address's argument)."""

    what: str
    kind: str | None = None
    argument: str | None = None


_CLIENT = Look("client.opened", "client", "client_id")
_REQUEST = Look("request.opened", "request", "request_id")
_DOCUMENT = Look("document.opened", "document", "document_id")
_INVOICE = Look("invoice.opened", "invoice", "invoice_id")
LOOKS: dict[str, Look] = {
    "api_audit.index": Look("audit.listed"),
    "api_clients.index": Look("clients.listed"),
    "api_clients.show": _CLIENT,
    "api_contact_imports.show": Look("contact_imports.opened", "contact_import", "import_id"),
    "api_documents.content": Look("document.downloaded", "document", "document_id"),
    "api_documents.index": Look("documents.listed"),
    "api_documents.show": _DOCUMENT,
    "api_invoices.index": Look("invoices.listed"),
    "api_invoices.show": _INVOICE,
    "api_people.index": Look("people.listed"),
    "api_people.invitations": Look("people.listed"),
    "api_requests.history": _REQUEST,
    "api_requests.index": Look("requests.listed"),
    "api_requests.show": _REQUEST,
    "api_staff.staff": Look("people.listed"),
    "audit.entry": Look("audit.listed"),
    "audit.export_csv": Look("audit.exported"),
    "audit.export_json": Look("audit.exported"),
    "audit.index": Look("audit.listed"),
    "audit.views": Look("audit.listed"),
    "clients.edit": _CLIENT,
    "clients.export": Look("clients.exported"),
    "clients.import_columns": Look("clients.file"),
    "clients.import_page": Look("clients.file"),
    "clients.index": Look("clients.listed"),
    "clients.merge": _CLIENT,
    "clients.merge_with": _CLIENT,
    "clients.page": _CLIENT,
    "api_contact_sync.show": Look("clients.listed"),
    "contacts.agreement": Look("clients.listed"),
    "contacts.conflicts": Look("clients.listed"),
    "contacts.dry_run": Look("clients.listed"),
    "contacts.check": Look("contact_imports.opened", "contact_import", "import_id"),
    "contacts.ignored": Look("contact_imports.listed"),
    "contacts.import_page": Look("contact_imports.opened", "contact_import", "import_id"),
    "contacts.undo_check": Look("contact_imports.opened", "contact_import", "import_id"),
    "dashboard.index": Look("dashboard.opened"),
    "documents.ask": Look("documents.listed"),
    "documents.content": Look("document.read", "document", "document_id"),
    "documents.download": Look("document.downloaded", "document", "document_id"),
    "documents.everything": Look("documents.listed"),
    "documents.index": Look("documents.listed"),
    "documents.missing": Look("documents.listed"),
    "documents.of_client": _CLIENT,
    "documents.page": _DOCUMENT,
    "documents.upload": Look("documents.listed"),
    "integrations.contact": Look("client.contact", "client", "client_id"),
    "integrations.logs": Look("sync_log.listed"),
    "invoices.bill": Look("invoices.listed"),
    "invoices.check_one": _INVOICE,
    "invoices.edit": _INVOICE,
    "invoices.index": Look("invoices.listed"),
    "invoices.page": _INVOICE,
    "invoices.sent": Look("invoices.listed"),
    "portal.invoices": Look("portal.invoices"),
    "portal.documents": Look("portal.documents"),
    "portal.download": Look("document.downloaded", "document", "document_id"),
    "portal.index": Look("portal.listed"),
    "portal.page": _REQUEST,
    "portal.receipt": _DOCUMENT,
    "portal.send": Look("portal.listed"),
    "requests.assigned": Look("requests.listed"),
    "requests.edit": _REQUEST,
    "requests.index": Look("requests.listed"),
    "requests.page": _REQUEST,
    "settings.client_people": _CLIENT,
    "settings.invitations_sent": Look("people.listed"),
    "settings.people": Look("people.listed"),
    "settings.person": Look("people.listed"),
    "settings.second_factor": Look("people.listed"),
    "sync.call": Look("call.opened"),
    "sync.calls": Look("calls.listed"),
    "sync.causes": Look("sync_log.listed"),
    "sync.export": Look("sync_log.exported"),
    "sync.export_calls": Look("calls.exported"),
    "sync.index": Look("sync_log.listed"),
    "sync.operation": Look("operation.opened", "operation", "operation_id"),
    "webhooks.index": Look("webhooks.listed"),
}

SHOWS_NO_CLIENT = {
    "contacts.dry_runs",
    "contacts.groups",
    "api_clients.tags",
    "api_services.index",
    "api_services.show",
    "api_staff.offices",
    "clients.import_progress",  # a part of the file's page, which asks for it again and again
    "clients.imports",
    "clients.new",
    "clients.tag_delete",
    "clients.tag_rename",
    "clients.tags",
    "contacts.import_progress",  # a part of the import's page, which asks for it again and again
    "contacts.imports",
    "documents.document_list",
    "documents.document_lists",
    "exports.index",
    "integrations.callback",
    "integrations.charges",
    "integrations.choose",
    "integrations.confirm",
    "integrations.connect",
    "integrations.filing",
    "integrations.invoicing",
    "integrations.leave",
    "integrations.office_tracking",
    "integrations.service_mapping",
    "integrations.staff",
    "integrations.status",
    "integrations.xero",
    "invoices.new",
    "invoices.state",  # says only whether the page has changed
    "portal.new",
    "requests.job",  # a part of the request's page, which asks for it again and again
    "requests.new",
    "revenue.export",
    "revenue.index",
    "services.edit",
    "services.index",
    "services.new",
    "services.page",
    "services.template_edit",
    "services.template_new",
    "services.templates",
    "settings.alerts",
    "settings.client_sync",
    "settings.company",
    "settings.index",
    "settings.job_names",
    "settings.office",
    "settings.offices",
    "settings.visits",
    "usage.figures",
    "usage.index",
}
"""Endpoints inside a company that read, and show nothing of a client (or only a part of a page that is written)."""

_LABELS: dict[str, Any] = {
    "client": Client.name,
    "document": Document.name,
    "invoice": Invoice.reference,
    "contact_import": func.concat("Import ", ContactImport.number),
    "request": ServiceRequest.reference,
    "operation": Operation.subject_label,
}
_MODELS: dict[str, Any] = {
    "client": Client,
    "contact_import": ContactImport,
    "document": Document,
    "invoice": Invoice,
    "request": ServiceRequest,
    "operation": Operation,
}


class _Column(NamedTuple):
    name: str
    value: ColumnElement[Any]


def init_views(app: Flask) -> None:
    app.after_request(_write_down)


def _write_down(response: Response) -> Response:
    viewer = g.get("viewer")
    look = LOOKS.get(request.endpoint or "")
    if (
        look is None
        or request.method != "GET"
        or response.status_code != 200
        or not viewer
        or not viewer.company
    ):
        return response
    try:
        # The answer is made: what is left of its transaction has read, and nothing of it may be kept by our commit.
        db.session.rollback()
        _insert(look, viewer.company.id, actor_values(viewer))
        db.session.commit()
    except DBAPIError as away:
        db.session.rollback()
        if not database_away(away):
            raise
        return make_response(answer_error(503))
    return response


def _insert(look: Look, company_id: UUID, actor: dict[str, Any]) -> None:
    subject_id = (request.view_args or {}).get(look.argument) if look.argument else None
    values = {
        "company_id": company_id,
        "id": uuid4(),
        "at": now(),
        **actor,
        **from_where(),
        "what": look.what,
        "subject_kind": look.kind,
        "subject_id": subject_id,
        "details": _asked_for(),
    }
    types = AuditView.__table__.columns
    columns = [_Column(name, literal(value, types[name].type)) for name, value in values.items()]
    if look.kind and subject_id:
        columns.append(_Column("subject_label", _label(look.kind, company_id, subject_id)))
    # A commit that does not wait for the disk: should the database's machine lose its power, the looks of the last
    # moments may be lost. Its own statement would be a round trip more.
    hurry = select(func.set_config("synchronous_commit", "off", True).label("is_off")).cte("hurry")
    chosen = select(*(column.value for column in columns)).select_from(hurry).where(hurry.c.is_off == "off")
    statement = insert(AuditView.__table__).from_select([column.name for column in columns], chosen)  # type: ignore[arg-type]
    db.session.connection().execute(statement)


def _label(kind: str, company_id: UUID, subject_id: UUID) -> ColumnElement[Any]:
    model = _MODELS[kind]
    found = select(sql_cast(_LABELS[kind], String)).where(
        model.company_id == literal(company_id, Uuid), model.id == literal(subject_id, Uuid)
    )
    return found.scalar_subquery()


def _asked_for() -> dict[str, Any] | None:
    return plain_fields({_text(name): _text(value) for name, value in request.args.items() if value}) or None


def _text(value: str) -> str:
    # Only what the database takes as text.
    return value[:LONGEST_FILTER].replace("\x00", "").encode(errors="replace").decode()
