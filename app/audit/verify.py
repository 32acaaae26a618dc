"""Whether a company's chain is whole, and whether it still is the one whose head was written down elsewhere."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Row, select

from app.audit.chain import BEGINNING, as_values, hash_of
from app.extensions import db
from app.models import AuditEvent

AT_ONCE = 1000


@dataclass(frozen=True)
class Anchor:
    """A chain's head as it was at a moment, kept where the database's owner cannot reach it."""

    company_id: str
    company: str
    sequence: int
    hash: str
    at: str


@dataclass(frozen=True)
class Finding:
    """What does not hold, at which row."""

    sequence: int
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What was read and found. `sequence` 0: nothing stands in the log yet."""

    sequence: int
    hash: str
    findings: list[Finding]

    @property
    def whole(self) -> bool:
        return not self.findings


def verify(company_id: UUID, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Read the company's whole log in its scope, row by row, and check it against itself and the anchors.

    Changed, inserted, deleted and reordered rows break the chain; an older time than the row before, a backdated one. A
    chain that was rewritten from some row on, or shortened at its end, holds in itself: only an anchor finds that.
    """
    anchored = {anchor.sequence: anchor.hash for anchor in anchors if anchor.company_id == str(company_id)}
    findings: list[Finding] = []
    expected, previous, before = 1, BEGINNING, None
    for row in _rows(company_id):
        findings.extend(_check(row, expected, previous, before))
        if row.sequence in anchored and anchored.pop(row.sequence) != row.hash:
            findings.append(
                Finding(row.sequence, "is not the row that was anchored: the chain was written anew.")
            )
        expected, previous, before = row.sequence + 1, row.hash, row.at
    findings.extend(
        Finding(sequence, "was anchored and is not there any more: rows were taken away.")
        for sequence in sorted(anchored)
    )
    return Verdict(expected - 1, previous, findings)


def _check(row: Row, expected: int, previous: str, before: datetime | None) -> Iterator[Finding]:  # type: ignore[type-arg]
    if row.sequence != expected:
        gap = f"{expected}" if row.sequence - expected == 1 else f"{expected} to {row.sequence - 1}"
        yield Finding(row.sequence, f"does not follow the row before it: {gap} is missing.")
    if row.previous_hash != previous:
        yield Finding(row.sequence, "does not hang on the row before it.")
    if hash_of(as_values(row)) != row.hash:
        yield Finding(row.sequence, "was changed: its contents do not give its hash.")
    if before is not None and row.at < before:
        yield Finding(row.sequence, "was backdated: it is older than the row before it.")


def _rows(company_id: UUID) -> Iterator[Row]:  # type: ignore[type-arg]
    last = 0
    while True:
        rows = db.session.execute(
            select(*AuditEvent.__table__.columns)
            .where(AuditEvent.company_id == company_id, AuditEvent.sequence > last)
            .order_by(AuditEvent.sequence)
            .limit(AT_ONCE)
        ).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].sequence


def read_anchors(file: Path) -> list[Anchor]:
    """The heads written down before, one JSON object a line. Raises ValueError for a line that is none."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    try:
        return [Anchor(**json.loads(line)) for line in lines if line.strip()]
    except (TypeError, json.JSONDecodeError) as unreadable:
        raise ValueError(f"{file} has a line that is no anchor: {unreadable}") from None


def write_anchors(file: Path, anchors: Iterable[Anchor]) -> None:
    """Add these heads to the file; what stands in it stays."""
    with file.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(anchor), ensure_ascii=False) + "\n" for anchor in anchors)
