"""The job of a request: made exactly once in the right organisation, whatever Xero answers."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.auth.viewer import Viewer, load_viewer
from app.extensions import db
from app.models import (
    Cause,
    Company,
    Connection,
    ContactMapping,
    Operation,
    OperationStep,
    RequestEvent,
    ServiceMapping,
    ServiceRequest,
    XeroCall,
    now,
)
from app.requests import actions
from app.sync import causes
from app.sync.operations import CREATE_JOB, plan
from app.sync.runner import run_operation
from app.tenancy import company_scope
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import Permanent
from tests.support.people import Cast, sign_in


@pytest.fixture
def assign(app: Flask, cast: Cast):
    """Assign a request as the practice's admin would; the operation's id."""

    def assigned(request: ServiceRequest, first_name: str = "Jane", email: str = "admin@abc.test"):
        member = cast.member(request.company_id, first_name)
        _, session_id, company_id, _ = sign_in(app, email, "page")
        with app.app_context(), company_scope(request.company_id):
            by = load_viewer(db.session, session_id, company_id)
            assert isinstance(by, Viewer)
            row = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == request.id)).one()
            actions.assign(row, member.id, by)
            db.session.commit()
        return operation_of(cast, request).id

    return assigned


def operation_of(cast: Cast, request: ServiceRequest) -> Operation:
    statement = select(Operation).where(Operation.subject_id == request.id, Operation.kind == CREATE_JOB)
    (operation,) = cast.read(request.company_id, statement)
    return operation


def fresh(cast: Cast, request: ServiceRequest) -> ServiceRequest:
    return cast.read(request.company_id, select(ServiceRequest).where(ServiceRequest.id == request.id))[0]


def projects_for(simulator, request: ServiceRequest, organisation: str = "ABC Pty Ltd") -> list[dict]:
    return [project for project in simulator.projects(organisation) if request.reference in project["name"]]


@pytest.fixture
def request_(cast: Cast) -> ServiceRequest:
    """A new request of ABC for a mapped service."""
    service = cast.service(cast.abc, "Individual Tax Return")
    return cast.request(cast.abc, status="new", service_id=service.id)


def test_an_assigned_request_gets_its_job(cast, simulator, assign, work, request_):
    assign(request_)
    work()
    (project,) = projects_for(simulator, request_)
    request = fresh(cast, request_)
    assert request.xero_job_id == project["projectId"]
    assert request.xero_job_name == project["name"]
    assert project["name"].startswith("Individual Tax Return - ")
    assert [task["name"] for task in project["tasks"]] == [
        "Collect documents",
        "Prepare return",
        "Review and lodge",
    ]
    assert project["estimate"]["value"] == float(request.price)
    assert project["deadlineUtc"][:10] == request.due_on.isoformat()
    assert request.xero_synced_at
    assert request.xero_sync_error is None
    assert operation_of(cast, request).state == "done"
    told = cast.read(cast.abc, select(RequestEvent).where(RequestEvent.service_request_id == request.id))
    assert "is in Xero (ABC Pty Ltd)" in told[-1].text or any("is in Xero" in event.text for event in told)
    assert projects_for(simulator, request_, "Smith & Co") == []


def test_running_it_again_changes_nothing(app, cast, simulator, assign, work, request_):
    operation_id = assign(request_)
    work()
    with app.app_context():
        assert run_operation(cast.abc, operation_id) is None
    with app.app_context(), company_scope(cast.abc):
        assert plan(CREATE_JOB, request_.id, request_.reference, "x").state == "done"
        db.session.commit()
    work()
    assert len(projects_for(simulator, request_)) == 1


def test_ten_workers_at_once_make_one_job(app, cast, simulator, assign, request_):
    operation_id = assign(request_)
    ended: list[str | None] = []

    def worker() -> None:
        with app.app_context():
            ended.append(run_operation(cast.abc, operation_id))

    threads = [threading.Thread(target=worker) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended, key=str) == [None] * 9 + ["done"]
    assert len(projects_for(simulator, request_)) == 1


@pytest.mark.parametrize("path", ["/Contacts", "/Projects", "/Tasks"])
@pytest.mark.parametrize("fault", ["drop_after", "500_after"])
def test_an_answer_lost_after_the_change_makes_no_second(
    cast, simulator, assign, work, request_, path, fault
):
    simulator.fault(
        fault,
        path=path + "$" if path != "/Contacts" else path,
        method="PUT" if path == "/Contacts" else "POST",
        count=1,
    )
    assign(request_)
    work(hurry=True)
    (project,) = projects_for(simulator, request_)
    assert len(project["tasks"]) == 3
    assert operation_of(cast, request_).state == "done"
    client = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.id == request_.id))[0].client_id
    (mapping,) = cast.read(cast.abc, select(ContactMapping).where(ContactMapping.client_id == client))
    contacts = simulator.state()["organisations"]["ABC Pty Ltd"]["contacts"]
    assert len([c for c in contacts if c["Name"] == mapping.contact_name]) == 1


@pytest.mark.parametrize("fault", ["500_before", "503", "drop_before", "truncated", "html", "expired_token"])
def test_passing_trouble_is_tried_again(cast, simulator, assign, work, request_, fault):
    simulator.fault(fault, path="Projects", count=1)
    assign(request_)
    work(hurry=True)
    assert len(projects_for(simulator, request_)) == 1
    assert operation_of(cast, request_).state == "done"


def test_an_expired_token_is_renewed_on_the_way(cast, simulator, assign, work, request_):
    simulator.advance(3600)
    assign(request_)
    work()
    assert operation_of(cast, request_).state == "done"


def test_a_limit_costs_no_attempt_and_is_honoured(cast, simulator, assign, work, request_):
    simulator.fault("429", path="Projects", count=1, retry_after=37)
    assign(request_)
    work()
    operation = operation_of(cast, request_)
    assert (operation.state, operation.attempts) == ("retry", 0)
    assert timedelta(seconds=20) < operation.not_before - now() < timedelta(seconds=60)
    assert fresh(cast, request_).xero_sync_error is None


def test_a_service_without_a_mapping_waits_for_it(app, cast, simulator, assign, work):
    service = cast.service(cast.abc, "SMSF Audit and Return")
    with app.app_context(), company_scope(cast.abc):
        template = cast.request(cast.abc, status="new")
        row = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == template.id)).one()
        row.service_id = service.id
        db.session.commit()
    assign(template)
    work()
    operation = operation_of(cast, template)
    assert (operation.state, operation.whose_move) == ("waiting", "practice")
    assert "SMSF Audit and Return" in fresh(cast, template).xero_sync_error
    with app.app_context(), company_scope(cast.abc):
        db.session.add(
            ServiceMapping(service_id=service.id, job_template_id=None, confirmed_by="Alice Carter")
        )
        assert causes.resolve(causes.SERVICE_MAPPING, service.id) >= 1
        db.session.commit()
    work()
    (project,) = projects_for(simulator, template)
    assert project["tasks"] == []
    assert fresh(cast, template).xero_sync_error is None


def test_a_broken_connection_is_one_cause_for_all(app, cast, simulator, assign, work):
    simulator.fault("disconnected", organisation="ABC Pty Ltd", count=1000)
    waiting = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "new"))[:2]
    for request in waiting:
        assign(request)
    work()
    assert {operation_of(cast, request).state for request in waiting} == {"waiting"}
    (cause,) = cast.read(
        cast.abc, select(Cause).where(Cause.kind == causes.CONNECTION, Cause.resolved_at.is_(None))
    )
    assert {operation_of(cast, request).cause_id for request in waiting} == {cause.id}
    # The other practice feels nothing.
    smiths = cast.request(cast.smith, status="new")
    assign(smiths, "Priya", "admin@smith.test")
    work()
    assert operation_of(cast, smiths).state == "done"
    assert len(projects_for(simulator, smiths, "Smith & Co")) == 1


def test_two_contacts_of_one_name_are_a_persons_choice(app, cast, simulator, assign, work, request_):
    with app.app_context(), company_scope(cast.abc):
        row = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == request_.id)).one()
        name = row.client.name
        first, _, last = name.partition(" ")
        for mapping in db.session.scalars(
            select(ContactMapping).where(ContactMapping.client_id == row.client_id)
        ):
            db.session.delete(mapping)
        db.session.commit()
    from app.demonstration.simulated import SimulatedPast, simulator_consent

    with app.app_context():
        tokens, organisation = simulator_consent("ABC Pty Ltd")
        past = SimulatedPast(tokens.access_token, organisation.xero_tenant_id)
        past.contact(f"{last}, {first}", "X-1", None, None)
        past.contact(f"{first.upper()} {last} Pty Ltd", "X-2", None, None)
    assign(request_)
    work()
    operation = operation_of(cast, request_)
    assert operation.state == "waiting"
    assert "Choose which one it is" in operation.error
    assert projects_for(simulator, request_) == []


def test_a_contact_that_is_there_is_used(app, cast, simulator, assign, work, request_):
    before = len(simulator.state()["organisations"]["ABC Pty Ltd"]["contacts"])
    assign(request_)
    work()
    after = simulator.state()["organisations"]["ABC Pty Ltd"]["contacts"]
    assert len(after) <= before + 1
    (project,) = projects_for(simulator, request_)
    assert project["contactId"] in {contact["ContactID"] for contact in after}


def test_a_killed_workers_operation_is_taken_over(app, cast, simulator, assign, work, request_):
    """As if the worker died between Xero's answer and our commit: the step stands at *sending*, the lease runs out."""
    operation_id = assign(request_)
    work()
    (project,) = projects_for(simulator, request_)
    with app.app_context(), company_scope(cast.abc):
        operation = db.session.scalars(select(Operation).where(Operation.id == operation_id)).one()
        operation.state, operation.lease, operation.finished_at = "running", operation_id, None
        operation.lease_until = now() - timedelta(seconds=1)
        steps = db.session.scalars(
            select(OperationStep).where(OperationStep.operation_id == operation_id)
        ).all()
        for step in steps:
            if step.name == "project":
                step.state, step.result, step.done_at = "sending", {}, None
            elif step.name.startswith("task"):
                db.session.delete(step)
        row = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == request_.id)).one()
        row.xero_job_id = None
        db.session.commit()
    work()
    (same,) = projects_for(simulator, request_)
    assert same["projectId"] == project["projectId"] == fresh(cast, request_).xero_job_id
    (step,) = cast.read(
        cast.abc,
        select(OperationStep).where(
            OperationStep.operation_id == operation_id, OperationStep.name == "project"
        ),
    )
    assert step.read_back


