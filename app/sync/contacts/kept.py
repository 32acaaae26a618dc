"""What became of the clients of a creating call, written down: mapped, or refused with the reason."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import ContactErrand, ContactMapping, now
from app.models.base import Json
from app.sync import causes
from app.sync.contacts import errands
from app.sync.contacts.fields import Values, of_contact
from app.sync.contacts.looking import Wanted
from app.sync.names import normal_name
from app.tenancy import current_company_id
from app.xero.accounting.contacts import Contact

TAKEN = ("is already assigned to another contact", "must be unique")
"""How Xero says that a name or number is another contact's."""
_REMEDY = {
    "contact_name_taken": "Choose that contact for this client, or rename one of the two.",
    "validation": "Change the client, and it is sent again.",
}


def refuse(one: Wanted, sentence: str, code: str, counts: Counter[str]) -> None:
    """The client's contact is not made, for this reason (not committed)."""
    errands.refuse(one.client_id, one.asked_at, sentence, code)
    counts["refused"] += 1


def plain(contact: Contact) -> Json:
    """A contact as a step's result keeps it."""
    agreed = of_contact(contact)
    return {
        "id": contact.id,
        "name": contact.name,
        "updated_at": contact.updated_at.isoformat() if contact.updated_at else None,
        "values": agreed,
    }


def keep(connection_id: UUID, batch: dict[str, Wanted], result: Json, counts: Counter[str]) -> None:
    """`result`: made (number → `plain`) and refused (number → what Xero said); whoever stands in neither is made anew
    (not committed)."""
    for number, one in sorted(batch.items(), key=lambda item: item[1].client_id):
        made = result["made"].get(number)
        if made is not None:
            _map_plain(connection_id, one, made)
            counts["created"] += 1
            errands.done([(one.client_id, one.asked_at)])
        elif said := result["refused"].get(number):
            code = "contact_name_taken" if any(word in said for word in TAKEN) else "validation"
            refuse(one, f"Xero refused it: {said} {_REMEDY[code]}", code, counts)
    _unmark(list(batch.values()))


def _map_plain(connection_id: UUID, one: Wanted, made: Json) -> None:
    """What both have is what they agree on; where Xero has stored something else, it is compared next."""
    agreed = {name: value for name, value in made["values"].items() if value == one.values[name]}
    updated_at = datetime.fromisoformat(made["updated_at"]) if made["updated_at"] else None
    _insert(connection_id, one.client_id, made["id"], made["name"], updated_at, "created", agreed)


def map_found(connection_id: UUID, client_id: UUID, contact: Contact, how: str) -> bool:
    """Map the contact unless it, or the client, is mapped already; whether that was done (not committed)."""
    return _insert(connection_id, client_id, contact.id, contact.name, contact.updated_at, how, {})


def _insert(
    connection_id: UUID,
    client_id: UUID,
    contact_id: str,
    name: str,
    updated_at: datetime | None,
    how: str,
    agreed: Values,
) -> bool:
    at = now()
    made = db.session.scalar(
        insert(ContactMapping)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            client_id=client_id,
            xero_contact_id=contact_id,
            contact_name=name,
            found_by=how,
            contact_status="ACTIVE",
            contact_updated_at=updated_at,
            agreed=agreed,
            agreed_at=at if agreed else None,
            agreed_groups={},
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ContactMapping.id)
    )
    if made is not None:
        # What waited for it, such as the client's documents and invoices, goes on.
        causes.resolve(causes.CONTACT, client_id)
    return made is not None


def _unmark(batch: Iterable[Wanted]) -> None:
    db.session.execute(
        update(ContactErrand)
        .where(ContactErrand.client_id.in_([one.client_id for one in batch]))
        .values(batch=None, sent_at=None)
        .execution_options(synchronize_session=False)
    )


def is_this(contact: Contact, one: Wanted) -> bool:
    """Whether a contact that has the client's number is that client's."""
    return normal_name(contact.name) == normal_name(one.values["name"])
