"""The wrong password many times, in a real browser; the right one from elsewhere still opens."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ALICE = "admin@abc.test"


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """A proxy stands in front, so that people come from different addresses."""
    stack.environment["TRUSTED_PROXIES"] = "1"
    return stack


def sign_in(page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_wrong_password_many_times(visit):
    guesser = visit(None, extra_http_headers={"X-Forwarded-For": "203.0.113.7"})
    page = guesser.page
    guesser.open("/sign-in")
    sign_in(page, "", "")
    summary = page.locator(".error-summary")
    expect(summary.get_by_role("link", name="The e-mail address is missing")).to_be_visible()
    expect(summary.get_by_role("link", name="The password is missing")).to_be_visible()
    assert guesser.axe() == []
    for _ in range(10):
        sign_in(page, ALICE, "a guess")
        expect(summary).to_contain_text("do not belong together")
        expect(page.get_by_label("E-mail")).to_have_value(ALICE)
    sign_in(page, ALICE, PASSWORD)
    expect(summary).to_contain_text("Too many tries. Wait five minutes")
    assert guesser.axe() == []

    alice = visit(None, extra_http_headers={"X-Forwarded-For": "198.51.100.20"})
    alice.open("/requests")
    sign_in(alice.page, ALICE, PASSWORD)
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("Requests")
    alice.open("/settings/audit?what=person.sign_in_failed")
    expect(alice.page.get_by_role("row").filter(has_text=re.compile("Sign-in failed"))).to_have_count(10)