def test_a_slow_search_does_not_shorten_the_lease(
    app, cast, simulator, assign, request_, superuser, monkeypatch
):
    """What is looked for before a contact is created runs in the transaction that then writes *sending*: the lease must
    count from that moment, not from the transaction's beginning."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"lease_seconds": 3})
    left: list[float] = []

    def slow_search(*_given: object) -> None:
        db.session.execute(text("select pg_sleep(1.5)"))

    def sent(_api: object, fields: ContactFields, _key: str) -> Contact:
        with superuser.connect() as connection:
            held = "select lease_until - clock_timestamp() from operations where state = 'running'"
            left.append(connection.scalar(text(held)).total_seconds())
        raise Permanent("validation", "No.", whose_move="practice")

    monkeypatch.setattr("app.sync.contacts.finding.find_contact", slow_search)
    monkeypatch.setattr("app.xero.accounting.AccountingApi.create_contact", sent)
    operation_id = assign(request_)
    with app.app_context():
        assert run_operation(cast.abc, operation_id) == "failed"
    assert left[0] > 2


def test_a_suspended_practices_work_stands_still(app, cast, simulator, assign, request_, superuser):
    operation_id = assign(request_)
    suspend = text("update companies set suspended_at = :at where id = :id")
    with superuser.begin() as connection:
        connection.execute(suspend, {"at": now(), "id": cast.abc})
    with app.app_context():
        assert run_operation(cast.abc, operation_id) is None
    assert operation_of(cast, request_).state == "queued"
    with superuser.begin() as connection:
        connection.execute(suspend, {"at": None, "id": cast.abc})
    with app.app_context():
        assert run_operation(cast.abc, operation_id) == "done"


def test_a_cancelled_request_gets_no_job(app, cast, simulator, assign, work, request_):
    assign(request_)
    with app.app_context(), company_scope(cast.abc):
        row = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == request_.id)).one()
        row.status = "cancelled"
        db.session.commit()
    work()
    assert operation_of(cast, request_).state == "cancelled"
    assert projects_for(simulator, request_) == []


def test_a_contact_gone_from_xero_is_made_anew(app, cast, simulator, assign, work, request_):
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).one()
        db.session.add(
            ContactMapping(
                connection_id=connection.id,
                client_id=request_.client_id,
                xero_contact_id="00000000-0000-4000-8000-00000000dead",
                contact_name="Gone",
                found_by="created",
            )
        )
        db.session.commit()
    assign(request_)
    work()
    assert operation_of(cast, request_).state == "done"
    (mapping,) = cast.read(
        cast.abc, select(ContactMapping).where(ContactMapping.client_id == request_.client_id)
    )
    (project,) = projects_for(simulator, request_)
    assert project["contactId"] == mapping.xero_contact_id


def test_what_xero_refuses_for_good_fails_with_its_words(cast, simulator, assign, work, request_):
    simulator.fault("disconnected", organisation="ABC Pty Ltd", path="Projects", count=50)
    assign(request_)
    work()
    operation = operation_of(cast, request_)
    assert operation.state == "waiting"
    assert fresh(cast, request_).xero_sync_error == operation.error


def test_every_call_leaves_a_trace_without_secrets(app, cast, simulator, assign, work, request_):
    operation_id = assign(request_)
    work()
    calls = cast.read(cast.abc, select(XeroCall).where(XeroCall.operation_id == operation_id))
    assert {call.method for call in calls} >= {"GET", "POST"}
    for call in calls:
        assert call.status
        assert call.duration_ms >= 0
        assert "Bearer" not in f"{call.request_body}{call.reply_body}"


def test_the_companys_pattern_names_the_job(app, cast, simulator, assign, work, request_):
    with app.app_context(), company_scope(cast.abc):
        company = db.session.scalars(select(Company)).one()
        company.job_name_pattern = "[{reference}] {client}: {service}"
        db.session.commit()
    assign(request_)
    work()
    (project,) = projects_for(simulator, request_)
    assert project["name"].startswith(f"[{request_.reference}] ")


def test_no_transaction_is_open_while_xero_is_asked(cast, simulator, assign, work, request_, monkeypatch):
    from app.xero import transport

    asked: list[tuple[str, bool]] = []
    really = transport.exchange

    def watched(app, method, url, **how):
        asked.append((method, db.session.registry.has() and db.session().in_transaction()))
        return really(app, method, url, **how)

    monkeypatch.setattr(transport, "exchange", watched)
    assign(request_)
    work()
    assert operation_of(cast, request_).state == "done"
    assert {method for method, _ in asked} >= {"GET", "POST"}
    assert [method for method, open_ in asked if open_] == []
