"""Invoices sent, fifty a call, each once.

Each is judged right before; what cannot be sent is blocked with the reason and the rest goes. Before a call, the
invoices in it are marked with its name and committed with its step. A call whose answer was lost is read back (`lost`):
what our application made in Xero since then, known by the Url that leads back to us.
"""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, select, update

from app.extensions import db
from app.models import Client, Connection, Invoice
from app.sync import causes, successes
from app.sync.contacts.finding import follow
from app.sync.invoices import lost, online
from app.sync.invoices.bodies import WITH_LINES, fields_of
from app.sync.invoices.call import Call
from app.sync.invoices.checking import Problem, problems_of
from app.sync.invoices.locking import locked
from app.sync.invoices.reached import needs_consent, the_connection
from app.sync.invoices.whom import contacts_of
from app.sync.live import transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.invoice_shapes import InvoiceFields

AT_ONCE = 1000
"""Clients whose contacts are looked for together."""
OF_THE_CONTACT = "contact"
"""How Xero's refusals of a contact that was archived, merged or removed speak of it."""


def send(run: Run) -> None:
    """Send every invoice that was asked for, those asked for meanwhile too, and first whoever asked last: they wait for
    it. Raises `Blocked`, `Needless`, `NotYet`, `app.xero.errors.XeroError`, `LeaseLost`."""
    connection = the_connection(run)
    needs_consent(connection)
    connection_id, sender = connection.id, _Sender(run, connection)
    lost.look_for_lost(run, sender.accounting, connection_id, sender.counts)
    while True:
        while waiting := _waiting(connection_id, BATCH):
            sender.send_some(waiting)
        online.read_some(run, sender.accounting, connection_id, sender.counts)
        if _finished(run, connection_id):
            break
    successes.succeeded(run, connection_id, sender.counts)


def _waiting(connection_id: UUID, limit: int) -> list[Row[UUID, UUID]]:
    """The next to be sent. Row: id, client_id."""
    rows = db.session.execute(
        select(Invoice.id, Invoice.client_id)
        .where(_to_send(connection_id))
        .order_by(Invoice.asked_at.desc(), Invoice.id)
        .limit(limit)
    )
    return list(rows)


def _to_send(connection_id: UUID) -> ColumnElement[bool]:
    return and_(
        Invoice.connection_id == connection_id,
        Invoice.push_state == "to_send",
        Invoice.batch.is_(None),
        Invoice.ended_at.is_(None),
    )


def _finished(run: Run, connection_id: UUID) -> bool:
    """Whether nothing waits, as `Run.last_look` means it."""
    run.last_look()
    return not _waiting(connection_id, 1)


class _Sender:
    """One run's sending: the contacts it has learnt, and what it counted."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self.run, self.connection_id = run, connection.id
        self.transport = transport_of(run, connection)
        self.accounting = AccountingApi(self.transport)
        self.counts = Counter[str]()
        self._contacts: dict[UUID, str | Problem] = {}
        self._followed = set[UUID]()

    def send_some(self, waiting: list[Row[UUID, UUID]]) -> None:
        """One call's worth: judged, marked, sent, written down (committed)."""
        self._learn_contacts({row.client_id for row in waiting})
        fitting = self._fitting([row.id for row in waiting])
        if not fitting:
            self.run.save(attempts=0)
            return
        clients = {invoice.id: invoice.client_id for invoice in fitting}
        fields = {invoice.id: self._fields(invoice) for invoice in fitting}
        call = Call(self.run, self.accounting, fields)
        call.make(self.counts)
        self._follow(call.refused, clients)

    def _learn_contacts(self, client_ids: set[UUID]) -> None:
        if client_ids <= self._contacts.keys():
            return
        # Of all that wait, not of fifty: many are looked for by one reading.
        asked = {row.client_id for row in _waiting(self.connection_id, AT_ONCE)} | client_ids
        unknown = asked - self._contacts.keys()
        self._contacts |= contacts_of(self.run, self.accounting, self.connection_id, unknown)

    def _fitting(self, ids: list[UUID]) -> list[Invoice]:
        """Those that may be sent, locked; the others are blocked."""
        invoices = list(
            db.session.scalars(
                select(Invoice)
                .where(Invoice.id.in_(ids), _to_send(self.connection_id))
                .order_by(Invoice.id)
                .with_for_update()
                .options(*WITH_LINES)
                .execution_options(populate_existing=True)
            )
        )
        # One whose client was merged into another this moment comes again, with the other's contact.
        invoices = [invoice for invoice in invoices if invoice.client_id in self._contacts]
        problems = problems_of(invoices)
        for invoice in invoices:
            contact = self._contacts[invoice.client_id]
            if isinstance(contact, Problem):
                problems[invoice.id] = contact
        self._block({invoice: problems[invoice.id] for invoice in invoices if invoice.id in problems})
        return [invoice for invoice in invoices if invoice.id not in problems]

    def _block(self, problems: Mapping[Invoice, Problem]) -> None:
        for invoice, problem in problems.items():
            invoice.push_state, invoice.push_error = "blocked", problem.sentence
        for kind, subject, sentence in sorted({_cause(one) for one in problems.values() if one.kind}):
            causes.open_cause(kind, subject, sentence)
        self.counts["blocked"] += len(problems)

    def _fields(self, invoice: Invoice) -> InvoiceFields:
        contact = self._contacts[invoice.client_id]
        assert isinstance(contact, str)
        return fields_of(invoice, contact)

    def _follow(self, refused: dict[UUID, str], clients: dict[UUID, UUID]) -> None:
        """Those whose contact has moved on in Xero since we learnt it are sent once more, to the one that lives on."""
        suspects = {
            clients[invoice_id] for invoice_id, said in refused.items() if OF_THE_CONTACT in said.casefold()
        }
        moved = {client_id for client_id in suspects - self._followed if self._has_moved(client_id)}
        ids = [invoice_id for invoice_id in refused if clients[invoice_id] in moved]
        again = [invoice for invoice in locked(ids) if invoice.push_state == "refused"] if ids else []
        for invoice in again:
            invoice.push_state, invoice.push_error = "to_send", None
        self.counts["refused"] -= len(again)
        if again:
            self.run.save(attempts=0)

    def _has_moved(self, client_id: UUID) -> bool:
        self._followed.add(client_id)
        client = db.session.scalars(select(Client).where(Client.id == client_id)).one()
        connection = db.session.scalars(select(Connection).where(Connection.id == self.connection_id)).one()
        if not follow(self.run, client, connection, self.transport):
            return False
        del self._contacts[client_id]
        return True


def _cause(problem: Problem) -> tuple[str, str, str]:
    return str(problem.kind), problem.subject, problem.sentence


def tell_invoices(run: Run, state: str, sentence: str | None) -> None:
    """Those that wait say why, when the sending is stuck; they say nothing while it is merely on its way."""
    if state in {"failed", "waiting", "cancelled"}:
        db.session.execute(
            update(Invoice)
            .where(_to_send(run.operation.subject_id))
            .values(push_error=sentence)
            .execution_options(synchronize_session=False)
        )
