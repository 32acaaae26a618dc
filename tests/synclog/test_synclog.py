"""The sync log: what happened, what is stuck and why, and every call, each practice its own."""

import csv
import io

import pytest
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import Operation, ServiceRequest, XeroCall
from app.spreadsheets import safe_cell
from app.tenancy import company_scope
from tests.support.pages import links, words


def operations(cast, company_id, **like) -> list[Operation]:
    return list(cast.read(company_id, select(Operation).filter_by(**like).order_by(Operation.created_at)))


def test_the_log_filters_by_state_kind_text_and_day(browser, cast) -> None:
    alice = browser("admin@abc.test")
    failed = operations(cast, cast.abc, state="failed")
    page = words(alice.get("/sync?state=failed"))
    assert all(one.subject_label in page and one.error in page for one in failed)
    done = operations(cast, cast.abc, state="done", kind="job.create")[0]
    assert f" {done.subject_label} " not in page
    assert done.subject_label in words(alice.get(f"/sync?q={done.subject_label.lower()}"))
    assert "Read the people" in words(alice.get("/sync?kind=staff.read")).split("Operations, newest first")[1]
    day = done.created_at.date().isoformat()
    assert done.subject_label in words(alice.get(f"/sync?q={done.subject_label}&since={day}"))
    assert "Nothing fits these filters" in words(alice.get("/sync?since=2031-01-01"))
    assert "Nothing fits these filters" in words(alice.get("/sync?q=100%25_"))


def test_odd_filters_are_harmless(browser) -> None:
    alice = browser("admin@abc.test")
    for query in ("state=nonsense", "kind=x", "since=yesterday", "q=%00", "q=" + "x" * 5000, "error='--"):
        assert alice.get(f"/sync?{query}").status_code == 200, query
    assert alice.get("/sync?after=rubbish").status_code == 422


def test_the_log_goes_on_page_by_page_without_losing_a_row(browser, cast) -> None:
    alice, path, seen = browser("admin@abc.test"), "/sync", []
    for _ in range(20):
        page = alice.get(path)
        seen += [link for link in links(page, "/sync/") if len(link) == len("/sync/") + 36]
        following = list(links(page, "/sync?after="))
        if not following:
            break
        path = following[0]
    total = cast.read(cast.abc, select(func.count(Operation.id)))[0]
    assert len(seen) == len(set(seen)) == total > 50


def test_another_practices_operations_are_not_there(browser, cast) -> None:
    theirs = operations(cast, cast.smith)[0]
    alice = browser("admin@abc.test")
    for path, method in ((f"/sync/{theirs.id}", alice.get), (f"/sync/{theirs.id}/retry", alice.post)):
        assert method(path).status_code == 404
    assert alice.post(f"/sync/{theirs.id}/cancel").status_code == 404
    assert theirs.subject_label not in words(alice.get("/sync"))
    assert theirs.subject_label not in alice.get("/sync/export.csv").get_data(as_text=True)
    assert browser("client@abc.test").get("/sync").status_code == 404


def test_a_job_shows_its_steps_and_calls_without_secrets(browser, api, cast, simulator, work) -> None:
    request = cast.request(cast.abc, status="new")
    bas = cast.service(cast.abc, "BAS")
    api("admin@abc.test").patch(f"/api/requests/{request.id}", {"service_id": str(bas.id)})
    jane = cast.member(cast.abc, "Jane")
    api("admin@abc.test").post(f"/api/requests/{request.id}/assign", {"accountant_id": str(jane.id)})
    work()
    (operation,) = operations(cast, cast.abc, subject_id=request.id)
    assert operation.state == "done", operation.error
    alice = browser("admin@abc.test")
    page = alice.get(f"/sync/{operation.id}")
    said = words(page)
    assert "Project" in said
    assert "POST /projects.xro/2.0/Projects" in said
    assert "Bearer" not in page.get_data(as_text=True)
    calls = alice.get("/sync/calls")
    assert "POST /projects.xro/2.0/Projects" in words(calls)
    one = next(link for link in links(calls, "/sync/calls/") if "export" not in link)
    assert "Correlation id" in words(alice.get(one))
    assert "No call fits these filters" in words(alice.get("/sync/calls?q=nothing-like-it"))
    assert "No call fits these filters" in words(alice.get("/sync/calls?outcome=limited"))
    assert browser("jane@abc.test").get("/sync/calls").status_code == 403
    assert browser("admin@smith.test").get(one).status_code == 404


