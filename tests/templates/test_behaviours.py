"""What the small scripts add, with the keyboard, and what remains without them."""

import pytest
from playwright.sync_api import Page, expect

from tests.templates.conftest import Visit

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))


def test_slash_searches_and_letters_jump(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("g r/")
    expect(page.locator("#search")).to_have_value("g r/")
    page.keyboard.press("Escape")
    page.locator("#page-title").focus()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/clients")


def test_search_can_go_to_clients(visit: Visit) -> None:
    page = visit("/")
    page.locator("#search").fill("harbour")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Search clients")).to_be_hidden()
    page.locator("#search").fill("harbour")
    page.get_by_role("button", name="Search clients").click()
    page.wait_for_url("**/clients?q=harbour")


def test_shortcuts_can_be_seen_and_switched_off(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_label("Use keyboard shortcuts")).not_to_be_checked()


def test_j_and_k_walk_the_rows(visit: Visit) -> None:
    page = visit("/gallery/list")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == "SR-1041"
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 request selected")
    page.locator(".row-link").nth(1).focus()
    page.keyboard.press("k")
    assert focused(page) == "SR-1042"
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/1")


def test_picking_all_counts_and_says_so(visit: Visit) -> None:
    page = visit("/gallery/list")
    bar = page.locator("[data-bulk-bar]")
    expect(bar).to_be_hidden()
    page.get_by_label("Select all rows").check()
    expect(bar).to_be_visible()
    expect(page.locator("#status-region")).to_have_text("32 requests selected")
    page.get_by_label("Select SR-1042").first.uncheck()
    assert page.get_by_label("Select all rows").evaluate("box => box.indeterminate")
    expect(page.locator("[data-bulk-count]")).to_have_text("31 requests selected")


def test_a_stretch_is_picked_with_shift(visit: Visit) -> None:
    page = visit("/gallery/list")
    page.locator("[data-select]").nth(2).click()
    page.locator("[data-select]").nth(6).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("5 requests selected")


def test_a_filter_fetches_only_the_results_and_the_address_follows(visit: Visit) -> None:
    page = visit("/gallery/list")
    page.evaluate("document.body.dataset.kept = 'yes'")
    page.get_by_label("Status").focus()
    page.get_by_label("Status").select_option("assigned")
    page.wait_for_url("**/gallery/list?*status=assigned*")
    expect(page.get_by_role("link", name="Remove filter Status: Assigned")).to_be_visible()
    assert page.evaluate("document.body.dataset.kept") == "yes"
    expect(page.get_by_label("Status")).to_be_focused()
    expect(page.locator("#status-region")).to_have_text("42 requests")
    assert page.title().startswith("Requests – ABC")


def test_a_dialog_asks_first_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit("/gallery/components")
    opener = page.get_by_role("button", name="Cancel request")
    opener.focus()
    page.keyboard.press(" ")
    dialog = page.get_by_role("dialog", name="Cancel SR-1042?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_closes_on_escape_and_elsewhere(visit: Visit) -> None:
    page = visit("/gallery/components")
    menu = page.locator("main details[data-menu]")
    menu.locator("summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.get_by_role("heading", name="Components").click()
    expect(menu).not_to_have_attribute("open", "")


def test_the_theme_changes_at_once(visit: Visit) -> None:
    page = visit("/")
    page.locator(".person-menu summary").click()
    with page.expect_request("**/theme") as sent:
        page.get_by_role("button", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert 'name="theme"\r\n\r\ndark' in (sent.value.post_data or "")
    expect(page.locator("#status-region")).to_have_text("Theme: dark")


def test_a_failed_form_leads_to_its_errors(visit: Visit) -> None:
    page = visit("/gallery/components")
    page.get_by_label("E-mail", exact=True).fill("x")
    page.get_by_role("button", name="Save request").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_role("link", name="Enter an e-mail", exact=True).click()
    expect(page.get_by_label("E-mail", exact=True)).to_be_focused()
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("x")


def test_unsaved_changes_are_not_left_without_asking(visit: Visit) -> None:
    page = visit("/gallery/components")
    asked: list[str] = []

    def answer(dialog) -> None:  # type: ignore[no-untyped-def]
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_label("Notes").fill("half a thought")
    page.get_by_role("link", name="Dashboard").first.click(no_wait_after=True)
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert page.url.endswith("/gallery/components")
    page.remove_listener("dialog", answer)
    page.on("dialog", lambda dialog: dialog.accept())


def test_good_news_goes_and_other_news_stays(visit: Visit) -> None:
    page = visit("/gallery/sign_in?flash=1")
    page.clock.install()
    page.reload()
    good, warning = page.locator("[data-flash=good]"), page.locator("[data-flash=warn]")
    expect(good).to_be_visible()
    page.clock.run_for(9000)
    expect(good).to_have_count(0)
    page.clock.run_for(60_000)
    expect(warning).to_be_visible()
    warning.get_by_role("button", name="Dismiss this message").click()
    expect(warning).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1440])
def test_without_scripts_everything_is_within_reach(visit: Visit, width: int) -> None:
    page = visit("/gallery/list?flash=1", width=width, scripts=False)
    expect(page.locator("[data-bulk-bar]")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_visible()
    expect(page.get_by_text("Assigned to Jane Doe. The job")).to_be_visible()
    page.get_by_label("Status").select_option("new")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Remove filter Status: New")).to_be_visible()
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_url("**/")
    if width == 390:
        page.locator(".nav-menu summary").click()
    page.get_by_role("link", name="Clients").locator("visible=true").first.click()
    page.wait_for_url("**/clients")


def test_without_scripts_a_dialog_still_asks(visit: Visit) -> None:
    page = visit("/gallery/components", scripts=False)
    page.get_by_role("button", name="Cancel request").click()
    dialog = page.locator("#confirm-cancel")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
