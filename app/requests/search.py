"""Finding requests by their reference or their client: an index is asked for each, and what they find put together.

Only ranges and equality, which row-level security lets an index serve; LIKE would read every request of the company.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, union

from app.clients import search
from app.models import Company, ServiceRequest
from app.tenancy import current_company_id

FEW = 2000
"""Up to so many finds are gathered and put in order; of more, the list is walked in its order until a page is full."""
_LAST = "\U0010ffff"


def matching(typed: str) -> ColumnElement[bool]:
    """The condition on `ServiceRequest`, to be counted with."""
    client = search.matching(typed)
    return ServiceRequest.id.in_(union(*_parts(typed, client)))


def matching_in_order(typed: str, found: int) -> ColumnElement[bool]:
    """The same, for a page of a list in its order that is joined with the clients. `found`: how many requests the list
    has, or more than `FEW`."""
    if found <= FEW:
        return matching(typed)
    client = search.matching_in_order(typed)
    return or_(*([client] if client is not None else []), *_references(typed))


def _parts(typed: str, client: ColumnElement[bool] | None) -> list[Select[UUID]]:
    """Ids of requests: of clients that are found, and by each way to write a reference."""
    ids = select(ServiceRequest.id)
    theirs = [] if client is None else [ids.join(ServiceRequest.client).where(client)]
    return [*theirs, *(ids.where(condition) for condition in _references(typed))]


def _references(typed: str) -> list[ColumnElement[bool]]:
    """The whole reference or its beginning, or its number alone. Every reference begins with the practice's letters:
    only with a digit is one meant."""
    number = typed.strip().upper()
    if not any(letter.isdigit() for letter in number):
        return []
    own = select(Company.reference_prefix + "-" + number).where(Company.id == current_company_id())
    begins = and_(ServiceRequest.reference >= number, ServiceRequest.reference < number + _LAST)
    return [begins, ServiceRequest.reference == own.scalar_subquery()]
