"""Where a document is to go: the client, perhaps a request of theirs, perhaps what was asked for."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.auth.viewer import Viewer
from app.errors import Problem, field_problem
from app.extensions import db
from app.models import Client, DocumentAsk, DocumentUpload, ServiceRequest, now

LONGEST_TYPE = 100
EARLIEST_YEAR = 1990


@dataclass(frozen=True)
class Destination:
    client_id: UUID
    doc_type: str = ""
    """What it is, such as "Bank statements"; an ask's own counts."""
    service_request_id: UUID | None = None
    ask_id: UUID | None = None
    tax_year: int | None = None

    @classmethod
    def of(cls, upload: DocumentUpload) -> "Destination":
        return cls(
            upload.client_id, upload.doc_type, upload.service_request_id, upload.ask_id, upload.tax_year
        )

    def columns(self) -> dict[str, Any]:
        """As documents and uploads have them."""
        return {
            "client_id": self.client_id,
            "doc_type": self.doc_type,
            "service_request_id": self.service_request_id,
            "ask_id": self.ask_id,
            "tax_year": self.tax_year,
        }

    def checked(self, by: Viewer) -> "Destination":
        """It, completed from its ask. Raises `Problem`: what is not there, not this client's or not open."""
        # A client sends for themselves only, whatever the caller believes.
        if by.role == "client" and by.client_id != self.client_id:
            raise _nobody()
        client = db.session.scalar(select(Client).filter_by(id=self.client_id))
        if client is None:
            raise _nobody()
        if client.archived_at is not None:
            raise field_problem(
                "client_id", f"{client.name} is archived, so no documents are taken for them."
            )
        return self._completed()._of_its_request()._in_words()

    def _completed(self) -> "Destination":
        if self.ask_id is None:
            return self
        ask = db.session.scalar(select(DocumentAsk).filter_by(id=self.ask_id, client_id=self.client_id))
        if ask is None or ask.service_request_id != (self.service_request_id or ask.service_request_id):
            raise field_problem("ask_id", "This was not asked of this client.")
        if ask.state == "withdrawn":
            raise field_problem("ask_id", f"“{ask.doc_type}” is no longer asked for.")
        return replace(
            self,
            doc_type=ask.doc_type,
            service_request_id=ask.service_request_id,
            tax_year=ask.tax_year if ask.tax_year is not None else self.tax_year,
        )

    def _of_its_request(self) -> "Destination":
        if self.service_request_id is None:
            return self
        found = select(ServiceRequest.id).filter_by(id=self.service_request_id, client_id=self.client_id)
        if db.session.scalar(found) is None:
            raise field_problem("service_request_id", "This client has no such request.")
        return self

    def _in_words(self) -> "Destination":
        doc_type = " ".join(self.doc_type.split())
        if not doc_type:
            raise field_problem("doc_type", "Say what the document is, such as “Bank statements”.")
        if len(doc_type) > LONGEST_TYPE:
            raise field_problem("doc_type", f"The type may have {LONGEST_TYPE} letters at most.")
        if self.tax_year is not None and not EARLIEST_YEAR <= self.tax_year <= now().year + 1:
            raise field_problem("tax_year", f"The tax year must be from {EARLIEST_YEAR} to {now().year + 1}.")
        return replace(self, doc_type=doc_type)


def _nobody() -> Problem:
    return Problem("There is no such client.", code="not_found", status=404)
