"""Xero's own Python SDK, an independent client, does with the simulator what the product does with Xero."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from xero_python import accounting, file, identity, project
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.conftest import CLIENT, RunningSimulator


class Sdk:
    """The SDK's APIs pointed at the simulator, connected to ABC Pty Ltd."""

    def __init__(self, simulator: RunningSimulator) -> None:
        simulator.console("limits", enabled=False)
        self.simulator = simulator
        given = simulator.console("token", organisation="ABC Pty Ltd")
        self.connection_id, self.tenant_id = given["connection_id"], given["tenant_id"]
        self.token: dict[str, Any] = {
            name: given[name] for name in ("access_token", "refresh_token", "expires_in", "token_type")
        }
        self.token.update(expires_at=time.time() + 1800, scope=given["scope"].split())
        oauth = OAuth2Token(client_id=CLIENT[0], client_secret=CLIENT[1])
        self.client = ApiClient(Configuration(oauth2_token=oauth), pool_threads=1)
        self.client.oauth2_token_getter(lambda: self.token)
        self.client.oauth2_token_saver(self._keep)
        self.accounting = accounting.AccountingApi(self.client, f"{simulator.url}/api.xro/2.0")
        self.projects = project.ProjectApi(self.client, f"{simulator.url}/projects.xro/2.0")
        self.files = file.FilesApi(self.client, f"{simulator.url}/files.xro/1.0")
        self.identity = identity.IdentityApi(self.client, simulator.url)

    def _keep(self, token: dict[str, Any]) -> None:
        self.token = token

    def contact(self, name: str = "Karen Whitfield") -> Any:
        return self.accounting.get_contacts(self.tenant_id, where=f'Name=="{name}"').contacts[0]


