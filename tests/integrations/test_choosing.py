"""Which organisation: another than before, a wrong one, several, and one that is taken."""

import pytest
from sqlalchemy import select

from app.models import Connection, Grant, StaffMapping
from app.xero import identity
from tests.integrations.consenting import CONFIRM, PAGE, consent
from tests.support.pages import words
from tests.support.people import Cast

CHOOSE = "/settings/integrations/xero/choose"


def connections(cast: Cast, company_id) -> list[Connection]:
    return list(cast.read(company_id, select(Connection).order_by(Connection.created_at)))


def test_an_organisation_of_another_practice_is_refused_without_telling_whose(
    browser, cast, simulator
) -> None:
    nina = browser("admin@xyz.test")
    answer = consent(nina, simulator.state(), "Smith & Co")
    assert answer.status_code == 409
    said = words(answer)
    assert "That organisation is taken" in said
    assert "Smith Tax Co." not in said
    assert connections(cast, cast.xyz) == []
    assert cast.read(cast.xyz, select(Grant)) == []
    (smiths,) = connections(cast, cast.smith)
    assert smiths.status == "connected"
    assert simulator.state()["organisations"]["Smith & Co"]["connections"], (
        "Smith's connection at Xero lives on"
    )


def test_another_organisation_asks_first_and_parks_the_mappings(browser, cast, simulator) -> None:
    alice = browser("admin@abc.test")
    (before,) = connections(cast, cast.abc)
    answer = consent(alice, simulator.state(), "XYZ Partners Pty Ltd")
    assert answer.headers["Location"] == CHOOSE
    page = alice.get(CHOOSE)
    assert "ABC Pty Ltd is connected now" in words(page)
    picked = page.get_data(as_text=True).split('name="organisation" value="')[1].split('"')[0]
    refused = alice.post(CHOOSE, {"organisation": picked})
    assert refused.status_code == 422
    assert [one.status for one in connections(cast, cast.abc)] == ["connected"]
    assert alice.post(CHOOSE, {"organisation": picked, "replace": "yes"}).headers["Location"] == CONFIRM
    old, new = connections(cast, cast.abc)
    assert (old.id, old.status, new.status) == (before.id, "disconnected", "to_confirm")
    assert simulator.state()["organisations"]["ABC Pty Ltd"]["connections"] == []
    assert cast.read(cast.abc, select(StaffMapping).where(StaffMapping.connection_id == old.id))
    page = words(alice.get(CONFIRM))
    assert "Before, your practice worked with ABC Pty Ltd" in page
    assert "is not like your practice's, ABC Accounting" in page
    unticked = alice.post(CONFIRM)
    assert unticked.status_code == 422
    assert connections(cast, cast.abc)[1].status == "to_confirm"
    assert alice.post(CONFIRM, {"checked": "yes"}).status_code == 302
    assert connections(cast, cast.abc)[1].status == "connected"


def test_the_wrong_organisation_is_noticed_before_anything_is_written(browser, cast, simulator) -> None:
    nina = browser("admin@xyz.test")
    demo = next((name for name, one in simulator.state()["organisations"].items() if "Demo" in name), None)
    assert demo, "the simulator has a Demo Company to pick by mistake"
    consent(nina, simulator.state(), demo)
    page = words(nina.get(CONFIRM))
    assert "Is this the right organisation?" in page
    assert "Demo Company" in page
    assert nina.post(CONFIRM).status_code == 422
    assert simulator.projects(demo) == []


def test_several_organisations_are_chosen_from_and_never_guessed(
    browser, cast, simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when Xero names no organisation for the consent: then all that the person connected are offered."""
    every = identity.connections
    monkeypatch.setattr(identity, "connections", lambda transport, _event=None: every(transport))
    alice = browser("admin@abc.test")
    (before,) = connections(cast, cast.abc)
    answer = consent(alice, simulator.state(), "Demo Company (AU)")
    assert answer.headers["Location"] == CHOOSE
    page = alice.get(CHOOSE)
    assert "ABC Pty Ltd connected now" in words(page)
    assert "Demo Company (AU)" in words(page)
    assert alice.post(CHOOSE).status_code == 422
    kept = next(one["id"] for one in simulator.state()["organisations"]["ABC Pty Ltd"]["connections"])
    assert alice.post(CHOOSE, {"organisation": kept}).headers["Location"] == PAGE
    (after,) = connections(cast, cast.abc)
    assert (after.id, after.status) == (before.id, "connected")
    assert alice.get(CHOOSE).headers["Location"] == PAGE, "decided: there is nothing left to choose"


def test_the_choice_lives_in_the_browser_that_consented(browser, cast, simulator) -> None:
    consent(browser("admin@abc.test"), simulator.state(), "XYZ Partners Pty Ltd")
    assert browser("admin@smith.test").get(CHOOSE).headers["Location"] == PAGE


def test_leaving_everything_as_it_is_keeps_no_token_of_the_consent(browser, cast, simulator) -> None:
    alice = browser("admin@abc.test")
    (before,) = connections(cast, cast.abc)
    consent(alice, simulator.state(), "XYZ Partners Pty Ltd")
    assert alice.post(CHOOSE, {"action": "leave"}).headers["Location"] == PAGE
    (after,) = connections(cast, cast.abc)
    assert (after.id, after.status) == (before.id, "connected")
    kept = {grant.id: grant.tokens is not None for grant in cast.read(cast.abc, select(Grant))}
    assert len(kept) == 2
    assert [grant_id for grant_id, has in kept.items() if has] == [after.grant_id]
