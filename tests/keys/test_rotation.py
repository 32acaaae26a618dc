"""A new master key: everything is sealed anew, whatever interrupts it, and nobody at work notices."""

import base64
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, LargeBinary, select, text, update

from app import storage
from app.auth.second_factor_app import offer, secret_of
from app.extensions import db
from app.integrations import consent
from app.keys.places import OF_A_COMPANY, OF_NOBODY
from app.mail.outbox import post
from app.models import Company, Consent, Grant, SecondFactor, User, now
from app.models.base import Model
from app.sync import tokens
from app.sync.connections import grant_source, vault
from app.tenancy import company_scope
from tests.support.database import ROOT
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess

OLD = "dGhlIG1hc3RlciBrZXkgb2YgdGhlIHRlc3RzISEhISE="
NEW = base64.b64encode(b"the next master key of the tests").decode()
SECRETS = 12
"""Two grants with a refresh under way each, a consent, three mails, two documents, two apps."""
PAPER = b"a client's paper"


def give(app: Flask, key: str, version: int, others: str = "") -> None:
    """Start anew with these keys."""
    given = {
        "token_master_key": SecretStr(key),
        "token_master_key_version": version,
        "other_master_keys": SecretStr(others),
    }
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=given)


@pytest.fixture
def sealed(app: Flask, cast: Cast, superuser: Engine, no_documents: None) -> dict[UUID, str]:
    """A secret of each kind, of several practices (one suspended) and of people: the refresh token of each grant."""
    tokens._failed_at.clear()
    live = {}
    for company_id in (cast.abc, cast.smith):
        with app.app_context(), company_scope(company_id):
            grant = db.session.scalars(select(Grant)).one()
            secrets = tokens.open_tokens(grant, vault(company_id))
            grant.previous = vault(company_id).seal(secrets.refresh_token, grant.id, "previous")
            live[grant.id] = secrets.refresh_token
            company = db.session.scalars(select(Company)).one()
            post("password_reset", "a@b.example", "S", {"name": "N", "url": "u"}, company=company, reason="")
            storage.put(company_id, BytesIO(PAPER), 100)
            db.session.commit()
    with app.app_context(), company_scope(cast.xyz):
        verifier = vault(cast.xyz).seal("the verifier", cast.xyz, "verifier")
        row = Consent(id=cast.xyz, state_hash="x", verifier=verifier, user_session_id=cast.xyz)
        row.expires_at = now() + consent.LASTS
        db.session.add(row)
        db.session.commit()
    with app.app_context():
        for user_id in db.session.scalars(select(User.id).order_by(User.email).limit(2)):
            offer(user_id)
        post("password_reset", "c@d.example", "S", {"name": "N", "url": "u"}, reason="")
        db.session.commit()
    with superuser.begin() as connection:
        connection.execute(text("update companies set suspended_at = now() where id = :c"), {"c": cast.smith})
    return live


@pytest.fixture
def keys(app: Flask) -> Callable[[str], tuple[int, str]]:
    """`keys("rotate")`: how the command ended, and what it said."""

    def run(command: str) -> tuple[int, str]:
        ended = app.test_cli_runner().invoke(args=["keys", command])
        return ended.exit_code, ended.output

    return run


def by_version(superuser: Engine) -> dict[int, int]:
    """How many values each key version sealed, counted behind the walls."""
    columns = {(place.column.class_.__tablename__, place.column.key) for place in (*OF_A_COMPANY, *OF_NOBODY)}
    union = " union all ".join(
        f"select get_byte({name}, 0) v from {table} where {name} is not null" for table, name in columns
    )
    with superuser.connect() as connection:
        return dict(connection.execute(text(f"select v, count(*) from ({union}) s group by v")).all())


def all_open(app: Flask, cast: Cast, live: dict[UUID, str], outbox) -> None:
    """Every value opens to what it was."""
    for company_id in (cast.abc, cast.smith):
        grant = cast.read(company_id, select(Grant))[0]
        with app.app_context():
            assert tokens.open_tokens(grant, vault(company_id)).refresh_token == live[grant.id]
            assert vault(company_id).open(grant.previous, grant.id, "previous") == live[grant.id]
        with app.app_context(), company_scope(company_id):
            assert [b"".join(storage.pieces_of(key)) for key in storage.keys_of_company()] == [PAPER]
    with app.app_context():
        row = cast.read(cast.xyz, select(Consent))[0]
        assert vault(cast.xyz).open(row.verifier, row.id, "verifier") == "the verifier"
        assert all(len(secret_of(one)) == 32 for one in db.session.scalars(select(SecondFactor)))
    assert all("Dear N" in mail.text for mail in outbox.all())


