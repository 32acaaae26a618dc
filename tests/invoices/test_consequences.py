"""What invoices mean elsewhere: merged clients, an import taken back, the export, the forecast, the log of calls."""

import json
from datetime import timedelta
from uuid import uuid4
from zipfile import ZipFile

from sqlalchemy import select, update

from app.clients import merge as merging
from app.exports import actions as exports
from app.exports import storage
from app.extensions import db
from app.models import (
    Client,
    Connection,
    ContactImport,
    ContactImportRow,
    ContactMapping,
    DocumentAsk,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Operation,
    ServiceRequest,
    now,
)
from app.sync.contacts import undoing
from app.sync.operations import SEND_INVOICES, plan
from app.tenancy import company_scope
from app.xero.redaction import redact


def billed(cast, company_id) -> Client:
    """A client with an invoice that was sent, of whom nobody has asked documents."""
    wanted = (
        select(Client)
        .join(Invoice, Invoice.client_id == Client.id)
        .where(Invoice.push_state == "sent", Client.id.not_in(select(DocumentAsk.client_id)))
    )
    return cast.read(company_id, wanted.order_by(Client.number))[0]


def test_a_merged_clients_invoices_are_the_survivors(app, cast):
    loser = billed(cast, cast.abc)
    theirs = cast.read(cast.abc, select(Invoice.id).where(Invoice.client_id == loser.id))
    with app.app_context(), company_scope(cast.abc):
        others = select(Client).where(Client.id != loser.id, Client.archived_at.is_(None))
        survivor = db.session.scalars(others.order_by(Client.number).limit(1)).one()
        loser_row = db.session.scalars(select(Client).where(Client.id == loser.id)).one()
        moved = {one.what: one.count for one in merging.what_moves(loser_row, survivor)}
        assert moved["invoice" if len(theirs) == 1 else "invoices"] == len(theirs)
        merging.merge(survivor, loser_row, ())
        survivor_id = survivor.id
        db.session.commit()
    now_theirs = cast.read(cast.abc, select(Invoice.client_id).where(Invoice.id.in_(theirs)))
    assert set(now_theirs) == {survivor_id}


def test_an_import_leaves_clients_that_have_invoices(app, cast):
    client = billed(cast, cast.abc)
    with app.app_context(), company_scope(cast.abc):
        connection_id = db.session.scalars(select(Connection.id)).one()
        contact_import = db.session.scalars(select(ContactImport)).first()
        made = ServiceRequest.client_id == client.id
        db.session.execute(update(ServiceRequest).where(made).values(xero_job_id=None))
        for one, outcome in ((client, "imported"), (client, "matched")):
            mine = ContactMapping.client_id == one.id, ContactMapping.connection_id == connection_id
            mapping = db.session.scalar(select(ContactMapping).where(*mine))
            db.session.add(
                ContactImportRow(
                    import_id=contact_import.id,
                    contact_id=mapping.xero_contact_id if outcome == "matched" else str(uuid4()),
                    name=f"{outcome} {one.name}",
                    sort_name=one.sort_name,
                    number="",
                    status="ACTIVE",
                    details={},
                    groups=[],
                    kind="match",
                    rank=1,
                    why="number",
                    candidates=[],
                    differs=[],
                    client_id=one.id,
                    mapping_id=mapping.id if mapping else None,
                    client_at=now() - timedelta(days=300),
                    outcome=outcome,
                    before={"tags": []},
                )
            )
        db.session.flush()
        staying = {row.name: undoing.REASONS[row.reason] for row in undoing.staying(contact_import.id, 50)}
        assert staying[f"imported {client.name}"] == "The client has invoices."
        sent = "An invoice of the client was sent to Xero after the import."
        assert staying[f"matched {client.name}"] == sent
        db.session.rollback()


def test_the_export_holds_the_practices_invoices_and_no_others(app, cast):
    with app.app_context(), company_scope(cast.abc):
        from app.audit.record import THE_APP

        export_id = exports.ask(THE_APP).id
        db.session.commit()
    with app.app_context():
        assert exports.carry_out(cast.abc, export_id) == "ready"
        path = storage.finished(cast.abc)
    with ZipFile(path) as zipped:
        for model in (Invoice, InvoiceLine, InvoicePayment):
            rows = [
                json.loads(line) for line in zipped.read(f"tables/{model.__tablename__}.jsonl").splitlines()
            ]
            assert {row["id"] for row in rows} == {str(one) for one in cast.read(cast.abc, select(model.id))}
            assert rows
            assert {row["company_id"] for row in rows} == {str(cast.abc)}


def test_the_forecast_counts_fifty_invoices_a_call(app, cast, api):
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Operation).where(Operation.state != "done").values(state="cancelled", cause_id=None)
        )
        connection = db.session.scalars(select(Connection)).one()
        client_id = db.session.scalars(select(Client.id).limit(1)).one()
        for number in range(160):
            db.session.add(
                Invoice(
                    connection_id=connection.id,
                    client_id=client_id,
                    reference=f"W-{number}",
                    currency="AUD",
                    issued_on=now().date(),
                    due_on=now().date(),
                    subtotal=1,
                    tax=0,
                    total=1,
                    created_by="Alice Carter",
                    push_state="to_send",
                )
            )
        plan(SEND_INVOICES, connection.id, connection.organisation_name, "Alice Carter")
        db.session.commit()
    (work,) = api("admin@abc.test").get("/api/usage").get_json()["queue"]
    assert (work["kind"], work["calls"]) == (SEND_INVOICES, 4)


def test_no_link_that_opens_an_invoice_stands_in_the_log_of_calls():
    told = '{"OnlineInvoices":[{"OnlineInvoiceUrl":"https://in.xero.com/canary"}],"Url":"http://localhost/invoices/1"}'
    assert "canary" not in redact(told)
    assert "http://localhost/invoices/1" in redact(told)
