"""From the row to the mail server: once when all goes well, at least once whatever happens, given up visibly."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db, task_queue
from app.mail import dispatcher, sending
from app.mail.outbox import post
from app.mail.smtp import MailError, MailServer
from tests.mail.conftest import set_server
from tests.support.pages import words

BACK = "not_before = now() - interval '1 second'"


def test_a_mail_arrives_as_text_and_html_and_its_body_is_wiped(real, post_one, outbox, cast):
    mail = post_one(cast.abc)
    outbox.send(mail)
    (message,) = real.messages
    assert real.recipients == ["nina@practice.example"]
    assert message["Message-ID"] == f"<{mail.id}@practice.example>"
    assert (message["To"], message["Subject"]) == ("nina@practice.example", "A new password")
    assert message["From"] == "Countinghouse <no-reply@practice.example>"
    assert "/password/reset/s3cret" in message.get_body(("plain",)).get_content()
    assert 'href="http://localhost:8000/password/reset/s3cret"' in message.get_body(("html",)).get_content()
    (after,) = outbox.all()
    assert (after.state, after.attempts, after.text) == ("sent", 1, "")


def test_what_is_not_committed_is_not_sent(app: Flask, outbox):
    with app.app_context():
        post("password_reset", "x@y.example", "S", {"name": "N", "url": "u"}, reason="")
        db.session.flush()
        db.session.rollback()
    assert outbox.all() == []
    with app.app_context():
        assert task_queue().count == 0


def test_the_commit_rings_and_the_queue_holds_ids_only(app: Flask, real, post_one, outbox, cast):
    mail = post_one(cast.smith)
    with app.app_context():
        (job,) = task_queue().jobs
        assert (job.func_name, job.args) == ("app.tasks.mails.send", [str(cast.smith), str(mail.id)])
        job.func(*job.args)
    assert len(real.messages) == 1
    assert outbox.all()[0].state == "sent"


def test_redis_wiped_the_clock_rings_again(app: Flask, post_one, outbox, cast):
    first, second = post_one(cast.abc), post_one()
    app.extensions["redis"].flushall()
    assert dispatcher.sweep(app) == 0, "rung for a moment ago"
    for mail in (first, second):
        outbox.set(mail, "rung_at = now() - interval '1 minute'")
    assert dispatcher.sweep(app) == 2
    assert dispatcher.sweep(app) == 0
    with app.app_context():
        rung = sorted(job.args for job in task_queue().jobs)
    assert rung == sorted([[str(cast.abc), str(first.id)], ["", str(second.id)]])


def test_two_workers_send_one_mail(app: Flask, real, post_one, outbox):
    mail = post_one()
    both = threading.Barrier(2)

    def work() -> None:
        both.wait(5)
        outbox.send(mail)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(real.messages) == 1
    assert outbox.all()[0].attempts == 1


def test_a_worker_killed_in_between_another_sends_with_the_same_id(app: Flask, real, post_one, outbox):
    mail = post_one()
    with app.app_context():
        assert sending._claim(mail.id) is not None  # and then it was killed
    outbox.send(mail)
    assert real.messages == [], "claimed by another"
    outbox.set(mail, BACK)
    outbox.send(mail)
    assert [message["Message-ID"] for message in real.messages] == [f"<{mail.id}@practice.example>"]
    assert outbox.all()[0].attempts == 2


def test_a_sender_thought_dead_changes_nothing(app: Flask, real, post_one, outbox):
    mail = post_one()
    with app.app_context():
        slow, _ = sending._claim(mail.id)
    outbox.set(mail, BACK)
    outbox.send(mail)
    with app.app_context():
        sending._end(slow, "queued", "too late")
    after = outbox.all()[0]
    assert (after.state, after.last_error) == ("sent", None)


def test_a_busy_server_is_tried_again_later(real, post_one, outbox, superuser):
    mail = post_one()
    real.answers = ["451 later"]
    outbox.send(mail)
    after = outbox.all()[0]
    assert (after.state, after.last_error) == ("queued", "The mail server refused the address (451).")
    outbox.send(mail)
    assert real.messages == [], "its time has not come"
    with superuser.connect() as connection:
        wait = connection.scalar(text("select extract(epoch from not_before - now()) from mails"))
    assert 50 < wait <= 60
    outbox.set(mail, BACK)
    outbox.send(mail)
    assert len(real.messages) == 1
    assert outbox.all()[0].last_error is None


def test_a_refused_address_is_given_up_at_once(real, post_one, outbox):
    mail = post_one()
    real.answers = ["550 nobody here"]
    outbox.send(mail)
    after = outbox.all()[0]
    assert (after.state, after.last_error) == ("failed", "The mail server refused the address (550).")


def test_after_eight_tries_it_is_given_up_and_super_admins_see_it(app: Flask, post_one, outbox, browser):
    with_nobody = "smtp://127.0.0.1:9"
    set_server(app, with_nobody)
    mail = post_one()
    for tries in range(1, 9):
        outbox.set(mail, BACK)
        outbox.send(mail)
        after = outbox.all()[0]
        assert (after.attempts, after.state) == (tries, "queued" if tries < 8 else "failed")
    assert after.last_error == "The mail server did not answer (ConnectionRefusedError)."
    assert "1 mail could not be sent" in words(browser("super@countinghouse.test").get("/platform"))


def test_a_mail_whose_link_has_expired_is_not_sent(real, post_one, outbox):
    mail = post_one(good_for=timedelta(minutes=60))
    outbox.set(mail, "useless_after = now() - interval '1 second'")
    outbox.send(mail)
    assert real.messages == []
    assert (outbox.all()[0].state, outbox.all()[0].last_error) == ("failed", sending.TOO_LATE)


def test_without_a_server_mails_wait_and_super_admins_are_told(
    app: Flask, taker, post_one, outbox, browser, caplog
):
    set_server(app, None)
    mail = post_one()
    outbox.send(mail)
    after = outbox.all()[0]
    assert (after.state, after.attempts, after.last_error) == ("queued", 0, sending.NO_SERVER)
    assert sending.NO_SERVER in caplog.text
    page = words(browser("super@countinghouse.test").get("/platform"))
    assert "No mail is sent: no mail server is set" in page
    assert "1 mail now" in page
    set_server(app, taker.url)
    outbox.set(mail, BACK)
    outbox.send(mail)
    assert len(taker.messages) == 1


def test_nothing_leaves_the_demonstration(app: Flask, real, post_one, outbox):
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"demo": True})
    mail = post_one()
    outbox.send(mail)
    assert real.said == []
    assert (outbox.all()[0].state, outbox.all()[0].link) == ("sent", "/password/reset/s3cret")


def test_to_another_machine_nothing_goes_unencrypted(taker, monkeypatch):
    monkeypatch.setattr(MailServer, "near", False)
    server = MailServer.at(taker.url.replace("//", "//user:word@"))
    with pytest.raises(MailError, match="does not encrypt"):
        server.hand_over(None, "a@b.example", "c@d.example")  # type: ignore[arg-type]
    assert not [line for line in taker.said if line.upper().startswith(("AUTH", "MAIL"))]


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "tls"),
    [
        ("smtp://mail.example", "mail.example", 587, None, None, False),
        ("smtps://a%40b:p%2Fw@mail.example", "mail.example", 465, "a@b", "p/w", True),
        ("smtp://u:p@mail.example:2525", "mail.example", 2525, "u", "p", False),
    ],
)
def test_the_servers_address_is_read(url, host, port, user, password, tls):
    assert MailServer.at(url) == MailServer(host, port, user, password, tls)


def test_old_mail_is_cleared_away(app: Flask, post_one, outbox, cast):
    from app.tasks.periodic import prune_logs

    old, older, fresh = post_one(cast.abc), post_one(), post_one(cast.abc)
    for mail in (old, older):
        outbox.set(mail, "created_at = now() - interval '31 days'")
    prune_logs(app)
    assert [mail.id for mail in outbox.all()] == [fresh.id]
