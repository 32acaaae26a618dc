"""An invoice of ours as Xero is sent it. Of its contact only the id, for anything more would change the contact."""

from sqlalchemy.orm import selectinload

from app.models import Invoice, InvoiceLine
from app.sync.invoices.links import url_of
from app.xero.accounting.invoice_shapes import InvoiceFields, Line, Tracking

WITH_LINES = tuple(
    selectinload(Invoice.lines).selectinload(carried)
    for carried in (
        InvoiceLine.account,
        InvoiceLine.tax_rate,
        InvoiceLine.item,
        InvoiceLine.tracking_option,
    )
)
"""Loader options: everything that a line carries, in a handful of statements however many invoices there are."""


def fields_of(
    invoice: Invoice, contact_id: str, status: str | None = None, known_lines: frozenset[str] = frozenset()
) -> InvoiceFields:
    """The whole of it, read `WITH_LINES`. `status`: by default the one it is to be sent with. `known_lines`: the
    LineItemIDs that stand in Xero; a line keeps its own if it is among them, and is made anew otherwise."""
    return InvoiceFields(
        contact_id=contact_id,
        lines=tuple(_line(line, invoice.line_amounts, known_lines) for line in invoice.lines),
        issue_date=invoice.issued_on,
        due_date=invoice.due_on,
        reference=invoice.reference,
        line_amounts=invoice.line_amounts,
        currency=invoice.currency,
        status=status or invoice.send_as,
        url=url_of(invoice.id),
        branding_theme_id=invoice.branding_theme_id or "",
    )


def _line(line: InvoiceLine, line_amounts: str, known_lines: frozenset[str]) -> Line:
    option = line.tracking_option
    return Line(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        account_code=line.account.code if line.account else "",
        # Where there is no tax, Xero would take the type only to leave it out.
        tax_type=line.tax_rate.code if line.tax_rate and line_amounts != "NoTax" else "",
        item_code=line.item.code if line.item else "",
        tracking=(Tracking(option.parent_xero_id or "", option.xero_id),) if option else (),
        discount_rate=line.discount_rate,
        id=line.xero_line_id if line.xero_line_id in known_lines else "",
    )
