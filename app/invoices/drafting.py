"""Invoices of ours, drafted from requests or by hand. Each changes rows; the caller commits once.

Shared by the pages and the JSON API. A wrong value raises `app.errors.Problem` with the field named, a wrong state
`WrongState`; both before anything is changed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.audit import record as audit
from app.auth.viewer import Viewer
from app.checks import Checks
from app.companies import locked_company
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.invoices import terms, worked
from app.invoices.books import Books, open_books
from app.invoices.lines import Line, LineDetails, Lines, Writer
from app.invoices.rewriting import discard, rewrite
from app.invoices.rows import sums, told
from app.invoices.terms import LONGEST_REFERENCE, TermsDetails
from app.models import Client, Invoice, InvoiceLine, RequestEvent, ServiceRequest, TimeEntry, now

__all__ = [
    "Drafter",
    "Refusal",
    "discard",
    "draft_by_hand",
    "draft_for_request",
    "rewrite",
    "why_not_billable",
]
PRICE, TIME, BOTH = "price", "time", "both"
WHAT = (PRICE, TIME, BOTH)
"""What of a request is billed: its price, the time recorded on its job, or both."""


@dataclass(frozen=True)
class Refusal:
    """A request of several that is not billed, and why."""

    service_request: ServiceRequest
    sentence: str


def draft_for_request(
    service_request: ServiceRequest,
    by: Viewer,
    *,
    use_office_tracking: bool = True,
    with_time: bool = False,
    with_price: bool = True,
    lines: Sequence[LineDetails] | None = None,
    details: TermsDetails | None = None,
) -> Invoice:
    """A draft of ours for this request: its service at its price, and a line for each task's time if that is wanted;
    or the lines given. Raises `WrongState` when it is cancelled, billed already, or when there is nothing to bill."""
    drafter = Drafter(by, use_office_tracking=use_office_tracking, with_time=with_time, with_price=with_price)
    (service_request,) = drafter.lock([service_request.id])
    invoice = drafter.draft(service_request, lines, details)
    drafter.finish()
    return invoice


def draft_by_hand(
    client: Client,
    lines: Sequence[LineDetails],
    details: TermsDetails,
    by: Viewer,
    *,
    use_office_tracking: bool = True,
) -> Invoice:
    """A draft of ours for a client, with any lines and a reference of its own. Raises `Problem`, one for all that is
    wrong."""
    drafter = Drafter(by, use_office_tracking=use_office_tracking)
    invoice = drafter.by_hand(client, lines, details)
    drafter.finish()
    return invoice


class Drafter:
    """Writes drafts of one organisation, one or hundreds, with what they have in common read once."""

    def __init__(
        self,
        by: Viewer,
        *,
        use_office_tracking: bool = True,
        with_time: bool = False,
        with_price: bool = True,
    ) -> None:
        self.by = by
        self.books: Books = open_books()
        self.track = use_office_tracking and self.books.company.track_offices
        self.with_time, self.with_price = with_time, with_price
        self.at = now()
        """The same instant for all that is drafted in one go."""
        self._writers: dict[str, Writer] = {}
        self._billed: dict[UUID, Invoice] = {}
        self._time: dict[UUID, list[TimeEntry]] = {}
        self._lines: list[tuple[InvoiceLine, Line]] = []

    def lock(self, request_ids: Collection[UUID]) -> list[ServiceRequest]:
        """These requests, locked in one order for everybody, with what is billed of them already."""
        found = list(
            db.session.scalars(
                select(ServiceRequest)
                .where(ServiceRequest.id.in_(request_ids))
                .order_by(ServiceRequest.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        )
        counted = select(Invoice).where(
            Invoice.service_request_id.in_(request_ids), Invoice.ended_at.is_(None)
        )
        self._billed = {
            one.service_request_id: one for one in db.session.scalars(counted) if one.service_request_id
        }
        if self.with_time:
            self._time = worked.unbilled_by_request(request_ids)
        return found

    def draft_many(self, service_requests: Iterable[ServiceRequest]) -> tuple[list[Invoice], list[Refusal]]:
        """One invoice each; those that cannot be billed are named and left as they were."""
        made, refused = [], []
        for service_request in service_requests:
            try:
                made.append(self.draft(service_request))
            except Problem as problem:
                refused.append(Refusal(service_request, problem.message))
        self.finish()
        return made, refused

    def finish(self) -> None:
        """Write what was drafted: invoices first, then their lines, then whose time they bill."""
        db.session.flush()
        db.session.add_all(row for row, _ in self._lines)
        db.session.flush()
        for row, line in self._lines:
            worked.bill(row.invoice_id, row.id, line)
        self._lines.clear()

    def draft(
        self,
        service_request: ServiceRequest,
        lines: Sequence[LineDetails] | None = None,
        details: TermsDetails | None = None,
    ) -> Invoice:
        """For a request that `lock` gave; `finish` writes it. Raises as `draft_for_request`."""
        refusal = why_not_billable(service_request, self._billed.get(service_request.id))
        if refusal:
            raise WrongState(refusal)
        wanted = self._lines_of(service_request) if lines is None else _at_its_office(lines, service_request)
        if not wanted:
            raise WrongState(self._nothing_to_bill(service_request))
        checks = Checks()
        columns, written = self._checked(wanted, details or {}, checks)
        checks.finish()
        invoice = self._write(
            columns, written, service_request.client_id, service_request.reference, service_request
        )
        said = f"Invoice of {written.totals.total:,.2f} {invoice.currency} drafted."
        db.session.add(
            RequestEvent(
                service_request_id=service_request.id,
                kind="invoice",
                actor_id=self.by.user_id,
                actor_name=self.by.name,
                text=said,
                details={"invoice_id": str(invoice.id)},
            )
        )
        return invoice

    def by_hand(self, client: Client, lines: Sequence[LineDetails], details: TermsDetails) -> Invoice:
        """As `draft_by_hand`; `finish` writes it."""
        if client.archived_at is not None:
            raise field_problem("client_id", f"{client.name} is archived. Bring the client back first.")
        checks = Checks()
        columns, written = self._checked(lines, details, checks)
        typed = checks.line("reference", details.get("reference"), "The reference", LONGEST_REFERENCE)
        checks.finish()
        reference = typed or locked_company().take_invoice_reference()
        return self._write(columns, written, client.id, reference, None)

    def _checked(
        self, lines: Sequence[LineDetails], details: TermsDetails, checks: Checks
    ) -> tuple[dict[str, Any], Lines]:
        columns = terms.checked(details, self.books, checks)
        line_amounts = columns["line_amounts"]
        writer = self._writers.setdefault(line_amounts, Writer(self.books, line_amounts, track=self.track))
        return columns, writer.written(lines, checks)

    def _lines_of(self, service_request: ServiceRequest) -> list[LineDetails]:
        lines: list[LineDetails] = []
        if self.with_price and service_request.price > 0:
            lines.append(
                {
                    "quantity": Decimal(1),
                    "unit_amount": service_request.price,
                    "service_id": service_request.service_id,
                    "office_id": service_request.office_id,
                }
            )
        return [*lines, *worked.lines_of(self._time.get(service_request.id, ()), service_request)]

    def _nothing_to_bill(self, service_request: ServiceRequest) -> str:
        reference = service_request.reference
        if not self.with_price:
            return f"There is no time on {reference} that could be billed. Read its time from Xero, or bill its price."
        return (
            f"The price of {reference} is 0, so there is nothing to bill. Write it by hand if it is meant so."
        )

    def _write(
        self,
        columns: dict[str, Any],
        written: Lines,
        client_id: UUID,
        reference: str,
        service_request: ServiceRequest | None,
    ) -> Invoice:
        invoice = Invoice(
            id=uuid4(),
            created_at=self.at,
            connection_id=self.books.connection.id,
            client_id=client_id,
            service_request_id=service_request.id if service_request else None,
            reference=reference,
            send_as=self.books.company.invoice_status,
            tracks_offices=self.track,
            created_by=self.by.name,
            **columns,
            **sums(written),
        )
        db.session.add(invoice)
        rows = [
            InvoiceLine(id=uuid4(), invoice_id=invoice.id, position=place, **line.values)
            for place, line in enumerate(written.lines)
        ]
        self._lines += zip(rows, written.lines, strict=True)
        audit.record("invoice.drafted", invoice, None, told(invoice, rows), by=self.by)
        return invoice


def why_not_billable(service_request: ServiceRequest, billed_by: Invoice | None) -> str | None:
    """A sentence when this request cannot be billed. `billed_by`: its invoice that counts, if there is one."""
    reference = service_request.reference
    if billed_by is not None:
        named = billed_by.xero_number or "an invoice that is not sent yet"
        return f"{reference} is billed already, by {named}."
    return (
        f"{reference} is cancelled, so it is not billed." if service_request.status == "cancelled" else None
    )


def _at_its_office(lines: Sequence[LineDetails], service_request: ServiceRequest) -> list[LineDetails]:
    """Lines that name no office are the request's office's."""
    return [{"office_id": service_request.office_id, **line} for line in lines]
