"""A person's second factor in a real browser: from setting up the app to signing in with a recovery code."""

import re
import time

import pyotp
import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

JANE = "jane@abc.test"


def type_password(page) -> None:
    page.get_by_label("E-mail").fill(JANE)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_the_set_up_to_a_recovery_code(visit):
    jane = visit(JANE)
    page = jane.page
    page.locator(".person-menu summary").click()
    page.get_by_role("link", name="Second factor").click()
    assert jane.axe() == []
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the app").click()
    expect(page.locator(".qr-code svg")).to_be_visible()
    assert jane.axe() == []
    address = page.get_by_role("link", name="Open the app on this device").get_attribute("href")
    app = pyotp.parse_uri(address)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("alert").filter(has_text="This code does not count")).to_be_visible()
    assert jane.axe() == []
    # The code of the step before, so that the present one is left for the sign-in.
    page.get_by_label("Code").fill(app.at(time.time() - 20))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor is on")
    codes = page.locator(".recovery-codes code").all_text_contents()
    assert len(codes) == 10
    assert jane.axe() == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 codes left")).to_be_visible()
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    type_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your code")
    assert jane.axe() == []
    jane.open("/requests")
    expect(page).to_have_url(re.compile("/sign-in"))
    type_password(page)
    page.get_by_label("Code").fill(app.at(time.time() + 25))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Requests")
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    type_password(page)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You signed in with a recovery code")).to_be_visible()
    expect(page.get_by_text("9 codes left")).to_be_visible()
    assert jane.axe() == []
    page.get_by_role("link", name="Make new").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Code").fill(codes[1])
    page.get_by_role("button", name="Make new codes").click()
    assert not set(page.locator(".recovery-codes code").all_text_contents()) & set(codes)
