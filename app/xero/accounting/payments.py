"""Payments of invoices (facts 4.5). A payment is never changed, only made and deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.xero.accounting.calls import PAGE_SIZE, AccountingCalls
from app.xero.addresses import segment
from app.xero.dates import calendar_date, instant, twin
from app.xero.money import money
from app.xero.shapes import Record, first, flag, record, text


@dataclass(frozen=True)
class Payment:
    """amount is in the invoice's currency. status: AUTHORISED or DELETED."""

    id: str
    invoice_id: str
    invoice_number: str
    account_id: str
    paid_on: date | None
    amount: Decimal | None
    reference: str
    status: str
    type: str
    is_reconciled: bool
    updated_at: datetime | None


class PaymentCalls(AccountingCalls):
    def payment(self, payment_id: str) -> Payment:
        """One payment; raises Permanent not_found."""
        return _payment(first(self._get(f"/Payments/{segment(payment_id)}"), "Payments"))

    def payments(
        self, *, since: datetime | None = None, page_size: int = PAGE_SIZE
    ) -> Iterator[list[Payment]]:
        """All payments, or those changed since, a list a page. No webhook tells of them (facts 8)."""
        for found in self._pages("Payments", since=since, page_size=page_size):
            yield [_payment(row) for row in found]

    def create_payment(
        self,
        invoice_id: str,
        account_id: str,
        on: date,
        amount: Decimal,
        *,
        reference: str = "",
        key: str | None = None,
    ) -> Payment:
        """Record a payment of an authorised invoice.

        amount is at most what is due. The account is a bank account or one that takes payments. Raises
        Permanent validation otherwise.
        """
        body: dict[str, Any] = {
            "Invoice": {"InvoiceID": invoice_id},
            "Account": {"AccountID": account_id},
            "Date": on.isoformat(),
            "Amount": amount,
        }
        if reference:
            body["Reference"] = reference
        return _payment(first(self._send("PUT", "/Payments", body, key), "Payments"))

    def delete_payment(self, payment_id: str, key: str | None = None) -> Payment:
        """Take a payment back; the invoice is due again."""
        reply = self._send("POST", f"/Payments/{segment(payment_id)}", {"Status": "DELETED"}, key)
        return _payment(first(reply, "Payments"))


def _payment(row: Record) -> Payment:
    invoice, account = record(row.get("Invoice")), record(row.get("Account"))
    return Payment(
        id=text(row, "PaymentID"),
        invoice_id=text(invoice, "InvoiceID"),
        invoice_number=text(invoice, "InvoiceNumber") or text(row, "InvoiceNumber"),
        account_id=text(account, "AccountID"),
        paid_on=calendar_date(twin(row, "Date")),
        amount=money(row.get("Amount")),
        reference=text(row, "Reference"),
        status=text(row, "Status"),
        type=text(row, "PaymentType"),
        is_reconciled=flag(row, "IsReconciled"),
        updated_at=instant(twin(row, "UpdatedDateUTC")),
    )
