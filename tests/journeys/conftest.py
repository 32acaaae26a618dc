"""A real browser in front of real processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page

from tests.support.processes import own_redis, running, stack
from tests.support.stack import Stack

__all__ = ["own_redis", "running", "stack"]
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "countinghouse-demo"


class Visitor:
    """A person with a browser. What the browser complains of (scripts, policy) fails the test at the end."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, said: ConsoleMessage) -> None:
        # A page that answers 4xx on purpose is told to the console too; what it says is checked by its test.
        if said.type == "error" and "the server responded with a status of 4" not in said.text:
            self.complaints.append(said.text)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, email: str) -> None:
        self.open("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda address: "/sign-in" not in address)

    def axe(self) -> list[str]:
        """What axe finds wrong on the page as it stands, WCAG 2.2 A and AA."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
            ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', '))"
        )
        return list(found)


@pytest.fixture
def visit(chromium: Chromium, running: Stack) -> Iterator[Callable[..., Visitor]]:
    """`visit("admin@abc.test")`: that person, signed in by the page, with a browser of their own."""
    contexts = []
    visitors = []

    def visitor(email: str | None, **how: object) -> Visitor:
        context = chromium.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-AU", **how}
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        made = Visitor(context.new_page(), running.url)
        visitors.append(made)
        if email:
            made.sign_in(email)
        return made

    yield visitor
    for context in contexts:
        context.close()
    complaints = [complaint for made in visitors for complaint in made.complaints]
    assert not complaints, complaints
