"""The kinds of operation and what carries each out."""

from collections.abc import Callable
from dataclasses import dataclass

from app.sync import operations
from app.sync.connections import current_connection, note_broken
from app.sync.run import Run
from app.xero.errors import ReconnectNeeded

MAX_ATTEMPTS = 10
"""In a row: a step that gets done begins the count anew (`Run.step`)."""
RETRY_SECONDS = (2, 5, 10, 20, 45, 120, 300, 900, 3600)
"""How long after each attempt the next one is made; a little is added by chance so that they do not come at once."""

FILING_RETRY_SECONDS = (15, 90, 300)
"""A document is tried three times more by itself, then a person is asked (requirements E3)."""


def _nobody(_run: Run, _state: str, _sentence: str | None) -> None:
    """For kinds whose subject shows nothing of them."""


@dataclass(frozen=True)
class Kind:
    """`carry_out(run)` does it, raising what `app.sync.outcomes` and `app.xero.errors` name; `tell_subject` writes
    the ending on the row that people look at."""

    carry_out: Callable[[Run], None]
    tell_subject: Callable[[Run, str, str | None], None] = _nobody
    attempts: int = MAX_ATTEMPTS
    retry_seconds: tuple[int, ...] = RETRY_SECONDS

    def connection_broke(self, _run: Run, error: ReconnectNeeded) -> None:
        """Xero no longer takes our sign-in: the connection says so until somebody reconnects."""
        connection = current_connection()
        if connection is not None and connection.is_live:
            note_broken(connection, error.sentence)


def kind_of(name: str) -> Kind:
    """The kind by the name that stands in the row."""
    from app.sync import checks, jobs, staff
    from app.sync.contacts import (
        doing,
        groups,
        importing,
        imports,
        planning,
        previewing,
        pushing,
        reading,
        undoing,
    )
    from app.sync.files import folders
    from app.sync.files import pushing as filing
    from app.sync.invoices import changing, sending
    from app.sync.invoices import reading as invoice_reading
    from app.sync.invoices import time as job_time
    from app.sync.lists import making as tracking
    from app.sync.lists import reading as lists

    return {
        operations.CREATE_JOB: Kind(jobs.create, jobs.tell_request),
        operations.READ_STAFF: Kind(staff.read),
        operations.CHECK_CONNECTION: Kind(checks.check),
        operations.READ_CHANGES: Kind(reading.read_changes),
        operations.RECONCILE_CONTACTS: Kind(reading.reconcile),
        operations.EXCHANGE_CONTACTS: Kind(pushing.exchange),
        operations.SYNC_GROUPS: Kind(groups.sync),
        operations.PLAN_CONTACTS: Kind(planning.work_out),
        operations.DO_PLAN: Kind(doing.do),
        operations.PREVIEW_CONTACTS: Kind(previewing.read, imports.tell),
        operations.IMPORT_CONTACTS: Kind(importing.carry_out, imports.tell),
        operations.UNDO_CONTACTS: Kind(undoing.carry_out, imports.tell),
        operations.PUSH_DOCUMENT: Kind(filing.push, filing.tell_document, 4, FILING_RETRY_SECONDS),
        operations.MAKE_FOLDER: Kind(folders.make),
        operations.READ_LISTS: Kind(lists.read),
        operations.MAKE_TRACKING: Kind(tracking.make),
        operations.SEND_INVOICES: Kind(sending.send, sending.tell_invoices),
        operations.CHANGE_INVOICE: Kind(changing.change, changing.tell_invoice),
        operations.READ_INVOICES: Kind(invoice_reading.read_changes),
        operations.READ_TIME: Kind(job_time.read),
    }[name]
