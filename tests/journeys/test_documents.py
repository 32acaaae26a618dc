"""From a client's phone to Xero Files: sent, sent back, sent again, accepted, filed. And what the script does when the
line breaks, the page is closed or the sign-in ends; and how the staff send."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Connection, ContactMapping, Document, UserSession, now
from app.tenancy import company_scope
from tests.documents.made import PDF
from tests.portal.papers import ask, clear
from tests.support.documents import switch_on
from tests.support.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
LONG = b"A line of a long statement.\n" * 90_000


@pytest.fixture
def contact_id(app, cast, simulator) -> str:
    """Hannah's, and ABC files its documents."""
    found: str = simulator.state()["organisations"]["ABC Pty Ltd"]["contacts"][0]["ContactID"]
    clear(app, cast)
    client_id = cast.member(cast.abc, "Hannah").client_id
    with app.app_context(), company_scope(cast.abc):
        switch_on()
        db.session.query(ContactMapping).filter_by(client_id=client_id).delete()
        db.session.add(
            ContactMapping(
                connection_id=db.session.scalars(select(Connection.id)).one(),
                client_id=client_id,
                xero_contact_id=found,
                contact_name="The contact",
                found_by="chosen",
            )
        )
        db.session.commit()
    ask(app, cast.abc, client_id, tax_year=2026, note="Every page, please.")
    return found


