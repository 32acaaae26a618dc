"""The demonstration's first look at Xero's contacts: one that is no client was put on the ignore list, nothing else."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from app.demonstration.simulated import SimulatedPast
from app.extensions import db
from app.models import Client, Connection, ContactImport, ContactImportRow, IgnoredContact, now
from app.sync.contacts.fields import of_contact
from app.sync.contacts.matching import RANKS
from app.sync.names import normal_name
from app.xero.accounting.contacts import Contact


def look_at_contacts(connection: Connection, past: SimulatedPast, admin: str) -> None:
    """Import 1 of the practice, forty days ago."""
    ours = {normal_name(name) for name in db.session.scalars(select(Client.name))}
    contacts = [contact for contact in past.contacts() if normal_name(contact.name) not in ours]
    at = now() - timedelta(days=40)
    import_id = uuid4()
    db.session.add(
        ContactImport(
            id=import_id,
            connection_id=connection.id,
            number=1,
            phase="import",
            state="done",
            pages_read=1,
            contacts_expected=len(contacts),
            rows=len(contacts),
            to_do=1,
            done=1,
            calls=2,
            choices_version=1,
            requested_by=admin,
            confirmed_by=admin,
            created_at=at,
            read_from=at,
            read_at=at,
            confirmed_at=at,
            checked_at=at,
            imported_at=at,
        )
    )
    db.session.flush()
    for contact in contacts:
        _row(import_id, contact, ignored=contact is contacts[-1])
    db.session.add(
        IgnoredContact(
            connection_id=connection.id,
            xero_contact_id=contacts[-1].id,
            name=contacts[-1].name,
            sort_name=contacts[-1].name.casefold(),
            ignored_by=admin,
            created_at=at,
        )
    )


def _row(import_id: UUID, contact: Contact, *, ignored: bool) -> None:
    db.session.add(
        ContactImportRow(
            import_id=import_id,
            contact_id=contact.id,
            name=contact.name,
            sort_name=contact.name.casefold(),
            number=contact.number,
            status=contact.status,
            contact_updated_at=contact.updated_at,
            details={name: value for name, value in of_contact(contact).items() if value},
            groups=[],
            kind="new",
            rank=RANKS["new"],
            why="nobody",
            candidates=[],
            differs=[],
            choice="ignore" if ignored else None,
            outcome="ignored" if ignored else None,
            before={} if ignored else None,
        )
    )
