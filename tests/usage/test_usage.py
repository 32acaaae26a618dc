"""The usage page and its JSON twin: the figures are those of the log and of the governor, in every state."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import delete, insert, select, update

from app.extensions import db
from app.models import Connection, Operation, XeroCall, now
from app.sync.connections import governor
from app.tenancy import company_scope
from tests.support.pages import words
from tests.support.statements import counted_statements

SYDNEY = ZoneInfo("Australia/Sydney")


class Story:
    """Writes ABC's calls and operations, and what the governor has heard."""

    def __init__(self, app, cast) -> None:
        self.app, self.company_id = app, cast.abc
        self.run(delete(XeroCall))
        self.run(update(Operation).where(Operation.state != "done").values(state="cancelled", cause_id=None))
        with app.app_context(), company_scope(self.company_id):
            self.organisation = db.session.scalars(select(Connection)).one().xero_tenant_id

    def run(self, statement, rows=None) -> None:
        with self.app.app_context(), company_scope(self.company_id):
            db.session.execute(statement, *([rows] if rows else []))
            db.session.commit()

    def call(self, at: datetime, code: str | None = None, operation_id=None, times: int = 1) -> None:
        row = {"correlation_id": "c", "method": "GET", "path": "/x", "status": 200, "duration_ms": 9}
        row |= {"company_id": self.company_id, "at": at, "error_code": code, "operation_id": operation_id}
        self.run(insert(XeroCall), [{**row, "id": uuid4()} for _ in range(times)])

    def operation(self, state: str, times: int = 1, kind: str = "job.create", priority: int = 10) -> list:
        ids = [uuid4() for _ in range(times)]
        row = {"company_id": self.company_id, "kind": kind, "subject_label": "ABC-1", "state": state}
        row |= {"requested_by": "Alice Carter", "priority": priority, "attempts": 0, "result": {}}
        row |= {"not_before": now(), "rung_at": now(), "created_at": now()}
        self.run(insert(Operation), [{**row, "id": one, "subject_id": uuid4()} for one in ids])
        return ids

    def heard(
        self, *, day_left: int | None, minute_left: int = 60, status: int = 200, **headers: str
    ) -> None:
        told = {"x-minlimit-remaining": str(minute_left), **headers}
        if day_left is not None:
            told["x-daylimit-remaining"] = str(day_left)
        with self.app.app_context():
            gate = governor()
            gate.leave(gate.enter(self.organisation, interactive=True), told, status)


@pytest.fixture
def story(app, cast) -> Story:
    return Story(app, cast)


@pytest.fixture
def figures(api):
    return lambda email="admin@abc.test": api(email).get("/api/usage").get_json()


def test_calls_are_counted_by_the_practices_day_and_by_how_they_went(story, figures, browser):
    midnight = datetime.combine(now().astimezone(SYDNEY).date(), time.min, SYDNEY)
    yesterday = midnight - timedelta(minutes=1)
    story.call(yesterday, times=3)
    story.call(yesterday, "limit_minute", times=2)
    story.call(yesterday, "unreachable")
    story.call(midnight)
    story.call(midnight - timedelta(days=13), times=4)
    story.call(midnight - timedelta(days=13, seconds=1), times=50)
    days = figures()["days"]
    assert len(days) == 14
    assert days[-1] == {"date": midnight.date().isoformat(), "fine": 1, "refused": 0, "failed": 0}
    assert (days[-2]["fine"], days[-2]["refused"], days[-2]["failed"]) == (3, 2, 1)
    assert days[0]["fine"] == 4
    page = words(browser("admin@abc.test").get("/usage"))
    assert "8 fine, 2 refused by a limit and 1 failed in 14 days." in page


def test_the_last_hour(story, figures):
    story.call(now() - timedelta(minutes=59), times=2)
    story.call(now() - timedelta(minutes=30), "limit_day")
    story.call(now() - timedelta(minutes=61), times=7)
    assert figures()["last_hour"] == {"fine": 2, "refused": 1, "failed": 0}


def test_used_and_left_are_the_governors(story, figures, browser):
    story.heard(day_left=4321)
    found = figures()
    assert (found["state"], found["day"]["used"], found["day"]["left"]) == ("ok", 679, 4321)
    assert (found["day"]["limit"], found["day"]["kept_for_people"]) == (5000, 500)
    assert (found["minute"]["used"], found["minute"]["left"], found["minute"]["limit"]) == (1, 59, 60)
    page = words(browser("admin@abc.test").get("/usage"))
    assert "Left today 4,321 of 5,000" in page
    assert "Left this minute 59 of 60" in page


def test_the_need_is_learnt_from_what_was_done_last(story, figures, browser):
    story.heard(day_left=4900)
    for operation_id in story.operation("done", times=2):
        story.call(now() - timedelta(hours=2), operation_id=operation_id, times=4)
    story.operation("queued", times=12)
    queue, coming = figures()["queue"], figures()["forecast"]
    assert queue == [
        {"kind": "job.create", "moving": 12, "blocked": 0, "calls_each": 4.0, "learnt_from": 2, "calls": 48}
    ]
    assert (coming["calls"], coming["fits_today"], coming["calls_later"]) == (48, True, 0)
    page = words(browser("admin@abc.test").get("/usage"))
    assert "12 jobs wait; they need about 48 calls and are done in about a minute." in page
    assert "That fits into the 4,900 calls left today, of which 500 are kept for people." in page


