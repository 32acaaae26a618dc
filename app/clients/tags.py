"""Tags of clients. Nothing here commits."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.audit import record as audit
from app.checks import Checks, one_line
from app.errors import field_problem
from app.extensions import db
from app.models import Client, ClientTag, Tag, now
from app.paging import Rows
from app.sync.contacts.changed import clients_changed
from app.tenancy import current_company_id

LONGEST = 100


def all_tags() -> list[Row[UUID, str]]:
    """The practice's tags by name. Row: id, name."""
    return list(db.session.execute(select(Tag.id, Tag.name).order_by(Tag.sort_name)))


def tags_of(client_ids: Iterable[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The tags of each of these clients by name. Row: client_id, id, name."""
    found: dict[UUID, list[Row[Any]]] = {client_id: [] for client_id in client_ids}
    theirs: Rows = (
        select(ClientTag.client_id, Tag.id, Tag.name)
        .join(Tag, (Tag.id == ClientTag.tag_id) & (Tag.company_id == ClientTag.company_id))
        .where(ClientTag.client_id.in_(found))
        .order_by(Tag.sort_name)
    )
    for row in db.session.execute(theirs):
        found[row.client_id].append(row)
    return found


def checked_name(name: str | None) -> str:
    """The name as a tag has it. Raises `Problem` 422 at `tag` for one that is none."""
    checks = Checks()
    text = checks.required("tag", name, "The tag", LONGEST)
    if "," in text or ";" in text:
        checks.wrong("tag", "Write one tag at a time, without commas and semicolons.")
    checks.finish()
    return text


def tag_named(name: str | None) -> Tag:
    """The tag of this name, made if there is none. Raises `Problem` 422 for a name that is none."""
    text = checked_name(name)
    row = {"company_id": current_company_id(), "id": uuid4(), "name": text, "sort_name": text.casefold()}
    fresh = insert(Tag).values(**row, created_at=now())
    # Writing what is there already locks the row: somebody who is deleting this tag is waited for, and it is made anew.
    kept = fresh.on_conflict_do_update(
        index_elements=["company_id", "sort_name"], set_={"sort_name": fresh.excluded.sort_name}
    )
    tag_id = db.session.scalars(kept.returning(Tag.id)).one()
    return db.session.scalars(select(Tag).where(Tag.id == tag_id)).one()


def find_tag(tag_id: UUID | None) -> Tag:
    """One of the practice's tags, which nobody deletes until the commit. Raises `Problem` 422 when there is none of
    this id."""
    # As the keys of its clients would lock it, but before it is found not to be there any more.
    kept = select(Tag).where(Tag.id == tag_id).with_for_update(read=True, key_share=True)
    tag = db.session.scalar(kept) if tag_id else None
    if tag is None:
        raise field_problem("tag", "There is no such tag. Choose one of the practice's tags.")
    return tag


def tag_clients(client_ids: Iterable[UUID], tag: Tag) -> set[UUID]:
    """Give these clients the tag; the ids of those who did not have it."""
    rows = [
        {
            "company_id": current_company_id(),
            "id": uuid4(),
            "client_id": client_id,
            "tag_id": tag.id,
            "created_at": now(),
        }
        for client_id in client_ids
    ]
    if not rows:
        return set()
    fresh = insert(ClientTag).on_conflict_do_nothing(index_elements=["company_id", "client_id", "tag_id"])
    return set(db.session.scalars(fresh.returning(ClientTag.client_id), rows))


def untag_clients(client_ids: Iterable[UUID], tag: Tag) -> set[UUID]:
    """Take the tag from these clients; the ids of those who had it."""
    theirs = delete(ClientTag).where(ClientTag.tag_id == tag.id, ClientTag.client_id.in_(list(client_ids)))
    return set(db.session.scalars(theirs.returning(ClientTag.client_id)))


def add_tag(client: Client, name: str | None) -> Tag:
    """Give the client the tag of this name, and tell it; nothing changes when it has it. Raises `Problem` 422."""
    tag = tag_named(one_line(name))
    if tag_clients([client.id], tag):
        tell_tagged([client], tag)
    return tag


def remove_tag(client: Client, tag: Tag) -> None:
    """Take the tag from the client, and tell it; nothing changes when it does not have it."""
    if untag_clients([client.id], tag):
        tell_tagged([client], tag, gone=True)


def tell_tagged(clients: Collection[Client], tag: Tag, *, gone: bool = False) -> None:
    """Tell the audit log, and Xero's groups, that clients got or lost a tag."""
    what = "client.untagged" if gone else "client.tagged"
    before, after = ({"tag": tag.name}, {"tag": None}) if gone else ({"tag": None}, {"tag": tag.name})
    for client in clients:
        audit.record(what, client, before, after)
    clients_changed([client.id for client in clients if client.archived_at is None], {"tags"})
