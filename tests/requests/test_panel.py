"""The panel of a request's job: what the operation says, no more and no less, and live without a reload."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from app.models import Operation, ServiceRequest, now

HTMX = {"HX-Request": "true", "HX-Target": "job"}


@pytest.fixture
def given(alice, abc, cast):
    """A request just assigned to Jane, its job queued."""
    some = abc.without_job(status="new")
    alice.post(f"/requests/{some.id}/assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)})
    return some


def set_operation(superuser: Engine, request: ServiceRequest, **values):
    settings = ", ".join(f"{name} = :{name}" for name in values)
    with superuser.begin() as connection:
        connection.execute(
            text(f"update operations set {settings} where subject_id = :id"), {**values, "id": request.id}
        )


def version(page: str) -> str:
    return re.search(r"/job\?seen=([0-9a-f]+)", page).group(1)


def test_a_page_that_watches_asks_until_it_has_settled(alice, given, simulator, work):
    first = version(alice.get(f"/requests/{given.id}").text)
    same = alice.get(f"/requests/{given.id}/job?seen={first}", headers=HTMX)
    assert (same.status_code, same.data) == (204, b"")
    work()
    changed = alice.get(f"/requests/{given.id}/job?seen={first}", headers=HTMX)
    assert changed.status_code == 200
    assert changed.text.count("<section") == 1
    assert "<html" not in changed.text
    assert "every " not in changed.text
    assert f'id="status-region" hx-swap-oob="innerHTML">{given.reference}: In Xero as' in changed.text
    assert 'id="history-items" hx-swap-oob="true"' in changed.text
    assert f"/job?seen={first}" not in changed.text


def test_without_htmx_the_fragments_address_is_the_page(alice, given):
    assert alice.get(f"/requests/{given.id}/job").location == f"/requests/{given.id}"


def test_sending_shows_the_steps(alice, given, superuser):
    set_operation(
        superuser, given, state="running", lease=given.id, lease_until=now() + timedelta(seconds=30)
    )
    with superuser.begin() as connection:
        for position, (name, state) in enumerate([("contact", "done"), ("project", "sending")]):
            connection.execute(
                text(
                    "insert into operation_steps (company_id, id, operation_id, name, position, state,"
                    " idempotency_key, sent_at, done_at, read_back, result)"
                    " select company_id, gen_random_uuid(), id, :name, :position, :state, :key, now(),"
                    " case when :state = 'done' then now() end, :state = 'done', '{}' from operations"
                    " where subject_id = :id"
                ),
                {"name": name, "position": position, "state": state, "key": f"key-of-{name}", "id": given.id},
            )
    page = alice.get(f"/requests/{given.id}").text
    assert "Being sent to Xero" in page
    steps = re.findall(r'class="job-step-(\w+)"', page)
    assert steps == ["done", "sending", "todo"]
    assert "key-of-project" in page
    assert "No answer yet" in page
    assert "Found by reading back" in page


def test_waiting_names_the_cause_and_the_button(app: Flask, alice, jane, cast, abc):
    some = abc.cast.read(
        cast.abc,
        select(ServiceRequest)
        .join(Operation, Operation.subject_id == ServiceRequest.id)
        .where(Operation.state == "waiting", ServiceRequest.status != "cancelled"),
    )[0]
    page = alice.get(f"/requests/{some.id}").text
    assert "Waiting for its service to be mapped" in page
    assert f"/settings/integrations/xero/services#service-{some.service_id}" in page
    assert "every " not in page
    theirs = jane.get(f"/requests/{some.id}").text
    assert "Your practice’s admin can mend this." in theirs
    assert f"#service-{some.service_id}" not in theirs


def test_a_later_try_says_when_and_why(alice, given, superuser):
    soon = now() + timedelta(seconds=40)
    set_operation(
        superuser, given, state="retry", not_before=soon, error="Xero is busy.", whose_move="xero", attempts=1
    )
    page = alice.get(f"/requests/{given.id}").text
    assert "Will be tried again at" in page
    assert "Xero is busy. Nothing needs to be done." in page
    assert 'hx-trigger="every 3s"' in page
    set_operation(superuser, given, not_before=now() + timedelta(hours=1))
    assert 'hx-trigger="every' not in alice.get(f"/requests/{given.id}").text


@pytest.mark.parametrize(
    ("move", "sentence"),
    [("practice", "Your move"), ("us", "Our move"), ("xero", "Xero’s move"), ("nobody", "Press Retry when")],
)
def test_failed_says_why_and_whose_move_and_retry_mends(
    alice, abc, given, superuser, simulator, work, move, sentence
):
    set_operation(superuser, given, state="failed", error="Xero refused <it>.", whose_move=move, attempts=8)
    page = alice.get(f"/requests/{given.id}").text
    assert "The job could not be made" in page
    assert "Xero refused &lt;it&gt;." in page
    assert sentence in page
    assert alice.post(f"/requests/{given.id}/retry").location == f"/requests/{given.id}"
    work()
    assert "In Xero as" in alice.get(f"/requests/{given.id}").text
    assert [operation.state for operation in abc.operations(given.id)] == ["done"]


def test_retry_of_what_is_done_makes_no_second_job(alice, abc, given, simulator, work):
    work()
    before = abc.request(given.id).xero_job_id
    assert alice.post(f"/requests/{given.id}/retry").status_code == 302
    work()
    assert abc.request(given.id).xero_job_id == before
    assert len(abc.operations(given.id)) == 1


def test_retry_of_what_is_running_leaves_it_running(alice, abc, given, superuser):
    set_operation(
        superuser, given, state="running", lease=given.id, lease_until=now() + timedelta(seconds=30)
    )
    assert alice.post(f"/requests/{given.id}/retry").status_code == 302
    assert [operation.state for operation in abc.operations(given.id)] == ["running"]


def test_retry_before_assigning_is_refused(alice, abc):
    some = abc.without_job(status="new")
    answer = alice.post(f"/requests/{some.id}/retry")
    assert (answer.status_code, f"Assign {some.reference} first" in answer.text) == (409, True)
    assert abc.operations(some.id) == []


def test_assigned_before_xero_was_connected_the_job_can_be_made_now(
    alice, abc, given, superuser, simulator, work
):
    with superuser.begin() as connection:
        connection.execute(text("delete from operations where subject_id = :id"), {"id": given.id})
    assert "Make the job now" in alice.get(f"/requests/{given.id}").text
    alice.post(f"/requests/{given.id}/retry")
    work()
    assert "In Xero as" in alice.get(f"/requests/{given.id}").text
