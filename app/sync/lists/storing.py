"""The lists as we keep them, brought in line with what Xero told: a row an entry for ever, so that what is mapped to it
stays mapped when it is renamed, and is still known when it is archived or gone."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.extensions import db
from app.models import XeroListEntry, now
from app.models.xero_list import ACTIVE, GONE
from app.sync.contacts.bulk import insert_rows, update_rows
from app.sync.lists.seen import Seen
from app.sync.lists.words import label

Row = dict[str, Any]
_COMPARED = ("name", "code", "parent_xero_id", "status", "for_sales", "details")


def store(connection_id: UUID, seen: Iterable[Seen]) -> Counter[str]:
    """Bring our rows in line (not committed); four statements. Counts: entries, new, changed, renamed, left, back."""
    at, counts = now(), Counter[str]()
    known = _known(connection_id)
    new, changed = [], []
    for one in seen:
        counts["entries"] += 1
        before = known.pop(one.key, None)
        if before is None:
            new.append(_new(connection_id, one, at))
        elif any(before[name] != getattr(one, name) for name in _COMPARED):
            changed.append(_changed(before, one, at, counts))
    changed += [_gone(before, at, counts) for before in known.values() if before["status"] != GONE]
    counts["new"], counts["changed"] = len(new), len(changed)
    insert_rows(XeroListEntry, new)
    update_rows(XeroListEntry, changed)
    db.session.execute(
        update(XeroListEntry)
        .where(XeroListEntry.connection_id == connection_id, XeroListEntry.status != GONE)
        .values(seen_at=at)
        .execution_options(synchronize_session=False)
    )
    return +counts


def _known(connection_id: UUID) -> dict[tuple[str, str], Row]:
    table = XeroListEntry
    rows = db.session.execute(
        select(
            table.id,
            table.kind,
            table.xero_id,
            table.previous_name,
            table.renamed_at,
            table.left_at,
            *(getattr(table, name) for name in _COMPARED),
        ).where(table.connection_id == connection_id)
    )
    return {(row.kind, row.xero_id): dict(row._mapping) for row in rows}


def _columns(one: Seen) -> Row:
    return {name: getattr(one, name) for name in _COMPARED}


def _new(connection_id: UUID, one: Seen, at: datetime) -> Row:
    return {
        "id": uuid4(),
        "connection_id": connection_id,
        "kind": one.kind,
        "xero_id": one.xero_id,
        **_columns(one),
        "previous_name": None,
        "renamed_at": None,
        "left_at": None if one.status == ACTIVE else at,
        "seen_at": at,
    }


def _changed(before: Row, one: Seen, at: datetime, counts: Counter[str]) -> Row:
    row = {
        "id": before["id"],
        **_columns(one),
        **{name: before[name] for name in ("previous_name", "renamed_at", "left_at")},
    }
    was, is_now = label(one.kind, before["code"], before["name"]), label(one.kind, one.code, one.name)
    if was != is_now:
        row["previous_name"], row["renamed_at"] = was, at
        counts["renamed"] += 1
    if one.status == ACTIVE:
        counts["back"] += before["status"] != ACTIVE
        row["left_at"] = None
    elif before["status"] == ACTIVE:
        counts["left"] += 1
        row["left_at"] = at
    return row


def _gone(before: Row, at: datetime, counts: Counter[str]) -> Row:
    """Xero no longer tells of it: an item that was deleted is simply not in the list any more."""
    counts["left"] += before["status"] == ACTIVE
    kept = {name: before[name] for name in (*_COMPARED, "previous_name", "renamed_at")}
    return {"id": before["id"], **kept, "status": GONE, "left_at": before["left_at"] or at}