@pytest.fixture
def sdk(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{simulator.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{simulator.url}/connect/revocation")
    found = Sdk(simulator)
    yield found
    found.client.rest_client.pool_manager.clear()
    # The SDK leaves the socket of a refresh to the collector, which would complain in some later test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_identity(sdk: Sdk) -> None:
    [connection] = sdk.identity.get_connections()
    assert (connection.id, connection.tenant_id) == (sdk.connection_id, sdk.tenant_id)
    assert isinstance(connection.created_date_utc, datetime)
    before = sdk.token["refresh_token"]
    sdk.client.refresh_oauth2_token()
    assert sdk.token["refresh_token"] != before
    assert sdk.accounting.get_organisations(sdk.tenant_id).organisations[0].name == "ABC Pty Ltd"
    sdk.identity.delete_connection(sdk.connection_id)
    assert sdk.identity.get_connections() == []
    sdk.client.revoke_oauth2_token()
    assert sdk.simulator.organisation()["connections"] == []


def test_organisation_and_settings(sdk: Sdk) -> None:
    api, tenant = sdk.accounting, sdk.tenant_id
    assert api.get_organisation_actions(tenant).actions[0].status == "ALLOWED"
    assert {user.email_address for user in api.get_users(tenant).users} >= {"jane@abc.test", "mike@abc.test"}
    assert any(account.code == "200" for account in api.get_accounts(tenant).accounts)
    assert any(rate.tax_type == "OUTPUT" for rate in api.get_tax_rates(tenant).tax_rates)
    assert any(item.code == "ITR" for item in api.get_items(tenant).items)
    item = accounting.Item(code="SDK", name="From the SDK")
    assert api.create_items(tenant, accounting.Items(items=[item])).items[0].item_id
    office = next(
        one for one in api.get_tracking_categories(tenant).tracking_categories if one.name == "Office"
    )
    option = accounting.TrackingOption(name="Orange")
    made = api.create_tracking_options(tenant, office.tracking_category_id, option)
    assert made.options[0].name == "Orange"
    renamed = accounting.TrackingCategory(name="Branch")
    api.update_tracking_category(tenant, office.tracking_category_id, renamed)
    assert api.get_branding_themes(tenant).branding_themes[0].name == "Standard"
    assert api.get_currencies(tenant).currencies[0].code.name == "AUD"


def test_contacts_and_groups(sdk: Sdk) -> None:
    api, tenant = sdk.accounting, sdk.tenant_id
    everybody = api.get_contacts(tenant, page=1, page_size=1000, include_archived=True, summary_only=False)
    assert len(everybody.contacts) == 25
    first = everybody.contacts[0]
    assert api.get_contacts(tenant, i_ds=[first.contact_id]).contacts[0].name == first.name
    assert api.get_contacts(tenant, if_modified_since=datetime(2030, 1, 1)).contacts == []  # noqa: DTZ001
    phone = accounting.Phone(phone_type="MOBILE", phone_number="0400 000 000")
    new = accounting.Contact(name="SDK Client", contact_number="SDK-1", phones=[phone])
    made = api.create_contacts(tenant, accounting.Contacts(contacts=[new]), summarize_errors=False).contacts[
        0
    ]
    assert made.has_validation_errors is False
    assert api.get_contact_by_contact_number(tenant, "SDK-1").contacts[0].contact_id == made.contact_id
    change = accounting.Contacts(contacts=[accounting.Contact(email_address="sdk@mail.test")])
    assert api.update_contact(tenant, made.contact_id, change).contacts[0].email_address == "sdk@mail.test"
    with pytest.raises(AccountingBadRequestException, match="already assigned to another contact"):
        api.create_contacts(tenant, accounting.Contacts(contacts=[new]), summarize_errors=True)
    again = accounting.Contacts(contacts=[accounting.Contact(name="sdk client", last_name="Moss")])
    assert api.update_or_create_contacts(tenant, again).contacts[0].contact_id == made.contact_id
    groups = accounting.ContactGroups(contact_groups=[accounting.ContactGroup(name="SDK group")])
    group_id = api.create_contact_group(tenant, groups).contact_groups[0].contact_group_id
    members = accounting.Contacts(contacts=[accounting.Contact(contact_id=made.contact_id)])
    api.create_contact_group_contacts(tenant, group_id, members)
    assert len(api.get_contact_group(tenant, group_id).contact_groups[0].contacts) == 1
    api.delete_contact_group_contact(tenant, group_id, made.contact_id)
    note = accounting.HistoryRecords(history_records=[accounting.HistoryRecord(details="Linked")])
    api.create_contact_history(tenant, made.contact_id, note)
    assert api.get_contact_history(tenant, made.contact_id).history_records[0].details == "Linked"


def test_invoices_and_payments(sdk: Sdk) -> None:
    api, tenant, contact = sdk.accounting, sdk.tenant_id, sdk.contact()
    tracking = accounting.LineItemTracking(name="Office", option="Newcastle")
    line = accounting.LineItem(
        description="Tax", quantity=1.5, unit_amount=99.99, account_code="200", tracking=[tracking]
    )
    invoice = accounting.Invoice(
        type="ACCREC",
        contact=accounting.Contact(contact_id=contact.contact_id),
        line_items=[line],
        date=date(2026, 11, 20),
        due_date=date(2026, 12, 4),
        line_amount_types=accounting.LineAmountTypes.EXCLUSIVE,
        status="AUTHORISED",
        reference="R-1",
    )
    sent = accounting.Invoices(invoices=[invoice])
    made = api.create_invoices(tenant, sent, summarize_errors=False, unitdp=4).invoices[0]
    assert (made.has_errors, made.total, made.due_date) == (False, Decimal("164.99"), date(2026, 12, 4))
    assert made.line_items[0].tracking[0].option == "Newcastle"
    found = api.get_invoices(
        tenant, page=1, statuses=["AUTHORISED"], contact_i_ds=[contact.contact_id]
    ).invoices
    assert [one.invoice_id for one in found] == [made.invoice_id]
    change = accounting.Invoices(invoices=[accounting.Invoice(reference="R-2")])
    assert api.update_invoice(tenant, made.invoice_id, change).invoices[0].reference == "R-2"
    assert (
        made.invoice_id
        in api.get_online_invoice(tenant, made.invoice_id).online_invoices[0].online_invoice_url
    )
    api.email_invoice(tenant, made.invoice_id, accounting.RequestEmpty())
    note = accounting.HistoryRecords(history_records=[accounting.HistoryRecord(details="Sent")])
    api.create_invoice_history(tenant, made.invoice_id, note)
    payment = accounting.Payment(
        invoice=accounting.Invoice(invoice_id=made.invoice_id),
        account=accounting.Account(code="090"),
        date=date(2026, 11, 21),
        amount=164.99,
    )
    paid = api.create_payment(tenant, payment).payments[0]
    assert api.get_invoice(tenant, made.invoice_id).invoices[0].status == "PAID"
    assert len(api.get_payments(tenant, page=1).payments) == 1
    api.delete_payment(tenant, paid.payment_id, accounting.PaymentDelete(status="DELETED"))
    assert api.get_invoice(tenant, made.invoice_id).invoices[0].status == "AUTHORISED"


def test_projects_tasks_and_time(sdk: Sdk) -> None:
    api, tenant, contact = sdk.projects, sdk.tenant_id, sdk.contact()
    wish = project.ProjectCreateOrUpdate(
        contact_id=contact.contact_id,
        name="BAS (R-1)",
        estimate_amount=100.5,
        deadline_utc=datetime(2026, 12, 10, 12, 0),  # noqa: DTZ001 - the SDK wants it naive
    )
    made = api.create_project(tenant, wish)
    assert made.estimate.value == 100.5
    listed = api.get_projects(tenant, states="INPROGRESS", contact_id=contact.contact_id, page_size=500)
    assert [one.project_id for one in listed.items] == [made.project_id]
    renamed = project.ProjectCreateOrUpdate(contact_id=contact.contact_id, name="BAS (R-2)")
    api.update_project(tenant, made.project_id, renamed)
    rate = project.Amount(currency=project.CurrencyCode.AUD, value=120.0)
    body = project.TaskCreateOrUpdate(
        name="Prepare", rate=rate, charge_type=project.ChargeType.TIME, estimate_minutes=60
    )
    task = api.create_task(tenant, made.project_id, body)
    user_id = api.get_project_users(tenant).items[0].user_id
    entry = project.TimeEntryCreateOrUpdate(
        user_id=user_id,
        task_id=task.task_id,
        date_utc=datetime(2026, 11, 19, 3, 0),  # noqa: DTZ001 - the SDK wants it naive
        duration=30,
    )
    logged = api.create_time_entry(tenant, made.project_id, entry)
    assert api.get_project(tenant, made.project_id).total_task_amount.value == 60
    assert (
        len(api.get_time_entries(tenant, made.project_id, is_chargeable=True, states=["ACTIVE"]).items) == 1
    )
    api.delete_time_entry(tenant, made.project_id, logged.time_entry_id)
    api.delete_task(tenant, made.project_id, task.task_id)
    assert api.get_tasks(tenant, made.project_id).items == []
    api.patch_project(tenant, made.project_id, project.ProjectPatch(status=project.ProjectStatus.CLOSED))
    after = api.get_project(tenant, made.project_id)
    assert (after.name, after.status) == ("BAS (R-2)", project.ProjectStatus.CLOSED)


def test_files(sdk: Sdk) -> None:
    api, tenant, contact = sdk.files, sdk.tenant_id, sdk.contact()
    folder = api.create_folder(tenant, file.Folder(name="Karen Whitfield"))
    described = {"name": "bas.pdf", "filename": "bas.pdf", "mime_type": "application/pdf"}
    inbox = api.upload_file(tenant, body=b"%PDF one", **described)
    assert inbox.folder_id == api.get_inbox(tenant).id
    made = api.upload_file_to_folder(tenant, folder.id, body=b"%PDF two", **described)
    assert made.folder_id == folder.id
    assert api.get_files(tenant, pagesize=50).total_count == 2
    assert api.update_file(tenant, inbox.id, file.FileObject(folder_id=folder.id)).folder_id == folder.id
    link = file.Association(
        object_id=contact.contact_id,
        object_group=file.ObjectGroup.CONTACT,
        object_type=file.ObjectType.BUSINESS,
    )
    api.create_file_association(tenant, made.id, link)
    [found] = api.get_associations_by_object(tenant, contact.contact_id)
    assert found.file_id == made.id
    api.delete_file_association(tenant, made.id, contact.contact_id)
    api.delete_file(tenant, made.id)
    assert [one.name for one in api.get_folders(tenant)] == ["Inbox", "Karen Whitfield"]
    api.update_folder(tenant, folder.id, file.Folder(name="2026"))
    api.delete_folder(tenant, folder.id)