def small_targets(page) -> list[str]:
    """Buttons, fields and links that stand by themselves and are lower than a finger needs."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('main :is(.btn, .form-control, h3 a), .portal-nav a, summary')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    return found


def checked(visitor) -> None:
    assert visitor.axe() == []
    page = visitor.page
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), (
        page.url
    )
    assert small_targets(page) == [], page.url


def test_sent_back_sent_again_accepted_filed(visit, contact_id, simulator, tmp_path: Path):
    for name, content in {"page 1.pdf": PDF, "page 2.pdf": PDF + b"%2\n", "whole.pdf": PDF + b"%3\n"}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "game.exe").write_bytes(b"MZ")

    # With a code from the mail, on a phone.
    hannah = visit(None, **PHONE)
    page = hannah.page
    hannah.open("/portal")
    page.get_by_role("link", name="Get a code by mail").click()
    page.get_by_label("E-mail address").fill("client@abc.test")
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    assert hannah.axe() == []
    mailbox = page.context.new_page()
    mailbox.goto(hannah.url + "/demo/mailbox")
    mailbox.get_by_role("link", name="Your code for Countinghouse").first.click()
    said = mailbox.frame_locator("iframe").locator("body").inner_text()
    mailbox.close()
    found = re.search(r"\b\d{3} \d{3}\b", said)
    assert found
    page.get_by_label("The six digits").fill(found[0])
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("heading", name="What we need from you").wait_for()
    checked(hannah)
    page.get_by_role("link", name="Send it Bank statements, 2026").click()
    page.get_by_role("heading", name="Send: Bank statements, 2026").wait_for()
    assert page.get_by_label("Or take a photo").get_attribute("capture") == "environment"
    assert page.get_by_label("Or take a photo").is_visible()
    checked(hannah)
    page.get_by_label("Choose files").set_input_files(
        [tmp_path / "page 1.pdf", tmp_path / "page 2.pdf", tmp_path / "game.exe"]
    )
    page.locator(".paper-error", has_text="Files ending in .exe are not taken.").wait_for()
    checked(hannah)
    page.get_by_role("button", name="Remove game.exe").click()
    page.get_by_role("button", name="Send", exact=True).dblclick()
    page.get_by_role("heading", name="We have everything. Thank you.").wait_for()
    checked(hannah)
    assert page.get_by_role("link", name="See the receipt").count() == 2

    alice = visit("admin@abc.test")
    alice.open("/documents")
    alice.page.get_by_role("link", name=re.compile("Bank statements")).first.click()
    alice.page.get_by_label("Or send it back, because").fill("The second page is missing.")
    alice.page.get_by_role("button", name="Send back").click()
    alice.page.locator("#flashes .flash").first.wait_for()

    hannah.open("/portal")
    page.get_by_text("The second page is missing.").wait_for()
    checked(hannah)
    page.get_by_role("link", name="Send it again Bank statements, 2026").click()
    page.get_by_label("Choose files").set_input_files(tmp_path / "whole.pdf")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="See the receipt").click()
    page.get_by_text(hashlib.sha256(PDF + b"%3\n").hexdigest()[:12]).first.wait_for()
    checked(hannah)
    receipt = page.url

    alice.open(receipt.removeprefix(alice.url).replace("/portal", ""))
    alice.page.get_by_role("button", name="Accept").click()
    alice.page.locator("#flashes .flash").first.wait_for()

    def filed() -> bool:
        state = simulator.state()["organisations"]["ABC Pty Ltd"]
        ids = {
            one["Id"] for one in state["files"] if one["sha256"] == hashlib.sha256(PDF + b"%3\n").hexdigest()
        }
        return [one["FileId"] for one in state["associations"] if one["ObjectId"] == contact_id] == [*ids]

    assert wait_until(filed, 60, "the document in Xero Files, tied to its contact")
    hannah.open("/portal/documents")
    page.get_by_text("Accepted", exact=True).wait_for()
    checked(hannah)


def test_broken_lines_and_closed_pages(visit, contact_id, tmp_path: Path, cast):
    statement = tmp_path / "statement.txt"
    statement.write_bytes(LONG)
    hannah = visit("client@abc.test", **PHONE)
    page = hannah.page
    pieces: list[str] = []
    broken = {"on": False}

    def through(route) -> None:
        if broken["on"] or len(pieces) == 2:
            broken["on"] = True
            route.abort()
            return
        pieces.append(route.request.url.rpartition("offset=")[2])
        route.continue_()

    page.route("**/pieces?*", through)
    hannah.open("/portal")

    def choose() -> None:
        page.get_by_role("link", name="Send it Bank statements, 2026").click()
        page.get_by_label("Choose files").set_input_files(statement)
        page.get_by_role("button", name="Send", exact=True).click()

    choose()
    page.get_by_text("The connection is broken.").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    hannah.open("/portal")  # the page is closed in the middle
    first = list(pieces)
    broken["on"] = False
    pieces.clear()
    page.unroute("**/pieces?*")
    page.route(
        "**/pieces?*",
        lambda route: (pieces.append(route.request.url.rpartition("offset=")[2]), route.continue_()),
    )
    choose()
    page.get_by_role("heading", name="We have everything. Thank you.").wait_for()
    assert first[0] == "0"
    assert pieces[0] != "0", "it goes on where it stopped"
    page.get_by_role("link", name="See the receipt").click()
    page.get_by_text(hashlib.sha256(LONG).hexdigest()[:12]).first.wait_for()
    hannah.complaints = [one for one in hannah.complaints if "ERR_FAILED" not in one]


def test_a_sign_in_that_ends_meanwhile(visit, contact_id, tmp_path: Path, app, cast):
    """Warned before it ends, and it can be made to last longer (WCAG 2.2.1); ended in the middle of an upload, what
    has come stays."""
    statement = tmp_path / "statement.txt"
    statement.write_bytes(LONG)
    hannah = visit("client@abc.test", **PHONE)
    page = hannah.page
    user_id = cast.member(cast.abc, "Hannah").user_id

    def ends_in(**how: float) -> None:
        with app.app_context():
            theirs = update(UserSession).where(UserSession.user_id == user_id)
            db.session.execute(theirs.values(expires_at=now() + timedelta(**how)))
            db.session.commit()

    hannah.open("/portal")
    assert not page.get_by_role("button", name="Stay signed in").is_visible(), "it ends in twelve hours"
    ends_in(minutes=5)
    hannah.open("/portal")
    page.get_by_role("heading", name=re.compile("You will be signed out at")).wait_for()
    checked(hannah)
    page.get_by_role("button", name="Stay signed in").press("Enter")
    page.get_by_role("button", name="Stay signed in").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#status-region", has_text="You stay signed in.").wait_for(state="attached")
    hannah.open("/portal")
    assert not page.get_by_role("button", name="Stay signed in").is_visible(), "and so it did"

    def choose() -> None:
        page.get_by_role("link", name="Send it Bank statements, 2026").click()
        page.get_by_label("Choose files").set_input_files(statement)
        page.get_by_role("button", name="Send", exact=True).click()

    pieces: list[str] = []
    broken = {"on": True}

    def through(route) -> None:
        if pieces and broken["on"]:
            route.abort()
            return
        pieces.append(route.request.url.rpartition("offset=")[2])
        route.continue_()

    page.route("**/pieces?*", through)
    ends_in(seconds=8)
    choose()
    page.get_by_text("The connection is broken.").wait_for()
    page.get_by_role("heading", name="You are signed out. Load the page to sign in again.").wait_for()
    broken["on"] = False
    page.locator(".paper-error", has_text="You are not signed in any more.").wait_for(timeout=30_000)
    checked(hannah)
    pieces.clear()
    hannah.sign_in("client@abc.test")
    hannah.open("/portal")
    choose()
    page.get_by_role("heading", name="We have everything. Thank you.").wait_for()
    assert pieces[0] != "0", "it goes on where it stopped"
    page.get_by_role("link", name="See the receipt").click()
    with page.expect_download() as found:
        page.get_by_role("link", name="Download the file").click()
    assert Path(found.value.path()).read_bytes() == LONG
    assert found.value.suggested_filename == "statement.txt"
    hannah.complaints = [one for one in hannah.complaints if "ERR_FAILED" not in one]


def test_staff_send_what_came_by_mail(visit, cast, app, tmp_path: Path):
    clear(app, cast)
    client = cast.client(cast.abc, "Daniel Okafor")
    (tmp_path / "scan 1.txt").write_bytes(LONG)
    (tmp_path / "scan 2.pdf").write_bytes(PDF)
    (tmp_path / "game.exe").write_bytes(b"MZ")
    for number in range(3):
        (tmp_path / f"large {number}.txt").write_bytes(b"A line.\n" * 1_100_000)
    jane = visit("jane@abc.test")
    page, pieces, broken = jane.page, [], {"on": False}

    def through(route) -> None:
        if len(pieces) == 2 and not broken["on"]:
            broken["on"] = True
            route.abort()
            return
        pieces.append(int(route.request.url.rpartition("offset=")[2]))
        route.continue_()

    page.route("**/pieces?*", through)
    jane.open(f"/documents/upload?client={client.id}")
    page.get_by_label("Files", exact=True).set_input_files(
        [tmp_path / one for one in ("scan 1.txt", "scan 2.pdf", "game.exe")]
    )
    page.locator(".paper-error", has_text="Files ending in .exe are not taken.").wait_for()
    page.get_by_role("button", name="Remove game.exe").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".field-error", has_text="Say what the document is").wait_for()
    assert jane.axe() == []
    page.get_by_label("What it is called").fill("Rental agreement")
    page.get_by_role("button", name="Add", exact=True).dblclick()
    page.get_by_text("The connection is broken.").wait_for()
    page.get_by_role("heading", name="All files are here.").wait_for()
    assert jane.axe() == []
    assert pieces == [*sorted(set(pieces[:-1])), 0], "each piece once, one file after the other"
    page.get_by_role("link", name="Open the document: scan 2.pdf").click()
    page.get_by_role("heading", name="Rental agreement").wait_for()
    documents = cast.read(cast.abc, select(Document).where(Document.client_id == client.id))
    assert {(one.name, one.sha256) for one in documents} == {
        ("scan 1.txt", hashlib.sha256(LONG).hexdigest()),
        ("scan 2.pdf", hashlib.sha256(PDF).hexdigest()),
    }
    jane.complaints = [one for one in jane.complaints if "ERR_FAILED" not in one]

    # Without scripts all goes in one go: too much of it is told, and how much there may be.
    plain = visit(None, java_script_enabled=False)
    plain.sign_in("jane@abc.test")
    plain.open(f"/documents/upload?client={client.id}")
    assert "12 MB together" in plain.page.content()
    plain.page.get_by_label("What it is called").fill("Statements")
    plain.page.get_by_label("Files", exact=True).set_input_files(sorted(tmp_path.glob("large*")))
    plain.page.get_by_role("button", name="Add", exact=True).click()
    plain.page.get_by_text("These have 26 MB. Nothing was kept.").wait_for()
    plain.page.get_by_role("link", name="Back to the page").click()
    plain.page.get_by_label("What it is called").fill("Statements")
    plain.page.get_by_label("Files", exact=True).set_input_files(tmp_path / "large 0.txt")
    plain.page.get_by_role("button", name="Add", exact=True).click()
    plain.page.get_by_text("1 document was taken.").wait_for()
