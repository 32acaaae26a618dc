"""A tag as such, for all its clients at once: where it is used, another name, gone. Nothing here commits.

A tag's counterpart in Xero is a contact group (`TagMapping`). A new name is carried over, where the practice keeps both
alike; what becomes of the group of a tag that goes is said by whoever deletes it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, select
from sqlalchemy.exc import IntegrityError

from app.audit import record as audit
from app.clients.tags import checked_name
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.models import Client, ClientTag, Company, Tag, TagMapping
from app.models.operation import NORMAL
from app.sync.connections import current_connection
from app.sync.contacts import pulling

KEEP, DELETE = "keep", "delete"
"""What becomes of the group in Xero."""


def tags_in_use() -> list[Row[Any]]:
    """The practice's tags by name. Row: id, name, clients and archived (how many have it), group (what its contact
    group was called when both last agreed; None without one in the organisation that is connected), group_state."""
    connection = current_connection()
    used = (
        select(
            ClientTag.tag_id,
            func.count().filter(Client.archived_at.is_(None)).label("clients"),
            func.count(Client.archived_at).label("archived"),
        )
        .join(Client, and_(Client.id == ClientTag.client_id, Client.company_id == ClientTag.company_id))
        .group_by(ClientTag.tag_id)
        .subquery()
    )
    paired = and_(
        TagMapping.tag_id == Tag.id,
        TagMapping.company_id == Tag.company_id,
        TagMapping.connection_id == (connection.id if connection else None),
    )
    return list(
        db.session.execute(
            select(
                Tag.id,
                Tag.name,
                func.coalesce(used.c.clients, 0).label("clients"),
                func.coalesce(used.c.archived, 0).label("archived"),
                TagMapping.name.label("group"),
                TagMapping.state.label("group_state"),
            )
            .outerjoin(used, used.c.tag_id == Tag.id)
            .outerjoin(TagMapping, paired)
            .order_by(Tag.sort_name)
        )
    )


def one_in_use(tag_id: UUID) -> Row[Any] | None:
    """The tag, as `tags_in_use` has it."""
    return next((row for row in tags_in_use() if row.id == tag_id), None)


def group_setting() -> str:
    """How the practice keeps tags and contact groups: off, read (Xero's come here) or both; off when not connected."""
    setting: str = db.session.scalars(select(Company.contact_groups)).one()
    return setting if current_connection() else "off"


def rename(tag_id: UUID, name: str | None, by: str) -> str:
    """Another name for all its clients, and for its group where the practice keeps both alike; the name as it stands.
    Raises `Problem` 422 at `tag`, 404 for a tag that is gone."""
    tag, text = _locked(tag_id), checked_name(name)
    before = tag.name
    if text == before:
        return text
    try:
        with db.session.begin_nested():
            tag.name, tag.sort_name = text, text.casefold()
    except IntegrityError:
        raise field_problem(
            "tag",
            f"There is a tag “{text}” already. To make one of two, give its clients that one, then delete this one.",
        ) from None
    audit.record("tag.renamed", tag, {"name": before}, {"name": text})
    _bring_together(by)
    return text


def remove(tag_id: UUID, group: str, by: str) -> int:
    """Take the tag from everybody and delete it; how many clients had it. `group`: `KEEP` or `DELETE` the one in Xero,
    of which there may be none. Raises `Problem` 422 at `group`, `WrongState` where groups are not ours to delete."""
    tag = _locked(tag_id)
    mapping = _mapping_of(tag)
    told = _part(mapping, group) if mapping else None
    had = db.session.scalars(
        delete(ClientTag).where(ClientTag.tag_id == tag.id).returning(ClientTag.id)
    ).all()
    audit.record(
        "tag.deleted", tag, {"name": tag.name, "clients": len(had)}, {"group": told} if told else None
    )
    db.session.delete(tag)
    db.session.flush()
    _bring_together(by)
    return len(had)


def _locked(tag_id: UUID) -> Tag:
    tag = db.session.scalar(select(Tag).where(Tag.id == tag_id).with_for_update())
    if tag is None:
        raise Problem("This tag is not there any more.", code="not_found", status=404)
    return tag


def _mapping_of(tag: Tag) -> TagMapping | None:
    """In the organisation that is connected. Where groups are left alone it is asked about when they no longer are."""
    connection = current_connection()
    if connection is None or group_setting() == "off":
        return None
    mine = TagMapping.tag_id == tag.id, TagMapping.connection_id == connection.id
    return db.session.scalar(select(TagMapping).where(*mine).with_for_update())


def _part(mapping: TagMapping, group: str) -> str | None:
    """Write down what becomes of the group; in words for the audit log."""
    if mapping.state == "group_gone":
        db.session.delete(mapping)
        return None
    if mapping.state != "live":
        return None
    if group not in {KEEP, DELETE}:
        raise field_problem("group", "Choose what becomes of the contact group in Xero.")
    if group == DELETE and group_setting() != "both":
        raise WrongState("Nothing is written to groups in Xero as the practice’s settings stand.")
    mapping.state = "apart" if group == KEEP else "to_delete"
    return "kept in Xero" if group == KEEP else "deleted in Xero"


def _bring_together(by: str) -> None:
    connection = current_connection()
    if connection is not None and group_setting() != "off":
        pulling.plan_groups(connection, by, NORMAL)