def test_retry_and_give_up(browser, cast) -> None:
    failed, waiting = (
        operations(cast, cast.abc, state="failed")[0],
        operations(cast, cast.abc, state="waiting")[0],
    )
    jane = browser("jane@abc.test")
    assert jane.post(f"/sync/{failed.id}/retry").status_code == 302
    (again,) = operations(cast, cast.abc, id=failed.id)
    assert (again.state, again.attempts, again.error, again.requested_by) == ("queued", 0, None, "Jane Doe")
    assert jane.post(f"/sync/{waiting.id}/cancel").status_code == 302
    (over,) = operations(cast, cast.abc, id=waiting.id)
    assert over.state == "cancelled"
    request = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.id == waiting.subject_id))[0]
    assert request.xero_sync_error is None
    done = operations(cast, cast.abc, state="done")[0]
    refused = jane.post(f"/sync/{done.id}/retry")
    assert refused.status_code == 409
    assert "This is done already" in words(refused)
    assert jane.post(f"/sync/{done.id}/cancel").status_code == 409


def test_what_is_stuck_shows_causes_and_failures(browser, cast) -> None:
    waiting = operations(cast, cast.abc, state="waiting")
    alice = browser("admin@abc.test")
    page = alice.get("/sync/causes")
    said = words(page)
    assert f"{len(waiting)} jobs wait" in said
    assert "SMSF Audit and Return" in said
    assert any(
        link.startswith("/settings/integrations/xero/services#service-") for link in links(page, "/settings")
    )
    for failed in operations(cast, cast.abc, state="failed"):
        assert failed.error in said
        assert failed.subject_label in said
    seen_by_jane = browser("jane@abc.test").get("/sync/causes")
    assert "An admin of your practice can mend this." in words(seen_by_jane)
    assert links(seen_by_jane, "/settings/") == []


def test_all_of_a_kind_of_failure_are_tried_again_together(app, browser, cast) -> None:
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Operation)
            .where(Operation.state == "done", Operation.kind == "job.create")
            .values(state="failed", error_code="validation", error="No.")
        )
        db.session.commit()
    alike = len(operations(cast, cast.abc, state="failed", error_code="validation"))
    others = len(operations(cast, cast.abc, state="failed")) - alike
    assert alike > 50
    assert others >= 1
    browser("jane@abc.test").post("/sync/causes/retry", {"error": "validation"})
    assert len(operations(cast, cast.abc, state="failed")) == others
    assert len(operations(cast, cast.abc, state="queued")) == alike


def test_nothing_stuck_says_so(browser) -> None:
    assert "Nothing is stuck" in words(browser("admin@xyz.test").get("/sync/causes"))
    assert "Nothing has been sent to Xero yet" in words(browser("admin@xyz.test").get("/sync"))


def test_the_export_holds_every_row_of_the_filters(app, browser, cast) -> None:
    alice = browser("admin@abc.test")
    answer = alice.get("/sync/export.csv?state=done")
    assert answer.mimetype == "text/csv"
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeffWhen,")
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == len(operations(cast, cast.abc, state="done"))
    assert {row["State"] for row in rows} == {"Done"}


def test_the_export_reads_on_past_one_portion(browser, cast, monkeypatch) -> None:
    monkeypatch.setattr("app.synclog.queries.EXPORT_AT_ONCE", 7)
    text = browser("admin@abc.test").get("/sync/export.csv").get_data(as_text=True)
    assert len(text.strip().split("\r\n")) == 1 + cast.read(cast.abc, select(func.count(Operation.id)))[0]


@pytest.mark.parametrize(
    "value", ["=1+1", "+61 2", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\ufeff=1"]
)
def test_no_cell_begins_a_formula(value) -> None:
    assert safe_cell(value) == f"'{value}"


def test_ordinary_cells_stay_as_they_are() -> None:
    assert [safe_cell(value) for value in ("ABC-1042", "", None, 3)] == ["ABC-1042", "", "", "3"]


def test_a_formula_in_a_label_is_disarmed_in_the_file(app, browser, cast) -> None:
    one = operations(cast, cast.abc)[0]
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Operation).where(Operation.id == one.id).values(subject_label='=HYPERLINK("http://x")')
        )
        db.session.commit()
    text = browser("admin@abc.test").get("/sync/export.csv").get_data(as_text=True)
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert '\'=HYPERLINK("http://x")' in {row["For"] for row in rows}


