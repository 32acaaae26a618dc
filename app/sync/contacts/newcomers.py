"""Contacts of the organisation that are no clients of ours: remembered as they are read, offered for import."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import ContactMapping, IgnoredContact, XeroNewcomer, now
from app.tenancy import current_company_id
from app.xero.accounting.contacts import Contact

MOST_COUNTED = 10_000


def note(connection_id: UUID, contacts: Iterable[Contact]) -> int:
    """Remember those of these contacts that are active and nobody's, forget the others; how many are new to us (not
    committed)."""
    found = {contact.id: contact for contact in contacts}
    if not found:
        return 0
    mapped = set(
        db.session.scalars(
            select(ContactMapping.xero_contact_id).where(
                ContactMapping.connection_id == connection_id,
                ContactMapping.xero_contact_id.in_(list(found)),
            )
        )
    )
    wanted = [one for one in found.values() if one.status == "ACTIVE" and one.id not in mapped]
    others = found.keys() - {one.id for one in wanted}
    if others:
        db.session.execute(
            delete(XeroNewcomer)
            .where(XeroNewcomer.connection_id == connection_id, XeroNewcomer.xero_contact_id.in_(others))
            .execution_options(synchronize_session=False)
        )
    return _keep(connection_id, wanted)


def _keep(connection_id: UUID, wanted: list[Contact]) -> int:
    if not wanted:
        return 0
    company_id, at = current_company_id(), now()
    before = select(func.count(XeroNewcomer.id)).where(
        XeroNewcomer.connection_id == connection_id,
        XeroNewcomer.xero_contact_id.in_([one.id for one in wanted]),
    )
    known = db.session.scalar(before) or 0
    rows = [
        {
            "company_id": company_id,
            "id": uuid4(),
            "connection_id": connection_id,
            "xero_contact_id": one.id,
            "name": one.name,
            "seen_at": at,
            "created_at": at,
        }
        for one in sorted(wanted, key=lambda one: one.id)
    ]
    kept = insert(XeroNewcomer).values(rows)
    db.session.execute(
        kept.on_conflict_do_update(
            index_elements=["company_id", "connection_id", "xero_contact_id"],
            set_={"name": kept.excluded.name, "seen_at": kept.excluded.seen_at},
        )
    )
    return len(rows) - known


def forget_unseen(connection_id: UUID, since: datetime) -> None:
    """Those that a reading of everything has not met are gone (not committed)."""
    db.session.execute(
        delete(XeroNewcomer)
        .where(XeroNewcomer.connection_id == connection_id, XeroNewcomer.seen_at < since)
        .execution_options(synchronize_session=False)
    )


def count(connection_id: UUID) -> int:
    """How many contacts are nobody's and not ignored, 10,001 for more than 10,000."""
    mapped = exists().where(
        ContactMapping.company_id == XeroNewcomer.company_id,
        ContactMapping.connection_id == XeroNewcomer.connection_id,
        ContactMapping.xero_contact_id == XeroNewcomer.xero_contact_id,
    )
    ignored = exists().where(
        IgnoredContact.company_id == XeroNewcomer.company_id,
        IgnoredContact.connection_id == XeroNewcomer.connection_id,
        IgnoredContact.xero_contact_id == XeroNewcomer.xero_contact_id,
    )
    found = select(XeroNewcomer.id).where(XeroNewcomer.connection_id == connection_id, ~mapped, ~ignored)
    return db.session.scalar(select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery())) or 0
