"""The audit log as files: CSV for spreadsheets, JSON lines for programs that check the chain themselves."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.audit.chain import canonical
from app.audit.diff import sentence
from app.audit.words import SUBJECTS, act, role
from app.spreadsheets import csv_line

HEADINGS = (
    *("Number", "When", "Who", "Role", "What", "About", "Name", "What changed"),
    *("Address", "Program", "Request", "Hash"),
)


def csv_lines(rows: Iterable[Row[Any]]) -> Iterator[str]:
    """The file in pieces: a byte order mark, which spreadsheet programs need to read UTF-8, headings, rows."""
    yield "\ufeff" + csv_line(HEADINGS)
    for row in rows:
        yield csv_line(
            (
                row.sequence,
                row.at.isoformat(timespec="seconds"),
                row.actor_name,
                role(row.actor_role),
                act(row.what),
                SUBJECTS.get(row.subject_kind or "", row.subject_kind),
                row.subject_label,
                sentence(row.before, row.after),
                row.address,
                row.agent,
                row.correlation_id,
                row.hash,
            )
        )


def json_lines(rows: Iterable[Row[Any]], company_id: UUID) -> Iterator[str]:
    """One object a line: the form that is hashed, and the hash. Whoever takes `hash` out and writes the rest with
    sorted keys, without spaces and in ASCII has what SHA-256 was taken of."""
    for row in rows:
        hashed = canonical({**row._mapping, "company_id": company_id})
        yield (
            json.dumps({**json.loads(hashed), "hash": row.hash}, sort_keys=True, separators=(",", ":")) + "\n"
        )