def test_programs_read_the_log_page_by_page(api, cast) -> None:
    alice, cursor, seen = api("admin@abc.test"), "", []
    while True:
        body = alice.get(f"/api/integrations/xero/logs?limit=40{cursor}").json
        seen += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert len(seen) == len(set(seen)) == cast.read(cast.abc, select(func.count(Operation.id)))[0]
    failed = alice.get("/api/integrations/xero/logs?state=failed").json["items"]
    assert {item["state"] for item in failed} == {"failed"}
    assert all(item["error"] for item in failed)
    assert alice.get("/api/integrations/xero/logs?state=nonsense").status_code == 422
    assert alice.get("/api/integrations/xero/logs?cursor=rubbish").status_code == 422
    theirs = {str(one.id) for one in operations(cast, cast.smith)}
    assert not theirs & set(seen)
    assert api("client@abc.test").get("/api/integrations/xero/logs").status_code == 404


def test_a_job_by_hand_is_never_a_second_one(api, cast, simulator, work) -> None:
    request = cast.request(cast.abc, status="new")
    program = api("jane@abc.test")
    path = f"/api/integrations/xero/sync-job/{request.id}"
    assert program.post(path).json["error"]["code"] == "wrong_state"
    bas, jane = cast.service(cast.abc, "BAS"), cast.member(cast.abc, "Jane")
    api("admin@abc.test").patch(f"/api/requests/{request.id}", {"service_id": str(bas.id)})
    api("admin@abc.test").post(f"/api/requests/{request.id}/assign", {"accountant_id": str(jane.id)})
    assert {program.post(path).json["state"] for _ in range(3)} == {"queued"}
    work()
    assert program.post(path).json["state"] == "done"
    work()
    made = [one for one in simulator.projects("ABC Pty Ltd") if request.reference in one["name"]]
    assert len(made) == 1
    assert api("admin@smith.test").post(path).status_code == 404


def test_the_call_log_outlives_what_it_was_written_for(app, cast, simulator) -> None:
    from app.models import Connection
    from app.sync.connections import transport_for
    from app.xero.accounting import AccountingApi

    before = len(cast.read(cast.abc, select(XeroCall)))
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection).with_for_update()).one()
        transport = transport_for(connection, correlation_id="kept", interactive=True)
        AccountingApi(transport).organisation()
        db.session.rollback()
    after = cast.read(cast.abc, select(XeroCall).where(XeroCall.correlation_id == "kept"))
    assert len(cast.read(cast.abc, select(XeroCall))) == before + 1
    assert (after[0].status, after[0].method) == (200, "GET")


def test_the_call_log_is_exported_without_bodies_and_for_admins_only(app, browser, cast) -> None:
    from datetime import timedelta

    from app.extensions import db
    from app.models import XeroCall, now
    from app.tenancy import company_scope

    for company, path in ((cast.abc, "/ours"), (cast.smith, "/theirs")):
        with app.app_context(), company_scope(company):
            call = XeroCall(
                at=now() - timedelta(minutes=1),
                correlation_id="c",
                method="GET",
                path=path,
                status=500,
                error_code="server_error",
                duration_ms=12,
                reply_body="what was answered",
            )
            db.session.add(call)
            db.session.commit()
    answer = browser("admin@abc.test").get("/sync/calls/export.csv?outcome=failed")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    assert "/ours,500,12,server_error" in text
    assert "/theirs" not in text
    assert "what was answered" not in text
    assert browser("jane@abc.test").get("/sync/calls/export.csv").status_code == 403


@pytest.mark.parametrize(
    "asked", ["error=%00", "since=0001-01-01", "until=9999-12-31", "after=" + "W1tb" * 500]
)
def test_nonsense_in_the_address_is_no_fault_of_ours(browser, asked: str) -> None:
    assert browser("admin@abc.test").get(f"/sync?{asked}").status_code in {200, 422}


def test_a_group_without_a_name_is_none(browser) -> None:
    assert browser("admin@abc.test").post("/sync/causes/retry", {"error": "\x00"}).status_code == 302


def test_a_kind_that_is_no_text_is_refused(api) -> None:
    assert api("admin@abc.test").get("/api/integrations/xero/logs?kind=%00").status_code == 422
