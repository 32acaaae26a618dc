"""Finding invoices by number, reference or client: an index is asked for each, and what they find put together.

Only ranges and equality, which row-level security lets an index serve (`app.requests.search` says more).
"""

from sqlalchemy import ColumnElement, select, union

from app.clients import search
from app.models import Client, Company, Invoice
from app.tenancy import current_company_id

_LAST = "\U0010ffff"


def matching(typed: str) -> ColumnElement[bool]:
    """The condition on `Invoice`: the beginning of Xero's number or of the reference, the reference's number alone, or
    what a client is found by."""
    ids = select(Invoice.id)
    word = typed.strip().upper()
    own = select(Company.reference_prefix + "-" + word).where(Company.id == current_company_id())
    parts = [
        ids.where(Invoice.xero_number >= word, Invoice.xero_number < word + _LAST),
        ids.where(Invoice.reference >= word, Invoice.reference < word + _LAST),
        ids.where(Invoice.reference == typed.strip()),
        ids.where(Invoice.reference == own.scalar_subquery()),
    ]
    client = search.matching(typed)
    if client is not None:
        parts.append(ids.where(Invoice.client_id.in_(select(Client.id).where(client))))
    return Invoice.id.in_(union(*parts))
