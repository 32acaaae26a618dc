"""Invoices: drafting, reading what became of them, sending (facts 4.4)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from app.xero.accounting.calls import PAGE_SIZE, AccountingCalls, Outcome
from app.xero.accounting.invoice_shapes import (
    Invoice,
    InvoiceFields,
    body_of,
    invoice_of,
    needs_four_decimals,
)
from app.xero.addresses import segment
from app.xero.shapes import first, text


class InvoiceCalls(AccountingCalls):
    def invoice(self, id_or_number: str) -> Invoice:
        """One invoice with its lines, by Xero's id or number; raises Permanent not_found."""
        path = f"/Invoices/{segment(id_or_number)}"
        return invoice_of(first(self._get(path, params={"unitdp": 4}), "Invoices"))

    def invoices(
        self,
        *,
        ids: Iterable[str] | None = None,
        numbers: Iterable[str] | None = None,
        contact_ids: Iterable[str] | None = None,
        statuses: Iterable[str] | None = None,
        search: str | None = None,
        since: datetime | None = None,
        by_us: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[list[Invoice]]:
        """Invoices a list a page (≤ 1,000), with lines.

        Filters are joined by AND; each takes at most 50 values. search looks in number and reference.
        by_us: only those made by this application.
        """
        params: dict[str, Any] = {
            "IDs": _some(ids),
            "InvoiceNumbers": _some(numbers),
            "ContactIDs": _some(contact_ids),
            "Statuses": _some(statuses),
            "searchTerm": search,
            "createdByMyApp": True if by_us else None,
            "unitdp": 4,
        }
        for found in self._pages("Invoices", params=params, since=since, page_size=page_size):
            yield [invoice_of(row) for row in found]

    def create_invoice(self, fields: InvoiceFields, key: str | None = None) -> Invoice:
        """A new invoice, a draft unless its status says otherwise. Xero works out tax and totals.

        Raises Permanent validation: a sales number that is taken, a contact that is archived, a locked
        period.
        """
        reply = self._send("PUT", "/Invoices", body_of(fields), key, params=_unitdp([fields]))
        return invoice_of(first(reply, "Invoices"))

    def create_invoices(
        self, batch: Sequence[InvoiceFields], key: str | None = None
    ) -> list[Outcome[Invoice]]:
        """Up to 50 new invoices in one call, each taken or refused on its own, in the order given."""
        bodies = [body_of(fields) for fields in batch]
        outcomes = self._send_batch("PUT", "Invoices", bodies, key, **(_unitdp(batch) or {}))
        return [Outcome(invoice_of(o.record) if o.record else None, o.errors) for o in outcomes]

    def update_invoice(self, invoice_id: str, fields: InvoiceFields, key: str | None = None) -> Invoice:
        """Replace an invoice's contents. Lines need their ids to stay the same lines."""
        path = f"/Invoices/{segment(invoice_id)}"
        reply = self._send("POST", path, body_of(fields), key, params=_unitdp([fields]))
        return invoice_of(first(reply, "Invoices"))

    def set_invoice_status(self, invoice_id: str, status: str, key: str | None = None) -> Invoice:
        """Move an invoice along: SUBMITTED, AUTHORISED, DELETED (a draft) or VOIDED.

        VOIDED is for an authorised invoice without payments. There is no way back from AUTHORISED. Raises
        Permanent validation for a step Xero does not allow.
        """
        path = f"/Invoices/{segment(invoice_id)}"
        # Four decimals here too: the lines are there already and must not be rounded by the way.
        reply = self._send("POST", path, {"Status": status}, key, params={"unitdp": 4})
        return invoice_of(first(reply, "Invoices"))

    def online_invoice_url(self, invoice_id: str) -> str:
        """Where the client sees and pays a sales invoice; "" while there is none (drafts)."""
        reply = self._get(f"/Invoices/{segment(invoice_id)}/OnlineInvoice")
        return text(first(reply, "OnlineInvoices"), "OnlineInvoiceUrl")

    def email_invoice(self, invoice_id: str, key: str | None = None) -> None:
        """Have Xero mail the invoice to its contact.

        1,000 a day for a paying organisation, none for a demo one.
        """
        path = f"/Invoices/{segment(invoice_id)}/Email"
        self._transport.call("POST", path, json={}, idempotency_key=key)

    def invoice_pdf(self, invoice_id: str) -> bytes:
        """The invoice as a PDF."""
        path = f"/Invoices/{segment(invoice_id)}"
        return self._transport.call("GET", path, accept="application/pdf").body


def _some(values: Iterable[str] | None) -> list[str] | None:
    return (list(values) or None) if values is not None else None


def _unitdp(invoices: Iterable[InvoiceFields]) -> dict[str, int] | None:
    return {"unitdp": 4} if needs_four_decimals(invoices) else None
