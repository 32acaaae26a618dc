"""News of invoices: ours are read once for all of it, our own changes are known, others' cost nothing."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Client, Connection, Invoice, Operation, WebhookEvent, WebhookGap, now
from app.sync import operations
from app.sync.webhooks import gaps
from app.tasks.periodic import TABLE
from app.tenancy import company_scope
from tests.support.webhooks import event, moment


@pytest.fixture
def sent(app, cast):
    """`sent(company_id)`: an invoice of the company that stands in Xero; (tenant id, its id there, its client's id)."""

    def make(company_id):
        with app.app_context(), company_scope(company_id):
            connection = db.session.scalars(select(Connection)).one()
            client_id = db.session.scalars(select(Client.id).order_by(Client.number)).first()
            invoice = Invoice(
                connection_id=connection.id,
                client_id=client_id,
                reference="R",
                currency="AUD",
                issued_on=now().date(),
                due_on=now().date(),
                subtotal=Decimal(1),
                tax=Decimal(0),
                total=Decimal(1),
                created_by="A test",
                push_state="sent",
                xero_invoice_id=str(uuid4()),
                xero_status="AUTHORISED",
                xero_updated_at=now() - timedelta(minutes=1),
            )
            db.session.add(invoice)
            db.session.commit()
            return connection.xero_tenant_id, invoice.xero_invoice_id, client_id

    return make


def reads(cast, company_id):
    return cast.read(company_id, select(Operation).where(Operation.kind == operations.READ_INVOICES))


def test_a_hundred_payments_are_one_read_and_echoes_none(xero, cast, sent):
    abc, theirs, client_id = sent(cast.abc)
    smith, other, _ = sent(cast.smith)
    for number in range(100):
        xero.sends(event(abc, theirs, moment(number / 6000), "INVOICE"))
    xero.sends(
        event(abc, theirs, moment(-2), "INVOICE"),
        event(abc, other, moment(), "INVOICE"),
        event(smith, other, moment(-3), "INVOICE"),
    )
    assert xero.sorted() == 101
    states = [
        (one.state, one.subject_id, one.operation_id)
        for one in cast.read(cast.abc, select(WebhookEvent).order_by(WebhookEvent.at))
    ]
    [read] = reads(cast, cast.abc)
    assert states[0] == ("echo", client_id, None)
    assert ("no_client", None, None) in states, "another practice’s invoice is nobody’s here"
    assert states.count(("handed_on", client_id, read.id)) == 100
    assert reads(cast, cast.smith) == []
    assert [one.state for one in cast.read(cast.smith, select(WebhookEvent))] == ["echo"]


def test_a_gap_has_invoices_read_too(xero, app, cast, sent, simulator):
    tenant, theirs, _ = sent(cast.abc)
    for first, ago in ((1, -8), (5, -5)):
        xero.sends(event(tenant, theirs, moment(ago), "INVOICE"), first=first)
        xero.sorted()
    xero.run("update webhook_stream_gaps set noticed_at = noticed_at - interval '1 min'")
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).one()
        running = operations.plan(operations.READ_INVOICES, connection.id, "x", "A test")
        running.state, running.lease, running.lease_until = "running", uuid4(), now() + timedelta(minutes=1)
        db.session.commit()
    assert gaps.hand_on(app) == 0, "a read that has begun may have asked before the gap arose"
    assert cast.read(cast.abc, select(WebhookGap)) == []
    with app.app_context(), company_scope(cast.abc):
        running = db.session.scalars(select(Operation).where(Operation.state == "running")).one()
        running.state, running.lease = "done", None
        db.session.commit()
    assert gaps.hand_on(app) == 1
    assert [one.state for one in reads(cast, cast.abc)] == ["done", "queued"]
    assert reads(cast, cast.smith) == [], "no invoice of theirs is there, so none is asked for"
    assert "read changed invoices" in {entry.name for entry in TABLE}
