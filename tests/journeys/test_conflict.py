"""Two fields that were changed here and in Xero: one is kept as it stands here, on the page of conflicts, the other as
Xero has it, on the client's page; a dry run shows what is left."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.stack import wait_until
from tests.sync.contacts.practice import NO_LIMITS, Pair

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def pair(app, cast, simulator, work) -> Pair:
    """A client who differs from the contact in two fields."""
    simulator.limits(**NO_LIMITS)
    made = Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)
    made.settings(push_client_changes=True)
    made.contact = made.make("Harbour Bakery", EmailAddress="theirs@harbour.example", TaxNumber="22 222")
    made.client = made.add("Harbour Bakery", email="ours@harbour.example", tax_number="11 111")
    made.sync(made.client)
    return made


def test_both_ways(pair, visit):
    jane = visit("jane@abc.test")
    jane.page.get_by_role("link", name=re.compile("Contacts.*2 to decide")).first.click()
    jane.page.get_by_role("link", name=re.compile("Conflicts")).first.click()
    row = jane.page.get_by_role("row", name=re.compile("Harbour Bakery.*E-mail", re.DOTALL))
    expect(row).to_contain_text("theirs@harbour.example")
    assert jane.axe() == []
    row.get_by_role("radio", name=re.compile("ours: ours@harbour.example")).check()
    jane.page.get_by_role("button", name="Keep what is chosen").click()
    expect(jane.page.locator("#flashes")).to_contain_text("1 field is decided.")
    wait_until(
        lambda: pair.theirs(pair.contact)["EmailAddress"] == "ours@harbour.example", 20, "ours is in Xero"
    )

    jane.open(f"/clients/{pair.client}")
    row = jane.page.get_by_role("row", name=re.compile("Tax number"))
    row.get_by_role("radio", name=re.compile("Xero’s: 22 222")).check()
    assert jane.axe() == []
    jane.page.get_by_role("button", name="Keep what is chosen").click()
    expect(jane.page.locator("#flashes")).to_contain_text("1 field is decided.")
    expect(jane.page.get_by_text("22 222", exact=True)).to_be_visible()
    expect(jane.page.get_by_role("button", name="Keep what is chosen")).to_have_count(0)
    assert pair.ours(pair.client)["tax_number"] == "22 222"
    expect(jane.page.get_by_role("link", name="Contacts", exact=True).first).to_be_visible()

    alice = visit("admin@abc.test")
    alice.open("/settings/integrations/xero/contacts/dry-runs")
    alice.page.get_by_role("button", name="Work it out now").click()
    expect(alice.page.get_by_role("heading", name="Both sides agree")).to_be_visible()
