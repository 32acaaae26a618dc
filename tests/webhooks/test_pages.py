"""What people are shown: whether news arrives, what came of it, what was missed, and what nobody could take."""

from sqlalchemy import select, update

from app.extensions import db
from app.integrations.actions import let_go
from app.models import Connection, Operation, now
from app.sync.webhooks import gaps
from app.tenancy import company_scope
from tests.support.webhooks import KEY, event, moment, post

PAGE = "/settings/integrations/xero/webhooks"


def shown(browser, who: str, path: str = PAGE) -> str:
    answer = browser(who).get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_from_not_set_up_to_the_first_events(xero, app, cast, browser, mapped):
    page = shown(browser, "admin@abc.test")
    assert "Xero has not verified the address yet" in page
    assert "http://localhost:8000/api/webhooks/xero" in page
    assert "Nothing has come yet" in page
    assert KEY not in page
    xero.raw(post([], 0))
    tenant, contact, client = mapped(cast.abc)
    xero.sends(event(tenant, contact, moment()), event(tenant, contact, moment(), category="CREDITNOTE"))
    xero.sends(event(tenant, "stranger", moment()), first=1)
    xero.sorted()
    page = shown(browser, "admin@abc.test")
    assert "has not verified" not in page
    for word in (
        "Contact changed",
        client.name,
        "Being read",
        "Credit note changed",
        "Not used yet",
        "Not a client’s",
    ):
        assert word in page, word
    for query, there, gone in (
        ("outcome=not_used", "Credit note changed", "Contact changed"),
        ("outcome=reading", client.name, "Credit note changed"),
        ("category=CREDITNOTE", "Credit note changed", client.name),
        ("outcome=failed", "No event fits these filters", client.name),
        ("outcome=nonsense&category=x", client.name, "No event fits"),
    ):
        page = shown(browser, "admin@abc.test", f"{PAGE}?{query}")
        results = page[page.index('id="results"') :]
        assert there in results, query
        assert gone not in results, query
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Operation).where(Operation.kind.startswith("contacts.")).values(state="done")
        )
        db.session.commit()
    assert f'">{client.name}' in shown(browser, "admin@abc.test", f"{PAGE}?outcome=read")
    other = shown(browser, "admin@smith.test")
    assert client.name not in other
    assert "Nothing has come yet" in other


def test_pages_of_events_lead_on(xero, cast, browser, mapped):
    tenant, contact, _ = mapped(cast.abc)
    for number in range(60):
        xero.sends(event(tenant, contact, moment(number)))
    xero.sorted()
    nora = browser("admin@abc.test")
    first = nora.get(PAGE).get_data(as_text=True)
    assert first.count("Contact changed") == 50
    following = first[first.index('rel="next" href="') :].split('"')[3].replace("&amp;", "&")
    assert nora.get(following).get_data(as_text=True).count("Contact changed") == 10
    assert nora.get(f"{PAGE}?after=nonsense").status_code == 422


def test_a_gap_is_told_with_how_it_was_closed(xero, app, cast, browser, mapped):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact, moment(-8)), first=1)
    xero.sends(event(tenant, contact, moment(-5)), first=5)
    xero.sorted()
    xero.run("update webhook_stream_gaps set noticed_at = noticed_at - interval '1 min'")
    gaps.hand_on(app)
    assert "Missed 3 events between" in shown(browser, "admin@abc.test")
    assert "are being read" in shown(browser, "admin@abc.test")
    with app.app_context(), company_scope(cast.abc):
        read = select(Operation).where(Operation.kind.startswith("contacts."), Operation.state == "queued")
        for operation in db.session.scalars(read):
            operation.state, operation.finished_at = "done", now()
        db.session.commit()
    assert "Recovered by reading changes" in shown(browser, "admin@abc.test")


def test_what_nobody_could_take_is_told_to_whom_it_concerns(xero, app, cast, browser, mapped):
    tenant, contact, _ = mapped(cast.abc)
    with app.app_context(), company_scope(cast.abc):
        let_go(db.session.scalars(select(Connection)).one(), "Alice")
        db.session.commit()
    assert "is not connected to Xero" in shown(browser, "admin@abc.test")
    xero.sends(event(tenant, contact, moment()), event("an-unknown-one", "x", moment()))
    xero.raw(b"nothing to read")
    xero.sorted()
    page = shown(browser, "admin@abc.test")
    assert "1 event" in page
    assert "while it was disconnected" in page
    assert "an-unknown-one" not in page
    assert "while it was" not in shown(browser, "admin@smith.test")
    page = shown(browser, "super@countinghouse.test", "/platform/webhooks")
    for word in (
        "an-unknown-one",
        "No practice ever had it",
        tenant,
        "ABC Accounting",
        "A post could not be read",
    ):
        assert word in page, word
    assert browser("admin@abc.test").get("/platform/webhooks").status_code == 404


def test_only_admins_see_the_page(xero, browser):
    assert browser("jane@abc.test").get(PAGE).status_code == 403
    assert browser("client@abc.test").get(PAGE).status_code == 404


def test_the_simulator_sends_a_test(xero, app, cast, browser, simulator, monkeypatch):
    """Its portal has no webhook here, which is said; with one the news is on its way."""
    alice = browser("admin@abc.test")
    answer = alice.post(f"{PAGE}/test", follow_redirects=True).get_data(as_text=True)
    assert "has not answered the intent to receive" in answer
    monkeypatch.setattr("app.demonstration.simulated._console", lambda *_: None)
    answer = alice.post(f"{PAGE}/test", follow_redirects=True).get_data(as_text=True)
    assert "sends news of a contact now" in answer
    assert browser("admin@xyz.test").post(f"{PAGE}/test").status_code == 409
