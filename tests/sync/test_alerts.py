"""Admins are told by mail when work with Xero needs somebody: one mail a matter and day, of their own practice only."""

import threading
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select, text, update

from app.extensions import db
from app.models import Alert, Company, Operation, now
from app.sync import alerts, causes
from app.sync.operations import CREATE_JOB, RECONCILE_CONTACTS, plan
from app.sync.runner import run_operation
from app.tenancy import company_scope
from tests.support.pages import words

KIND = "work_needs_somebody"
UNMAPPED = "SMSF Audit and Return"


def planned(app, company_id, kind, subject_id=None, label="ABC-1", **columns):
    with app.app_context(), company_scope(company_id):
        operation = plan(kind, subject_id or uuid4(), label, "Alice Carter")
        found = operation.id
        for name, value in columns.items():
            setattr(operation, name, value)
        db.session.commit()
    return found


def run(app, company_id, operation_id):
    with app.app_context(), company_scope(company_id):
        db.session.execute(update(Operation).where(Operation.id == operation_id).values(not_before=now()))
        db.session.commit()
    with app.app_context():
        return run_operation(company_id, operation_id)


def test_a_cause_is_told_once_a_day_with_what_waits_and_where_to_mend_it(app, cast, simulator, outbox):
    service = cast.service(cast.abc, UNMAPPED)

    def block(company_id, subject):
        with app.app_context(), company_scope(company_id):
            cause = causes.open_cause(causes.SERVICE_MAPPING, subject, f"“{UNMAPPED}” is not mapped yet.")
            operation = plan(CREATE_JOB, uuid4(), "ABC-1", "Alice Carter")
            operation.state, operation.cause_id = "waiting", cause.id
            db.session.commit()

    block(cast.abc, service.id)
    block(cast.abc, service.id)
    (mail,) = outbox.all(KIND)
    assert (mail.recipient, mail.company_id) == ("admin@abc.test", cast.abc)
    assert mail.subject == "Work for Xero waits: A service is not mapped"
    assert f"“{UNMAPPED}” is not mapped yet" in mail.text
    assert "goes on by itself as soon as it is mended" in mail.text
    assert "http://localhost:8000/sync/causes\n" in mail.text
    assert f"“{UNMAPPED}” is not mapped yet" in mail.html

    # Another matter is told as well, but not the same sentence again; what the other practice has is theirs.
    block(cast.abc, uuid4())
    block(cast.abc, uuid4())
    block(cast.smith, service.id)
    assert [one.company_id for one in outbox.all(KIND)] == [cast.abc, cast.abc, cast.smith]
    assert outbox.last(KIND).recipient == "admin@smith.test"

    # The next day, if it still stops something new.
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Alert).values(day=Alert.day - 1))
        db.session.commit()
    block(cast.abc, service.id)
    assert len(outbox.all(KIND)) == 4


def test_what_ended_without_success_and_what_failed_again_and_again(app, cast, simulator, outbox, browser):
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Operation).where(Operation.state == "failed").values(state="cancelled"))
        db.session.commit()
    simulator.fault("503", path="/Contacts", count=1000)
    connection = cast.read(cast.abc, select(Operation.connection_id).where(Operation.kind == CREATE_JOB))[0]
    reading = planned(
        app, cast.abc, RECONCILE_CONTACTS, connection, "ABC Pty Ltd", attempts=alerts.REPEATED - 2
    )
    assert run(app, cast.abc, reading) == "retry"
    assert outbox.all(KIND) == []
    assert run(app, cast.abc, reading) == "retry"
    (mail,) = outbox.all(KIND)
    assert mail.subject == "Failed 6 times in a row: compare all contacts for ABC Pty Ltd"
    assert "goes on trying by itself" in mail.text

    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Operation).where(Operation.id == reading).values(attempts=9))
        db.session.commit()
    assert run(app, cast.abc, reading) == "failed"
    failed = outbox.last(KIND)
    assert failed.subject == "Not done in Xero: compare all contacts for ABC Pty Ltd"
    assert "Retry tries it again" in failed.text
    assert "a person decides" in failed.text
    again = planned(app, cast.abc, RECONCILE_CONTACTS, connection, "ABC Pty Ltd", attempts=9)
    assert run(app, cast.abc, again) == "failed"
    assert len(outbox.all(KIND)) == 2, "the same matter of the same day"

    page = words(browser("admin@abc.test").get("/settings/alerts"))
    assert failed.subject in page
    assert failed.subject not in words(browser("admin@smith.test").get("/settings/alerts"))


def test_nobody_is_told_of_what_was_rolled_back_nor_twice_by_two_at_once(app, cast, outbox):
    both = threading.Barrier(2)

    def open_it(commit=True, wait=False):
        with app.app_context(), company_scope(cast.abc):
            if wait:
                both.wait(5)
            causes.open_cause(causes.SCOPE, "files", "Xero did not grant it.")
            db.session.commit() if commit else db.session.rollback()

    open_it(commit=False)
    assert outbox.all(KIND) == []
    threads = [threading.Thread(target=open_it, kwargs={"wait": True}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(outbox.all(KIND)) == 1


def test_an_admin_switches_the_mails_off_and_on(app, cast, outbox, browser, superuser):
    def open_it(company_id, subject):
        with app.app_context(), company_scope(company_id):
            causes.open_cause(causes.SCOPE, subject, "Xero did not grant it.")
            db.session.commit()

    alice = browser("admin@abc.test")
    assert browser("jane@abc.test").get("/settings/alerts").status_code == 403
    assert "Nothing in the last 90 days." in words(alice.get("/settings/alerts"))
    assert alice.post("/settings/alerts", {}).status_code == 302
    assert "Nobody is written to" in words(alice.get("/settings"))
    open_it(cast.abc, "files")
    open_it(cast.smith, "files")
    assert [mail.company_id for mail in outbox.all(KIND)] == [cast.smith]
    assert cast.read(cast.abc, select(Alert)) == []
    assert alice.post("/settings/alerts", {"alert_mails": "y"}).status_code == 302
    assert cast.read(cast.abc, select(Company.alert_mails)) == [True]
    open_it(cast.abc, "projects")
    assert len(outbox.all(KIND)) == 2
    with superuser.connect() as connection:
        told = connection.execute(text("select what, after from audit_events order by at desc limit 1")).one()
    assert told == ("practice.changed", {"alert_mails": True})


def test_the_connection_page_and_its_json_say_when_each_kind_last_succeeded(
    app, cast, simulator, api, browser
):
    page = words(browser("admin@abc.test").get("/settings/integrations/xero"))
    assert "When each kind last succeeded" in page
    status = api("admin@abc.test").get("/api/integrations/xero/status").json
    work = {one["kind"]: one for one in status["work"]}
    assert work["staff.read"]["state"] == "done"
    assert work["staff.read"]["last_success_at"] is not None
    assert (work["job.create"]["state"], work["job.create"]["count"] > 0) == ("waiting", True)
    newest = now() + timedelta(seconds=1)
    with app.app_context(), company_scope(cast.abc):
        mine = Operation.kind == "staff.read"
        db.session.execute(
            update(Operation).where(mine).values(state="failed", error="No.", finished_at=newest)
        )
        db.session.commit()
    status = api("admin@abc.test").get("/api/integrations/xero/status").json
    (staff,) = [one for one in status["work"] if one["kind"] == "staff.read"]
    assert (staff["state"], staff["error"], staff["last_success_at"]) == ("failed", "No.", None)
    assert api("admin@xyz.test").get("/api/integrations/xero/status").json["work"] == []
