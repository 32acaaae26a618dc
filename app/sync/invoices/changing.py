"""One invoice changed in Xero: new contents while it is a draft, its next status, or its end.

Read first: Xero may have moved on, and then nothing is changed and people are told. What is written are absolute values
by Xero's id, so a change whose answer was lost is found done by the next look, or is simply done again.
"""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select

from app.extensions import db
from app.models import Invoice
from app.sync.invoices import online
from app.sync.invoices.bodies import WITH_LINES, fields_of
from app.sync.invoices.checking import problem_of
from app.sync.invoices.reached import needs_consent
from app.sync.invoices.rules import TARGET, done_already, refusal, standing
from app.sync.invoices.taking import take
from app.sync.live import connection_of, transport_of
from app.sync.outcomes import Needless
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.invoice_shapes import Invoice as Told
from app.xero.accounting.invoice_shapes import InvoiceFields, Line
from app.xero.errors import Permanent

MOVED = "It was changed in Xero since it was read last, so nothing was changed there"


@dataclass(frozen=True)
class Wish:
    """What is to be done, as this run has seen it."""

    change: str
    revision: int
    xero_invoice_id: str


def change(run: Run) -> None:
    """Do what is wished for the invoice, wishes that come meanwhile too. Raises `Blocked`, `Needless` (with what people
    are told), `app.xero.errors.XeroError`, `LeaseLost`."""
    connection = connection_of(run)
    needs_consent(connection)
    connection_id, accounting = connection.id, AccountingApi(transport_of(run, connection))
    while (wish := _wish(run, connection_id)) is not None:
        told = _done(run, accounting, wish)
        _keep(run, wish, told)
        if told.status == "AUTHORISED":
            online.read_some(run, accounting, connection_id, Counter())


def _wish(run: Run, connection_id: UUID) -> Wish | None:
    """What is wished now; None as `Run.last_look` means it."""
    run.last_look()
    row = _row(run)
    if row is None or row.change is None or row.xero_invoice_id is None:
        return None
    if row.connection_id != connection_id:
        raise Needless(
            "The invoice belongs to another organisation, which the practice is not connected to any more."
        )
    return Wish(row.change, row.revision, row.xero_invoice_id)


def _row(run: Run, *, locked: bool = False) -> Invoice | None:
    statement = select(Invoice).where(Invoice.id == run.operation.subject_id).options(*WITH_LINES)
    if locked:
        statement = statement.with_for_update(of=Invoice)
    return db.session.scalar(statement.execution_options(populate_existing=True))


def _done(run: Run, accounting: AccountingApi, wish: Wish) -> Told:
    """The invoice as it stands in Xero once the wish is fulfilled there."""
    try:
        found = accounting.invoice(wish.xero_invoice_id)
    except Permanent as gone:
        if gone.code != "not_found":
            raise
        raise Needless("Xero does not know this invoice any more, so nothing was changed.") from gone
    if done_already(wish.change, found.status):
        return found
    why = refusal(wish.change, found.status, paid=bool(found.paid or found.credited))
    if why is not None:
        _take(run, found)
        raise Needless(f"Nothing was changed in Xero: {why}.")
    if wish.change == "update":
        return _update(run, accounting, wish, found)
    return accounting.set_invoice_status(wish.xero_invoice_id, TARGET[wish.change], str(uuid4()))


def _update(run: Run, accounting: AccountingApi, wish: Wish, found: Told) -> Told:
    row = _row(run)
    assert row is not None
    known_lines = frozenset(line.id for line in found.lines)
    fields = fields_of(row, found.contact_id, found.status, known_lines)
    if _same(found, fields):
        return found
    known = row.xero_updated_at
    if known is not None and found.updated_at is not None and found.updated_at > known:
        _take(run, found)
        raise Permanent(
            "changed_in_xero",
            f"{MOVED}: it is {standing(found.status)} over {found.total} {found.currency}. Look at it in Xero; saving"
            " it here again overwrites what stands there.",
            whose_move="practice",
        )
    problem = problem_of(row)
    if problem is not None:
        raise Permanent("not_sendable", problem.sentence, whose_move="practice")
    return accounting.update_invoice(wish.xero_invoice_id, fields, str(uuid4()))


def _same(found: Told, fields: InvoiceFields) -> bool:
    """Whether Xero has it as we would send it: then an earlier call whose answer was lost has done it."""
    head = (found.reference, found.issue_date, found.due_date, found.line_amounts)
    ours = (fields.reference, fields.issue_date, fields.due_date, fields.line_amounts)
    if head != ours or len(found.lines) != len(fields.lines):
        return False
    return all(_same_line(theirs, line) for theirs, line in zip(found.lines, fields.lines, strict=True))


def _same_line(theirs: Line, ours: Line) -> bool:
    """What we leave to Xero (an account's own tax rate) is no difference."""
    left_to_xero = all(
        not wanted or wanted == had
        for wanted, had in (
            (ours.account_code, theirs.account_code),
            (ours.tax_type, theirs.tax_type),
            (ours.item_code, theirs.item_code),
        )
    )
    return (
        left_to_xero
        and theirs.description == ours.description
        and theirs.quantity == ours.quantity
        and theirs.unit_amount == ours.unit_amount
        and (theirs.discount_rate or 0) == (ours.discount_rate or 0)
        and set(theirs.tracking) == set(ours.tracking)
    )


def _take(run: Run, told: Told) -> None:
    """What was found is worth keeping, though nothing was done (committed)."""
    row = _row(run, locked=True)
    if row is not None:
        take([(row, told)])
    run.save()


def _keep(run: Run, wish: Wish, told: Told) -> None:
    """What it came to, and the wish is fulfilled unless there is another by now (committed)."""
    row = _row(run, locked=True)
    if row is not None:
        if (row.change, row.revision) == (wish.change, wish.revision):
            row.change, row.change_error = None, None
        take([(row, told)])
    run.save(attempts=0)


def tell_invoice(run: Run, state: str, sentence: str | None) -> None:
    """Write on the invoice why its change is stuck. One that cannot be done any more is not wished any longer."""
    if state not in {"failed", "waiting", "cancelled"}:
        return
    row = _row(run, locked=True)
    if row is None or row.change is None:
        return
    row.change_error = sentence
    if state == "cancelled":
        row.change = None
