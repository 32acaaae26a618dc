"""Several invoices of one call: each is written or not, on its own. The caller commits.

A `Problem` is raised before anything of an invoice is written (`app.invoices.drafting`), so one that fails leaves
nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import select

from app.api.invoices.shapes import NewInvoice
from app.auth.viewer import Viewer
from app.errors import Problem
from app.extensions import db
from app.invoices.drafting import Drafter
from app.invoices.lines import LineDetails
from app.invoices.sending import send_all
from app.invoices.terms import TermsDetails
from app.models import Client, Invoice, ServiceRequest
from app.models.operation import BULK, INTERACTIVE

TERMS = ("issued_on", "due_on", "line_amounts", "currency", "reference")


@dataclass
class Written:
    """What became of one: the invoice, or the problem. `unsent`: why it is not on its way, though it was asked for."""

    wanted: NewInvoice
    invoice: Invoice | None = None
    problem: Problem | None = None
    unsent: str | None = None


def write_all(wanted: Sequence[NewInvoice], by: Viewer) -> list[Written]:
    """Write them and ask for sending, in their order."""
    desk = _Desk(wanted, by)
    found = [desk.write(one) for one in wanted]
    desk.finish()
    _send(
        [one for one in found if one.invoice and one.wanted.send],
        by,
        BULK if len(wanted) > 1 else INTERACTIVE,
    )
    return found


def _send(found: list[Written], by: Viewer, priority: int) -> None:
    invoices = [one.invoice for one in found if one.invoice]
    if not invoices:
        return
    result = send_all(invoices, by, priority)
    asked, refused = {invoice.id for invoice in result.asked}, iter(result.refused)
    for one in found:
        if one.invoice and one.invoice.id not in asked:
            one.unsent = next(refused)


class _Desk:
    """Requests and clients of a call, read at once, and a drafter for each way of drafting."""

    def __init__(self, wanted: Sequence[NewInvoice], by: Viewer) -> None:
        self._by = by
        self._request_ids = {one.service_request_id for one in wanted if one.service_request_id}
        self._drafters: dict[tuple[bool, bool], tuple[Drafter, dict[UUID, ServiceRequest]]] = {}
        self._billed: set[UUID] = set()
        ids = {one.client_id for one in wanted if one.client_id}
        clients = db.session.scalars(select(Client).where(Client.id.in_(ids))) if ids else ()
        self._clients = {client.id: client for client in clients}

    def write(self, wanted: NewInvoice) -> Written:
        try:
            return Written(wanted, invoice=self._draft(wanted))
        except Problem as problem:
            return Written(wanted, problem=_named(problem))

    def finish(self) -> None:
        for drafter, _ in self._drafters.values():
            drafter.finish()

    def _draft(self, wanted: NewInvoice) -> Invoice:
        drafter, requests = self._drafter(wanted)
        details = cast(TermsDetails, {name: getattr(wanted, name) for name in TERMS})
        lines = [cast(LineDetails, line.model_dump(exclude_none=True)) for line in wanted.lines or ()]
        if wanted.service_request_id:
            service_request = self._request(wanted, requests)
            invoice = drafter.draft(service_request, lines or None, details)
            self._billed.add(service_request.id)
            return invoice
        client = self._clients.get(wanted.client_id) if wanted.client_id else None
        if wanted.client_id is None:
            said = "Say a request in service_request_id, or a client in client_id."
            raise Problem(said, fields={"client_id": [said]})
        if client is None:
            raise Problem("There is no such client.", code="not_found", status=404)
        return drafter.by_hand(client, lines, details)

    def _request(self, wanted: NewInvoice, requests: dict[UUID, ServiceRequest]) -> ServiceRequest:
        found = requests.get(cast(UUID, wanted.service_request_id))
        if found is None:
            raise Problem("There is no such request.", code="not_found", status=404)
        if wanted.client_id not in {None, found.client_id}:
            said = f"{found.reference} is another client's request."
            raise Problem(said, fields={"client_id": [said]})
        if found.id in self._billed:
            said = f"{found.reference} is billed already, by an invoice of this call."
            raise Problem(said, code="wrong_state", status=409)
        return found

    def _drafter(self, wanted: NewInvoice) -> tuple[Drafter, dict[UUID, ServiceRequest]]:
        way = wanted.use_office_tracking, wanted.with_time
        if way not in self._drafters:
            drafter = Drafter(self._by, use_office_tracking=way[0], with_time=way[1])
            requests = {one.id: one for one in drafter.lock(self._request_ids)} if self._request_ids else {}
            self._drafters[way] = drafter, requests
        return self._drafters[way]


def _named(problem: Problem) -> Problem:
    """The problem with its values called as in the body: lines.2.unit_amount, which forms call lines-2-unit_amount."""
    fields = {name.replace("-", "."): said for name, said in problem.fields.items()}
    return Problem(problem.message, code=problem.code, status=problem.status, fields=fields)