def test_rotated_counted_and_the_old_key_dropped(app, cast, superuser, sealed, outbox, keys):
    assert by_version(superuser) == {1: SECRETS}
    assert keys("status")[0] == 0
    give(app, NEW, 2, f"1:{OLD}")
    all_open(app, cast, sealed, outbox)
    code, said = keys("status")
    assert code == 0
    assert "Key 1 seals 2 sign-ins to Xero, 2 refreshes of them under way" in said
    assert "Key 2 seals nothing. It is the present one." in said
    code, said = keys("rotate")
    assert code == 0
    assert "Smith Tax Co.: sign-ins to Xero: 1 done, 0 left." in said, "a suspended practice too"
    assert said.endswith("0 left: key 2 seals everything.\n")
    assert by_version(superuser) == {2: SECRETS}
    assert "done" not in keys("rotate")[1], "nothing is left to do"
    assert "Key 1 seals nothing. It may be taken out of OTHER_MASTER_KEYS." in keys("status")[1]
    give(app, NEW, 2)
    all_open(app, cast, sealed, outbox)
    assert keys("status")[0] == 0


def test_a_key_lost_too_early_is_named_with_what_it_sealed(app, superuser, sealed, keys):
    give(app, NEW, 2)
    code, said = keys("status")
    assert code == 1
    assert "IT IS NOT GIVEN: put it back into OTHER_MASTER_KEYS" in said
    assert "Cannot be opened without it: secrets of ABC Accounting, Smith Tax Co., XYZ Partners" in said
    assert "of the sign-ins to Xero: an admin of the practice connects Xero again" in said
    code, said = keys("rotate")
    assert code == 1
    assert "The stored tokens was sealed with master key 1, which is not given." in said
    assert said.endswith(f"{SECRETS} left.\n")
    assert by_version(superuser) == {1: SECRETS}, "nothing was harmed"
    give(app, OLD, 2, f"1:{NEW}")
    assert "does not open with master key 1 as given" in keys("rotate")[1], "the wrong one was given"
    assert by_version(superuser) == {1: SECRETS}
    give(app, NEW, 2, f"1:{OLD}")
    assert keys("rotate")[0] == 0, "found again, all is well"


DIES = """
import os
from app import create_app
from app.crypto import Vault

seal, done = Vault.seal, []
def sealing(self, *words):
    if len(done) == 3:
        os._exit(9)
    done.append(words)
    return seal(self, *words)
Vault.seal = sealing
create_app().test_cli_runner().invoke(args=["keys", "rotate"])
"""


def test_killed_half_way_and_run_again(app, cast, superuser, sealed, outbox, keys, environment):
    urls = {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}
    new = {"TOKEN_MASTER_KEY": NEW, "TOKEN_MASTER_KEY_VERSION": "2", "OTHER_MASTER_KEYS": f"1:{OLD}"}
    killed = subprocess.run(
        [sys.executable, "-c", DIES],
        cwd=ROOT,
        env={**environment, **urls, **new},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == 9, killed.stderr.decode()
    assert by_version(superuser) == {1: SECRETS - 3, 2: 3}
    give(app, NEW, 2, f"1:{OLD}")
    all_open(app, cast, sealed, outbox)
    assert keys("rotate")[0] == 0
    assert by_version(superuser) == {2: SECRETS}
    all_open(app, cast, sealed, outbox)


def test_a_refresh_under_way_keeps_its_result(app, cast, superuser, simulator: SimulatorProcess, keys):
    tokens._failed_at.clear()
    with app.app_context(), company_scope(cast.abc):
        grant_id = db.session.scalars(select(Grant.id)).one()
        db.session.execute(update(Grant).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    give(app, NEW, 2, f"1:{OLD}")
    simulator.fault("slow", path="/connect/token", seconds=1)
    found: list[str] = []

    def refresh() -> None:
        with app.app_context(), company_scope(cast.abc):
            source = grant_source(db.session.scalars(select(Grant)).one())
            db.session.rollback()
            found.append(source.current())

    refreshing = threading.Thread(target=refresh)
    refreshing.start()
    began = time.monotonic()
    while cast.read(cast.abc, select(Grant))[0].refresh_started_at is None:
        assert time.monotonic() - began < 10
        time.sleep(0.01)
    assert keys("rotate")[0] == 0
    refreshing.join(20)
    with app.app_context(), company_scope(cast.abc):
        grant = db.session.scalars(select(Grant)).one()
        assert tokens.open_tokens(grant, vault(cast.abc)).access_token == found[0]
        assert (grant.id, grant.refresh_started_at, grant.tokens[0]) == (grant_id, None, 2)
        # What is stored is the live pair, long after the grace of the old one has ended.
        db.session.rollback()
        simulator.advance(40 * 60)
        grant_source(db.session.scalars(select(Grant)).one()).refresh_now()
    statuses = [one["status"] for one in simulator.state()["ledger"] if one["path"] == "/connect/token"]
    assert statuses == [200, 200]


NOT_SEALED = {
    ("api_replies", "fingerprint"),
    ("passkeys", "credential_id"),
    ("passkeys", "public_key"),
    ("sign_in_steps", "challenge"),
    ("sign_in_steps", "password_mark"),
    ("webhook_deliveries", "body"),
}


def test_rotation_knows_every_sealed_column():
    bytes_of = {
        (table.name, column.name)
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    walked = {(place.column.class_.__tablename__, place.column.key) for place in (*OF_A_COMPANY, *OF_NOBODY)}
    assert bytes_of == walked | NOT_SEALED
    assert not walked & NOT_SEALED
