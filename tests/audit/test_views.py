"""Who looked at what: every page with data of clients, to whomever, once a page, at little cost."""

import time

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import audiences
from app.audit.views import LOOKS, SHOWS_NO_CLIENT
from app.audit.words import LOOKS as WORDS
from app.models import AuditView, Membership
from tests.support.statements import counted_statements


def views(cast, company_id):
    return cast.read(company_id, select(AuditView).order_by(AuditView.at, AuditView.id))


def test_every_page_inside_a_company_is_thought_of(app: Flask):
    """A page that nobody put in one of the two tables fails here."""
    inside = {audiences.ADMIN, audiences.STAFF, audiences.CLIENT}
    reading = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and audiences.AUDIENCES[rule.endpoint] in inside
    } | {"dashboard.index"}
    assert reading - LOOKS.keys() - SHOWS_NO_CLIENT == set()
    assert (LOOKS.keys() | SHOWS_NO_CLIENT) - reading == set()
    assert LOOKS.keys() & SHOWS_NO_CLIENT == set()
    assert {look.what for look in LOOKS.values()} == WORDS.keys()


def test_who_opened_which_client_and_request(browser, cast):
    client, request = cast.client(cast.xyz), cast.request(cast.xyz)
    nina = browser("admin@xyz.test")
    nina.get(f"/clients/{client.id}", headers={"User-Agent": "A browser"})
    nina.get(f"/requests/{request.id}")
    nina.get("/clients?q=har")
    first, second, third = views(cast, cast.xyz)
    assert (first.what, first.subject_id, first.subject_label) == ("client.opened", client.id, client.name)
    assert (first.actor_name, first.actor_role) == ("Nina Zhou", "admin")
    assert (first.address, first.agent) == ("127.0.0.1", "A browser")
    assert (second.what, second.subject_label) == ("request.opened", request.reference)
    assert (third.what, third.subject_id, third.details) == ("clients.listed", None, {"q": "har"})


def test_programs_and_clients_are_seen_too(api, browser, cast):
    request = cast.request(cast.xyz)
    assert api("admin@xyz.test").get(f"/api/requests/{request.id}").status_code == 200
    assert [view.what for view in views(cast, cast.xyz)] == ["request.opened"]
    browser("client@abc.test").get("/portal")
    assert [(view.what, view.actor_role) for view in views(cast, cast.abc)] == [("portal.listed", "client")]


def test_a_visitor_is_named_with_the_visit(browser, cast):
    robin = browser("super@countinghouse.test")
    wish = {"reason": "Nina rang about a wrong price.", "minutes": "15"}
    robin.post(f"/platform/practices/{cast.xyz}/enter", wish)
    robin.get("/clients")
    [view] = views(cast, cast.xyz)
    assert (view.actor_role, view.entry_id is not None) == ("super", True)


def test_what_was_not_shown_is_not_told(browser, cast):
    stranger = cast.client(cast.smith)
    nina = browser("admin@xyz.test")
    assert nina.get(f"/clients/{stranger.id}").status_code == 404
    assert nina.get("/services").status_code == 200
    assert nina.get("/clients?after=nonsense").status_code == 422
    assert views(cast, cast.xyz) == []
    assert views(cast, cast.smith) == []


@pytest.mark.parametrize("value", ["\x00", "\ud800", "x" * 5000])
def test_odd_filters_do_no_harm(browser, cast, value):
    answer = browser("admin@xyz.test").get("/requests", query_string="odd=" + _quoted(value))
    assert answer.status_code == 200
    [view] = views(cast, cast.xyz)
    assert len((view.details or {}).get("odd", "")) <= 200


def _quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode(errors="surrogatepass"))


def test_what_cannot_be_told_is_not_shown(browser, cast, monkeypatch):
    def away(*_given):
        raise OperationalError("insert", {}, Exception("gone"))

    monkeypatch.setattr("app.audit.views._insert", away)
    client = cast.client(cast.xyz)
    answer = browser("admin@xyz.test").get(f"/clients/{client.id}")
    assert answer.status_code == 503
    assert client.name not in answer.text


def test_nothing_a_page_left_behind_is_kept(app, browser, cast, monkeypatch):
    """The commit of the view must not commit what a page changed by mistake."""
    from app.clients import queries
    from app.extensions import db

    find = queries.find_client

    def meddling(client_id):
        db.session.execute(Membership.__table__.update().values(active=False))
        return find(client_id)

    monkeypatch.setattr("app.clients.queries.find_client", meddling)
    browser("admin@xyz.test").get(f"/clients/{cast.client(cast.xyz).id}")
    assert len(views(cast, cast.xyz)) == 1
    assert cast.read(cast.xyz, select(func.count()).where(Membership.active.is_(False))) == [0]


def test_a_view_costs_one_statement(app, browser, cast, monkeypatch):
    """One statement more than without, and about a millisecond (printed with -s)."""
    nina, path = browser("admin@xyz.test"), f"/requests/{cast.request(cast.xyz).id}"
    nina.get(path)

    def measured() -> tuple[int, float]:
        with counted_statements(app) as seen:
            nina.raw.get(path)
        times = []
        for _ in range(30):
            begun = time.perf_counter()
            nina.raw.get(path)
            times.append(time.perf_counter() - begun)
        return len(seen), min(times) * 1000

    with_view, ms_with = measured()
    monkeypatch.setattr("app.audit.views.LOOKS", {})
    without, ms_without = measured()
    print(f"\nrequest page: {ms_without:.1f} ms without its view, {ms_with:.1f} ms with it")
    assert with_view - without <= 1
