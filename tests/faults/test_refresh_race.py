"""F5: forty processes need a token at the moment it runs out. One refresh; what is stored is the live one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import Connection, Grant, now
from app.sync.connections import vault, xero_app
from app.sync.tokens import GrantTokens
from app.tenancy import company_scope
from tests.support.database import ROOT

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
PROCESSES = 40


@pytest.fixture
def expired(app: Flask, cast, simulator) -> UUID:
    """ABC's grant, at the moment its access token runs out."""
    with app.app_context(), company_scope(cast.abc):
        grant_id = db.session.scalars(select(Connection.grant_id)).one()
        assert grant_id is not None
        db.session.execute(update(Grant).where(Grant.id == grant_id).values(expires_at=now()))
        db.session.commit()
    return grant_id


def race(
    app: Flask, cast, environment: dict[str, str], grant_id: UUID, build: str = "", **more: str
) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.proof.weakened", build),
            *("tests/proof/refreshers.py", str(cast.abc), str(grant_id), str(PROCESSES)),
        ],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": app.extensions["settings"].database_url, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def refreshes(simulator) -> list[int]:
    """The statuses of all calls to the token endpoint."""
    return [line["status"] for line in simulator.ledger() if line["path"] == "/connect/token"]


def live_token_is_stored(app: Flask, cast, simulator, grant_id: UUID) -> bool:
    """Long after the grace, what is stored still refreshes: it is not a superseded one."""
    simulator.advance(40 * 60)
    before = len(refreshes(simulator))
    with app.app_context():
        GrantTokens(xero_app(), vault(cast.abc), cast.abc, grant_id).refresh_now()
    return refreshes(simulator)[before:] == [200]


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(0, id="quick provider"), pytest.param(3, id="slow provider", marks=pytest.mark.proof)],
)
def test_forty_processes_make_one_refresh(
    app: Flask, cast, simulator, environment, expired: UUID, seconds: float
) -> None:
    if seconds:
        simulator.fault("slow", path="/connect/token", count=1, seconds=seconds)
    outcome = race(app, cast, environment, expired)
    assert outcome["died"] == 0
    assert list(outcome["answers"].values()) == [PROCESSES], "all have the same token, and nobody an error"
    assert refreshes(simulator) == [200]
    assert live_token_is_stored(app, cast, simulator, expired)


def test_one_dies_with_the_answer_in_its_hand(
    app: Flask, cast, simulator, environment, expired: UUID, tmp_path: Path
) -> None:
    trap = tmp_path / "dies"
    trap.touch()
    outcome = race(app, cast, environment, expired, "dies_between_refresh_and_commit", DIES_FILE=str(trap))
    assert outcome["died"] == 1
    assert list(outcome["answers"].values()) == [PROCESSES - 1]
    assert refreshes(simulator) == [200, 200], "the second uses the grace for what was lost"
    assert live_token_is_stored(app, cast, simulator, expired)


@pytest.mark.proof
def test_without_the_lock_many_refresh(app: Flask, cast, simulator, environment, expired: UUID) -> None:
    simulator.fault("slow", path="/connect/token", seconds=2)
    outcome = race(app, cast, environment, expired, "no_token_lock")
    assert len(refreshes(simulator)) > 1, outcome
