"""What of a portion may be done as it was chosen, looked at under lock, and what is set aside because it moved."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select

from app.companies import locked_company
from app.extensions import db
from app.models import Client, ContactMapping, now
from app.sync.contacts import known
from app.sync.contacts.matching import Index, keys_of

CLOCKS = timedelta(seconds=5)
"""Our machines' clocks may run apart."""


class Recent:
    """Clients that were made or changed since a preview, as a run gets to know them portion by portion."""

    def __init__(self, connection_id: UUID, since: datetime) -> None:
        self.index = Index()
        self._connection_id = connection_id
        self._since = since
        self._ours: list[datetime] = []

    def look(self) -> None:
        """See what has changed since the last look."""
        looked = now()
        known.add_changed(self.index, self._connection_id, self._since, self._ours)
        self._since = max(self._since, looked - CLOCKS)
        self._ours = [at for at in self._ours if at >= self._since]

    def wrote(self, at: datetime) -> None:
        """This instant stands as `updated_at` in clients that the run has written itself."""
        self._ours.append(at)


class Decisions:
    """The portion's rows that go on (`of`), by choice; `aside`: row id → why not; `clients`: those to match, locked."""

    def __init__(self, connection_id: UUID, rows: Sequence[Row[Any]], recent: Recent) -> None:
        self.aside: dict[UUID, str] = {}
        self._going: list[Row[Any]] = []
        self._recent = recent.index
        if any(row.choice == "import" for row in rows):
            # Whoever adds a client takes a number from the company's row: under its lock nobody does, and those
            # added before are seen.
            locked_company()
            recent.look()
        self.clients = _locked({row.client_id for row in rows if row.choice == "match" and row.client_id})
        self._mapped, self._taken = _mappings(connection_id, rows)
        for row in rows:
            reason = self._against(row)
            if reason is None:
                self._going.append(row)
                if row.choice == "match":
                    self._taken[row.client_id] = row.name
            else:
                self.aside[row.id] = reason

    def of(self, choice: str) -> list[Row[Any]]:
        return [row for row in self._going if row.choice == choice]

    def _against(self, row: Row[Any]) -> str | None:
        """Why this row is set aside, in a sentence; None when it is not."""
        if row.contact_id in self._mapped:
            return f"The contact became the client {self._mapped[row.contact_id]} after the preview."
        if row.choice == "match":
            return self._against_match(row)
        return self._against_import(row) if row.choice == "import" else None

    def _against_match(self, row: Row[Any]) -> str | None:
        client = self.clients.get(row.client_id)
        if client is None or client.merged_into_id is not None:
            return "The client is no longer there, or was merged into another."
        if row.client_id in self._taken:
            return (
                f"The client {client.name} is matched with the contact {self._taken[row.client_id]} already."
            )
        if client.updated_at != row.client_at:
            return f"The client {client.name} was changed after the preview."
        return None

    def _against_import(self, row: Row[Any]) -> str | None:
        verdict = self._recent.judge(row.contact_id, keys_of(row.number, {"name": row.name, **row.details}))
        fitting = {one for one in (verdict.client_id, *verdict.candidates) if one and one != row.client_id}
        # Whom the person had before their eyes when they chose is no news.
        news = {one for one in fitting if str(one) not in row.candidates}
        if not news:
            return None
        names = " and ".join(sorted(_names(news)))
        return f"{names} fits this contact and was added or changed after the preview. Look at both first."


def _locked(ids: set[UUID]) -> dict[UUID, Client]:
    # In one order, so that two who lock some of the same wait for each other instead of deadlocking.
    statement = select(Client).where(Client.id.in_(ids)).order_by(Client.id).with_for_update()
    found = db.session.scalars(statement.execution_options(populate_existing=True)) if ids else ()
    return {client.id: client for client in found}


def _mappings(connection_id: UUID, rows: Sequence[Row[Any]]) -> tuple[dict[str, str], dict[UUID, str]]:
    """Contact id → its client's name, and client → its contact's name, of those that the rows name."""
    statement = (
        select(
            ContactMapping.xero_contact_id, ContactMapping.client_id, ContactMapping.contact_name, Client.name
        )
        .join(ContactMapping.client)
        .where(
            ContactMapping.connection_id == connection_id,
            or_(
                ContactMapping.xero_contact_id.in_([row.contact_id for row in rows]),
                ContactMapping.client_id.in_([row.client_id for row in rows if row.client_id]),
            ),
        )
    )
    found = db.session.execute(statement).all()
    return {row[0]: row[3] for row in found}, {row[1]: row[2] for row in found}


def _names(ids: Iterable[UUID]) -> list[str]:
    return list(db.session.scalars(select(Client.name).where(Client.id.in_(ids))))
