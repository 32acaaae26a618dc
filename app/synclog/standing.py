"""How each kind of work with Xero stands: when it last succeeded, and what is the matter since, if anything."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, union_all

from app.extensions import db
from app.models import Operation
from app.models.operation import OPEN_STATES
from app.sync.operations import KINDS


@dataclass(frozen=True)
class Standing:
    """Of one kind that was ever planned. `state`: waiting or retry while some stand so, failed when the newest ending
    was one, done when it was a success, queued before there was any. `tries`: the most failed ones in a row of those
    that are tried again; `count`: how many stand in that state. `error` and `operation_id` are the failed one's."""

    kind: str
    last_success: datetime | None
    state: str
    count: int = 0
    tries: int = 0
    error: str | None = None
    operation_id: UUID | None = None


def standings() -> list[Standing]:
    """Every kind of which there is anything, in the order of the kinds."""
    done, failed, under_way = _newest("done"), _newest("failed"), _open()
    return [
        _standing(kind, done.get(kind), failed.get(kind), under_way[kind])
        for kind in KINDS
        if kind in done or kind in failed or kind in under_way
    ]


def _standing(
    kind: str, done: Row[Any] | None, failed: Row[Any] | None, under_way: dict[str, Row[Any]]
) -> Standing:
    last = done.finished_at if done else None
    for state in ("waiting", "retry"):
        if row := under_way.get(state):
            return Standing(kind, last, state, row.many, row.tries)
    if failed and (last is None or failed.finished_at > last):
        return Standing(kind, last, "failed", error=failed.error, operation_id=failed.id)
    return Standing(kind, last, "done" if last else "queued")


def _newest(state: str) -> dict[str, Row[Any]]:
    """Kind → the last that ended so. Row: kind, id, finished_at, error."""
    each = [
        select(Operation.kind, Operation.id, Operation.finished_at, Operation.error)
        .where(Operation.kind == kind, Operation.state == state, Operation.finished_at.is_not(None))
        .order_by(Operation.finished_at.desc())
        .limit(1)
        .subquery()
        for kind in KINDS
    ]
    return _by_kind(db.session.execute(union_all(*(select(one) for one in each))))


def _open() -> defaultdict[str, dict[str, Row[Any]]]:
    """Kind → state → how many operations are under way. Row: kind, state, many, tries."""
    rows: Iterable[Row[Any]] = db.session.execute(
        select(
            Operation.kind,
            Operation.state,
            func.count(Operation.id).label("many"),
            func.max(Operation.attempts).label("tries"),
        )
        .where(Operation.state.in_(OPEN_STATES))
        .group_by(Operation.kind, Operation.state)
    )
    found: defaultdict[str, dict[str, Row[Any]]] = defaultdict(dict)
    for row in rows:
        found[row.kind][row.state] = row
    return found


def _by_kind(rows: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    return {row.kind: row for row in rows}
