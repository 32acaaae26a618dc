"""The main job in a real browser: assign a request, watch its job appear in Xero, find it there."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def request_(cast):
    service = cast.service(cast.abc, "Individual Tax Return")
    return cast.request(cast.abc, status="new", service_id=service.id)


def test_abcs_admin_assigns_and_sees_it_in_xero(visit, simulator, request_):
    alice = visit("admin@abc.test")
    page = alice.page
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("link", name=request_.reference).click()
    expect(page.get_by_text("No job yet")).to_be_visible()
    page.get_by_label("Assign to").select_option(label=_option(page, "Jane Doe"))
    page.get_by_role("button", name="Assign", exact=True).click()
    # Live, without a reload: ten seconds are the promise.
    expect(page.locator("#job .job-state")).to_contain_text("In Xero as", timeout=10_000)
    expect(page.locator("#job .job-state")).to_contain_text(f"({request_.reference})")
    assert alice.axe() == []
    (project,) = [p for p in simulator.projects("ABC Pty Ltd") if request_.reference in p["name"]]
    page.goto(f"{simulator.url}/")
    expect(page.get_by_text(project["name"]).first).to_be_visible()
    alice.open(f"/requests/{request_.id}")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open in Xero").click()
    expect(popup.value.get_by_text(project["name"]).first).to_be_visible()


def _option(page, name: str) -> str:
    """The full text of the option that begins with this name (it may carry the open count)."""
    for option in page.get_by_label("Assign to").locator("option").all():
        text = (option.text_content() or "").strip()
        if text.startswith(name):
            return text
    raise AssertionError(f"{name} cannot be chosen")


def test_without_javascript_a_reload_shows_it(visit, simulator, request_):
    alice = visit("admin@abc.test", java_script_enabled=False)
    page = alice.page
    alice.open(f"/requests/{request_.id}")
    page.get_by_label("Assign to").select_option(label=_option(page, "Mike Brown"))
    page.get_by_role("button", name="Assign", exact=True).click()
    for _ in range(40):
        if page.get_by_text("In Xero as").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.get_by_text("In Xero as").first).to_be_visible()
    assert len([p for p in simulator.projects("ABC Pty Ltd") if request_.reference in p["name"]]) == 1


def test_an_answer_lost_on_the_way_is_told_and_mends_itself(visit, simulator, request_):
    simulator.fault("drop_after", path="Projects$", method="POST", count=1)
    alice = visit("admin@abc.test")
    page = alice.page
    alice.open(f"/requests/{request_.id}")
    page.get_by_label("Assign to").select_option(label=_option(page, "Jane Doe"))
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator("#job .job-state")).to_contain_text("In Xero as", timeout=20_000)
    page.get_by_text("How we know").click()
    expect(page.get_by_text("Found by reading back")).to_be_visible()
    assert len([p for p in simulator.projects("ABC Pty Ltd") if request_.reference in p["name"]]) == 1


def test_mapping_the_service_releases_what_waits(visit, simulator, cast):
    alice = visit("admin@abc.test")
    page = alice.page
    alice.open("/sync/causes")
    page.get_by_role("link", name="Map the service").first.click()
    page.get_by_label("Tasks of SMSF Audit and Return").select_option("none")
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("go on now").first).to_be_visible()
    alice.open("/sync/causes")
    expect(page.get_by_role("link", name="Map the service")).to_have_count(0)


def test_many_at_once_from_the_list(visit, simulator, cast):
    alice = visit("admin@abc.test")
    page = alice.page
    alice.open("/requests?status=new")
    boxes = page.locator("tbody input[type=checkbox]")
    for number in range(3):
        boxes.nth(number).check()
    page.get_by_label("Assign to").select_option(index=1)
    page.get_by_role("button", name="Check and assign").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Assign 3 requests to")
    assert alice.axe() == []
    page.get_by_role("button", name="Assign 3 requests").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("3 requests assigned")
    expect(page.locator("#run")).not_to_contain_text("on the way", timeout=20_000)
    assert alice.axe() == []
