"""Importing contacts in a real browser: preview, choose, a worker that is killed on the way, the result, the undo."""

import re

import pytest
import requests
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
HOME = "/settings/integrations/xero/contacts/imports"


def _make(simulator, *contacts: dict) -> None:
    """Contacts that somebody adds in Xero."""
    granted = simulator.token("ABC Pty Ltd")
    headers = {"Authorization": f"Bearer {granted['access_token']}", "xero-tenant-id": granted["tenant_id"]}
    url = f"{simulator.url}/api.xro/2.0/Contacts"
    headers["Accept"] = "application/json"
    requests.put(url, json={"Contacts": list(contacts)}, headers=headers, timeout=20).raise_for_status()


def test_import_with_a_duplicate_and_a_conflict_through_a_killed_worker_to_the_undo(
    visit, running, simulator, cast
):
    simulator.limits(enabled=False)
    client = cast.client(cast.abc)
    _make(
        simulator,
        {"Name": "Somebody Quite Else", "ContactNumber": client.number, "EmailAddress": "else@where.test"},
    )
    simulator.post("seed", {"organisation": "ABC Pty Ltd", "contacts": 1200})
    simulator.advance(600)
    alice = visit("admin@abc.test")
    page = alice.page
    alice.open("/settings/integrations/xero")
    page.get_by_role("link", name="Bring contacts in as clients").click()
    assert alice.axe() == []
    page.get_by_role("button", name="Read the contacts").click()
    expect(page.get_by_text("Waits for your choices")).to_be_visible(timeout=60_000)
    assert alice.axe() == []

    row = page.get_by_role("row").filter(has_text="Somebody Quite Else")
    expect(row).to_contain_text("Conflict")
    expect(row).to_contain_text(client.name)
    page.get_by_label("What happens to Somebody Quite Else").select_option("skip")
    page.get_by_role("button", name="Save choices").click()
    expect(page.locator("#flashes")).to_contain_text("Saved: 1 choice.")
    page.get_by_role("button", name=re.compile("^Import all")).click()
    page.get_by_role("link", name="Check and import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    assert alice.axe() == []
    page.get_by_role("button", name=re.compile("^Start: ")).click()
    expect(page.get_by_text("Contacts done")).to_be_visible()
    running.kill("worker")
    running.start("worker")
    expect(page.get_by_text("Nothing was written to Xero.")).to_be_visible(timeout=120_000)
    expect(page.locator(".tag").first).to_have_text("Imported")
    assert alice.axe() == []
    alice.open("/clients?q=client number 001200")
    expect(page.get_by_role("row").filter(has_text="Client Number 001200")).to_have_count(1)

    alice.open(HOME)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("link", name="Undo this import").click()
    assert alice.axe() == []
    page.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.get_by_text(re.compile("taken back by"))).to_be_visible(timeout=120_000)
    alice.open("/clients?q=client number 001200")
    expect(page.get_by_role("row").filter(has_text="Client Number 001200")).to_have_count(0)
