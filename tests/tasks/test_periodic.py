"""The periodic table: each period once, whatever runs twice; one company's trouble is nobody else's."""

import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Company, Grant, Operation, PeriodicRun, User, UserSession, XeroCall, now
from app.sync.connections import grant_source, live_connection, vault
from app.sync.operations import CHECK_CONNECTION, READ_CHANGES, READ_STAFF, RECONCILE_CONTACTS
from app.sync.tokens import open_tokens
from app.tasks import periodic
from app.tenancy import company_scope
from tests.support.people import Cast


def _runs(app: Flask) -> dict[str, PeriodicRun]:
    with app.app_context():
        return {row.name: row for row in db.session.scalars(select(PeriodicRun))}


def _days_pass(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(PeriodicRun).values(started_at=now() - timedelta(days=2)))
        db.session.commit()


def test_every_entry_runs_once_in_its_period(app: Flask, simulator):
    everything = [entry.name for entry in periodic.TABLE]
    assert periodic.run_due(app) == everything
    assert periodic.run_due(app) == []
    assert all(run.finished_at and run.error is None for run in _runs(app).values())
    _days_pass(app)
    assert periodic.run_due(app) == everything


def test_two_clocks_at_once_run_each_entry_once(app: Flask, simulator):
    ran: list[str] = []
    clocks = [threading.Thread(target=lambda: ran.extend(periodic.run_due(app))) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert sorted(ran) == sorted(entry.name for entry in periodic.TABLE)


def test_checks_and_reads_are_planned_for_live_connections_only(app: Flask, cast: Cast, simulator, work):
    periodic.run_due(app)
    planned = {
        company: {o.kind for o in cast.read(company, select(Operation).where(Operation.state == "queued"))}
        for company in (cast.abc, cast.smith, cast.xyz)
    }
    assert (
        planned[cast.abc]
        == planned[cast.smith]
        == {CHECK_CONNECTION, READ_CHANGES, RECONCILE_CONTACTS, READ_STAFF}
    )
    assert planned[cast.xyz] == set()
    work()
    kinds = (CHECK_CONNECTION, READ_CHANGES, RECONCILE_CONTACTS, READ_STAFF)
    done = cast.read(cast.abc, select(Operation).where(Operation.kind.in_(kinds), Operation.state == "done"))
    assert {operation.kind for operation in done} == set(kinds)


def test_an_entry_that_fails_is_noted_and_stops_nobody(app: Flask, monkeypatch, simulator, caplog):
    def broken(_app: Flask) -> None:
        raise RuntimeError("broken on purpose")

    table = (periodic.Entry("broken", timedelta(hours=1), broken), *periodic.TABLE)
    monkeypatch.setattr(periodic, "TABLE", table)
    assert periodic.run_due(app) == [entry.name for entry in table]
    assert _runs(app)["broken"].error == "RuntimeError"
    assert "broken on purpose" in caplog.text


def test_the_call_log_is_kept_as_long_as_the_practice_says(app: Flask, cast: Cast, simulator):
    with app.app_context(), company_scope(cast.abc):
        db.session.scalars(select(Company)).one().call_log_days = 30
        for days in (29, 31):
            call = XeroCall(
                at=now() - timedelta(days=days),
                correlation_id=f"{days} days",
                method="GET",
                path="/x",
                duration_ms=1,
            )
            db.session.add(call)
        db.session.commit()
    periodic.run_due(app)
    kept = {call.correlation_id for call in cast.read(cast.abc, select(XeroCall))}
    assert "29 days" in kept
    assert "31 days" not in kept


def test_sign_ins_that_are_over_go_after_a_month_but_a_super_admins_are_their_record(app: Flask, cast: Cast):
    def kept(email: str) -> int:
        found = select(UserSession).join(User, User.id == UserSession.user_id).where(User.email == email)
        return len(db.session.scalars(found).all())

    people = ("jane@abc.test", "super@countinghouse.test")
    with app.app_context():
        for email in people:
            user = db.session.scalars(select(User).where(User.email == email)).one()
            for days in (29, 31, 399, 401):
                over = now() - timedelta(days=days)
                row = UserSession(user_id=user.id, kind="page", expires_at=over + timedelta(hours=9))
                row.ended_at = over
                db.session.add(row)
        db.session.commit()
        periodic.prune_logs(app)
        assert [kept(email) for email in people] == [1, 3]


def test_a_lost_refresh_is_taken_up_though_nobody_calls(app: Flask, cast: Cast, simulator):
    with app.app_context(), company_scope(cast.abc):
        connection = live_connection()
        assert connection is not None
        grant = db.session.scalars(select(Grant).where(Grant.id == connection.grant_id)).one()
        grant_id = grant.id
        before = grant.tokens
        # As a process leaves it that dies while it refreshes: written down, and no result.
        safe = vault(cast.abc)
        grant.previous = safe.seal(open_tokens(grant, safe).refresh_token, grant.id, "previous")
        grant.refresh_started_at = now() - timedelta(minutes=4)
        db.session.commit()
    periodic.run_due(app)
    (after,) = cast.read(cast.abc, select(Grant).where(Grant.id == grant_id))
    assert after.refresh_started_at is None
    assert after.tokens != before
    with app.app_context(), company_scope(cast.abc):
        assert grant_source(after).current()
