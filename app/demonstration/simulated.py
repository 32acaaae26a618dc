"""The demonstration's past in the simulator: its consent without a browser, and what was made there long ago."""

import json
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from app.extensions import settings
from app.models import JobTemplateTask, now
from app.sync.connections import xero_app
from app.sync.lists import seen
from app.sync.lists.seen import Seen
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.accounting.invoice_shapes import Invoice, InvoiceFields
from app.xero.accounting.organisation import Organisation
from app.xero.errors import Permanent
from app.xero.gate import CallRecord, Pass
from app.xero.identity import ConnectedOrganisation
from app.xero.oauth import TokenSet
from app.xero.projects import ProjectsApi, ProjectUser
from app.xero.transport import Transport


def _console(path: str, body: Mapping[str, Any]) -> Any:
    # Not the transport: this is the simulator's own switchboard, which the real Xero does not have.
    asked = Request(  # noqa: S310  the address is a setting, checked to be http(s)
        f"{settings().xero_api_url}/_console/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urlopen(asked, timeout=20) as reply:  # noqa: S310
        return json.load(reply)


def send_webhook(xero_tenant_id: str, contact_id: str | None) -> str | None:
    """Have the simulator send news of this contact, or of any; None when it will, else what is wrong, in a sentence."""
    try:
        _console("webhooks/send", {"organisation": xero_tenant_id, "id": contact_id})
    except HTTPError as refused:
        return str(json.load(refused).get("error") or "The simulator refused to send.")
    except OSError:
        return "The simulator does not answer. It runs with the demonstration: look whether it was stopped."
    return None


def simulator_consent(organisation: str) -> tuple[TokenSet, ConnectedOrganisation]:
    """A person's consent for this organisation. Raises `OSError` when the simulator does not answer."""
    given = _console("token", {"organisation": organisation})
    claims = json.loads(urlsafe_b64decode(given["access_token"].split(".")[1] + "=="))
    tokens = TokenSet(
        access_token=given["access_token"],
        refresh_token=given["refresh_token"],
        expires_at=now() + timedelta(seconds=given["expires_in"]),
        scopes=frozenset(given["scope"].split()),
        xero_user_id=claims["xero_userid"],
        authentication_event_id=given["auth_event_id"],
    )
    connected = ConnectedOrganisation(
        given["connection_id"],
        given["auth_event_id"],
        given["tenant_id"],
        "ORGANISATION",
        organisation,
        now(),
    )
    return tokens, connected


class _Token:
    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renewed(self, stale: str) -> str:  # noqa: ARG002
        return self._token


class _OpenGate:
    """No counting: the simulator's limits are off while the past is made."""

    def enter(self, organisation: str, *, interactive: bool) -> Pass:  # noqa: ARG002
        return Pass("0", organisation)

    def leave(self, pass_: Pass, reply_headers: Mapping[str, str] | None, status: int | None) -> None:
        """Nothing was counted."""


def _unlogged(_record: CallRecord) -> None:
    """The past has no call log."""


class SimulatedPast:
    """Makes contacts and projects in one organisation of the simulator, quickly."""

    def __init__(self, token: str, xero_tenant_id: str) -> None:
        transport = Transport(
            xero_app(),
            tenant_id=xero_tenant_id,
            token=_Token(token),
            gate=_OpenGate(),
            on_call=_unlogged,
            correlation_id=str(uuid.uuid4()),
            interactive=False,
        )
        self._accounting = AccountingApi(transport)
        self._projects = ProjectsApi(transport)
        self._bank: str | None = None

    @contextmanager
    def without_limits(self) -> Iterator[None]:
        _console("limits", {"enabled": False})
        try:
            yield
        finally:
            _console("limits", {"enabled": True})

    def organisation(self) -> Organisation:
        return self._accounting.organisation()

    def people(self) -> list[ProjectUser]:
        return self._projects.users()

    def lists(self) -> list[Seen]:
        """Its accounts, tax rates, items, tracking, currencies and themes."""
        return seen.ask(self._accounting)

    def contacts(self) -> list[Contact]:
        """The organisation's contacts, up to a thousand, by name."""
        return sorted(self._accounting.contacts_page(1).contacts, key=lambda contact: contact.name)

    def call_from(self, contact_id: str, phone: str) -> None:
        """Somebody in Xero gives the contact another phone number."""
        self._accounting.update_contact(contact_id, ContactFields(phone=phone))

    def group(self, name: str) -> str:
        """The id of the contact group of this name, made if there is none."""
        named = (group.id for group in self._accounting.contact_groups() if group.name == name)
        return next(named, None) or self._accounting.create_contact_group(name).id

    def contact(self, name: str, number: str, email: str | None, phone: str | None) -> Contact:
        try:
            return self._accounting.create_contact(
                ContactFields(name=name, number=number, email=email, phone=phone)
            )
        except Permanent as refused:
            if refused.code != "contact_name_taken":
                raise
            return next(found for found in self._accounting.search_contacts(name) if found.name == name)

    def invoices(self, wanted: Sequence[InvoiceFields]) -> list[Invoice]:
        """Made fifty a call, in the order given."""
        made = []
        for first in range(0, len(wanted), BATCH):
            for outcome in self._accounting.create_invoices(wanted[first : first + BATCH]):
                if outcome.record is None:
                    raise RuntimeError(f"The simulator refused an invoice of the past: {outcome.errors}")
                made.append(outcome.record)
        return made

    def invoices_again(self, ids: Sequence[str]) -> list[Invoice]:
        """The same as they stand now, in the order given."""
        found = {
            invoice.id: invoice
            for first in range(0, len(ids), BATCH)
            for page in self._accounting.invoices(ids=ids[first : first + BATCH])
            for invoice in page
        }
        return [found[one] for one in ids]

    def pay(self, invoice_id: str, on: date, amount: Decimal) -> None:
        """A payment into the organisation's first bank account."""
        if self._bank is None:
            self._bank = next(one.id for one in self._accounting.accounts() if one.type == "BANK")
        self._accounting.create_payment(invoice_id, self._bank, on, amount, reference="Bank transfer")

    def project(
        self,
        contact_id: str,
        name: str,
        due_on: date | None,
        price: Decimal,
        tasks: list[JobTemplateTask],
        *,
        closed: bool,
    ) -> str:
        project = self._projects.create_project(contact_id, name, due_on, price)
        for task in tasks:
            self._projects.create_task(
                project.id,
                task.name,
                task.rate,
                project.currency,
                task.charge_type,
                task.estimate_minutes or None,
            )
        if closed:
            self._projects.set_status(project.id, "CLOSED")
        return project.id
