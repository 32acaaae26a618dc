"""Time logged on a job in Xero, read onto its request."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.errors import WrongState
from app.extensions import db
from app.models import Invoice, ServiceRequest, TimeEntry, XeroStaff
from app.sync import operations
from app.sync.connections import needed_connection
from app.sync.invoices import asking
from tests.sync.contacts.practice import BY
from tests.sync.invoices.practice import Books


def test_time_is_read_with_rates_and_what_is_billed_stays(books: Books, smiths: Books):
    client_id = books.clients("By The Hour")[0]
    request_id = books.request(client_id)
    with pytest.raises(WrongState, match="no job in Xero"):
        _read(books, request_id)
    project = books.project("POST", "/Projects", {"contactId": books.contact_id(client_id), "name": "Job"})
    job_id = project["projectId"]
    with books.scope():
        db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.id == request_id)
        ).one().xero_job_id = job_id
        db.session.commit()
    people = books.project("GET", "/ProjectsUsers")["items"]
    rate = {"currency": "AUD", "value": 180}
    by_hour = books.project(
        "POST", f"/Projects/{job_id}/Tasks", {"name": "Review", "chargeType": "TIME", "rate": rate}
    )
    fixed = books.project(
        "POST", f"/Projects/{job_id}/Tasks", {"name": "Lodge", "chargeType": "FIXED", "rate": rate}
    )
    # Half past ten at night in London is the next morning in Sydney.
    at = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
    first = _log(books, job_id, by_hour["taskId"], people[0]["userId"], at, 90)
    second = _log(books, job_id, fixed["taskId"], people[1]["userId"], at + timedelta(hours=1), 30)

    _read(books, request_id)
    found = _entries(books, request_id)
    assert {one.xero_time_entry_id for one in found} == {first, second}
    review = next(one for one in found if one.xero_time_entry_id == first)
    assert (review.minutes, review.rate, review.task_name) == (90, Decimal("180.00"), "Review")
    assert (review.worked_on.isoformat(), review.person_name) == ("2026-11-19", people[0]["name"])
    lodge = next(one for one in found if one.xero_time_entry_id == second)
    assert (lodge.charge_type, lodge.rate) == ("FIXED", None)
    assert _entries(smiths, request_id) == []

    [invoice_id] = books.write([client_id], service_request_id=request_id)
    with books.scope():
        billed = select(TimeEntry).where(TimeEntry.xero_time_entry_id == first)
        db.session.scalars(billed).one().invoice_id = db.session.scalars(
            select(Invoice.id).where(Invoice.id == invoice_id)
        ).one()
        db.session.commit()
    for entry_id in (first, second):
        books.project("DELETE", f"/Projects/{job_id}/Time/{entry_id}")
    _read(books, request_id)
    assert [one.xero_time_entry_id for one in _entries(books, request_id)] == [first], "what was billed stays"
    assert books.operation(operations.READ_TIME).state == "done"


def _read(books: Books, request_id) -> None:
    with books.scope():
        request = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == request_id)).one()
        asking.ask_time(request, BY)
        staff = select(XeroStaff.id).where(XeroStaff.connection_id == needed_connection().id)
        assert db.session.scalars(staff).all()
        db.session.commit()
    books.work()


def _log(books: Books, job_id: str, task_id: str, user_id: str, at: datetime, minutes: int) -> str:
    body = {
        "userId": user_id,
        "taskId": task_id,
        "dateUtc": at.isoformat(),
        "duration": minutes,
        "description": "x",
    }
    return str(books.project("POST", f"/Projects/{job_id}/Time", body)["timeEntryId"])


def _entries(books: Books, request_id) -> list[TimeEntry]:
    with books.scope():
        found = list(db.session.scalars(select(TimeEntry).where(TimeEntry.service_request_id == request_id)))
        db.session.expunge_all()
        return found
