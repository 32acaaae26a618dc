"""Rows of service requests written as answers, with what is to be said of their jobs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.api.requests.shapes import Job, JobState, Request
from app.api.shapes import Named

_SENTENCES: dict[JobState, str] = {
    "not_connected": "This practice is not connected to Xero yet. The job can be made after connecting.",
    "queued": "The job waits its turn; it is sent to Xero in a moment.",
    "sending": "The job is being sent to Xero right now.",
    "cancelled": "No job is made: it is no longer wanted.",
}


def request_answer(row: Row[Any]) -> Request:
    """The answer for a row of `queries.rows`."""
    return Request.model_validate(
        {
            **row._mapping,
            "client": Named(id=row.client_id, name=row.client),
            "service": Named(id=row.service_id, name=row.service),
            "office": _named(row.office_id, row.office),
            "assignee": _named(row.assignee_id, row.assignee),
            "job": _job(row),
        }
    )


def _named(its_id: UUID | None, name: str | None) -> Named | None:
    return Named(id=its_id, name=name) if its_id and name else None


def _job(row: Row[Any]) -> Job:
    state = _state(row)
    stuck = state in {"waiting", "retry", "failed"}
    return Job(
        state=state,
        sentence=_sentence(row, state),
        whose_move=row.job_whose_move if stuck else None,
        next_try_at=row.job_not_before if state == "retry" else None,
    )


def _state(row: Row[Any]) -> JobState:
    if row.job_state is not None:
        state: JobState = "sending" if row.job_state == "running" else row.job_state
        return state
    if row.xero_job_id:
        return "done"
    if row.status == "cancelled":
        return "cancelled"
    return "none" if row.ever_connected else "not_connected"


def _sentence(row: Row[Any], state: JobState) -> str:
    if state == "none":
        if row.assignee_id is None:
            return "No job yet: it is made when the request is assigned."
        return "No job was made yet; it can be made by hand."
    if state == "done":
        return f"In Xero as {row.xero_job_name}." if row.xero_job_name else "The job is in Xero."
    if state in _SENTENCES:
        return _SENTENCES[state]
    return str(row.job_error or row.xero_sync_error or "The job could not be made yet.")
