"""Two practices side by side, every table of both with rows, and everybody who tries to look over the wall."""

import os
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from app import create_app
from app.config import load_settings
from app.extensions import db
from app.models import CompanyEntry, DocumentUpload, Membership, User, now
from app.tenancy import company_scope
from tests.house.addresses import Found, look_around
from tests.house.filler import fill
from tests.house.rooms import base, house
from tests.house.traces import Traces
from tests.house.walls import PEOPLE, READING, WRITING, Practice, Walls, mark_alike
from tests.support.people import Cast
from tests.support.work import attach_connections

__all__ = ["base", "house"]

WHOLE = bool(os.environ.get("SEED"))
"""As `make proof` asks for it."""
OF_VISITS = 1.0 if WHOLE else 0.25
"""What share is tried of what super admins inside the practice can do, and of what those outside are refused."""


@pytest.fixture(scope="module")
def walls(databases, environment, redis_server, simulator_process, tmp_path_factory) -> Iterator[Walls]:
    name = databases.copy()
    urls = {
        "DATABASE_URL": databases.postgres.url("countinghouse_app", name),
        "DATABASE_OWNER_URL": databases.postgres.url("countinghouse_owner", name),
    }
    app = create_app(load_settings(**{**environment, **urls}))
    app.config["TESTING"] = True
    app.extensions["redis"].flushall()
    superuser = databases.engine(name, "postgres")
    with Traces(app, superuser, tmp_path_factory.mktemp("files")) as traces:
        yield _both(app, superuser, simulator_process, traces)
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()
    databases.drop(name)


def _both(app: Flask, superuser: Engine, simulator, traces: Traces) -> Walls:
    with superuser.connect() as connection:
        companies = {row.name: row.id for row in connection.execute(text("select name, id from companies"))}
    cast = Cast(app, companies)
    simulator.reset()
    attach_connections(app, cast, simulator)
    for company_id, mark in ((cast.abc, "Ours"), (cast.smith, "CANARY")):
        _one_upload(app, cast, company_id)
        fill(superuser, company_id, mark)
    mark_alike(superuser, cast.smith)
    for role, writes in ((READING, False), (WRITING, True)):
        _enter(app, cast.abc, PEOPLE[role], writes)
    return Walls(app, Practice(superuser, cast.abc), Practice(superuser, cast.smith), traces)


def _enter(app: Flask, company_id: UUID, email: str | None, writes: bool) -> None:
    """A super admin of their own, and their open entry."""
    with app.app_context(), company_scope(company_id):
        visitor = User(email=email, name=f"Visitor {email}", password_hash="none", super_admin=True)
        db.session.add(visitor)
        db.session.flush()
        until = now() + timedelta(hours=1)
        db.session.add(CompanyEntry(user_id=visitor.id, reason="A look", writes=writes, expires_at=until))
        db.session.commit()


def _one_upload(app: Flask, cast: Cast, company_id: UUID) -> None:
    members = cast.read(company_id, select(Membership).order_by(Membership.client_id))
    upload = DocumentUpload(
        client_id=members[0].client_id or cast.client(company_id).id,
        uploader_id=members[0].user_id,
        doc_type="Rates notice",
        name="half a notice.pdf",
        size=10,
        storage_key=uuid4().hex,
        expires_at=now() + timedelta(days=1),
    )
    with app.app_context(), company_scope(company_id):
        db.session.add(upload)
        db.session.commit()


@pytest.fixture(scope="module")
def found(walls: Walls) -> Found:
    return look_around(walls, OF_VISITS)
