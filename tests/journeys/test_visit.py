"""A super admin at a practice's door: in with a reason, reading, then writing, out; and what its admin reads of it."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_a_visit_from_the_keyboard_to_the_practices_own_list(visit, cast):
    robin = visit("super@countinghouse.test")
    page = robin.page
    page.keyboard.press("/")
    page.keyboard.type("smith")
    page.locator(".applied-count", has_text="1 practice").wait_for()
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.wait_for_url("**/platform/switch")
    page.get_by_role("searchbox", name="Practice").fill("abc")
    page.keyboard.press("Enter")
    page.get_by_label("Why do you enter?").fill("Alice rang: a job does not appear in Xero.")
    page.get_by_role("button", name="Enter the practice").click()
    page.get_by_text("Reading only: choose writing to change things.").wait_for()
    client = cast.client(cast.abc)
    robin.open(f"/clients/{client.id}/edit")
    assert page.get_by_role("button", name="Save").is_disabled()
    assert robin.axe() == []
    page.get_by_role("button", name="Switch to writing").click()
    page.get_by_text("Changes allowed until").wait_for()
    assert page.url.endswith(f"/clients/{client.id}/edit")
    assert page.get_by_role("button", name="Save").is_enabled()
    page.get_by_role("button", name="Leave the practice").click()
    page.locator("#flashes").get_by_text("You have left ABC Accounting.").wait_for()

    alice = visit("admin@abc.test")
    alice.open("/settings/visits")
    visits = alice.page.get_by_role("table")
    assert visits.get_by_text("Alice rang: a job does not appear in Xero.").count() == 2
    visits.get_by_role("link", name="What was looked at").first.click()
    assert alice.page.get_by_role("link", name=client.name).count() > 0
