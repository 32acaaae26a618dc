"""The demonstration's clients and contacts in agreement, but for one phone number that was changed on both sides."""

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from app.demonstration.simulated import SimulatedPast
from app.extensions import db
from app.models import (
    Client,
    Connection,
    ContactConflict,
    ContactMapping,
    ContactPlan,
    ContactPlanRow,
    Tag,
    TagMapping,
    now,
)
from app.sync.contacts.fields import of_client, of_contact

BEFORE, THEIRS = "02 5550 0100", "02 5550 0199"


def compare(connection: Connection, past: SimulatedPast, admin: str) -> None:
    """Every mapped client was compared an hour ago; the first one by name stands in conflict."""
    contacts = {contact.id: contact for contact in past.contacts()}
    rows = db.session.execute(
        select(ContactMapping, Client)
        .join(ContactMapping.client)
        .where(ContactMapping.connection_id == connection.id)
        .order_by(Client.sort_name)
    ).all()
    at = now() - timedelta(hours=1)
    for mapping, client in rows:
        contact = contacts.get(mapping.xero_contact_id)
        if contact is not None:
            ours, theirs = of_client(client), of_contact(contact)
            mapping.agreed = {name: value for name, value in ours.items() if value == theirs[name]}
            mapping.agreed_at, mapping.contact_updated_at = at, contact.updated_at
    if rows:
        _conflict(connection, past, *rows[0], admin)
    tag = db.session.scalar(select(Tag).order_by(Tag.sort_name).limit(1))
    if tag is not None:
        group_id = past.group(tag.name)
        db.session.add(
            TagMapping(connection_id=connection.id, tag_id=tag.id, xero_group_id=group_id, name=tag.name)
        )


def _conflict(
    connection: Connection, past: SimulatedPast, mapping: ContactMapping, client: Client, admin: str
) -> None:
    past.call_from(mapping.xero_contact_id, THEIRS)
    mapping.agreed = {**mapping.agreed, "phone": BEFORE}
    client.phone = client.phone or "02 5550 0142"
    values = {"ours": client.phone, "theirs": THEIRS, "agreed": BEFORE}
    db.session.flush()
    db.session.add(ContactConflict(client_id=client.id, mapping_id=mapping.id, field="phone", **values))
    seen = sha256(f"{client.phone}{THEIRS}{BEFORE}".encode()).hexdigest()
    plan = ContactPlan(
        connection_id=connection.id,
        asked_by=admin,
        state="ready",
        read_at=now() - timedelta(minutes=50),
        created_at=now() - timedelta(minutes=51),
        seen=sha256(seen.encode()).hexdigest(),
        counts={"rows": 1, "conflict": 1, "calls": 1, "pages": 1},
    )
    db.session.add(plan)
    db.session.flush()
    db.session.add(
        ContactPlanRow(
            plan_id=plan.id,
            client_id=client.id,
            xero_contact_id=mapping.xero_contact_id,
            label=client.sort_name,
            what={"conflict": 1},
            fields={"phone": {"what": "conflict", **values}},
            seen=seen,
        )
    )
