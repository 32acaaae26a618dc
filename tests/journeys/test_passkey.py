"""A passkey in a real browser, with the browser's own virtual authenticator."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

JANE = "jane@abc.test"


def plug_in(page):
    """A device with a finger that always fits."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    about = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": about})
    return devices, added["authenticatorId"]


def test_from_making_one_to_signing_in_with_it(visit):
    jane = visit(JANE)
    page = jane.page
    devices, device = plug_in(page)
    jane.open("/account/second-factor")
    page.get_by_role("link", name="Add a passkey").click()
    assert jane.axe() == []
    page.get_by_label("Name of the passkey").fill("Work laptop")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your passkey is registered")
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Work laptop", exact=True)).to_be_visible()
    assert jane.axe() == []
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()

    # Cancelled at the device: said in words, and it can be tried again.
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-said]")).to_contain_text("No passkey was used")
    assert jane.axe() == []
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your work")

    jane.open("/account/second-factor")
    page.get_by_role("button", name="Remove Work laptop").click()
    assert jane.axe() == []
    page.get_by_role("dialog").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".flash")).to_contain_text("The passkey Work laptop is removed.")


def test_without_javascript_passkeys_are_not_offered(visit):
    nobody = visit(None, java_script_enabled=False)
    nobody.open("/sign-in")
    expect(nobody.page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(nobody.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
