"""`/api/integrations/xero`: status, a job by hand, the sync log. (Connect, callback, disconnect and refresh stand with
their pages in `connecting` and `page`.)"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import abort
from pydantic import Field
from sqlalchemy import select

from app.api.endpoint import endpoint
from app.api.paging import PageOf, PageQuery
from app.api.shapes import LINE, Answer, Search
from app.auth.viewer import the_viewer
from app.extensions import db
from app.integrations import queries
from app.integrations.blueprint import bp
from app.integrations.status import ConnectionState, state_of
from app.models import Operation, ServiceRequest
from app.requests.actions import retry_job
from app.synclog import queries as log


class OperationOut(Answer):
    """One wish to change or read something in Xero."""

    id: UUID
    kind: str = Field(examples=["job.create"])
    subject_id: UUID
    subject: str = Field(description="What the subject was called then.", examples=["ABC-1042"])
    state: str = Field(description="queued, running, waiting, retry, done, failed or cancelled.")
    attempts: int
    error_code: str | None
    error: str | None = Field(description="What happened, why and what to do, in a sentence.")
    whose_move: str | None = Field(description="us, practice, xero or nobody.")
    requested_by: str
    created_at: datetime
    not_before: datetime
    finished_at: datetime | None


class LogQuery(PageQuery):
    """Which operations, newest first."""

    state: Literal["queued", "running", "waiting", "retry", "done", "failed", "cancelled"] | None = None
    kind: Annotated[str, Field(max_length=60), LINE] | None = None
    q: Search | None = Field(default=None, description="Part of what the subject is called.")


@bp.get("/api/integrations/xero/status")
@endpoint(summary="The connection to Xero", tag="Xero", answer=ConnectionState)
def status() -> ConnectionState:
    """How the connection stands; nothing is asked of Xero."""
    return state_of(queries.latest_connection())


@bp.post("/api/integrations/xero/sync-job/<uuid:request_id>")
@endpoint(summary="Make a request's job now", tag="Xero", answer=OperationOut, status=202, errors=(404, 409))
def sync_job(request_id: UUID) -> OperationOut:
    """Plans the job, or tries it again. One that is in Xero already stays the only one."""
    service_request = db.session.scalar(
        select(ServiceRequest).where(ServiceRequest.id == request_id)
    ) or abort(404)
    operation = retry_job(service_request, the_viewer())
    db.session.flush()  # its times are the database's
    answer = out_of(operation)
    db.session.commit()
    return answer


@bp.get("/api/integrations/xero/logs")
@endpoint(summary="The sync log", tag="Xero", query=LogQuery, answer=PageOf[OperationOut])
def logs(query: LogQuery) -> PageOf[OperationOut]:
    """Operations, newest first."""
    filters = log.LogFilters(state=query.state, kind=query.kind, q=query.q or "")
    page = log.list_operations(filters, after=query.cursor, size=query.limit)
    rows = [OperationOut.model_validate({**row._mapping, "subject": row.subject_label}) for row in page.rows]
    return PageOf[OperationOut](items=rows, next_cursor=page.next)


def out_of(operation: Operation) -> OperationOut:
    """The operation as the API answers it; flush first, for its times are the database's."""
    return OperationOut.model_validate(
        {
            **{name: getattr(operation, name) for name in OperationOut.model_fields if name != "subject"},
            "subject": operation.subject_label,
        }
    )
