"""The SDK pointed at the simulator, and a second pair of eyes on what it changed there."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from xero_python import accounting, file, identity, project
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from tests.simulator.conftest import CLIENT, Connected, RunningSimulator

DUE = date(2026, 12, 4)
TOKEN_FIELDS = ("access_token", "refresh_token", "expires_in", "token_type")


class Sdk:
    """The SDK's APIs, connected to ABC Pty Ltd.

    `state()` is the organisation as the console tells it, `raw` reads over plain HTTP: neither goes through
    the SDK, so what a test finds there is what the simulator holds.
    """

    def __init__(self, simulator: RunningSimulator, downloads: Path) -> None:
        self.simulator = simulator
        given = simulator.console("token", organisation="ABC Pty Ltd")
        self.raw = Connected(simulator, given)
        self.connection_id, self.event_id = given["connection_id"], given["auth_event_id"]
        self.tenant_id: str = given["tenant_id"]
        self.token: dict[str, Any] = {name: given[name] for name in TOKEN_FIELDS}
        self.token.update(expires_at=time.time() + given["expires_in"], scope=given["scope"].split())
        # Set one by one: the class gives a copy of its first instance, whatever the arguments.
        configuration = Configuration()
        configuration.host = simulator.url
        configuration.oauth2_token = OAuth2Token(client_id=CLIENT[0], client_secret=CLIENT[1])
        configuration.temp_folder_path = str(downloads)
        self.client = ApiClient(configuration, pool_threads=1)
        self.client.oauth2_token_getter(lambda: self.token)
        self.client.oauth2_token_saver(self._keep)
        self.accounting = accounting.AccountingApi(self.client, f"{simulator.url}/api.xro/2.0")
        self.projects = project.ProjectApi(self.client, f"{simulator.url}/projects.xro/2.0")
        self.files = file.FilesApi(self.client, f"{simulator.url}/files.xro/1.0")
        self.identity = identity.IdentityApi(self.client, simulator.url)

    def _keep(self, token: dict[str, Any]) -> None:
        self.token = token

    def close(self) -> None:
        self.client.rest_client.pool_manager.clear()

    def state(self) -> dict[str, Any]:
        return self.simulator.organisation()

    def held(self, noun: str, id_field: str, record_id: str) -> dict[str, Any]:
        """One record of the console's state; StopIteration when it is not there."""
        return next(one for one in self.state()[noun] if one[id_field] == record_id)

    def contact_id(self, name: str = "Karen Whitfield") -> str:
        return str(next(one["ContactID"] for one in self.state()["contacts"] if one["Name"] == name))

    def new_invoice(self, **changes: Any) -> Any:
        """A sales invoice of one line over 300.00 and tax, authorised unless told otherwise."""
        line = accounting.LineItem(
            description="Tax return", quantity=2, unit_amount=150, account_code="200", tax_type="OUTPUT"
        )
        fields = {
            "type": "ACCREC",
            "contact": accounting.Contact(contact_id=self.contact_id()),
            "line_items": [line],
            "line_amount_types": accounting.LineAmountTypes.EXCLUSIVE,
            "due_date": DUE,
            "status": "AUTHORISED",
            **changes,
        }
        sent = accounting.Invoices(invoices=[accounting.Invoice(**fields)])
        return self.accounting.create_invoices(self.tenant_id, sent, summarize_errors=True).invoices[0]

    def bank_account_id(self) -> str:
        found = self.accounting.get_accounts(self.tenant_id, where='Code=="090"').accounts
        return str(found[0].account_id)

    def new_payment(self, invoice_id: str, amount: float = 100.0, **changes: Any) -> Any:
        """A payment into the business cheque account on the day the invoice is due."""
        fields = {
            "invoice": accounting.Invoice(invoice_id=invoice_id),
            "account": accounting.Account(account_id=self.bank_account_id()),
            "date": DUE,
            "amount": amount,
            "reference": "EFT 1",
            **changes,
        }
        sent = accounting.Payments(payments=[accounting.Payment(**fields)])
        return self.accounting.create_payments(self.tenant_id, sent, summarize_errors=True).payments[0]

    def new_project(self, name: str = "BAS - Karen Whitfield (R-1)", **more: Any) -> Any:
        wish = project.ProjectCreateOrUpdate(contact_id=self.contact_id(), name=name, **more)
        return self.projects.create_project(self.tenant_id, wish)

    def new_task(self, project_id: str, name: str = "Prepare") -> Any:
        rate = project.Amount(currency=project.CurrencyCode.AUD, value=120.0)
        wish = project.TaskCreateOrUpdate(
            name=name, rate=rate, charge_type=project.ChargeType.TIME, estimate_minutes=90
        )
        return self.projects.create_task(self.tenant_id, project_id, wish)

    def new_file(self, name: str = "bas.pdf", content: bytes = b"%PDF a page") -> Any:
        return self.files.upload_file(
            self.tenant_id, body=content, name=name, filename=name, mime_type="application/pdf"
        )
