"""A form that was sent back, mended and sent: “Back” leads to the form, not to a question whether to send it again."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_back_after_a_rejected_form(visit, cast):
    jane = visit("jane@abc.test")
    page, client = jane.page, cast.client(cast.abc)
    address = f"/requests/new?client={client.id}"
    jane.open("/clients")
    jane.open(address)
    page.get_by_label("Price").fill("a lot")
    page.get_by_role("button", name="Add request").click()
    page.locator("[data-error-summary]").wait_for()
    assert page.url.endswith(address)
    page.get_by_label("Service").select_option(index=1)
    expect(page.get_by_label("Price")).not_to_have_value("a lot")
    page.get_by_role("button", name="Add request").click()
    page.locator("#flashes").get_by_text("is added. Assign it to someone next.").wait_for()
    page.go_back()
    page.wait_for_url(f"**{address}")
    assert page.get_by_label("Price").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "New request"
