"""The sync log and the call log as spreadsheet files, row by row."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row

from app.spreadsheets import csv_line
from app.synclog.words import MOVES, STATES, kind_name

HEADINGS = ("When", "What", "For", "State", "Failed tries", "Error", "Whose move", "Asked for by", "Finished")
CALL_HEADINGS = (
    "When",
    "Method",
    "Path",
    "Status",
    "Milliseconds",
    "Error",
    "Left this minute",
    "Left today",
    "Correlation id",
    "Operation",
)


def call_lines(rows: Iterable[Row[Any]]) -> Iterator[str]:
    """The call log's file, as `csv_lines`. Bodies are left out: each call's page shows its own."""
    yield "\ufeff" + csv_line(CALL_HEADINGS)
    for row in rows:
        yield csv_line(
            (
                row.at.isoformat(timespec="milliseconds"),
                row.method,
                row.path,
                row.status,
                row.duration_ms,
                row.error_code,
                row.minute_left,
                row.day_left,
                row.correlation_id,
                row.operation_id,
            )
        )


def csv_lines(rows: Iterable[Row[Any]]) -> Iterator[str]:
    """The file in pieces: a byte order mark, which spreadsheet programs need to read UTF-8, headings, rows."""
    yield "\ufeff" + csv_line(HEADINGS)
    for row in rows:
        yield csv_line(
            (
                row.created_at.isoformat(timespec="seconds"),
                kind_name(row.kind),
                row.subject_label,
                STATES[row.state],
                row.attempts,
                row.error,
                MOVES.get(row.whose_move or "", ""),
                row.requested_by,
                row.finished_at.isoformat(timespec="seconds") if row.finished_at else "",
            )
        )
