"""The practice's clients as `matching.Index` takes them: read in one pass, a portion at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from app.extensions import db
from app.models import Client, ContactMapping, IgnoredContact
from app.sync.contacts.matching import Index, keys_of

PORTION = 2000
KEY_FIELDS = ("name", "email", "phone", "mobile", "company_number", "tax_number")

_COLUMNS = (Client.id, Client.number, Client.archived_at, *(getattr(Client, name) for name in KEY_FIELDS))


def all_clients(connection_id: UUID) -> Index:
    """Every client that was not merged into another, every mapping and every ignored contact of the connection."""
    index = Index()
    _add(index, select(*_COLUMNS).where(Client.merged_into_id.is_(None)))
    mappings = select(ContactMapping.client_id, ContactMapping.xero_contact_id).where(
        ContactMapping.connection_id == connection_id
    )
    for client_id, contact_id in db.session.execute(mappings.execution_options(yield_per=PORTION)):
        index.add_mapping(client_id, contact_id)
    ignored = select(IgnoredContact.xero_contact_id).where(IgnoredContact.connection_id == connection_id)
    index.ignored.update(db.session.scalars(ignored))
    return index


def add_changed(index: Index, connection_id: UUID, since: datetime, ours: Collection[datetime]) -> None:
    """Add clients without a contact in this organisation that were made or changed since then, but for those whose
    change was one of `ours`: thousands, in an import, that need not be read again and again."""
    changed = select(*_COLUMNS).where(
        Client.updated_at >= since, Client.updated_at.not_in(ours), Client.merged_into_id.is_(None)
    )
    for portion in db.session.execute(changed.execution_options(yield_per=PORTION)).partitions():
        mapped = set(
            db.session.scalars(
                select(ContactMapping.client_id).where(
                    ContactMapping.connection_id == connection_id,
                    ContactMapping.client_id.in_([client.id for client in portion]),
                )
            )
        )
        for client in portion:
            if client.id not in mapped:
                _add_one(index, client)


def _add(index: Index, statement: Select[Any]) -> None:
    for client in db.session.execute(statement.execution_options(yield_per=PORTION)):
        _add_one(index, client)


def _add_one(index: Index, client: Row[Any]) -> None:
    index.add(client.id, keys_of(client.number, _values(client)), archived=client.archived_at is not None)


def _values(client: Row[Any]) -> dict[str, str]:
    return {name: getattr(client, name) or "" for name in KEY_FIELDS}
