"""An app with a signing key, and what a test does with it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, text

from app.extensions import db
from app.models import Client, Connection, ContactMapping
from app.sync.webhooks import sorting
from app.tenancy import company_scope
from app.webhooks.receiving import BELL, ENGINE
from tests.support.people import Cast
from tests.support.webhooks import KEY, PATH, headers, post


class Xero:
    """Posts to the app, and looks behind the walls at what became of it."""

    def __init__(self, app: Flask, superuser: Engine) -> None:
        self.app = app
        self._superuser = superuser
        self._client = app.test_client()
        self.sequence = 0

    def sends(self, *events: dict[str, Any], first: int | None = None) -> None:
        """One post of these events, numbered on from the last, which is taken."""
        first = self.sequence + 1 if first is None else first
        self.sequence = max(self.sequence, first + len(events) - 1)
        self.raw(post(list(events), first, first + len(events) - 1))

    def raw(self, body: bytes) -> None:
        assert self._client.post(PATH, data=body, headers=headers(body)).status_code == 200

    def sorted(self) -> int:
        return sorting.sort(self.app)

    def rows(self, table: str, order: str = "id") -> list[Any]:
        with self._superuser.connect() as connection:
            return list(connection.execute(text(f"select * from {table} order by {order}")))

    def run(self, statement: str, **values: Any) -> None:
        with self._superuser.begin() as connection:
            connection.execute(text(statement), values)


def set_keys(app: Flask, keys: str) -> None:
    """The app has these signing keys from now on."""
    changed = app.extensions["settings"].model_copy(update={"xero_webhook_key": SecretStr(keys)})
    app.extensions["settings"] = changed


class SilentBell:
    """Counts how often it was pressed; tests sort by themselves."""

    def __init__(self) -> None:
        self.pressed = 0

    def press(self) -> None:
        self.pressed += 1


@pytest.fixture
def xero(app: Flask, superuser: Engine) -> Iterator[Xero]:
    set_keys(app, KEY)
    app.extensions[BELL] = SilentBell()
    yield Xero(app, superuser)
    if ENGINE in app.extensions:
        app.extensions[ENGINE].dispose()


@pytest.fixture
def mapped(app: Flask, cast: Cast):
    """`mapped(company_id)`: a client of the company with a contact; (tenant id, contact id, client)."""

    def make(company_id: UUID, number: int = 0) -> tuple[str, str, Client]:
        with app.app_context(), company_scope(company_id):
            connection = db.session.scalars(db.select(Connection)).one()
            mapping = ContactMapping(
                connection_id=connection.id,
                client_id=db.session.scalars(
                    db.select(Client.id).order_by(Client.number).offset(number)
                ).first(),
                xero_contact_id=str(uuid4()),
                contact_name="A contact",
                found_by="created",
            )
            db.session.query(ContactMapping).filter_by(client_id=mapping.client_id).delete()
            db.session.add(mapping)
            db.session.commit()
            client = db.session.scalars(db.select(Client).where(Client.id == mapping.client_id)).one()
            db.session.expunge(client)
            return connection.xero_tenant_id, mapping.xero_contact_id, client

    return make
