"""History and notes of a record (facts 4.6). A note can be neither changed, removed nor dated back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.xero.accounting.calls import AccountingCalls
from app.xero.addresses import segment
from app.xero.dates import instant, twin
from app.xero.shapes import Record, first, several, text

Noun = Literal["Contacts", "Invoices", "Payments", "Items"]
LONGEST_NOTE = 2500


@dataclass(frozen=True)
class HistoryRecord:
    """One line of a record's history.

    User is a name as Xero shows it, "System Generated" for notes of ours.
    """

    details: str
    changes: str
    user: str
    at: datetime | None


class HistoryCalls(AccountingCalls):
    def history(self, noun: Noun, record_id: str) -> list[HistoryRecord]:
        """The history of one record, by Xero's id. Needs the scope of the record itself."""
        reply = self._get(f"/{noun}/{segment(record_id)}/History")
        return [_line(row) for row in several(reply, "HistoryRecords")]

    def add_note(self, noun: Noun, record_id: str, note: str, key: str | None = None) -> HistoryRecord:
        """Write a note (≤ 2,500 characters; raises ValueError for more)."""
        if not 0 < len(note) <= LONGEST_NOTE:
            raise ValueError(f"a note has 1 to {LONGEST_NOTE} characters")
        body = {"HistoryRecords": [{"Details": note}]}
        reply = self._send("PUT", f"/{noun}/{segment(record_id)}/History", body, key)
        return _line(first(reply, "HistoryRecords"))


def _line(row: Record) -> HistoryRecord:
    return HistoryRecord(
        details=text(row, "Details"),
        changes=text(row, "Changes"),
        user=text(row, "User"),
        at=instant(twin(row, "DateUTC")),
    )
