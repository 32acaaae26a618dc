"""Sign-in by programs: login, me, logout."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from app.extensions import db
from app.models import Membership, User, UserSession, now
from app.tenancy import company_scope

PASSWORD = "countinghouse-demo"


def login(api, email: str, **more):
    return api().post("/api/auth/login", {"email": email, "password": PASSWORD, **more})


def join(app, cast, email: str, company_id: UUID, role: str = "accountant") -> None:
    """Give the person a place in one more company."""
    with app.app_context(), company_scope(company_id):
        user_id = db.session.scalars(select(User.id).where(User.email == email)).one()
        db.session.add(Membership(user_id=user_id, role=role))
        db.session.commit()


def test_the_token_of_a_login_works_in_the_persons_practice(api, cast):
    answer = login(api, "admin@abc.test").json
    assert answer["company"] == {"id": str(cast.abc), "name": "ABC Accounting"}
    assert (answer["role"], answer["token_type"], answer["expires_in"]) == ("admin", "Bearer", 900)
    me = api().with_token(answer["access_token"]).get("/api/auth/me").json
    assert me["name"] == "Alice Carter"
    assert me["company"]["id"] == str(cast.abc)
    assert me["membership_id"] == str(cast.member(cast.abc, "Alice").id)


def test_the_email_is_read_without_regard_to_case(api):
    assert login(api, " Admin@ABC.test ").status_code == 200


@pytest.mark.parametrize("email", ["admin@abc.test", "nobody@nowhere.test"])
def test_a_wrong_password_and_an_unknown_person_are_told_the_same(api, email):
    answer = api().post("/api/auth/login", {"email": email, "password": "not it"})
    assert answer.status_code == 401
    assert answer.json["error"] == {
        "code": "wrong_credentials",
        "message": "That e-mail address and password do not belong together.",
    }


def test_too_many_tries_are_slowed_down(api):
    codes = [
        api().post("/api/auth/login", {"email": "jane@abc.test", "password": "no"}).status_code
        for _ in range(11)
    ]
    assert codes == [401] * 10 + [429]
    assert login(api, "mike@abc.test").status_code == 200


def test_someone_in_two_practices_says_which(api, app, cast):
    join(app, cast, "priya@smith.test", cast.abc)
    unclear = login(api, "priya@smith.test")
    assert unclear.status_code == 422
    assert unclear.json["error"]["code"] == "choose_company"
    assert unclear.json["error"]["companies"] == [
        {"id": str(cast.abc), "name": "ABC Accounting"},
        {"id": str(cast.smith), "name": "Smith Tax Co."},
    ]
    for company_id in (cast.abc, cast.smith):
        chosen = login(api, "priya@smith.test", company_id=str(company_id)).json
        assert chosen["company"]["id"] == str(company_id)
        me = api().with_token(chosen["access_token"]).get("/api/auth/me").json
        assert me["company"]["id"] == str(company_id)
        assert {place["name"] for place in me["companies"]} == {"ABC Accounting", "Smith Tax Co."}


def test_the_choice_is_not_offered_to_a_wrong_password(api, app, cast):
    join(app, cast, "priya@smith.test", cast.abc)
    answer = api().post("/api/auth/login", {"email": "priya@smith.test", "password": "no"})
    assert answer.status_code == 401
    assert "companies" not in answer.json["error"]


def test_another_practice_and_one_that_does_not_exist_are_refused_alike(api, cast):
    foreign = login(api, "admin@abc.test", company_id=str(cast.smith))
    nowhere = login(api, "admin@abc.test", company_id=str(uuid4()))
    assert foreign.status_code == nowhere.status_code == 422
    assert foreign.json == nowhere.json
    assert list(foreign.json["error"]["fields"]) == ["company_id"]


def test_a_super_admin_signs_in_without_a_company(api):
    answer = login(api, "super@countinghouse.test").json
    assert (answer["company"], answer["role"]) == (None, "super")
    lost = api().with_token(answer["access_token"]).get("/api/requests")
    assert (lost.status_code, lost.json["error"]["code"]) == (409, "no_company")


def test_signing_out_ends_the_tokens_at_once(api):
    answer = login(api, "jane@abc.test").json
    program = api().with_token(answer["access_token"])
    assert program.get("/api/auth/me").status_code == 200
    assert program.post("/api/auth/logout").status_code == 204
    assert program.get("/api/auth/me").status_code == 401
    refreshed = api().post("/api/auth/refresh", {"refresh_token": answer["refresh_token"]})
    assert (refreshed.status_code, refreshed.json["error"]["code"]) == (401, "session_ended")


def test_signing_out_leaves_the_persons_other_sign_ins(api):
    first, second = (api().with_token(login(api, "jane@abc.test").json["access_token"]) for _ in range(2))
    assert first.post("/api/auth/logout").status_code == 204
    assert second.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"ended_at": now()}, id="ended"),
        pytest.param({"expires_at": now() - timedelta(seconds=1)}, id="over"),
    ],
)
def test_a_session_that_is_over_takes_its_tokens_along(api, app, change):
    answer = login(api, "jane@abc.test").json
    with app.app_context():
        db.session.execute(update(UserSession).values(**change))
        db.session.commit()
    assert api().with_token(answer["access_token"]).get("/api/auth/me").status_code == 401
    assert api().post("/api/auth/refresh", {"refresh_token": answer["refresh_token"]}).status_code == 401


def test_someone_who_left_the_practice_reaches_nothing(api, app, cast):
    answer = login(api, "jane@abc.test").json
    with app.app_context(), company_scope(cast.abc):
        jane = db.session.scalars(select(Membership).join(User).where(User.email == "jane@abc.test")).one()
        jane.active = False
        db.session.commit()
    assert api().with_token(answer["access_token"]).get("/api/requests").status_code == 409
    refreshed = api().post("/api/auth/refresh", {"refresh_token": answer["refresh_token"]})
    assert (refreshed.status_code, refreshed.json["error"]["code"]) == (401, "session_ended")
    assert login(api, "jane@abc.test").json["error"]["code"] == "no_company"


def test_a_practice_that_is_suspended_says_so(api, app, cast, superuser):
    token = login(api, "jane@abc.test").json["access_token"]
    with superuser.begin() as connection:
        connection.execute(text("update companies set suspended_at = now() where id = :id"), {"id": cast.abc})
    answer = api().with_token(token).get("/api/requests")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "suspended")
    assert api("admin@smith.test").get("/api/requests").status_code == 200


def test_a_client_of_the_practice_finds_nothing_here(api):
    token = login(api, "client@abc.test").json["access_token"]
    program = api().with_token(token)
    assert program.get("/api/auth/me").json["role"] == "client"
    for path in ("/api/requests", "/api/clients", "/api/services", "/api/staff", "/api/offices"):
        assert program.get(path).status_code == 404
