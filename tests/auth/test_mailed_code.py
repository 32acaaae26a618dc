"""Signing in with a code sent by mail: for clients' people, once, in the browser that asked, and slow to guess."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.auth import mailed_code
from app.extensions import db
from app.models import AuditEvent, Membership, User, now
from tests.portal.papers import write
from tests.support.pages import field, same_but_for, words

HANNAH, JANE, NOBODY = "client@abc.test", "jane@abc.test", "nobody@nowhere.example"


def ask(browser, email: str, following: str = "/portal/documents"):
    visitor = browser(None)
    answer = visitor.post("/sign-in/mail", {"email": email, "next": following})
    assert answer.location == "/sign-in/mail/code", words(answer)
    return visitor


def code(outbox) -> str:
    mail = [one for one in outbox.all("sign_in_code") if one.text][-1]
    assert "http" not in mail.text.split("--")[0], "a code is typed; a link would sign in whoever follows it"
    return re.search(r"\b(\d{3} \d{3})\b", mail.text)[1]


def signed_in(visitor) -> bool:
    return visitor.get("/portal").status_code == 200


def sent(outbox, to: str) -> int:
    return len(
        [mail for mail in outbox.all("sign_in_code") if mail.recipient == to and mail.state != "discarded"]
    )


def wrong(right: str) -> str:
    return f"{(int(right.replace(' ', '')) + 1) % 1_000_000:06}"


def test_a_client_gets_in_once_and_only_in_the_browser_that_asked(browser, outbox, cast):
    visitor = browser(None)
    asked = visitor.get("/portal/documents")
    assert asked.location == "/sign-in?next=/portal/documents"
    page = visitor.get("/sign-in/mail?next=/portal/documents")
    assert field(page, "next") == "/portal/documents"
    assert "like name@example.com" in words(visitor.post("/sign-in/mail", {"email": "Hannah"}))

    visitor, other = ask(browser, HANNAH.upper()), ask(browser, NOBODY)
    right = code(outbox)
    assert not any(re.search(r"\d{3}", mail.subject) for mail in outbox.all("sign_in_code"))
    stranger = other.post("/sign-in/mail/code", {"code": right})
    assert stranger.status_code == 422
    assert browser(None).post("/sign-in/mail/code", {"code": right}).location == "/sign-in/mail"
    assert not signed_in(visitor)
    answer = visitor.post("/sign-in/mail/code", {"code": right.replace(" ", "")})
    assert answer.location == "/portal/documents"
    assert signed_in(visitor)
    assert visitor.get("/sign-in/mail").location == "/", "in already"
    visitor.post("/sign-out")
    assert visitor.post("/sign-in/mail/code", {"code": right}).location == "/sign-in/mail", "it counts once"
    told = cast.read(cast.abc, select(AuditEvent.what).where(AuditEvent.what.like("person.%")))
    assert told.count("person.signed_in") == 1
    assert told.count("person.mailed_code_failed") == 0


def test_a_code_counts_ten_minutes_and_a_new_one_replaces_it(browser, outbox, superuser):
    visitor = ask(browser, HANNAH)
    first = code(outbox)
    visitor.post("/sign-in/mail", {"email": HANNAH})
    second = code(outbox)
    if first != second:
        assert visitor.post("/sign-in/mail/code", {"code": first}).status_code == 422
    with superuser.begin() as connection:
        connection.execute(text("update sign_in_steps set expires_at = now()"))
    assert visitor.post("/sign-in/mail/code", {"code": second}).location == "/sign-in/mail"
    assert not signed_in(visitor)


def test_staff_and_strangers_get_the_same_answer_and_no_code(app, browser, outbox, cast):
    pages = {}
    for email in (HANNAH, JANE, "admin@abc.test", "super@countinghouse.test", NOBODY):
        visitor = ask(browser, email)
        assert sent(outbox, email) == (1 if email == HANNAH else 0), email
        pages[email] = (
            same_but_for(visitor.get("/sign-in/mail/code")),
            same_but_for(visitor.post("/sign-in/mail/code", {"code": "000000"})),
        )
    assert len(set(pages.values())) == 1

    # A client's person who becomes staff while the code is on its way.
    visitor = ask(browser, HANNAH)
    right = code(outbox)
    hannah = cast.member(cast.abc, "Hannah").user_id
    write(app, cast.smith, Membership(user_id=hannah, role="accountant"))
    assert visitor.post("/sign-in/mail/code", {"code": right}).status_code == 422
    assert not signed_in(visitor)
    before = sent(outbox, HANNAH)
    ask(browser, HANNAH)
    assert sent(outbox, HANNAH) == before


def test_guessing_is_slow_whatever_becomes_of_redis(app, browser, outbox, cast, monkeypatch):
    visitor = ask(browser, HANNAH)
    right = code(outbox)
    for _ in range(mailed_code.TRIES):
        assert visitor.post("/sign-in/mail/code", {"code": wrong(right)}).status_code == 422
    answer = visitor.post("/sign-in/mail/code", {"code": right})
    assert answer.status_code == 429
    assert "Too many wrong codes" in words(answer)

    # From 25 wrong ones in a day on, only those are heard who come from where the person has been.
    app.extensions["redis"].flushall()
    with app.app_context():
        user = db.session.scalars(select(User).filter_by(email=HANNAH)).one()
        assert user.wrong_mailed_codes == mailed_code.TRIES
        user.wrong_mailed_codes = mailed_code.TRIES_OF_PERSON
        db.session.commit()
    monkeypatch.setattr(mailed_code, "known_here", lambda *_: False)
    visitor = ask(browser, HANNAH)
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).status_code == 422
    monkeypatch.setattr(mailed_code, "known_here", lambda *_: True)
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).status_code == 302
    with app.app_context():
        user = db.session.scalars(select(User).filter_by(email=HANNAH)).one()
        assert user.wrong_mailed_codes == 0
        user.wrong_mailed_codes = mailed_code.TRIES_OF_PERSON
        user.wrong_mailed_codes_since = now() - timedelta(days=1, minutes=1)
        db.session.commit()
    monkeypatch.setattr(mailed_code, "known_here", lambda *_: False)
    visitor = ask(browser, HANNAH)
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).status_code == 302, "the day is over"


def test_mails_are_few(browser, outbox, monkeypatch):
    for _ in range(mailed_code.MAILS_AN_HOUR + 2):
        visitor = ask(browser, HANNAH)
    assert sent(outbox, HANNAH) == mailed_code.MAILS_AN_HOUR
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).status_code == 422
    monkeypatch.setattr(mailed_code, "ASKED_AN_HOUR", mailed_code.MAILS_AN_HOUR + 2)
    assert browser(None).post("/sign-in/mail", {"email": NOBODY}).status_code == 429


@pytest.mark.parametrize("how", ["without a password", "with one"])
def test_an_invitation_to_the_portal_needs_no_password(browser, outbox, cast, how):
    client = cast.member(cast.abc, "Hannah").client_id
    email = "new@client.example"
    browser("admin@abc.test").post(f"/settings/people/clients/{client}", {"email": email})
    invited = outbox.last("invitation").link
    visitor = browser(None)
    assert "You need no password" in words(visitor.get(invited))
    chosen = "" if how == "without a password" else "seven green umbrellas sing"
    half = visitor.post(invited, {"name": "Nora New", "password": "", "again": "something"})
    assert half.status_code == 422
    answer = visitor.post(invited, {"name": "Nora New", "password": chosen, "again": chosen})
    assert answer.status_code == 302, words(answer)
    assert signed_in(visitor)
    visitor.post("/sign-out")

    for tried in ("", "nobody has this password", "x"):
        assert visitor.post("/sign-in", {"email": email, "password": tried}).status_code in (401, 422)
    visitor = ask(browser, email)
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).location == "/portal/documents"
    for path in ("/account/password", "/account/email", "/account/second-factor"):
        told = "You have no password yet" in words(visitor.get(path))
        assert told == (how == "without a password"), path


def test_staff_are_invited_with_a_password(browser, outbox):
    browser("admin@abc.test").post("/settings/people", {"email": "s@abc.test", "role": "accountant"})
    invited = outbox.last("invitation").link
    page = browser(None).get(invited)
    assert "You need no password" not in words(page)
    answer = browser(None).post(invited, {"name": "Sam Staff", "password": "", "again": ""})
    assert answer.status_code == 422


def test_the_practices_rule_holds_for_mailed_codes_too(browser, outbox, cast, superuser):
    with superuser.begin() as connection:
        connection.execute(
            text("update companies set second_factor_required = true where id = :id"), {"id": cast.abc}
        )
    visitor = ask(browser, HANNAH)
    assert visitor.post("/sign-in/mail/code", {"code": code(outbox)}).status_code == 302
    assert visitor.get("/portal").location == "/account/second-factor"
    assert "Your practice asks for it" in words(visitor.get("/account/second-factor"))


def test_a_sign_in_can_be_made_longer_up_to_a_day(browser, superuser):
    hannah = browser(HANNAH)
    with superuser.begin() as connection:
        connection.execute(text("update user_sessions set expires_at = now() + interval '5 minutes'"))
    assert "data-session-ends=" in hannah.get("/portal").text

    def hours() -> float:
        hannah.post("/session/longer")
        with superuser.connect() as connection:
            lasts = "select extract(epoch from max(expires_at) - now()) / 3600 from user_sessions"
            return round(float(connection.execute(text(lasts)).scalar_one()), 1)

    assert hours() == 12.0
    with superuser.begin() as connection:
        connection.execute(text("update user_sessions set created_at = now() - interval '20 hours'"))
        connection.execute(text("update user_sessions set expires_at = now() + interval '5 minutes'"))
    assert hours() == 4.0
    assert browser(None).post("/session/longer").location.startswith("/sign-in")
