"""Tokens of a grant: one refresh at a time, none lost, none leaked. The simulator's ledger is the witness."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.demonstration.simulated import simulator_consent
from app.extensions import db
from app.integrations.actions import keep_grant
from app.models import Connection, Grant, now
from app.sync import grant_lock, tokens
from app.sync.connections import grant_source, token_source, vault, xero_app
from app.sync.own_session import own_transaction
from app.sync.tokens import GrantTokens, open_tokens
from app.tenancy import company_scope
from app.xero import oauth
from app.xero.errors import Again, ReconnectNeeded
from tests.support.database import ROOT
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess

THREADS = 40


@pytest.fixture
def xero(simulator: SimulatorProcess) -> SimulatorProcess:
    return simulator


@pytest.fixture
def grant_id(app: Flask, cast: Cast, xero: SimulatorProcess) -> UUID:
    """ABC's grant, whose access token has just run out; copies of the cast have the same ids."""
    tokens._failed_at.clear()
    with app.app_context(), company_scope(cast.abc):
        grant_id = db.session.scalars(select(Connection.grant_id)).one()
        assert grant_id is not None
        set_grant(cast, app, grant_id, expires_at=now() - timedelta(seconds=1))
        return grant_id


def set_grant(cast: Cast, app: Flask, grant_id: UUID, **values: object) -> None:
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Grant).where(Grant.id == grant_id).values(**values))
        db.session.commit()


@contextmanager
def source_of(app: Flask, cast: Cast, grant_id: UUID) -> Iterator[GrantTokens]:
    with app.app_context():
        yield GrantTokens(xero_app(), vault(cast.abc), cast.abc, grant_id)


def grant(cast: Cast, grant_id: UUID) -> Grant:
    found: Grant = cast.read(cast.abc, select(Grant).where(Grant.id == grant_id))[0]
    return found


def secrets_of(app: Flask, cast: Cast, grant_id: UUID) -> tokens.Secrets:
    with app.app_context():
        return open_tokens(grant(cast, grant_id), vault(cast.abc))


def refreshes(xero: SimulatorProcess) -> list[int]:
    """The statuses of every call to the token endpoint that the simulator has seen."""
    return [line["status"] for line in xero.state()["ledger"] if line["path"] == "/connect/token"]


