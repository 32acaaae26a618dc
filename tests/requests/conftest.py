"""What the tests of requests share: people at their browsers, and readers of what was written."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models import Operation, RequestEvent, ServiceRequest


class Reader:
    """What stands in the database about one company's requests."""

    def __init__(self, cast, company_id: UUID) -> None:
        self.cast, self.company_id = cast, company_id

    def request(self, request_id: UUID) -> ServiceRequest:
        return self.cast.read(self.company_id, select(ServiceRequest).where(ServiceRequest.id == request_id))[
            0
        ]

    def operations(self, request_id: UUID) -> list[Operation]:
        return self.cast.read(self.company_id, select(Operation).where(Operation.subject_id == request_id))

    def events(self, request_id: UUID) -> list[str]:
        statement = select(RequestEvent).where(RequestEvent.service_request_id == request_id)
        return [event.text for event in self.cast.read(self.company_id, statement.order_by(RequestEvent.at))]

    def without_job(self, **like) -> ServiceRequest:
        """A request of the cast that has no job yet, with these column values."""
        taken = select(Operation.subject_id)
        statement = select(ServiceRequest).filter_by(**like).where(ServiceRequest.id.not_in(taken))
        return self.cast.read(self.company_id, statement.order_by(ServiceRequest.created_at))[0]


@pytest.fixture
def abc(cast) -> Reader:
    return Reader(cast, cast.abc)


@pytest.fixture
def xyz(cast) -> Reader:
    return Reader(cast, cast.xyz)


def references(page: str) -> list[str]:
    """The references of a list's rows, in order."""
    return re.findall(r'class="row-link[^"]*" href="/requests/[0-9a-f-]{36}">([A-Z]+-\d+)<', page)
