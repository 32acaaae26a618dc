"""Running operations inside a test, the way a worker does: outside any scope, one app context each."""

from flask import Flask
from sqlalchemy import delete, select, update

from app import lookups
from app.demonstration.simulated import simulator_consent
from app.extensions import db
from app.integrations.actions import keep_grant
from app.models import (
    Connection,
    ContactMapping,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    Operation,
    TimeEntry,
    now,
)
from app.sync.runner import run_operation
from app.tenancy import company_scope, scoped_company_id
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess


def attach_connections(app: Flask, cast: Cast, _simulator: SimulatorProcess) -> None:
    """Give ABC and Smith fresh tokens: a reset simulator knows neither the old ones nor the contacts and invoices of
    the past."""
    for company_id in (cast.abc, cast.smith):
        with app.app_context(), company_scope(company_id):
            connection = db.session.scalars(select(Connection)).one()
            tokens, organisation = simulator_consent(connection.organisation_name)
            grant = keep_grant(tokens)
            connection.grant_id = grant.id
            connection.xero_connection_id = organisation.id
            for model in (ContactMapping, TimeEntry, InvoicePayment, InvoiceLine, Invoice):
                db.session.execute(delete(model))
            db.session.commit()


def work_until_done(app: Flask, *, hurry: bool = False, rounds: int = 30) -> int:
    """Run everything that is due, again and again until nothing is; how many runs that were.

    `hurry`: what waits for a later try or for a lease to run out is made due at once.
    """
    assert scoped_company_id() is None, "a test's own scope must not help the work along"
    ran = 0
    for _ in range(rounds):
        if hurry:
            _make_due(app)
        with app.app_context():
            due = lookups.due_operations(db.session, 500, -86_400)
            db.session.rollback()
        if not due:
            return ran
        for operation in due:
            with app.app_context():
                ran += run_operation(operation.company_id, operation.operation_id) is not None
    raise AssertionError(f"Still due after {rounds} rounds: {due}")


def _make_due(app: Flask) -> None:
    with app.app_context():
        companies = lookups.company_ids(db.session)
    for company_id in companies:
        with app.app_context(), company_scope(company_id):
            db.session.execute(update(Operation).where(Operation.state == "retry").values(not_before=now()))
            db.session.commit()