def all_at_once(app: Flask, work: Callable[[], str]) -> tuple[list[str], list[BaseException]]:
    start, found, failed = threading.Barrier(THREADS), [], []

    def one() -> None:
        with app.app_context():
            start.wait(20)
            try:
                found.append(work())
            except BaseException as problem:  # noqa: BLE001  shown by the test
                failed.append(problem)

    threads = [threading.Thread(target=one) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found, failed


@pytest.mark.parametrize("processes", [False, True], ids=["threads of one process", "as from many processes"])
def test_forty_at_expiry_make_one_refresh(
    app: Flask,
    cast: Cast,
    grant_id: UUID,
    xero: SimulatorProcess,
    processes: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if processes:
        # Without the lock in memory, as between processes: PostgreSQL alone must hold them apart.
        monkeypatch.setattr(grant_lock, "_in_this_process", lambda _grant_id, **_how: nullcontext())
    xero.fault("slow", path="/connect/token", seconds=0.3)
    before = secrets_of(app, cast, grant_id)
    with source_of(app, cast, grant_id) as source:
        found, failed = all_at_once(app, source.current)
    assert not failed
    assert refreshes(xero) == [200]
    after = secrets_of(app, cast, grant_id)
    assert set(found) == {after.access_token}
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token


def test_forty_with_a_stale_token_make_one_refresh(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    stale = secrets_of(app, cast, grant_id).access_token
    with source_of(app, cast, grant_id) as source:
        found, failed = all_at_once(app, lambda: source.renewed(stale))
    assert (failed, refreshes(xero), len(set(found))) == ([], [200], 1)


def test_a_token_that_lasts_is_used_as_it_is(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    set_grant(cast, app, grant_id, expires_at=now() + tokens.MARGIN + timedelta(seconds=5))
    with source_of(app, cast, grant_id) as source:
        assert source.current() == secrets_of(app, cast, grant_id).access_token
        assert refreshes(xero) == []
        set_grant(cast, app, grant_id, expires_at=now() + tokens.MARGIN - timedelta(seconds=5))
        source.current()
    assert refreshes(xero) == [200]


DIES = """
import os, sys
from uuid import UUID
from app import create_app
from app.sync.connections import vault, xero_app
from app.sync.tokens import GrantTokens

GrantTokens._store = lambda *_: os._exit(9)
company_id, grant_id = (UUID(value) for value in sys.argv[1:])
with create_app().app_context():
    GrantTokens(xero_app(), vault(company_id), company_id, grant_id).current()
"""


def die_between_answer_and_commit(
    app: Flask, cast: Cast, grant_id: UUID, environment: dict[str, str]
) -> None:
    urls = {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}
    ended = subprocess.run(
        [sys.executable, "-c", DIES, str(cast.abc), str(grant_id)],
        cwd=ROOT,
        env={**environment, **urls},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 9, ended.stderr.decode()


def test_a_process_killed_between_answer_and_commit_loses_nothing(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, environment: dict[str, str]
) -> None:
    old = secrets_of(app, cast, grant_id)
    die_between_answer_and_commit(app, cast, grant_id, environment)
    left = grant(cast, grant_id)
    assert left.refresh_started_at is not None
    assert left.previous is not None
    assert secrets_of(app, cast, grant_id) == old, "the new tokens died with the process"
    with source_of(app, cast, grant_id) as source:
        source.current()
    assert refreshes(xero) == [200, 200]
    after = grant(cast, grant_id)
    assert (after.refresh_started_at, after.previous, after.broken_at) == (None, None, None)
    # What is stored now is the live token: the next refresh with it works, long after the grace has ended.
    xero.advance(40 * 60)
    with source_of(app, cast, grant_id) as source:
        source.refresh_now()
    assert refreshes(xero) == [200, 200, 200]


def test_a_lost_refresh_is_taken_up_although_the_access_token_still_lasts(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, environment: dict[str, str]
) -> None:
    die_between_answer_and_commit(app, cast, grant_id, environment)
    set_grant(cast, app, grant_id, expires_at=now() + timedelta(minutes=20))
    with source_of(app, cast, grant_id) as source:
        source.current()
    assert refreshes(xero) == [200, 200]
    assert grant(cast, grant_id).refresh_started_at is None


def test_after_the_grace_a_lost_refresh_needs_a_new_consent(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, environment: dict[str, str]
) -> None:
    die_between_answer_and_commit(app, cast, grant_id, environment)
    xero.advance(31 * 60)
    with source_of(app, cast, grant_id) as source, pytest.raises(ReconnectNeeded):
        source.current()
    assert grant(cast, grant_id).broken_at is not None


def test_an_answer_lost_on_the_way_is_asked_for_again(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    xero.fault("drop_after", path="/connect/token", count=1)
    with source_of(app, cast, grant_id) as source:
        with pytest.raises(Again) as lost:
            source.current()
        assert lost.value.maybe_done
        assert source.current() == secrets_of(app, cast, grant_id).access_token
    assert grant(cast, grant_id).broken_at is None


def test_while_xero_is_away_a_token_that_still_lasts_is_used(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    set_grant(cast, app, grant_id, expires_at=now() + timedelta(minutes=1))
    xero.fault("drop_before", path="/connect/token")
    with source_of(app, cast, grant_id) as source:
        assert source.current() == secrets_of(app, cast, grant_id).access_token
        set_grant(cast, app, grant_id, expires_at=now() + timedelta(seconds=10))
        with pytest.raises(Again):
            source.current()


def test_nobody_waits_for_a_refresh_while_the_token_lasts(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    set_grant(cast, app, grant_id, expires_at=now() + timedelta(minutes=2))
    before = secrets_of(app, cast, grant_id).access_token
    with source_of(app, cast, grant_id) as source, grant_lock.alone(grant_id, wait=True):
        asked = time.monotonic()
        assert source.current() == before
        assert time.monotonic() - asked < 5
    assert refreshes(xero) == []


def test_after_a_failure_xero_is_left_alone_for_a_while(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    set_grant(cast, app, grant_id, expires_at=now() + timedelta(minutes=2))
    xero.fault("503", path="/connect/token")
    with source_of(app, cast, grant_id) as source:
        for _ in range(5):
            source.current()
    assert refreshes(xero) == [503]


def test_a_refused_token_breaks_the_connection_once(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    with app.app_context():
        oauth.revoke(xero_app(), secrets_of(app, cast, grant_id).refresh_token)
    with source_of(app, cast, grant_id) as source:
        for _ in range(3):
            with pytest.raises(ReconnectNeeded):
                source.current()
    assert refreshes(xero) == [400], "asked once, never in a loop"
    (connection,) = cast.read(cast.abc, select(Connection))
    assert connection.status == "reconnect_needed"
    assert "Reconnect" in connection.last_error
    (other,) = cast.read(cast.smith, select(Connection))
    assert other.status == "connected"


def test_a_refusal_is_not_believed_when_a_new_consent_came_in_between(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = []

    def refused_while_somebody_consents(*_: object) -> None:
        given, _organisation = simulator_consent("ABC Pty Ltd")
        with app.app_context(), company_scope(cast.abc):
            keep_grant(given)
            db.session.commit()
        fresh.append(given.access_token)
        raise ReconnectNeeded(status=400)

    monkeypatch.setattr(oauth, "refresh", refused_while_somebody_consents)
    with source_of(app, cast, grant_id) as source:
        assert source.current() == fresh[0]
    assert grant(cast, grant_id).broken_at is None


def test_the_lock_is_given_back_whatever_happens(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(oauth, "refresh", break_off)
        with source_of(app, cast, grant_id) as source, pytest.raises(RuntimeError, match="a bug"):
            source.current()
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from pg_locks where locktype = 'advisory'")) == 0


def test_another_companys_grant_is_not_there(app: Flask, cast: Cast, grant_id: UUID) -> None:
    with app.app_context(), pytest.raises(ReconnectNeeded):
        GrantTokens(xero_app(), vault(cast.smith), cast.smith, grant_id).current()
    with app.app_context(), company_scope(cast.smith), own_transaction(cast.smith) as session:
        assert (
            session.execute(text("select count(*) from grants where id = :id"), {"id": grant_id}).scalar()
            == 0
        )


def test_tokens_moved_to_another_companys_row_do_not_open(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess
) -> None:
    stolen = grant(cast, grant_id).tokens
    with app.app_context(), company_scope(cast.smith):
        theirs = db.session.scalars(select(Grant)).one()
        theirs.tokens = stolen
        db.session.commit()
        with pytest.raises(ReconnectNeeded, match="does not open"):
            grant_source(theirs).current()


def test_no_token_reaches_a_log(
    app: Flask, cast: Cast, grant_id: UUID, xero: SimulatorProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = secrets_of(app, cast, grant_id)
    with app.app_context(), company_scope(cast.abc):
        token_source(db.session.scalars(select(Connection)).one()).current()
    after = secrets_of(app, cast, grant_id)
    for secret in (before.access_token, before.refresh_token, after.access_token, after.refresh_token):
        assert secret not in caplog.text
        assert secret not in repr(before) + repr(after)
