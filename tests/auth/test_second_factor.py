"""The second factor: setting it up, signing in with it, recovery codes, the practice's rule, programs."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import audiences
from app.auth import second_factor, second_factor_app, second_factor_codes
from app.crypto import SealBrokenError, Vault
from app.errors import Problem
from app.extensions import db, settings
from app.models import SecondFactor, User, now
from tests.support.pages import words

PASSWORD = "countinghouse-demo"
JANE = "jane@abc.test"
ALICE = "admin@abc.test"


class Phone:
    """An authenticator app. The clock stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.step = 58_000_000
        self.secret = ""
        monkeypatch.setattr(second_factor_app, "current_step", lambda: self.step)

    def shows(self, ahead: int = 0) -> str:
        return pyotp.HOTP(self.secret).at(self.step + ahead)

    def next(self) -> str:
        """Wait for the next code."""
        self.step += 1
        return self.shows()


@pytest.fixture
def phone(monkeypatch) -> Phone:
    return Phone(monkeypatch)


def set_up(person, phone: Phone) -> list[str]:
    """By page: the recovery codes."""
    begun = person.post("/account/second-factor/app", {"password": PASSWORD})
    assert begun.location == "/account/second-factor/app"
    page = person.get("/account/second-factor/app")
    phone.secret = re.search(r"secret=([A-Z2-7]{32})", page.text)[1]
    done = person.post("/account/second-factor/app/confirm", {"code": phone.next()})
    assert done.status_code == 200, words(done)
    return re.findall(r"<code>([a-z0-9-]{14})</code>", done.text)


@pytest.fixture
def codes(browser, phone) -> list[str]:
    """Jane's recovery codes: she has a second factor."""
    return set_up(browser(JANE), phone)


def half_way(browser, email=JANE, **more):
    """A browser in which the password was given and the code was not."""
    person = browser(None)
    answer = person.post("/sign-in", {"email": email, "password": PASSWORD, **more})
    assert answer.location == "/sign-in/code"
    return person


def rows(superuser: Engine, statement: str, **values):
    with superuser.connect() as connection:
        return connection.execute(text(statement), values).all()


def test_nothing_is_on_before_the_first_code_fits(browser, phone, superuser):
    person = browser(JANE)
    person.post("/account/second-factor/app", {"password": PASSWORD})
    assert person.post("/account/second-factor/app/confirm", {"code": "000000"}).status_code == 422
    assert (
        "/sign-in/code" not in browser(None).post("/sign-in", {"email": JANE, "password": PASSWORD}).location
    )


def test_setting_up_asks_for_the_password(browser, superuser):
    person = browser(JANE)
    refused = person.post("/account/second-factor/app", {"password": "not it"})
    assert refused.status_code == 422
    assert "This is not your password." in refused.text
    assert rows(superuser, "select * from second_factors") == []
    assert person.get("/account/second-factor/app").location == "/account/second-factor"


def test_the_picture_says_what_the_text_says_and_no_style_stands_in_it(browser, phone, codes):
    person = browser(ALICE)
    person.post("/account/second-factor/app", {"password": PASSWORD})
    page = person.get("/account/second-factor/app").text
    secret = re.search(r"secret=([A-Z2-7]{32})", page)[1]
    assert " ".join(re.findall("....", secret)) in page
    picture = re.search(r"<svg\b[^>]*class=\"segno\".*?</svg>", page, re.DOTALL)[0]
    assert "style" not in picture
    assert "<title>QR code" in picture


def test_the_secret_and_the_codes_are_not_in_the_database_in_plain(browser, phone, codes, superuser):
    ((sealed,),) = rows(superuser, "select app_secret from second_factors")
    assert phone.secret.encode() not in bytes(sealed)
    hashes = [row[0] for row in rows(superuser, "select code_hash from recovery_codes")]
    assert len(set(codes)) == len(hashes) == 10
    assert all(one.startswith("$argon2id$") for one in hashes)
    assert not any(code.replace("-", "") in "".join(hashes) for code in codes)


def test_a_persons_vault_opens_no_companys_seal_nor_anothers(app: Flask, cast):
    with app.app_context():
        key = settings().master_keys
    sealed = Vault.of_person(key, cast.abc).seal("secret", cast.abc, "app_secret")
    assert Vault.of_person(key, cast.abc).open(sealed, cast.abc, "app_secret") == "secret"
    for other in (Vault(key, cast.abc), Vault.of_person(key, cast.smith)):
        with pytest.raises(SealBrokenError):
            other.open(sealed, cast.abc, "app_secret")


