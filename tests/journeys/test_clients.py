"""A file of clients on a phone and two clients made one, in a real browser: nothing wrong for axe on the way."""

import pytest

from app.clients.csv.handing_over import AT_ONCE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
FILE = b"""Client name;E-mail;City;Type
Tamarind Trading Pty Ltd;hello@tamarind.example;Bega;Company
Hannah Whitlock;hannah@new.example;;
Nowhere <Ltd>;;;Company
"""


def test_a_file_and_a_merge(visit, cast):
    jane = visit(
        "jane@abc.test",
        color_scheme="dark",
        viewport={"width": 390, "height": 844},
        reduced_motion="reduce",
    )
    page, hannah = jane.page, cast.client(cast.abc, "Hannah Whitlock")
    wrong: dict[str, list[str]] = {}

    def look(what: str) -> None:
        found = jane.axe()
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append("wider than the screen")
        if found:
            wrong[what] = found

    jane.open("/clients/files")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "old.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    look("upload")
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_role("heading", name="Which column is what?").wait_for()
    assert page.get_by_label("City", exact=True).input_value() == "2"
    page.get_by_label("Kind, where a row says none").select_option("individual")
    look("columns")
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_text("1 client will be added").wait_for()
    look("preview")
    page.get_by_role("button", name="Add as new Hannah Whitlock").click()
    page.get_by_text("2 clients will be added").wait_for()
    page.get_by_role("button", name="Import 2 rows").click()
    page.locator("#flashes").get_by_text("2 added, 0 changed").wait_for()
    look("result")

    jane.open(f"/clients/{hannah.id}")
    look("page")
    page.get_by_role("link", name="Merge").click()
    page.get_by_role("heading", name="It may be one of these").wait_for()
    look("choose")
    page.locator("#alike").get_by_role("link", name="Hannah Whitlock").click()
    page.get_by_label("hannah@new.example").check()
    look("side by side")
    page.get_by_role("button", name="Check what will happen").click()
    page.get_by_role("heading", name="Check: merge Hannah Whitlock").wait_for()
    look("check")
    page.get_by_role("button", name="Merge the two").click()
    page.get_by_role("heading", name="Hannah Whitlock").wait_for()
    page.locator("#about").get_by_text("hannah@new.example").wait_for()
    jane.open("/clients?archived=1")
    page.get_by_text("merged into Hannah Whitlock").wait_for()
    look("archived")

    # A large file is a worker's; its page asks until it is written, and then shows what became of the rows.
    lines = [f"Fresh Client {number};fresh{number}@new.example" for number in range(AT_ONCE + 1)]
    large = "\n".join(["Client name;E-mail", *lines]).encode()
    jane.open("/clients/files")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "large.csv", "mimeType": "text/csv", "buffer": large}
    )
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_label("Kind, where a row says none").select_option("individual")
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("button", name=f"Import {AT_ONCE + 1} rows").click()
    page.get_by_text("Imported by Jane Doe.").wait_for(timeout=60_000)
    look("written by a worker")
    assert wrong == {}
