"""Practice Manager against the simulator over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.xero.errors import Again, MissingScope, Permanent, XeroError
from app.xero.practice_manager import JobFields, PracticeClientFields, PracticeManagerApi
from app.xero.scopes import scopes_for
from tests.support.simulator import SimulatorProcess
from tests.xero.road import Road

PRACTICE = "ABC Accounting (Practice Manager)"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def practice(road: Callable[..., Road]) -> PracticeManagerApi:
    return PracticeManagerApi(road(PRACTICE, scopes=scopes_for(["practice_manager"])).transport)


def fields(practice: PracticeManagerApi, order: str, **more: str) -> JobFields:
    client = next(client for page in practice.clients() for client in page)
    return JobFields("BAS", client.id, TODAY, TODAY + timedelta(days=30), order_number=order, **more)


def test_what_the_practice_has(practice: PracticeManagerApi) -> None:
    assert {member.email for member in practice.staff()} >= {"jane@abc.test"}
    assert practice.templates()
    assert practice.categories()
    assert practice.job_states()


def test_a_jobs_life(practice: PracticeManagerApi) -> None:
    jane = next(member for member in practice.staff() if member.email == "jane@abc.test")
    wanted = fields(practice, "R-77", template_id=practice.templates()[0].id)
    assert practice.find_job(wanted.client_id, "R-77") is None
    made = practice.create_job(wanted)
    assert made.number
    assert (made.client_id, made.due_date) == (wanted.client_id, wanted.due_date)
    found = practice.find_job(wanted.client_id, "R-77")
    assert found is not None
    assert found.number == made.number
    practice.assign(made.number, manager_id=jane.id, staff_ids=[jane.id])
    job = practice.job(made.number)
    assert (job.manager_id, job.staff_ids) == (jane.id, (jane.id,))
    assert job.tasks
    practice.complete_task(job.tasks[0].id)
    assert practice.job(made.number).tasks[0].completed
    practice.reopen_task(job.tasks[0].id)
    assert not practice.job(made.number).tasks[0].completed
    practice.unassign_manager(made.number)
    assert practice.job(made.number).manager_id == ""
    assert made.number in {job.number for job in practice.current_jobs()}
    assert made.number in {
        job.number for job in practice.jobs(TODAY - timedelta(days=1), TODAY + timedelta(days=1))
    }


def test_notes_documents_and_another_template(practice: PracticeManagerApi) -> None:
    made = practice.create_job(fields(practice, "R-78"))
    practice.add_note(made.number, "Hello", "From Countinghouse")
    practice.add_document(made.number, "Return", "return.pdf", b"%PDF-1.7")
    assert [document.title for document in practice.documents(made.number)] == ["Return"]
    practice.apply_template(made.number, practice.templates()[0].id)
    assert practice.job(made.number).tasks


def test_a_state_by_its_label_is_refused(practice: PracticeManagerApi) -> None:
    made = practice.create_job(fields(practice, "R-79"))
    with pytest.raises(Permanent) as caught:
        practice.set_job_state(made.number, "No such state")
    assert caught.value.code == "practice_manager_refused"


def test_a_client(practice: PracticeManagerApi) -> None:
    made = practice.create_client(PracticeClientFields("Zebra Crossing Pty Ltd", email="z@zebra.test"))
    assert practice.client(made.id).name == "Zebra Crossing Pty Ltd"
    assert [client.id for client in practice.search_clients("Zebra")] == [made.id]


def test_a_refusal_inside_200(practice: PracticeManagerApi) -> None:
    wanted = JobFields("BAS", "00000000-1111-2222-3333-444444444444", TODAY, TODAY)
    with pytest.raises(Permanent) as caught:
        practice.create_job(wanted)
    assert caught.value.details


def test_an_answer_that_is_lost_is_found_by_order_number(
    practice: PracticeManagerApi, xero: SimulatorProcess
) -> None:
    wanted = fields(practice, "R-80")
    xero.fault("drop_after", path="job.api/add", count=1)
    with pytest.raises(Again) as caught:
        practice.create_job(wanted)
    assert caught.value.maybe_done is True
    assert practice.find_job(wanted.client_id, "R-80") is not None


def test_an_accounting_consent_does_not_reach_it(
    road: Callable[..., Road], practice: PracticeManagerApi
) -> None:
    with pytest.raises(XeroError):
        PracticeManagerApi(road().transport).staff()


def test_narrow_scopes_are_not_enough_for_templates(road: Callable[..., Road]) -> None:
    narrow = road(PRACTICE, scopes=("openid", "offline_access", "practicemanager.job"))
    with pytest.raises(MissingScope):
        PracticeManagerApi(narrow.transport).templates()
