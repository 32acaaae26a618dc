"""What may become of an invoice in Xero, by Xero's rules: submit, approve, void, delete. The caller commits."""

from app.audit import record as audit
from app.auth.viewer import Viewer
from app.errors import WrongState
from app.extensions import db
from app.invoices.rows import lock
from app.models import Connection, Invoice
from app.models.operation import INTERACTIVE
from app.sync.connections import needed_connection
from app.sync.invoices import asking
from app.sync.invoices.rules import refusal

MOVES = ("submit", "authorise", "void", "delete")
ADMINS_ONLY = ("authorise", "void")


def allowed(invoice: Invoice, by: Viewer) -> list[str]:
    """Which of `MOVES` this person may ask for now; none while another change is on its way."""
    if invoice.push_state != "sent" or invoice.ended_at is not None or invoice.is_changing:
        return []
    paid, status = bool(invoice.xero_paid or invoice.xero_credited), invoice.xero_status or ""
    mine = (move for move in MOVES if by.is_admin or move not in ADMINS_ONLY)
    return [move for move in mine if refusal(move, status, paid=paid) is None]


def ask(invoice: Invoice, move: str, revision: int, by: Viewer) -> Invoice:
    """Have it done in Xero. Raises `WrongState` when Xero would not take it, or somebody changed it meanwhile."""
    invoice = lock(invoice, revision)
    asking.ask_change(invoice, move, by.name)
    audit.record(f"invoice.{move}", invoice, {"xero_status": invoice.xero_status}, by=by)
    return invoice


def ask_status(invoice: Invoice, by: Viewer) -> None:
    """Have Xero asked now what became of it, and of all others that changed there. Raises `WrongState` when it is not
    there, or there is no connection."""
    if invoice.push_state != "sent":
        raise WrongState(f"{invoice.reference} is not in Xero yet, so there is nothing to read of it.")
    connection: Connection = needed_connection()
    if connection.id != invoice.connection_id:
        raise WrongState("This invoice belongs to another Xero organisation, which is no longer connected.")
    asking.ask_status(connection, by.name, INTERACTIVE)
    db.session.flush()
