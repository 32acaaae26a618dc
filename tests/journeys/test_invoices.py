"""Services mapped, one of them to an account that Xero has archived; five requests billed with one press; one of them
approved and paid in Xero, which shows on the invoice, on the request and in the client's portal."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from app.extensions import db
from app.models import ServiceRequest, now
from app.tenancy import company_scope
from tests.support.stack import wait_until
from tests.support.webhooks import KEY, PATH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ORGANISATION = "ABC Pty Ltd"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def stack(stack):
    stack.environment["XERO_WEBHOOK_KEY"] = KEY
    return stack


@pytest.fixture
def hannahs(app, cast, no_invoices) -> ServiceRequest:
    """A request of the portal's client, completed and not billed: the oldest in the list."""
    client_id = cast.member(cast.abc, "Hannah").client_id
    found = cast.request(cast.abc, client_id=client_id)
    with app.app_context(), company_scope(cast.abc):
        done = {"status": "completed", "completed_at": now(), "created_at": now() - timedelta(days=400)}
        db.session.execute(update(ServiceRequest).where(ServiceRequest.id == found.id).values(done))
        db.session.commit()
    return found


def test_mapped_billed_paid_seen(visit, running, simulator, cast, hannahs):
    assert simulator.post("webhooks", {"url": running.url + PATH, "key": KEY})["status"] == "ok"
    alice = visit("admin@abc.test")
    page = alice.page
    _map(alice, simulator)

    alice.open("/invoices/bill")
    assert alice.axe() == []
    page.get_by_role("checkbox", name=f"Select {hannahs.reference}").check()
    boxes = page.locator("[data-select=bulk]:not(:checked)")
    for _ in range(4):
        boxes.first.check()
    expect(page.get_by_text("5 requests selected")).to_be_visible()
    page.get_by_role("button", name="Check the invoices").click()
    page.get_by_role("heading", name="Bill 5 requests").wait_for()
    assert alice.axe() == []
    page.get_by_role("button", name="Draft and send 5 invoices").click()
    page.get_by_role("heading", name="5 invoices sent").wait_for()
    expect(page.get_by_text("All of them are there.")).to_be_visible(timeout=30_000)
    assert alice.axe() == []
    held = [one for one in simulator.state(newest=0)["organisations"][ORGANISATION]["invoices"] if one["Url"]]
    assert len(held) == 5
    assert {one["Status"] for one in held} == {"DRAFT"}

    # Not yet the client's to see; approved, it is.
    hannah = visit("client@abc.test", **PHONE)
    hannah.open("/portal/invoices")
    expect(hannah.page.get_by_text("No invoices yet")).to_be_visible()
    page.get_by_role("link", name=hannahs.reference).click()
    number = re.search(r"INV-\d+", page.get_by_role("heading", level=1).inner_text())
    assert number
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("h1 + .tag")).to_have_text("Awaiting payment", timeout=30_000)
    assert alice.axe() == []
    hannah.page.reload()
    expect(hannah.page.get_by_role("heading", name="To be paid")).to_be_visible()
    _fits(hannah)

    console = page.context.new_page()
    console.goto(f"{simulator.url}/_console?organisation={ORGANISATION}#invoices")
    console.locator("details", has_text=number[0]).locator("summary").click()
    console.get_by_role("button", name=re.compile("^Pay")).first.click()
    console.close()

    def paid() -> bool:
        page.reload()
        return page.locator("h1 + .tag").inner_text() == "Paid"

    wait_until(paid, 30, "the payment shows on the invoice")
    expect(page.locator("#payments-table tbody tr")).to_have_count(1)
    alice.open(f"/requests/{hannahs.id}")
    expect(page.locator("#invoices-table").get_by_text("Paid")).to_be_visible()
    hannah.page.reload()
    expect(hannah.page.get_by_text("Paid on").first).to_be_visible()
    _fits(hannah)


def _fits(visitor) -> None:
    assert visitor.axe() == []
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not visitor.page.evaluate(wider), visitor.page.url


def _map(alice, simulator) -> None:
    """Every service to an account and every office to its option; the account that was chosen for BAS is archived in
    Xero then, which the page says first."""
    page = alice.page
    alice.open("/settings/integrations/xero/accounts")
    for row in page.locator("#charge-table tbody tr").all():
        of_bas = row.locator("th").inner_text().startswith("BAS")
        label = "210 Tax Return Fees" if of_bas else "200 Accounting Fees"
        row.locator("select").first.select_option(label=label)
    page.get_by_role("button", name="Save all").click()
    expect(page.locator("#flashes").get_by_text("Saved:")).to_be_visible()
    _archive(simulator, "210")
    page.get_by_role("button", name="Read the lists again").click()
    wait_until(lambda: _stale(alice), 30, "the page says what was archived")
    first = page.locator("#charge-table tbody tr").first
    expect(first).to_contain_text("BAS")
    first.locator("select").first.select_option(label="200 Accounting Fees")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator("#flashes").get_by_text("Saved: 1 service.")).to_be_visible()

    alice.open("/settings/integrations/xero/offices")
    for select in page.locator("#office-table select").all():
        if not select.input_value():
            select.select_option(label="No tracking")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator("#flashes").get_by_text("Saved:")).to_be_visible()


def _stale(alice) -> bool:
    alice.open("/settings/integrations/xero/accounts")
    return alice.page.get_by_text("was archived in Xero").count() > 0


def _archive(simulator, code: str) -> None:
    accounts = simulator.state(newest=0)["organisations"][ORGANISATION]["accounts"]
    account = next(one for one in accounts if one["Code"] == code)
    simulator.do("list", ORGANISATION, kind="account", id=account["AccountID"], wish="archive")
