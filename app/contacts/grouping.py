"""What a person says of a tag whose group was deleted in Xero, or of a group whose tag was deleted here. The caller
commits."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update

from app.audit import record as audit
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import ClientTag, Company, Connection, ContactMapping, Tag, TagMapping
from app.models.operation import NORMAL
from app.sync.contacts import pulling

NO_LONGER = "There is nothing to decide here any more: tag and group are both there, or apart."


def rows(connection_id: UUID) -> list[Row[Any]]:
    """Tags with their groups, by name, those that need a person first. Row: id, tag (its name, None: deleted here),
    name (when they last agreed), state, clients (how many have the tag)."""
    clients = (
        select(func.count(ClientTag.id))
        .where(ClientTag.tag_id == TagMapping.tag_id, ClientTag.company_id == TagMapping.company_id)
        .correlate(TagMapping)
        .scalar_subquery()
    )
    settled = (TagMapping.state == "live") & Tag.id.is_not(None)
    return list(
        db.session.execute(
            select(
                TagMapping.id,
                Tag.name.label("tag"),
                TagMapping.name,
                TagMapping.state,
                clients.label("clients"),
            )
            .outerjoin(Tag, (Tag.id == TagMapping.tag_id) & (Tag.company_id == TagMapping.company_id))
            .where(TagMapping.connection_id == connection_id)
            .order_by(settled, TagMapping.name, TagMapping.id)
        )
    )


def find(mapping_id: UUID) -> TagMapping | None:
    return db.session.scalar(select(TagMapping).where(TagMapping.id == mapping_id).with_for_update())


def decide(mapping: TagMapping, wish: str, connection: Connection, by: str) -> str:
    """`wish`: delete (the one that is left), again (make the one that is missing), apart (leave it alone for ever).

    Returns a sentence. Raises `WrongState` when both are there, `Problem` for another wish.
    """
    tag = db.session.scalar(select(Tag).where(Tag.id == mapping.tag_id))
    if mapping.state not in {"live", "group_gone"} or (mapping.state == "live" and tag is not None):
        raise WrongState(NO_LONGER)
    name, group_gone = mapping.name, mapping.state == "group_gone"
    if wish == "apart":
        mapping.state = "apart"
        said = f"“{name}” is left as it is, and not compared any more."
    elif wish == "again":
        _forget_members(mapping)
        db.session.delete(mapping)
        said = f"“{name}” is being made again."
    elif wish == "delete":
        said = _delete_tag(mapping, tag, name) if group_gone else _delete_group(mapping, name)
    else:
        raise Problem("Choose what becomes of it: delete, again or apart.")
    audit.record("contacts.group", audit.Subject("connection", connection.id, name), None, {"what": wish})
    db.session.flush()
    pulling.plan_groups(connection, by, NORMAL)
    return said


def _forget_members(mapping: TagMapping) -> None:
    """Begin afresh: that nobody has a tag which is only just made again is no wish to empty its group."""
    key = mapping.xero_group_id
    db.session.execute(
        update(ContactMapping)
        .where(
            ContactMapping.connection_id == mapping.connection_id, ContactMapping.agreed_groups.has_key(key)
        )
        .values(agreed_groups=ContactMapping.agreed_groups.op("-")(key))
        .execution_options(synchronize_session=False)
    )


def _delete_tag(mapping: TagMapping, tag: Tag | None, name: str) -> str:
    if tag is not None:
        db.session.execute(delete(ClientTag).where(ClientTag.tag_id == tag.id))
        db.session.delete(tag)
    db.session.delete(mapping)
    return f"The tag “{name}” is deleted here as well."


def _delete_group(mapping: TagMapping, name: str) -> str:
    if db.session.scalars(select(Company.contact_groups)).one() != "both":
        raise WrongState(
            "Nothing is written to groups in Xero as the practice’s settings stand. Delete the group there, or change"
            " the settings."
        )
    mapping.state = "to_delete"
    return f"The group “{name}” is being deleted in Xero; its contacts stay."
