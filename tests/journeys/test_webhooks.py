"""A contact is renamed in Xero, and the practice's page has the new name without anybody asking for it."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.extensions import db
from app.models import Client, Connection, ContactMapping
from app.tenancy import company_scope
from tests.support.stack import wait_until
from tests.support.webhooks import KEY, PATH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def stack(stack):
    stack.environment["XERO_WEBHOOK_KEY"] = KEY
    return stack


@pytest.fixture
def client(app, cast, simulator) -> Client:
    """A client whose contact in Xero has its name."""
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).one()
        held = simulator.state(newest=0)["organisations"][connection.organisation_name]["contacts"]
        by_name = {one["Name"]: one["ContactID"] for one in held if one["ContactStatus"] == "ACTIVE"}
        client = next(one for one in db.session.scalars(select(Client)) if one.name in by_name)
        db.session.add(
            ContactMapping(
                connection_id=connection.id,
                client_id=client.id,
                xero_contact_id=by_name[client.name],
                contact_name=client.name,
                found_by="name",
                agreed={"name": client.name},
            )
        )
        db.session.commit()
        db.session.refresh(client)
        db.session.expunge(client)
    return client


def test_a_new_name_arrives(visit, running, simulator, client, cast):
    set_up = simulator.post("webhooks", {"url": running.url + PATH, "key": KEY})
    assert set_up["status"] == "ok", set_up
    alice = visit("admin@abc.test")
    alice.open("/settings/integrations/xero/webhooks")
    expect(alice.page.get_by_text("Verified", exact=True)).to_be_visible()
    assert alice.axe() == []
    organisation = cast.read(cast.abc, select(Connection.organisation_name))[0]
    contact = cast.read(cast.abc, select(ContactMapping).where(ContactMapping.client_id == client.id))[0]
    alice.open(f"/clients/{client.id}")
    expect(alice.page.get_by_role("heading", name=client.name, level=1)).to_be_visible()
    form = {
        "organisation": organisation,
        "id": contact.xero_contact_id,
        "wish": "rename",
        "name": "A New Name",
    }
    simulator._http.post(f"{simulator.url}/_console/do/contact", data=form, timeout=10).raise_for_status()

    def renamed() -> bool:
        alice.page.reload()
        return alice.page.get_by_role("heading", name="A New Name", level=1).count() == 1

    wait_until(renamed, 30, "the client has the new name")
    alice.open("/settings/integrations/xero/webhooks")
    row = alice.page.locator("#events-table tbody tr").first
    expect(row).to_contain_text("A New Name")
    expect(row).to_contain_text("Read")
    alice.page.get_by_role("button", name="Send a test from the simulator").click()
    expect(alice.page.get_by_text("The simulator sends news of a contact now.").first).to_be_visible()
    assert alice.axe() == []
