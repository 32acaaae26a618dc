"""Addresses that tie an invoice of ours to the one in Xero, either way."""

from uuid import UUID

from app.extensions import settings
from app.models import Connection, Invoice


def url_of(invoice_id: UUID) -> str:
    """Where Xero's “Go to Countinghouse” leads. It is the invoice's identity too: it ends with our id."""
    return f"{settings().public_url}/invoices/{invoice_id}"


def id_in(url: str) -> UUID | None:
    """The id of our invoice that an address of `url_of` names, whatever our own address was then; None: not ours."""
    before, _, last = url.rstrip("/").rpartition("/")
    if not before.endswith("/invoices"):
        return None
    try:
        return UUID(last)
    except ValueError:
        return None


def open_in_xero(connection: Connection, invoice: Invoice) -> str | None:
    """Where a person sees the invoice in Xero; None before it is there. In demonstration mode that is the simulator's
    page of it."""
    if invoice.xero_invoice_id is None:
        return None
    base, short_code = settings().xero_go_url, connection.short_code or ""
    if settings().demo:
        return f"{base}/organisation/{short_code}/invoices/{invoice.xero_invoice_id}"
    target = f"/AccountsReceivable/View.aspx?InvoiceID={invoice.xero_invoice_id}"
    return f"{base}/organisationlogin/default.aspx?shortcode={short_code}&redirecturl={target}"
