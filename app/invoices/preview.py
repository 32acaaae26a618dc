"""What billing or sending many would do, as the page before it says: lines, sums, what is in the way, the cost.

Billing is shown by doing it and taking it back: what is shown is what would be written, by the same code.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.auth.viewer import Viewer
from app.extensions import db
from app.invoices.drafting import Drafter, Refusal
from app.invoices.queries import lines_of, rows_of
from app.invoices.sending import check_amount, why_not_sendable
from app.models import Connection, ContactMapping, Invoice
from app.sync.invoices import checking
from app.sync.invoices.checking import Problem
from app.sync.invoices.locking import locked

BATCH = 50
"""Invoices a call."""
CONTACT_CALLS = 2
"""A client whose contact is not known yet is looked for, and made when there is none: at most."""
CALLS_A_MINUTE = 60


@dataclass(frozen=True)
class Item:
    """One invoice of the plan. `row`: as `queries.invoice_rows`. `why_not`: it is left as it is, with the reason.
    `problem`: what stops it in Xero's lists; with a cause it waits for that, and without one it stays a draft."""

    row: Row[Any]
    lines: list[Row[Any]]
    problem: Problem | None
    why_not: str | None

    @property
    def outcome(self) -> str:
        """send, wait, mend (stays a draft until somebody mends it) or stay (nothing is done with it)."""
        if self.why_not:
            return "stay"
        if self.problem is None:
            return "send"
        return "wait" if self.problem.kind else "mend"


@dataclass(frozen=True)
class Plan:
    """`calls`: to Xero, about. `send_as`: the status they are sent with."""

    items: list[Item]
    refused: list[tuple[str, str]]
    """Reference and sentence of each request that is not billed."""
    calls: int
    send_as: str
    organisation: str

    @property
    def request_ids(self) -> list[UUID]:
        """Of the requests that would be billed."""
        return [item.row.service_request_id for item in self.items]

    def of(self, *outcomes: str) -> list[Item]:
        return [item for item in self.items if item.outcome in outcomes]

    @property
    def going(self) -> list[Item]:
        """What is asked to be sent."""
        return self.of("send", "wait")

    @property
    def totals(self) -> dict[str, Decimal]:
        """What is asked to be sent comes to, by currency."""
        found: dict[str, Decimal] = {}
        for item in self.going:
            found[item.row.currency] = found.get(item.row.currency, Decimal(0)) + item.row.total
        return found

    @property
    def minutes(self) -> int:
        """How long Xero's limit makes it take at least, in whole minutes."""
        return -(-self.calls // CALLS_A_MINUTE)


def of_requests(request_ids: Collection[UUID], by: Viewer, *, with_time: bool, with_price: bool) -> Plan:
    """What billing these requests would write. Nothing is written: the session is rolled back.

    Raises `Problem` for none or too many, `WrongState` without an organisation."""
    check_amount(len(request_ids), "request", "billed")
    drafter = Drafter(by, with_time=with_time, with_price=with_price)
    invoices, refused = drafter.draft_many(drafter.lock(request_ids))
    plan = _plan(invoices, refused)
    db.session.rollback()
    return plan


def of_invoices(ids: Collection[UUID]) -> Plan:
    """What sending these would do. Raises `Problem` for none or too many."""
    check_amount(len(ids))
    return _plan(locked(ids), ())


def _plan(invoices: Sequence[Invoice], refused: Sequence[Refusal]) -> Plan:
    ids = [invoice.id for invoice in invoices]
    problems, lines = checking.problems_of(invoices), lines_of(ids)
    why_not = {invoice.id: why_not_sendable(invoice) for invoice in invoices}
    items = [Item(row, lines.get(row.id, []), problems.get(row.id), why_not[row.id]) for row in rows_of(ids)]
    sending = [item for item in items if item.outcome == "send"]
    connection_id = invoices[0].connection_id if invoices else None
    named = select(Connection.organisation_name).where(Connection.id == connection_id)
    return Plan(
        items=items,
        refused=[(one.service_request.reference, one.sentence) for one in refused],
        calls=_calls(len(sending), {item.row.client_id for item in sending}, connection_id),
        send_as=invoices[0].send_as if invoices else "DRAFT",
        organisation=db.session.scalar(named) or "",
    )


def _calls(count: int, client_ids: Collection[UUID], connection_id: UUID | None) -> int:
    mapped = select(ContactMapping.client_id).where(
        ContactMapping.connection_id == connection_id, ContactMapping.client_id.in_(client_ids)
    )
    unknown = len(client_ids) - len(set(db.session.scalars(mapped)))
    batches = -(-unknown // BATCH)
    return -(-count // BATCH) + CONTACT_CALLS * batches
