"""A practice and its organisation side by side: what people change on either, and how both stand."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import requests
from flask import Flask
from sqlalchemy import select

from app.clients import actions
from app.extensions import db
from app.models import Client, Company, ContactConflict, ContactErrand, ContactMapping, Operation
from app.sync.connections import needed_connection
from app.sync.contacts import errands, pulling
from app.sync.contacts.changed import client_changed, plan_exchange, sync_client
from app.sync.contacts.fields import Values, of_client
from app.tenancy import company_scope
from tests.support.simulator import SimulatorProcess

BY = "A test"
NO_LIMITS = {"enabled": False, "minute": 1_000_000, "day": 10_000_000, "app_minute": 1_000_000}


class Pair:
    """Ours is spoken to through the app's own actions, theirs through Xero's API as somebody else's program would."""

    def __init__(
        self,
        app: Flask,
        company_id: UUID,
        organisation: str,
        simulator: SimulatorProcess,
        work: Callable[..., int],
    ) -> None:
        self.app, self.company_id, self.organisation = app, company_id, organisation
        self.simulator, self.work = simulator, work
        granted = simulator.token(organisation)
        self._http = requests.Session()
        self._http.headers.update(
            {
                "Authorization": f"Bearer {granted['access_token']}",
                "xero-tenant-id": granted["tenant_id"],
                "Accept": "application/json",
            }
        )

    def scope(self):
        return _Scope(self.app, self.company_id)

    def settings(self, **values: Any) -> None:
        with self.scope():
            company = db.session.scalars(select(Company)).one()
            for name, value in values.items():
                setattr(company, name, value)
            db.session.commit()

    # Our side.

    def add(self, name: str, **values: str) -> UUID:
        with self.scope():
            client = actions.create_client(name=name, kind="company")
            for field, value in values.items():
                setattr(client, field, value)
            client_changed(client, {"name", *values})
            db.session.commit()
            return client.id

    def add_many(self, names: list[str], **values: str) -> list[UUID]:
        """Clients of these names, all alike otherwise."""
        with self.scope():
            made = [
                Client(
                    number=f"MANY-{number:05}", name=name, sort_name=name.casefold(), kind="company", **values
                )
                for number, name in enumerate(names)
            ]
            db.session.add_all(made)
            db.session.commit()
            return [client.id for client in made]

    def edit_many(self, client_ids: list[UUID], **values: str) -> None:
        with self.scope():
            for client in db.session.scalars(select(Client).where(Client.id.in_(client_ids))):
                for field, value in values.items():
                    setattr(client, field, value)
            errands.note(client_ids, BY)
            plan_exchange(needed_connection(), BY)
            db.session.commit()

    def edit(self, client_id: UUID, **values: str) -> None:
        """As a person does on the client's page."""
        with self.scope():
            client = self._client(client_id)
            for field, value in values.items():
                setattr(client, field, value or None)
            client_changed(client, set(values))
            db.session.commit()

    def ours(self, client_id: UUID) -> Values:
        with self.scope():
            return of_client(self._client(client_id))

    def mapping(self, client_id: UUID) -> ContactMapping | None:
        with self.scope():
            found = db.session.scalar(select(ContactMapping).where(ContactMapping.client_id == client_id))
            if found is not None:
                db.session.expunge(found)
            return found

    def mapped(self, client_ids: list[UUID]) -> int:
        """How many of them have a contact."""
        with self.scope():
            found = select(ContactMapping.id).where(ContactMapping.client_id.in_(client_ids))
            return len(db.session.scalars(found).all())

    def contact_id(self, client_id: UUID) -> str:
        mapping = self.mapping(client_id)
        assert mapping is not None, "the client has no contact"
        return mapping.xero_contact_id

    def errand(self, client_id: UUID) -> ContactErrand | None:
        with self.scope():
            found = db.session.scalar(select(ContactErrand).where(ContactErrand.client_id == client_id))
            if found is not None:
                db.session.expunge(found)
            return found

    def conflicts(self, client_id: UUID | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Field → ours, theirs, agreed of the open ones."""
        with self.scope():
            open_ones = select(ContactConflict).where(ContactConflict.resolved_at.is_(None))
            if client_id is not None:
                open_ones = open_ones.where(ContactConflict.client_id == client_id)
            return {one.field: (one.ours, one.theirs, one.agreed) for one in db.session.scalars(open_ones)}

    def operations(self, kind: str) -> list[Operation]:
        with self.scope():
            found = db.session.scalars(
                select(Operation).where(Operation.kind == kind).order_by(Operation.created_at)
            ).all()
            db.session.expunge_all()
            return list(found)

    @staticmethod
    def _client(client_id: UUID) -> Client:
        return db.session.scalars(select(Client).where(Client.id == client_id)).one()

    # Theirs.

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        reply = self._http.request(method, f"{self.simulator.url}/api.xro/2.0{path}", json=body, timeout=20)
        assert reply.ok, reply.text
        return reply.json() if reply.content else {}

    def send_raw(self, method: str, path: str, body: bytes, params: dict[str, str]) -> bytes:
        """The same with a body and an answer that are bytes: no number is read as a float on the way."""
        url = f"{self.simulator.url}/api.xro/2.0{path}"
        headers = {"Content-Type": "application/json"}
        reply = self._http.request(method, url, data=body, params=params, headers=headers, timeout=20)
        assert reply.ok, reply.text
        return reply.content

    def at_xero(self, deed: Callable[[], Any]) -> Any:
        """Somebody works in Xero's own pages, whatever stands between us and its API."""
        faults = self.simulator.faults()
        self.simulator.clear_faults()
        try:
            return deed()
        finally:
            for fault in faults:
                self.simulator.post("faults", fault)

    def make(self, name: str, **fields: Any) -> str:
        """A contact made in Xero by somebody; its id. `fields` as Xero names them."""
        made = self.call("PUT", "/Contacts", {"Contacts": [{"Name": name, **fields}]})
        return str(made["Contacts"][0]["ContactID"])

    def change(self, contact_id: str, **fields: Any) -> None:
        """Somebody changes the contact in Xero."""
        self.call("POST", f"/Contacts/{contact_id}", {"Contacts": [{"ContactID": contact_id, **fields}]})

    def theirs(self, contact_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/Contacts/{contact_id}")["Contacts"][0])

    def merge(self, loser: str, survivor: str) -> None:
        """Somebody merges two contacts, which only Xero's own pages can."""
        self.simulator.do("merge", self.organisation, id=loser, into=survivor)

    # What brings them together.

    def read(self, everything: bool = False) -> None:
        with self.scope():
            plan = pulling.plan_reconcile if everything else pulling.plan_read_changes
            plan(needed_connection(), BY)
            db.session.commit()
        self.work(hurry=True)

    def news(self, *contact_ids: str) -> None:
        """Webhooks tell that something happened to these."""
        with self.scope():
            pulling.plan_pull(needed_connection(), contact_ids)
            db.session.commit()
        self.work(hurry=True)

    def sync(self, client_id: UUID, *, force: bool = False) -> None:
        with self.scope():
            sync_client(self._client(client_id), BY, force=force)
            db.session.commit()
        self.work(hurry=True)

    def push(self, *client_ids: UUID) -> None:
        """Have contacts made for these, all in one go."""
        with self.scope():
            errands.note(client_ids, BY, create=True)
            plan_exchange(needed_connection(), BY)
            db.session.commit()
        self.work(hurry=True)

    def calls(self, since: int = 0) -> list[str]:
        """The calls of our app since then, as `GET /Contacts`."""
        return [
            f"{line['method']} {line['path'].removeprefix('/api.xro/2.0')}"
            for line in self.simulator.ledger()
            if line["path"].startswith("/api.xro") and line["number"] > since
        ]

    def mark(self) -> int:
        """The number of the latest call."""
        ledger = self.simulator.ledger()
        return int(ledger[-1]["number"]) if ledger else 0


class _Scope:
    def __init__(self, app: Flask, company_id: UUID) -> None:
        self._contexts = [app.app_context(), company_scope(company_id)]

    def __enter__(self) -> None:
        for context in self._contexts:
            context.__enter__()

    def __exit__(self, *about: Any) -> None:
        for context in reversed(self._contexts):
            context.__exit__(*about)
