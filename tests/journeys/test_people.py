"""Invite and accept, forget and reset: in a real browser, with the mail read in the demonstration's mailbox."""

import pytest

from tests.journeys.looks import every_look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NEW = "quiet teal otter lamps"


def follow_the_newest_mail(visitor, subject: str, button: str) -> None:
    """Open the newest mail with this subject and press its button, in the frame."""
    visitor.open("/demo/mailbox")
    visitor.page.get_by_role("link", name=subject).first.click()
    assert visitor.axe() == []
    visitor.page.frame_locator("iframe").get_by_role("link", name=button).click()
    visitor.page.wait_for_url(lambda address: "/demo/" not in address)


def test_invited_accepted_and_at_work(visit):
    alice = visit("admin@abc.test")
    alice.open("/settings/people")
    alice.page.get_by_label("E-mail address").fill("wren@practice.example")
    alice.page.get_by_role("button", name="Send invitation").click()
    alice.page.locator("#flashes").get_by_text(
        "An invitation is on its way to wren@practice.example"
    ).wait_for()
    assert alice.axe() == []

    wren = visit(None)
    follow_the_newest_mail(wren, "Alice Carter invites you", "Accept the invitation")
    assert wren.axe() == []
    wren.page.get_by_label("Your name").fill("Wren Ito")
    wren.page.get_by_label("Password", exact=True).fill("password1234")
    wren.page.get_by_label("Password, once more").fill("password1234")
    wren.page.get_by_role("button", name="Make my account").click()
    wren.page.get_by_role("link", name="one of those tried first").wait_for()
    assert wren.axe() == []
    wren.page.get_by_label("Password", exact=True).fill(NEW)
    wren.page.get_by_label("Password, once more").fill(NEW)
    wren.page.get_by_role("button", name="Make my account").click()
    wren.page.get_by_role("heading", name="Your work").wait_for()

    alice.open("/settings/people")
    alice.page.get_by_role("link", name="Wren Ito").click()
    alice.page.get_by_role("button", name="Deactivate").first.click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    alice.page.locator("#flashes").get_by_text("has no access to this practice any more").wait_for()
    wren.open("/requests")
    wren.page.get_by_role("heading", name="Choose a practice").wait_for()


def test_a_forgotten_password(visit):
    sarah = visit(None)
    sarah.open("/sign-in")
    sarah.page.get_by_role("link", name="Forgotten your password?").click()
    sarah.page.get_by_label("E-mail address").fill("sarah@abc.test")
    sarah.page.get_by_role("button", name="Send the link").click()
    sarah.page.get_by_role("heading", name="Look into your mail").wait_for()
    assert sarah.axe() == []
    follow_the_newest_mail(sarah, "A new password for Countinghouse", "Choose a new password")
    sarah.page.get_by_label("New password", exact=True).fill(NEW)
    sarah.page.get_by_label("New password, once more").fill(NEW)
    sarah.page.get_by_role("button", name="Change password").click()
    sarah.page.get_by_label("E-mail").fill("sarah@abc.test")
    sarah.page.get_by_label("Password").fill(NEW)
    sarah.page.get_by_role("button", name="Sign in", exact=True).click()
    sarah.page.get_by_role("heading", name="Your work").wait_for()


@every_look
def test_pages_about_people(visit, cast, theme, width):
    alice = visit(
        "admin@abc.test",
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    alice.open("/settings/people")
    alice.page.get_by_label("E-mail address").fill(f"{theme}{width}@practice.example")
    alice.page.get_by_role("button", name="Send invitation").click()
    alice.page.locator("#flashes").get_by_text("An invitation is on its way").wait_for()
    wrong = {}
    jane, client = cast.member(cast.abc, "Jane"), cast.client(cast.abc, "Hannah Whitlock")
    for path in (
        "/account",
        "/account/password",
        "/account/email",
        "/settings/people",
        "/settings/people/invitations",
        f"/settings/people/{jane.id}",
        f"/settings/people/clients/{client.id}",
        "/demo/mailbox",
        "/password/forgot",
        "/password/reset/gone",
        "/invitations/gone",
    ):
        alice.open(path)
        found = alice.axe()
        too_wide = alice.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        if found or too_wide:
            wrong[path] = [*found, *(["wider than the screen"] if too_wide else [])]
    assert wrong == {}