def test_what_never_ran_is_assumed_and_said_so(story, figures, browser):
    story.operation("queued", kind="staff.read")
    assert figures()["queue"][0]["learnt_from"] == 0
    page = words(browser("admin@abc.test").get("/usage"))
    assert "Assumed: none was done yet" in page
    assert "1 other operation waits; it needs about 1 call and is done in about a minute." in page


def test_bulk_work_that_does_not_fit_says_when_it_goes_on(story, browser, figures):
    story.heard(day_left=4900)
    story.heard(day_left=600)
    for operation_id in story.operation("done", times=2):
        story.call(now() - timedelta(hours=2), operation_id=operation_id, times=4)
    story.operation("queued", times=100, priority=90)
    assert (figures()["forecast"]["calls_today"], figures()["forecast"]["fits_today"]) == (100, False)
    page = words(browser("admin@abc.test").get("/usage"))
    assert "100 of these calls still go today: 600 are left, and 500 of each day are kept for people." in page
    assert "The other 300 go when the day starts again, by" in page


def test_nothing_called_yet(story, browser, figures):
    assert figures()["state"] == "nothing_yet"
    assert "Nothing has been asked of Xero yet" in words(browser("admin@abc.test").get("/usage"))


def test_nothing_waits(story, browser):
    story.heard(day_left=4900)
    assert "Nothing waits to be sent to Xero." in words(browser("admin@abc.test").get("/usage"))


def test_not_connected(browser, figures):
    found = figures("admin@xyz.test")
    assert (found["state"], found["minute"], found["day"]) == ("not_connected", None, None)
    page = browser("admin@xyz.test").get("/usage")
    assert "Calls are counted as soon as your practice is connected." in words(page)
    assert 'href="/settings/integrations/xero"' in page.text


def test_a_day_that_is_used_up(story, browser, figures):
    headers = {"x-rate-limit-problem": "day", "retry-after": "7200"}
    story.operation("queued", times=2)
    story.heard(day_left=0, status=429, **headers)
    assert figures()["state"] == "day_used_up"
    page = words(browser("admin@abc.test").get("/usage"))
    assert "Today’s calls are used up" in page
    assert "Xero takes no more calls for this organisation until" in page
    assert "None of these calls goes today; all 12 go when the day starts again, by" in page


def test_a_pause_that_xero_asked_for(story, browser, figures):
    story.heard(day_left=4000, status=429, **{"x-rate-limit-problem": "minute", "retry-after": "45"})
    found = figures()
    assert found["state"] == "paused"
    paused = datetime.fromisoformat(found["paused_until"])
    assert timedelta(seconds=30) < paused - datetime.now(UTC) <= timedelta(seconds=46)
    assert "Xero asked for a pause" in words(browser("admin@abc.test").get("/usage"))


def test_a_day_of_which_only_the_reserve_is_left(story, browser, figures):
    story.heard(day_left=4900)
    story.heard(day_left=450)
    assert figures()["state"] == "only_people"
    assert "Only what people ask for goes today" in words(browser("admin@abc.test").get("/usage"))


def test_a_connection_that_waits_for_an_admin(story, browser, figures):
    story.run(update(Connection).values(status="reconnect_needed"))
    story.operation("queued", times=2)
    assert figures()["state"] == "needs_admin"
    page = words(browser("admin@abc.test").get("/usage"))
    assert "2 jobs wait; they need about 12 calls once the connection stands." in page
    assert "Reconnect" in page


def test_redis_away(story, browser, figures, app, monkeypatch):
    def nobody_answers(*_values, **_more):
        raise RedisAway("no")

    story.call(now() - timedelta(minutes=5), times=3)
    story.operation("queued")
    monkeypatch.setattr("app.sync.governor.Governor._run", nobody_answers)
    found = figures()
    assert (found["state"], found["minute"], found["last_hour"]["fine"]) == ("counter_away", None, 3)
    assert found["forecast"]["done_at"] is None
    page = words(browser("admin@abc.test").get("/usage"))
    assert "The counter of calls does not answer" in page
    assert "1 job waits; it needs about 6 calls." in page


def test_a_full_minute_says_when_it_has_room(story, figures):
    story.heard(day_left=4000, minute_left=0)
    story.call(now() - timedelta(seconds=20), times=2)
    minute = figures()["minute"]
    assert minute["left"] == 0
    free = datetime.fromisoformat(minute["free_at"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < free <= timedelta(seconds=40)


@pytest.mark.parametrize(("email", "status"), [("jane@abc.test", 403), ("client@abc.test", 404)])
def test_it_is_for_admins(browser, api, email, status):
    assert browser(email).get("/usage").status_code == status
    assert api(email).get("/api/usage").status_code == status


def test_another_practices_calls_are_not_counted(story, figures, app, cast):
    with app.app_context(), company_scope(cast.smith):
        call = XeroCall(at=now(), correlation_id="c", method="GET", path="/x", status=200, duration_ms=1)
        db.session.add(call)
        db.session.commit()
    assert figures()["last_hour"] == {"fine": 0, "refused": 0, "failed": 0}


def test_five_statements_at_most(story, browser, app):
    story.call(now(), times=3)
    story.call(now(), "unreachable", operation_id=story.operation("done")[0])
    story.operation("queued", times=3)
    alice = browser("admin@abc.test")
    alice.get("/usage")
    with counted_statements(app) as seen:
        alice.get("/usage")
    assert len(seen) <= 1 + 5, seen
