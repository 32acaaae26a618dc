"""What is stuck: a card for each cause, with all that it blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.extensions import db
from app.models import Cause, Operation
from app.sync.causes import CHARGE, CONTACT, EARLY, OFFICE
from app.sync.lists import impact

EACH = 5


@dataclass(frozen=True)
class Card:
    """Causes that are mended together: of mappings those with one sentence, else each for itself."""

    causes: Sequence[Cause]
    operations: int
    invoices: int

    @property
    def cause(self) -> Cause:
        """The one whose remedy the card offers: the oldest."""
        return self.causes[0]

    @property
    def blocked(self) -> int:
        return self.operations + self.invoices


def cards() -> list[Card]:
    """What blocks something or soon will, most blocking first."""
    found = []
    for causes, operations in _open().values():
        first = causes[0]
        invoices = 0
        if first.kind in {CHARGE, OFFICE, CONTACT}:
            invoices = impact.blocked_by(first.kind, [cause.subject for cause in causes])
        if operations or invoices or first.kind in EARLY:
            found.append(Card(causes, operations, invoices))
    return sorted(found, key=lambda card: (-card.blocked, card.cause.created_at))


def _open() -> dict[tuple[str, str], tuple[list[Cause], int]]:
    rows = db.session.execute(
        select(Cause, func.count(Operation.id))
        .outerjoin(Operation, Operation.cause_id == Cause.id)
        .where(Cause.resolved_at.is_(None))
        .group_by(Cause.company_id, Cause.id)
        .order_by(Cause.created_at, Cause.id)
    )
    found: dict[tuple[str, str], tuple[list[Cause], int]] = {}
    for cause, count in rows:
        alike = cause.sentence if cause.kind in EARLY else cause.subject
        before, blocked = found.get((cause.kind, alike), ([], 0))
        found[cause.kind, alike] = ([*before, cause], blocked + count)
    return found


def operations_of(shown: Sequence[Card]) -> dict[UUID, list[Row[Any]]]:
    """For each card, by its first cause's id, the first few operations that wait for it, oldest first. Row: id, kind,
    subject_id, subject_label, created_at."""
    place = func.row_number().over(
        partition_by=Operation.cause_id, order_by=(Operation.created_at, Operation.id)
    )
    card_of = {cause.id: card.cause.id for card in shown for cause in card.causes}
    ranked = (
        select(
            Operation.id,
            Operation.kind,
            Operation.subject_id,
            Operation.subject_label,
            Operation.created_at,
            Operation.cause_id,
            place.label("place"),
        )
        .where(Operation.cause_id.in_(card_of))
        .subquery()
    )
    found: dict[UUID, list[Row[Any]]] = {card.cause.id: [] for card in shown}
    for row in db.session.execute(select(ranked).where(ranked.c.place <= EACH).order_by(ranked.c.place)):
        found[card_of[row.cause_id]].append(row)
    return {card_id: rows[:EACH] for card_id, rows in found.items()}
