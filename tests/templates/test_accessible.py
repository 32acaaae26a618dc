"""Every page of the gallery in a real browser and both themes: axe, content policy, reflow, focus in sight."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.templates.conftest import Visit

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/gallery/list?status=new",
    "/gallery/components",
    "/gallery/portal?role=client",
    "/gallery/sign_in?role=nobody",
    "/error/418?role=nobody",
    "/?role=super&flash=1",
]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run({runOnly: rules}).then(r => r.violations)", RULES
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_either_theme(visit: Visit, path: str) -> None:
    page = visit(path, theme="light", policy=False)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(visit: Visit, theme: str) -> None:
    page = visit("/gallery/components", theme=theme, policy=False)
    page.locator(".person-menu summary").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel request").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save request").click()
    page.wait_for_selector("[data-error-summary]")
    assert violations(page) == []


def test_axe_finds_nothing_among_picked_rows_on_a_telephone(visit: Visit) -> None:
    page = visit("/gallery/list", width=390, policy=False)
    page.locator(".nav-menu summary").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-select]").last.check()
    page.locator("[data-bulk-bar]").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert violations(page) == []


def test_the_chosen_theme_wins_over_the_systems(visit: Visit) -> None:
    grounds = {
        (theme, chosen): visit(f"/?theme={chosen}", theme=theme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for theme in ("light", "dark")
        for chosen in ("auto", "light", "dark")
    }
    assert grounds["light", "dark"] == grounds["dark", "auto"] == grounds["dark", "dark"]
    assert grounds["dark", "light"] == grounds["light", "auto"] == grounds["light", "light"]
    assert grounds["light", "light"] != grounds["dark", "dark"]


@pytest.mark.parametrize("path", PAGES)
def test_the_page_never_scrolls_sideways(visit: Visit, path: str) -> None:
    page = visit(path)
    for width in (320, 390, 768, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("width", [390, 1440])
def test_focus_is_visible_and_never_hidden(visit: Visit, width: int) -> None:
    """WCAG 2.4.7 and 2.4.11, by tabbing through a long list under a head and over a bar that stick."""
    page = visit("/gallery/list?role=super", width=width)
    page.locator("[data-select]").first.check()
    seen = 0
    for _ in range(70):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const element = document.activeElement, box = element.getBoundingClientRect();
              const down = Math.min(box.height / 2, 12);
              const at = document.elementFromPoint(box.x + box.width / 2, box.y + down);
              const around = element.closest("label") ?? element;
              const big = box.height > innerHeight || element.matches(".table-region");
              return { what: element.outerHTML.slice(0, 120), focus: element !== document.body,
                       hidden: !big && !(at && (around.contains(at) || at.contains(element))),
                       outline: getComputedStyle(element).outlineStyle };
            }"""
        )
        if not told["focus"]:
            break
        seen += 1
        assert not told["hidden"], told["what"]
        assert told["outline"] != "none", told["what"]
    assert seen > 40


def test_forced_colours_keep_the_states(visit: Visit) -> None:
    page = visit("/gallery/components")
    page.emulate_media(forced_colors="active")
    widths = page.evaluate(
        "[...document.querySelectorAll('.tag, .notice')].map(one => getComputedStyle(one).borderTopWidth)"
    )
    assert set(widths) == {"1px"}


def test_reduced_motion_stills_what_moves(visit: Visit) -> None:
    page = visit("/gallery/components")
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(
        "getComputedStyle(document.querySelector('progress:indeterminate')).animationDuration"
    )
    assert float(moving.removesuffix("s")) < 0.001


def test_print_leaves_the_work_and_drops_the_tools(visit: Visit) -> None:
    page = visit("/gallery/list", theme="dark")
    page.emulate_media(media="print")
    for tool in (".topbar", ".sidenav", ".filters", ".pick >> nth=0", ".bulk-bar"):
        assert not page.locator(tool).is_visible(), tool
    assert page.locator("#table").is_visible()
    assert "ABC Accounting, " in page.locator(".print-foot").inner_text()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
