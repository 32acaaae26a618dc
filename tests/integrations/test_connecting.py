"""Connecting an organisation, with the simulator's own consent page in between."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import (
    CompanyEntry,
    Connection,
    Consent,
    Grant,
    Operation,
    StaffMapping,
    User,
    XeroCall,
    XeroListEntry,
    now,
)
from app.sync.causes import CONNECTION, SCOPE, open_cause
from app.sync.connections import vault
from app.sync.operations import READ_LISTS, READ_STAFF, plan
from app.sync.tokens import open_tokens
from app.tenancy import company_scope
from tests.integrations.consenting import CONFIRM, CONNECT, PAGE, begin, consent, decide, tenants_of
from tests.support.pages import words
from tests.support.people import Cast

CHOOSE = "/settings/integrations/xero/choose"


def connections(cast: Cast, company_id) -> list[Connection]:
    return list(cast.read(company_id, select(Connection).order_by(Connection.created_at)))


def calls_to(simulator, organisation: str) -> int:
    return simulator.state()["organisations"][organisation]["calls"]["total"]


def test_a_new_practice_connects_confirms_and_reads_its_people(browser, cast, simulator, work) -> None:
    nina = browser("admin@xyz.test")
    before = words(nina.get(PAGE))
    assert "Which organisation to pick." in before
    assert "projects" in before
    assert "Creates the project and its tasks when a request is assigned" in before

    answer = consent(nina, simulator.state(), "XYZ Partners Pty Ltd")
    assert (answer.status_code, answer.headers["Location"]) == (303, CONFIRM)
    (connection,) = connections(cast, cast.xyz)
    assert (connection.status, connection.organisation_name) == ("to_confirm", "XYZ Partners Pty Ltd")
    assert connection.base_currency == "AUD"
    assert connection.short_code
    assert not cast.read(cast.xyz, select(Operation).where(Operation.kind == READ_STAFF))

    page = words(nina.get(CONFIRM))
    assert "You picked XYZ Partners Pty Ltd" in page
    assert "Nothing is written to Xero until you press Start." in page
    assert "Is this the right organisation?" not in page
    assert nina.post(CONFIRM).headers["Location"] == PAGE
    (connection,) = connections(cast, cast.xyz)
    assert (connection.status, connection.connected_by) == ("connected", "Nina Zhou")
    work()
    for kind in (READ_STAFF, READ_LISTS):
        (reading,) = cast.read(cast.xyz, select(Operation).where(Operation.kind == kind))
        assert reading.state == "done"
    assert "Region" in cast.read(cast.xyz, select(XeroListEntry.name))
    page = words(nina.get(PAGE))
    assert "by Nina Zhou" in page
    assert "Connected" in page


def test_what_goes_to_xero_is_exact(browser, cast, simulator) -> None:
    address = urlsplit(begin(browser("admin@xyz.test")))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == simulator.url
    assert query["redirect_uri"] == "http://localhost:8000/api/integrations/xero/callback"
    assert query["code_challenge_method"] == "S256"
    assert query["scope"].split() == [
        "openid",
        "profile",
        "email",
        "offline_access",
        "projects",
        "accounting.contacts",
        "accounting.settings.read",
        "accounting.invoices",
    ]
    (kept,) = cast.read(cast.xyz, select(Consent))
    assert query["state"] not in f"{kept.state_hash} {kept.verifier!r}"
    assert timedelta(minutes=9) < kept.expires_at - now() <= timedelta(minutes=10)


def test_the_way_back_counts_once(browser, cast, simulator) -> None:
    nina = browser("admin@xyz.test")
    way_back = decide(begin(nina), tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    assert nina.get(way_back).status_code == 303
    again = nina.get(way_back)
    assert again.status_code == 400
    assert "This way back from Xero was used before" in words(again)
    assert len(connections(cast, cast.xyz)) == 1


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (lambda back: back.replace("state=", "state=x"), "This way back from Xero is not yours"),
        (lambda back: back.split("?")[0], "This way back from Xero is not yours"),
        (lambda back: back.split("&state=")[0], "This way back from Xero is not yours"),
        (lambda back: back.replace("code=", "code=x"), "Xero did not finish the connection"),
    ],
    ids=["wrong state", "nothing", "no state", "wrong code"],
)
def test_a_wrong_way_back_is_a_clear_page_and_changes_nothing(
    browser, cast, simulator, change, title
) -> None:
    nina = browser("admin@xyz.test")
    way_back = decide(begin(nina), tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    answer = nina.get(change(way_back))
    assert answer.status_code in {400, 502}
    assert title in words(answer)
    assert "Nothing was connected" in words(answer)
    assert connections(cast, cast.xyz) == []
    assert cast.read(cast.xyz, select(Grant)) == []


def test_a_cancelled_consent_is_a_clear_page(browser, cast, simulator) -> None:
    nina = browser("admin@xyz.test")
    answer = nina.get(decide(begin(nina), {}, allow=False))
    assert "You cancelled at Xero" in words(answer)
    assert connections(cast, cast.xyz) == []


def test_a_state_older_than_ten_minutes_is_refused(app: Flask, browser, cast, simulator) -> None:
    nina = browser("admin@xyz.test")
    way_back = decide(begin(nina), tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    with app.app_context(), company_scope(cast.xyz):
        db.session.execute(update(Consent).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert "That took longer than ten minutes" in words(nina.get(way_back))
    assert connections(cast, cast.xyz) == []


@pytest.mark.parametrize("stranger", ["admin@smith.test", "admin@xyz.test"])
def test_somebody_elses_way_back_is_refused(browser, cast, simulator, stranger) -> None:
    """Of another practice, and of the same person in another browser: the state is bound to both."""
    way_back = decide(begin(browser("admin@xyz.test")), tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    answer = browser(stranger).get(way_back)
    assert answer.status_code == 400
    assert "This way back from Xero is not yours" in words(answer)
    assert connections(cast, cast.xyz) == []
    assert [one.organisation_name for one in connections(cast, cast.smith)] == ["Smith & Co"]


def test_the_same_organisation_again_keeps_everything(app: Flask, browser, cast, simulator, work) -> None:
    (before,) = connections(cast, cast.abc)
    mapped = len(cast.read(cast.abc, select(StaffMapping)))
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Connection).values(status="reconnect_needed"))
        open_cause(CONNECTION, "", "Reconnect.")
        db.session.commit()
    alice = browser("admin@abc.test")
    assert "Reconnect needed" in words(alice.get(PAGE))
    assert "Xero needs a new consent." in words(alice.get("/clients")), "the bar above every page"
    assert "Xero needs a new consent." not in words(browser("jane@abc.test").get("/clients"))
    answer = consent(alice, simulator.state(), "ABC Pty Ltd")
    assert answer.headers["Location"] == PAGE
    (after,) = connections(cast, cast.abc)
    assert (after.id, after.status) == (before.id, "connected")
    assert len(cast.read(cast.abc, select(StaffMapping))) == mapped > 0
    assert "is connected again" in words(alice.get(PAGE))
    assert "Xero needs a new consent." not in words(alice.get("/clients"))


def test_a_new_consent_releases_what_waited_for_a_scope_it_covers(
    app: Flask, browser, cast, simulator
) -> None:
    waiting = {
        "projects": cast.request(cast.abc, status="new"),
        "practicemanager": cast.request(cast.abc, status="assigned"),
    }
    with app.app_context(), company_scope(cast.abc):
        for scope, request in waiting.items():
            cause = open_cause(SCOPE, scope, f"Xero's consent does not cover this ({scope}).")
            db.session.execute(
                update(Operation).where(Operation.subject_id == request.id).values(state="cancelled")
            )
            operation = plan(READ_STAFF, request.id, request.reference, "Alice Carter")
            operation.state, operation.cause_id = "waiting", cause.id
        db.session.commit()
    consent(browser("admin@abc.test"), simulator.state(), "ABC Pty Ltd")
    states = {
        scope: cast.read(
            cast.abc,
            select(Operation.state).where(Operation.subject_id == request.id, Operation.kind == READ_STAFF),
        )
        for scope, request in waiting.items()
    }
    assert states == {"projects": ["queued"], "practicemanager": ["waiting"]}


def test_a_consent_that_lacks_a_scope_says_which(app: Flask, browser, cast, simulator) -> None:
    alice = browser("admin@abc.test")
    assert "The consent does not cover everything" not in words(alice.get(PAGE))
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(
            update(Grant).values(scopes="openid profile email offline_access accounting.contacts")
        )
        db.session.commit()
    page = words(alice.get(PAGE))
    assert "The consent does not cover everything" in page
    assert "projects : Creates the project and its tasks" in page


def test_an_unconfirmed_organisation_gets_no_job(browser, api, cast, simulator, work) -> None:
    nina = browser("admin@xyz.test")
    consent(nina, simulator.state(), "XYZ Partners Pty Ltd")
    before = calls_to(simulator, "XYZ Partners Pty Ltd")
    request = cast.request(cast.xyz, status="new")
    nobody = nina.post(f"/api/integrations/xero/sync-job/{request.id}")
    assert nobody.status_code == 409, "a request that nobody has"
    omar = cast.member(cast.xyz, "Omar")
    api("admin@xyz.test").post(f"/api/requests/{request.id}/assign", {"accountant_id": str(omar.id)})
    assert nina.post(f"/api/integrations/xero/sync-job/{request.id}").status_code == 202
    work()
    (operation,) = cast.read(cast.xyz, select(Operation).where(Operation.subject_id == request.id))
    assert operation.state == "waiting"
    assert calls_to(simulator, "XYZ Partners Pty Ltd") == before


def test_programs_get_the_address_and_the_same_person_may_finish_in_a_browser(
    api, browser, cast, simulator
) -> None:
    asked = api("admin@xyz.test").post(CONNECT)
    assert asked.status_code == 200
    way_back = decide(asked.json["url"], tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    assert browser("omar@xyz.test").get(way_back).status_code == 403
    assert browser("admin@xyz.test").get(way_back).headers["Location"] == CONFIRM


def test_programs_may_finish_themselves(api, cast, simulator) -> None:
    nina = api("admin@xyz.test")
    address = nina.get(CONNECT).json["url"]
    answer = nina.get(decide(address, tenants_of(simulator.state()), "XYZ Partners Pty Ltd"))
    assert answer.json == {"organisation": "XYZ Partners Pty Ltd", "status": "to_confirm"}
    assert nina.get("/api/integrations/xero/callback?state=x&code=y").json["error"]["code"] == "state_unknown"


@pytest.mark.parametrize("person", ["jane@abc.test", "client@abc.test"])
def test_only_admins_connect(browser, api, cast, simulator, person) -> None:
    expected = 403 if person.startswith("jane") else 404
    for path in (PAGE, CONNECT, CONFIRM, CHOOSE, "/api/integrations/xero/status"):
        assert browser(person).get(path).status_code == expected
    assert api(person).post(CONNECT).status_code == expected


def test_no_secret_stands_in_a_page_a_row_or_the_call_log(
    app: Flask, browser, cast, simulator, caplog
) -> None:
    nina = browser("admin@xyz.test")
    way_back = decide(begin(nina), tenants_of(simulator.state()), "XYZ Partners Pty Ltd")
    code = parse_qs(urlsplit(way_back).query)["code"][0]
    caplog.set_level("DEBUG", logger="app")
    pages = [nina.get(way_back), nina.get(CONFIRM), nina.post(CONFIRM), nina.get(PAGE)]
    with app.app_context(), company_scope(cast.xyz):
        grant = db.session.scalars(select(Grant)).one()
        secrets = open_tokens(grant, vault(cast.xyz))
        stored = f"{grant.tokens!r}{grant.previous!r}"
    kept = "".join(
        f"{call.path}{call.request_body}{call.reply_body}" for call in cast.read(cast.xyz, select(XeroCall))
    )
    assert kept, "the calls of the consent are in the log"
    shown = "".join(page.get_data(as_text=True) + str(page.headers) for page in pages)
    for secret in (code, secrets.access_token, secrets.refresh_token):
        for place in (shown, stored, kept, caplog.text):
            assert secret not in place


def test_a_super_admin_who_only_reads_connects_nothing(app: Flask, browser, cast, simulator) -> None:
    robin = browser("super@countinghouse.test")
    with app.app_context(), company_scope(cast.xyz):
        user = db.session.scalars(select(User).where(User.super_admin)).one()
        db.session.add(
            CompanyEntry(
                user_id=user.id, reason="Looking", writes=False, expires_at=now() + timedelta(hours=1)
            )
        )
        db.session.commit()
    with robin.raw.session_transaction() as cookie:
        cookie["cid"] = str(cast.xyz)
    assert robin.get(PAGE).status_code == 200
    assert robin.get(CONNECT).status_code == 403
    assert robin.post(CONNECT).status_code == 403
    assert cast.read(cast.xyz, select(Consent)) == []
