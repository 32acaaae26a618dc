"""Finding requests by their reference or their client: an index is asked for each, and what they find put together.

Only ranges and equality, which row-level security lets an index serve; LIKE would read every request of the company.
"""

from sqlalchemy import ColumnElement, and_, false, select, union

from app.clients import search
from app.models import Company, ServiceRequest
from app.tenancy import current_company_id

_LAST = "\U0010ffff"


def matching(typed: str) -> ColumnElement[bool]:
    """The condition on `ServiceRequest`."""
    clients = search.ids_of(typed)
    theirs = [] if clients is None else [ServiceRequest.client_id.in_(clients)]
    found = [*theirs, *_references(typed)]
    if len(found) == 1:
        return found[0]
    # An index for each: OR would read every request. Only signs find nothing.
    return (
        ServiceRequest.id.in_(union(*(select(ServiceRequest.id).where(one) for one in found)))
        if found
        else false()
    )


def _references(typed: str) -> list[ColumnElement[bool]]:
    """The whole reference or its beginning, or its number alone. Every reference begins with the practice's letters:
    only with a digit is one meant."""
    number = typed.strip().upper()
    if not any(letter.isdigit() for letter in number):
        return []
    own = select(Company.reference_prefix + "-" + number).where(Company.id == current_company_id())
    begins = and_(ServiceRequest.reference >= number, ServiceRequest.reference < number + _LAST)
    return [begins, ServiceRequest.reference == own.scalar_subquery()]
