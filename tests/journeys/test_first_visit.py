"""A new practice, from nothing to its first job: connect, confirm, map, assign."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_xyz_connects_maps_and_assigns(visit, simulator, cast):
    request = cast.request(cast.xyz, status="new")
    nina = visit("admin@xyz.test")
    page = nina.page
    assert nina.axe() == []
    page.get_by_role("link", name="Connect").first.click()
    page.get_by_role("button", name="Connect").first.click()
    # Xero's own page (the simulator's here): pick the organisation, allow.
    page.get_by_label("XYZ Partners Pty Ltd").check()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You picked XYZ Partners Pty Ltd")
    assert nina.axe() == []
    doubt = page.get_by_label("I have looked at this")
    if doubt.count():
        doubt.check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Connected").first).to_be_visible()
    _map_staff(nina)
    _map_services(nina)
    nina.open(f"/requests/{request.id}")
    options = page.get_by_label("Assign to").locator("option").all_text_contents()
    page.get_by_label("Assign to").select_option(label=next(o.strip() for o in options if "Omar Haddad" in o))
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator("#job .job-state")).to_contain_text("In Xero as", timeout=10_000)
    (project,) = [p for p in simulator.projects("XYZ Partners Pty Ltd") if request.reference in p["name"]]
    assert project["tasks"]


def _map_staff(nina) -> None:
    page = nina.page
    nina.open("/settings/integrations/xero/staff")
    for _ in range(40):  # the people are read by a worker
        if page.get_by_role("button", name="Save all").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    assert nina.axe() == []
    page.get_by_role("button", name="Accept all exact matches").click()
    expect(page.get_by_text("Mapped").first).to_be_visible()


def _map_services(nina) -> None:
    page = nina.page
    nina.open("/settings/integrations/xero/services")
    assert nina.axe() == []
    for select in page.locator("select[name]").all():
        if (select.get_attribute("id") or "").startswith("theme"):
            continue
        select.select_option(index=2)
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("Mapped").first).to_be_visible()


def test_cancelling_at_xero_changes_nothing(visit, simulator, cast):
    nina = visit("admin@xyz.test")
    page = nina.page
    nina.open("/settings/integrations/xero")
    page.get_by_role("button", name="Connect").first.click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    nina.open("/settings/integrations/xero")
    expect(page.get_by_role("button", name="Connect").first).to_be_visible()
