"""The demonstration's mailbox."""

import re

from flask import Flask

from tests.support.pages import links, words


def test_everybodys_mail_newest_first(browser, post_one, cast):
    post_one(cast.abc, to="first@practice.example")
    post_one(to="second@practice.example")
    page = words(browser("admin@smith.test").get("/demo/mailbox"))
    assert page.index("second@practice.example") < page.index("first@practice.example")
    assert "first@practice.example" in words(browser(None).get("/demo/mailbox"))


def test_a_mail_is_shown_as_text_and_in_a_closed_frame(browser, post_one, cast):
    mail = post_one(cast.abc)
    person = browser(None)
    page = person.get(f"/demo/mailbox/{mail.id}")
    assert links(page, "http://localhost:8000/password/reset/") == [
        "http://localhost:8000/password/reset/s3cret"
    ]
    frame = re.search(r"<iframe[^>]*>", page.text).group(0)
    assert 'sandbox="allow-top-navigation-by-user-activation"' in frame
    html = person.raw.get(f"/demo/mailbox/{mail.id}/html")
    policy = html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "script" not in policy
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in html.text


def test_what_people_write_is_text_in_mails(app: Flask, browser, outbox):
    alice = browser("admin@abc.test")
    alice.post("/account", {"name": "<b onclick=x>Alice</b> & Co", "theme": "auto"})
    alice.post("/settings/people", {"email": "new@practice.example", "role": "accountant"})
    mail = outbox.last("invitation")
    assert mail.subject == "<b onclick=x>Alice</b> & Co invites you to ABC Accounting"
    assert "&lt;b onclick=x&gt;Alice" in mail.html
    assert "<b onclick" not in mail.html
    assert "<b onclick" not in browser(None).get(f"/demo/mailbox/{mail.id}").text


def test_an_empty_mailbox_and_a_stranger_id(browser):
    assert "No mail yet" in browser(None).get("/demo/mailbox").text
    assert browser(None).get("/demo/mailbox/00000000-0000-0000-0000-000000000001").status_code == 404


def test_elsewhere_there_is_no_such_page(app: Flask, browser, post_one):
    mail = post_one()
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"demo": False})
    for path in ("", f"/{mail.id}", f"/{mail.id}/html"):
        assert browser(None).get(f"/demo/mailbox{path}").status_code == 404
        assert browser("super@countinghouse.test").get(f"/demo/mailbox{path}").status_code == 404
