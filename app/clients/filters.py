"""Which clients a list shows, and how that is written in its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false

from app.checks import one_line
from app.clients.search import matching, matching_in_order
from app.forms import as_id
from app.models import Client, ClientTag, Connection, ContactMapping, ServiceRequest
from app.models.client import CLIENT_KINDS
from app.models.service_request import OPEN_STATUSES
from app.paging import Rows

SORTS: dict[str, Any] = {"name": Client.sort_name, "number": Client.sort_number, "created": Client.created_at}
ARGUMENTS = ("q", "office", "tag", "kind", "xero", "requests", "archived", "sort", "direction")
"""What of an address says which list it is."""


@dataclass(frozen=True)
class ClientFilters:
    """`q`: beginnings of words (`app.clients.search`). `mapped`: with or without a contact in the organisation that is
    connected now. `open_requests`: with or without one. `archived`: only those archived, instead of only those who are
    not."""

    q: str = ""
    office_id: UUID | None = None
    tag_id: UUID | None = None
    kind: str | None = None
    mapped: bool | None = None
    open_requests: bool | None = None
    archived: bool = False


def read_filters(arguments: Mapping[str, str]) -> ClientFilters:
    """The filters of a page's address; a value that is not one of ours narrows nothing."""
    answers = {"yes": True, "no": False}
    return ClientFilters(
        q=one_line(arguments.get("q"))[:100],
        office_id=as_id(arguments.get("office")),
        tag_id=as_id(arguments.get("tag")),
        kind=arguments.get("kind") or None,
        mapped=answers.get(arguments.get("xero", "")),
        open_requests=answers.get(arguments.get("requests", "")),
        archived=arguments.get("archived") == "1",
    )


def order_of(arguments: Mapping[str, str]) -> tuple[str, bool]:
    """By what the list of this address is sorted, and whether it falls. The newest come first."""
    sort = arguments["sort"] if arguments.get("sort") in SORTS else "name"
    return sort, arguments.get("direction", "desc" if sort == "created" else "asc") == "desc"


def narrowed(statement: Rows, filters: ClientFilters, *, in_order: bool = False) -> Rows:
    """The statement, which selects from clients, with the filters. `in_order`: for a page of a list in its order."""
    statement = statement.where(
        Client.archived_at.is_not(None) if filters.archived else Client.archived_at.is_(None)
    )
    if filters.office_id:
        statement = statement.where(Client.office_id == filters.office_id)
    if filters.kind:
        known = filters.kind in CLIENT_KINDS
        statement = statement.where(Client.kind == filters.kind if known else false())
    if filters.tag_id:
        statement = statement.where(_tagged(filters.tag_id))
    for wanted, condition in ((filters.mapped, in_xero()), (filters.open_requests, _has_open_requests())):
        if wanted is not None:
            statement = statement.where(condition if wanted else ~condition)
    found = matching_in_order(filters.q) if in_order else matching(filters.q)
    return statement if found is None else statement.where(found)


def in_xero() -> ColumnElement[bool]:
    """Whether the client is mapped to a contact in the organisation that is connected now."""
    return exists().where(
        ContactMapping.company_id == Client.company_id,
        ContactMapping.client_id == Client.id,
        Connection.company_id == ContactMapping.company_id,
        Connection.id == ContactMapping.connection_id,
        Connection.kind == "accounting",
        Connection.status != "disconnected",
    )


def _tagged(tag_id: UUID) -> ColumnElement[bool]:
    theirs = and_(ClientTag.company_id == Client.company_id, ClientTag.client_id == Client.id)
    return exists().where(theirs, ClientTag.tag_id == tag_id)


def _has_open_requests() -> ColumnElement[bool]:
    return exists().where(
        ServiceRequest.company_id == Client.company_id,
        ServiceRequest.client_id == Client.id,
        ServiceRequest.status.in_(OPEN_STATUSES),
    )
