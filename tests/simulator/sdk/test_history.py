from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from xero_python.accounting import HistoryRecord, HistoryRecords
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.sdk.client import Sdk


def _subject(sdk: Sdk, noun: str) -> str:
    if noun == "contact":
        return sdk.contact_id()
    if noun == "item":
        return str(sdk.accounting.get_items(sdk.tenant_id).items[0].item_id)
    invoice = sdk.new_invoice()
    if noun == "invoice":
        return str(invoice.invoice_id)
    return str(sdk.new_payment(invoice.invoice_id).payment_id)


def _calls(sdk: Sdk, noun: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The SDK's call that writes a note of this noun, and the one that reads them."""
    api = sdk.accounting
    return {
        "contact": (api.create_contact_history, api.get_contact_history),
        "invoice": (api.create_invoice_history, api.get_invoice_history),
        "payment": (api.create_payment_history, api.get_payment_history),
        "item": (api.create_item_history, api.get_item_history),
    }[noun]


@pytest.mark.parametrize("noun", ["contact", "invoice", "payment", "item"])
def test_notes(sdk: Sdk, noun: str) -> None:
    subject = _subject(sdk, noun)
    write, read = _calls(sdk, noun)
    for details in ("Linked by Countinghouse", "Sent – 20 November"):
        write(sdk.tenant_id, subject, HistoryRecords(history_records=[HistoryRecord(details=details)]))
    found = read(sdk.tenant_id, subject).history_records
    assert [one.details for one in found] == ["Sent – 20 November", "Linked by Countinghouse"]
    assert {(one.user, one.changes) for one in found} == {("System Generated", "Note")}
    assert all(abs(one.date_utc - datetime.now(UTC)) < timedelta(minutes=1) for one in found)
    held = sdk.raw.accounting("GET", f"{noun.capitalize()}s/{subject}/History").json()["HistoryRecords"]
    assert len(held) == 2


def test_longest_note(sdk: Sdk) -> None:
    note = HistoryRecords(history_records=[HistoryRecord(details="x" * 2501)])
    with pytest.raises(AccountingBadRequestException, match="2500"):
        sdk.accounting.create_contact_history(sdk.tenant_id, sdk.contact_id(), note)
    assert sdk.accounting.get_contact_history(sdk.tenant_id, sdk.contact_id()).history_records == []