def test_signing_in_asks_for_the_code_and_goes_where_one_wanted(browser, phone, codes):
    person = half_way(browser, next="/requests?status=new")
    assert person.post("/sign-in/code", {"code": phone.next()}).location == "/requests?status=new"
    assert person.get("/requests?status=new").status_code == 200


def test_between_password_and_code_nothing_is_reached(browser, api, app: Flask, cast, phone, codes):
    """Every address of the app answers who is half way in as it answers nobody."""
    person, nobody = half_way(browser), browser(None)
    nothing, tried = "5f0c2d8e-7b1a-4c39-9d64-0a1b2c3d4e5f", 0
    for rule in app.url_map.iter_rules():
        audience = audiences.AUDIENCES[rule.endpoint]
        if audience == audiences.PUBLIC:
            continue
        path = re.sub(r"<[^>]*>", nothing, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            sent = {} if method == "GET" else {"headers": {"X-CSRFToken": person._token()}}
            without = {} if method == "GET" else {"headers": {"X-CSRFToken": nobody._token()}}
            answer = person.raw.open(path, method=method, **sent)
            same = nobody.raw.open(path, method=method, **without)
            assert (answer.status_code, answer.location) == (same.status_code, same.location), path
            assert answer.status_code == 401 or answer.location.startswith("/sign-in"), path
            tried += 1
    assert tried > 100
    # The positive control: with the code the same browser gets in.
    person.post("/sign-in/code", {"code": phone.next()})
    assert person.get("/requests").status_code == 200


@pytest.mark.parametrize(("ahead", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(browser, phone, codes, ahead, counts):
    person = half_way(browser)
    phone.step += 10
    answer = person.post("/sign-in/code", {"code": phone.shows(ahead)})
    assert (answer.status_code == 302) is counts


def test_a_code_counts_once(browser, phone, codes):
    code = phone.next()
    assert half_way(browser).post("/sign-in/code", {"code": code}).status_code == 302
    assert half_way(browser).post("/sign-in/code", {"code": code}).status_code == 422
    earlier = phone.shows(-1)
    assert half_way(browser).post("/sign-in/code", {"code": earlier}).status_code == 422
    assert half_way(browser).post("/sign-in/code", {"code": phone.next()}).status_code == 302


def test_the_code_of_the_set_up_does_not_sign_in(browser, phone, codes):
    assert half_way(browser).post("/sign-in/code", {"code": phone.shows()}).status_code == 422


def test_a_code_sent_twice_at_once_counts_once(app: Flask, phone, codes):
    code, told, together = phone.next(), [], Barrier(2)

    def send() -> None:
        with app.test_request_context():
            user_id = db.session.scalar(db.select(User.id).where(User.email == JANE))
            together.wait()
            try:
                told.append(second_factor.check_code(user_id, code))
            except Problem as problem:
                told.append(problem.code)
            db.session.commit()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["app", "wrong_code"]


def test_wrong_codes_are_counted_whatever_browser_they_come_from(browser, phone, codes, superuser):
    for _ in range(second_factor.TRIES):
        assert half_way(browser).post("/sign-in/code", {"code": "123"}).status_code == 422
    person = half_way(browser)
    assert person.post("/sign-in/code", {"code": phone.next()}).status_code == 429
    with superuser.begin() as connection:
        past = {"past": now() - second_factor.WINDOW - timedelta(seconds=1)}
        connection.execute(text("update second_factors set wrong_since = :past"), past)
    assert person.post("/sign-in/code", {"code": phone.next()}).status_code == 302


def test_counting_wrong_codes_needs_no_redis(app: Flask, browser, phone, codes, monkeypatch):
    person = half_way(browser)
    monkeypatch.setattr("app.auth.throttle.redis_client", lambda: pytest.fail("Redis was asked"))
    answers = [person.post("/sign-in/code", {"code": "123"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_recovery_code_signs_in_once_and_tells_to_make_new_ones(browser, phone, codes):
    person = half_way(browser, next="/requests")
    assert (
        person.post("/sign-in/code", {"code": f" {codes[0].upper()} "}).location == "/account/second-factor"
    )
    page = words(person.get("/account/second-factor"))
    assert "9 are left. Make new ones below." in page
    assert half_way(browser).post("/sign-in/code", {"code": codes[0]}).status_code == 422
    assert half_way(browser).post("/sign-in/code", {"code": codes[1].replace("-", "")}).status_code == 302


def test_new_recovery_codes_take_the_place_of_the_old(browser, phone, codes):
    person = half_way(browser)
    person.post("/sign-in/code", {"code": phone.next()})
    refused = person.post("/account/second-factor/recovery-codes", {"password": "no", "code": phone.next()})
    assert refused.status_code == 422
    made = person.post("/account/second-factor/recovery-codes", {"password": PASSWORD, "code": phone.shows()})
    new = re.findall(r"<code>([a-z0-9-]{14})</code>", made.text)
    assert len(set(new) - set(codes)) == 10
    assert half_way(browser).post("/sign-in/code", {"code": codes[2]}).status_code == 422
    assert half_way(browser).post("/sign-in/code", {"code": new[2]}).status_code == 302


@pytest.mark.parametrize(("password", "code"), [("no", True), (PASSWORD, False), ("", False)])
def test_switching_off_needs_password_and_code(browser, phone, codes, password, code):
    person = half_way(browser)
    person.post("/sign-in/code", {"code": phone.next()})
    sent = {"password": password, "code": phone.next() if code else "000000"}
    assert person.post("/account/second-factor/app/off", sent).status_code == 422
    half_way(browser)


def test_switched_off_the_password_is_enough_and_old_codes_are_gone(browser, phone, codes, superuser):
    person = half_way(browser)
    person.post("/sign-in/code", {"code": phone.next()})
    sent = {"password": PASSWORD, "code": phone.next()}
    assert person.post("/account/second-factor/app/off", sent).status_code == 302
    assert browser(None).post("/sign-in", {"email": JANE, "password": PASSWORD}).location == "/"
    assert rows(superuser, "select * from recovery_codes") == []
    assert rows(superuser, "select app_secret from second_factors") == [(None,)]


def test_setting_it_up_ends_the_sign_ins_made_without(browser, api, phone):
    other, program = browser(JANE), api(JANE)
    mine = browser(JANE)
    set_up(mine, phone)
    assert "/sign-in" in other.get("/requests").location
    assert program.get("/api/requests").status_code == 401
    assert mine.get("/requests").status_code == 200


def test_a_password_changed_meanwhile_ends_what_was_begun(browser, phone, codes, superuser):
    person = half_way(browser)
    with superuser.begin() as connection:
        another = "update users set password_hash = password_hash || 'x' where email = :jane"
        connection.execute(text(another), {"jane": JANE})
    assert person.post("/sign-in/code", {"code": phone.next()}).location == "/sign-in"


@pytest.mark.parametrize(
    "change", ["update sign_in_steps set expires_at = now()", "update users set active = false"]
)
def test_what_was_begun_ends(browser, phone, codes, superuser, change):
    person = half_way(browser)
    with superuser.begin() as connection:
        connection.execute(text(change))
    assert person.get("/sign-in/code").location == "/sign-in"
    assert person.post("/sign-in/code", {"code": phone.next()}).location == "/sign-in"


def test_the_step_is_used_up_with_its_cookie(browser, phone, codes):
    person = half_way(browser)
    kept = person.raw.get_cookie("countinghouse").value
    person.post("/sign-in/code", {"code": phone.next()})
    person.raw.set_cookie("countinghouse", kept)
    assert person.post("/sign-in/code", {"code": phone.next()}).location == "/sign-in"


# --- the practice's rule ---


def with_rule(superuser: Engine, company_id) -> None:
    with superuser.begin() as connection:
        sent = {"id": company_id}
        connection.execute(text("update companies set second_factor_required = true where id = :id"), sent)


def test_the_admin_sees_who_has_one(browser, phone, codes):
    page = words(browser(ALICE).get("/settings/second-factor"))
    assert re.search(r"Jane Doe jane@abc.test Accountant On", page)
    assert re.search(r"Mike Brown mike@abc.test Accountant Not yet", page)
    assert "Priya" not in page
    assert browser(JANE).get("/settings/second-factor").status_code in {302, 403}


def test_who_switches_the_rule_on_must_have_one(browser, phone, superuser):
    alice = browser(ALICE)
    refused = alice.post("/settings/second-factor", {"required": "y"})
    assert refused.status_code == 409
    set_up(alice, phone)
    assert alice.post("/settings/second-factor", {"required": "y"}).status_code == 302
    assert "For everybody" in alice.get("/settings").text
    assert alice.post("/settings/second-factor", {}).status_code == 302
    assert "Each person chooses" in alice.get("/settings").text


def test_who_has_none_is_led_to_set_one_up_before_anything_else(browser, api, app: Flask, superuser, cast):
    with_rule(superuser, cast.abc)
    person, program, tried = browser(JANE), api(JANE), 0
    nothing = "5f0c2d8e-7b1a-4c39-9d64-0a1b2c3d4e5f"
    for rule in app.url_map.iter_rules():
        nobodys = {audiences.PUBLIC, audiences.WEBHOOK, audiences.SUPER}
        outside = audiences.AUDIENCES[rule.endpoint] in nobodys
        if outside or rule.endpoint in audiences.WITHOUT_SECOND_FACTOR:
            continue
        path = re.sub(r"<[^>]*>", nothing, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.rule.startswith("/api/"):
                answer = program._open(method, path)
                assert answer.status_code == 403, path
                assert answer.json["error"]["code"] == "second_factor_required", path
            else:
                answer = person.raw.open(path, method=method, headers={"X-CSRFToken": person._token()})
                assert answer.location == "/account/second-factor", (path, answer.status_code)
            tried += 1
    assert tried > 90


def test_set_up_under_the_rule_one_is_inside(browser, superuser, cast, phone):
    with_rule(superuser, cast.abc)
    person = browser(JANE)
    assert "ABC Accounting lets nobody in" in words(person.get("/account/second-factor"))
    assert person.get("/").location == "/account/second-factor"
    set_up(person, phone)
    assert person.get("/requests").status_code == 200
    assert browser("priya@smith.test").get("/requests").status_code == 200


def test_a_client_of_the_portal_is_led_there_too(browser, superuser, cast):
    with_rule(superuser, cast.abc)
    assert browser("client@abc.test").get("/portal").location == "/account/second-factor"


def test_a_super_admin_is_not_excluded(browser, superuser, cast, phone):
    with_rule(superuser, cast.abc)
    robin = browser("super@countinghouse.test")
    entered = robin.post(
        f"/platform/practices/{cast.abc}/enter", {"reason": "They called for help", "minutes": "60"}
    )
    if entered.status_code != 302:
        form = words(robin.get(f"/platform/practices/{cast.abc}/enter"))
        pytest.fail(f"{entered.status_code}: {form}")
    assert robin.get("/requests").location == "/account/second-factor"
    set_up(robin, phone)
    assert robin.get("/requests").status_code == 200


# --- programs ---


def login(api, **more):
    return api(None).post("/api/auth/login", {"email": JANE, "password": PASSWORD, **more})


def test_a_program_is_told_to_send_the_code(api, phone, codes):
    answer = login(api)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "second_factor_needed"
    assert list(answer.json["error"]["fields"]) == ["code"]
    code = phone.next()
    assert login(api, code=code).status_code == 200
    again = login(api, code=code)
    assert (again.status_code, again.json["error"]["code"]) == (401, "wrong_code")
    assert login(api, code=codes[3]).status_code == 200


def test_a_wrong_password_is_not_told_of_the_code(api, phone, codes):
    answer = api(None).post("/api/auth/login", {"email": JANE, "password": "no", "code": phone.next()})
    assert answer.json["error"]["code"] == "wrong_credentials"


def test_a_programs_wrong_codes_count_too(api, phone, codes):
    assert [login(api, code="000000").status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_programs_token_satisfies_the_rule(api, phone, codes, superuser, cast):
    with_rule(superuser, cast.abc)
    program = api(None)
    program.headers["Authorization"] = f"Bearer {login(api, code=phone.next()).json['access_token']}"
    assert program.get("/api/requests").status_code == 200
    without = api("mike@abc.test").get("/api/requests")
    assert (without.status_code, without.json["error"]["code"]) == (403, "second_factor_required")


def test_recovery_codes_are_hard_to_guess():
    assert (
        len(second_factor_codes.LETTERS) ** (second_factor_codes.GROUPS * second_factor_codes.GROUP) > 2**59
    )


def test_steps_that_are_over_are_swept_away(app: Flask, browser, phone, codes, superuser):
    from app.tasks.periodic import prune_logs

    half_way(browser)
    prune_logs(app)
    assert len(rows(superuser, "select * from sign_in_steps")) == 1
    with superuser.begin() as connection:
        connection.execute(text("update sign_in_steps set expires_at = now()"))
    prune_logs(app)
    assert rows(superuser, "select * from sign_in_steps") == []
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(SecondFactor)) == 1
