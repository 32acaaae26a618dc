"""Letting go of an organisation, checking a connection, and the JSON of both."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Connection, ContactMapping, Grant, Operation, ServiceMapping, StaffMapping
from app.sync.connections import vault
from app.sync.tokens import open_tokens
from app.xero.errors import ReconnectNeeded
from tests.integrations.consenting import CONFIRM, PAGE, consent, decide, tenants_of
from tests.integrations.consenting import begin as press_connect
from tests.support.pages import words

DISCONNECT = "/api/integrations/xero/disconnect"
REFRESH = "/api/integrations/xero/refresh"
STATUS = "/api/integrations/xero/status"
ASK = "/settings/integrations/xero/disconnect"


def the_connection(cast, company_id) -> Connection:
    (found,) = cast.read(company_id, select(Connection))
    return found


def at_xero(simulator, organisation: str) -> list[dict]:
    return simulator.state()["organisations"][organisation]["connections"]


def revoked(simulator) -> int:
    return sum(line["path"] == "/connect/revocation" for line in simulator.state()["ledger"])


def test_disconnecting_tells_xero_wipes_the_tokens_and_keeps_the_rest(browser, cast, simulator) -> None:
    alice = browser("admin@abc.test")
    kept = [len(cast.read(cast.abc, select(model))) for model in (StaffMapping, ServiceMapping, Operation)]
    assert "Disconnect ABC Pty Ltd?" in words(alice.get(ASK))
    assert len(at_xero(simulator, "ABC Pty Ltd")) == 1
    assert alice.post(DISCONNECT).headers["Location"] == PAGE
    assert at_xero(simulator, "ABC Pty Ltd") == []
    assert revoked(simulator) == 1
    connection = the_connection(cast, cast.abc)
    assert (connection.status, connection.disconnected_by) == ("disconnected", "Alice Carter")
    (grant,) = cast.read(cast.abc, select(Grant))
    assert (grant.tokens, grant.previous, grant.expires_at) == (None, None, None)
    assert [
        len(cast.read(cast.abc, select(model))) for model in (StaffMapping, ServiceMapping, Operation)
    ] == kept
    page = words(alice.get(PAGE))
    assert "ABC Pty Ltd was disconnected" in page
    assert "Connect again" in page
    assert at_xero(simulator, "Smith & Co"), "the other practice's connection is untouched"
    assert the_connection(cast, cast.smith).status == "connected"


def test_a_get_disconnects_nothing(browser, cast, simulator) -> None:
    assert browser("admin@abc.test").get(DISCONNECT).status_code == 405
    forged = browser("admin@abc.test").raw.post(DISCONNECT)
    assert forged.status_code == 400
    assert the_connection(cast, cast.abc).status == "connected"


@pytest.mark.parametrize("fault", ["drop_before", "503"])
def test_disconnecting_works_when_xero_does_not_answer(app: Flask, browser, cast, simulator, fault) -> None:
    simulator.fault(fault, path="/connections")
    alice = browser("admin@abc.test")
    alice.post(DISCONNECT)
    page = words(alice.get(PAGE))
    assert "Xero could not be told" in page
    assert the_connection(cast, cast.abc).status == "disconnected"
    (grant,) = cast.read(cast.abc, select(Grant))
    with app.app_context(), pytest.raises(ReconnectNeeded):
        open_tokens(grant, vault(cast.abc))


def test_one_person_who_connected_two_practices_keeps_the_other(browser, api, cast, simulator) -> None:
    """Revoking would drop all of that person's connections, the other practice's among them."""
    consent(browser("admin@xyz.test"), simulator.state(), "Demo Company (AU)")
    (abcs,), (xyzs,) = at_xero(simulator, "ABC Pty Ltd"), at_xero(simulator, "Demo Company (AU)")
    assert abcs["person_id"] == xyzs["person_id"]
    browser("admin@abc.test").post(DISCONNECT)
    assert at_xero(simulator, "ABC Pty Ltd") == []
    assert at_xero(simulator, "Demo Company (AU)") == [xyzs]
    assert revoked(simulator) == 0
    assert api("admin@xyz.test").post(REFRESH).status_code == 200, "the other practice's sign-in still works"
    browser("admin@xyz.test").post(DISCONNECT)
    assert (at_xero(simulator, "Demo Company (AU)"), revoked(simulator)) == ([], 1)


def test_connecting_again_after_a_disconnect_finds_everything(browser, cast, simulator) -> None:
    alice = browser("admin@abc.test")
    before = the_connection(cast, cast.abc)
    alice.post(DISCONNECT)
    answer = consent(alice, simulator.state(), "ABC Pty Ltd")
    assert answer.headers["Location"] == PAGE, "it was confirmed before: nothing to ask"
    after = the_connection(cast, cast.abc)
    assert (after.id, after.status, after.disconnected_at) == (before.id, "connected", None)
    assert cast.read(cast.abc, select(StaffMapping).where(StaffMapping.connection_id == after.id))


def test_jobs_wait_while_disconnected_and_go_on_after(browser, api, cast, simulator, work) -> None:
    alice, program = browser("admin@abc.test"), api("admin@abc.test")
    alice.post(DISCONNECT)
    request = cast.request(cast.abc, status="new")
    jane, bas = cast.member(cast.abc, "Jane"), cast.service(cast.abc, "BAS")
    program.patch(f"/api/requests/{request.id}", {"service_id": str(bas.id)})
    program.post(f"/api/requests/{request.id}/assign", {"accountant_id": str(jane.id)})
    work()
    (operation,) = cast.read(cast.abc, select(Operation).where(Operation.subject_id == request.id))
    assert operation.state == "waiting"
    before = len(simulator.projects("ABC Pty Ltd"))
    consent(alice, simulator.state(), "ABC Pty Ltd")
    work()
    (operation,) = cast.read(cast.abc, select(Operation).where(Operation.subject_id == request.id))
    assert operation.state == "done", operation.error
    assert len(simulator.projects("ABC Pty Ltd")) == before + 1


def test_check_now_renews_the_sign_in_and_asks_xero(browser, api, cast, simulator) -> None:
    (before,) = cast.read(cast.abc, select(Grant))
    alice = browser("admin@abc.test")
    assert alice.post(REFRESH).headers["Location"] == PAGE
    (after,) = cast.read(cast.abc, select(Grant))
    assert after.tokens != before.tokens
    assert "the connection works" in words(alice.get(PAGE))
    assert api("admin@abc.test").post(REFRESH).json["connected"] is True
    assert api("admin@xyz.test").post(REFRESH).status_code == 409


def test_a_sign_in_that_xero_took_back_is_noticed(browser, api, cast, simulator) -> None:
    simulator.fault("revoked", path="/connect/token")
    answer = api("admin@abc.test").post(REFRESH)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "reconnect_needed")
    assert the_connection(cast, cast.abc).status == "reconnect_needed"
    page = words(browser("admin@abc.test").get(PAGE))
    assert "The connection needs a new consent" in page
    simulator.clear_faults()
    consent(browser("admin@abc.test"), simulator.state(), "ABC Pty Ltd")
    assert the_connection(cast, cast.abc).status == "connected"


def test_status_tells_programs_and_each_practice_its_own(api, cast, simulator) -> None:
    api("admin@abc.test").post(REFRESH)
    abc = api("admin@abc.test").get(STATUS).json
    assert abc["connected"] is True
    assert abc["organisation"]["name"] == "ABC Pty Ltd"
    assert abc["organisation"]["currency"] == "AUD"
    assert abc["connected_by"] == "Alice Carter"
    assert "projects" in abc["scopes"]
    assert abc["calls_left"]["day"] is not None
    assert 0 < abc["calls_left"]["minute"] <= 60
    assert api("admin@smith.test").get(STATUS).json["organisation"]["name"] == "Smith & Co"
    xyz = api("admin@xyz.test").get(STATUS).json
    assert (xyz["connected"], xyz["status"], xyz["organisation"]) == (False, "not_connected", None)
    assert api(None).get(STATUS).status_code in {302, 401}


def test_the_organisation_gone_inside_xero_shows_on_the_page(browser, cast, simulator) -> None:
    simulator.fault("disconnected", organisation="ABC Pty Ltd")
    alice = browser("admin@abc.test")
    alice.post(REFRESH)
    assert "disconnected in Xero" in words(alice.get(PAGE))
    assert the_connection(cast, cast.abc).status == "reconnect_needed"


def test_assigned_requests_without_a_job_are_offered_and_made(
    app: Flask, browser, api, cast, simulator, work
) -> None:
    program, nina = api("admin@xyz.test"), browser("admin@xyz.test")
    omar = cast.member(cast.xyz, "Omar")
    request = cast.request(cast.xyz, status="new")
    program.post(f"/api/requests/{request.id}/assign", {"accountant_id": str(omar.id)})
    assert cast.read(cast.xyz, select(Operation)) == []
    nina.get(decide(press_connect(nina), tenants_of(simulator.state()), "XYZ Partners Pty Ltd"))
    nina.post(CONFIRM)
    page = words(nina.get(PAGE))
    assert "no job yet" in page
    assert "calls to Xero" in page
    nina.post("/settings/integrations/xero/jobs")
    planned = cast.read(cast.xyz, select(Operation).where(Operation.subject_id == request.id))
    assert [(one.state, one.priority) for one in planned] == [("queued", 50)]
    assert "no job yet" not in words(nina.get(PAGE))


def test_the_contact_mappings_of_the_past_are_kept(browser, cast, simulator, work, api) -> None:
    program = api("admin@abc.test")
    request = cast.request(cast.abc, status="new")
    program.post(
        f"/api/requests/{request.id}/assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)}
    )
    work()
    before = len(cast.read(cast.abc, select(ContactMapping)))
    browser("admin@abc.test").post(DISCONNECT)
    assert len(cast.read(cast.abc, select(ContactMapping))) == before
