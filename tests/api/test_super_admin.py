"""A super admin in a practice: by name in each call, through an open entry, never silently."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import CompanyEntry, User, now
from app.tenancy import company_scope


@pytest.fixture
def robin(api):
    return api("super@countinghouse.test")


@pytest.fixture
def enter(app):
    def opened(company_id, *, writes: bool = False, minutes: int = 60) -> None:
        with app.app_context(), company_scope(company_id):
            robin = db.session.scalars(select(User).where(User.super_admin)).one()
            until = now() + timedelta(minutes=minutes)
            db.session.add(
                CompanyEntry(user_id=robin.id, reason="Ticket 4411", writes=writes, expires_at=until)
            )
            db.session.commit()

    return opened


def test_without_an_entry_a_practice_and_none_are_refused_alike(robin, cast):
    for path in ("/api/requests", "/api/auth/me", "/api/staff"):
        closed = robin.get(f"{path}?company_id={cast.abc}")
        nowhere = robin.get(f"{path}?company_id={uuid4()}")
        assert (closed.status_code, closed.json["error"]["code"]) == (403, "not_entered")
        assert closed.data == nowhere.data


def test_an_entry_opens_that_practice_only(robin, cast, enter):
    enter(cast.abc)
    shown = robin.get(f"/api/requests?company_id={cast.abc}&limit=200").json["items"]
    assert str(cast.request(cast.abc).id) in {item["id"] for item in shown}
    assert robin.get(f"/api/requests?company_id={cast.smith}").status_code == 403
    assert robin.get("/api/requests").status_code == 409
    foreign = robin.get(f"/api/requests/{cast.request(cast.smith).id}?company_id={cast.abc}")
    assert foreign.status_code == 404
    me = robin.get(f"/api/auth/me?company_id={cast.abc}").json
    assert (me["role"], me["company"]["name"]) == ("super", "ABC Accounting")
    assert (me["entry"]["reason"], me["entry"]["writes"]) == ("Ticket 4411", False)


def test_an_entry_that_ran_out_opens_nothing(robin, cast, enter):
    enter(cast.abc, minutes=-1)
    assert robin.get(f"/api/requests?company_id={cast.abc}").status_code == 403


def test_reading_only_means_that(robin, cast, enter):
    enter(cast.abc)
    answer = robin.post(f"/api/clients?company_id={cast.abc}", {"name": "By Robin"})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "read_only")


def test_writing_when_it_was_chosen_carries_the_name(robin, api, cast, enter):
    enter(cast.abc, writes=True)
    some = cast.request(cast.abc)
    said = robin.post(f"/api/requests/{some.id}/comments?company_id={cast.abc}", {"text": "Looked into it"})
    assert said.status_code == 201
    history = api("jane@abc.test").get(f"/api/requests/{some.id}/history").json["items"]
    assert history[0]["actor_name"] == "Robin Vale"


def test_a_company_id_that_is_none_is_never_passed_over(robin):
    for given in ("abc", "", "1&company_id=2"):
        answer = robin.get(f"/api/auth/me?company_id={given}")
        assert answer.status_code == 422, given
        assert list(answer.json["error"]["fields"]) == ["company_id"]


def test_nobody_else_may_name_a_company(api, cast):
    for company_id in (cast.abc, cast.smith):
        assert api("admin@abc.test").get(f"/api/requests?company_id={company_id}").status_code == 422
