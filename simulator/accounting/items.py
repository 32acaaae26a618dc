"""Items: what is sold, by Code. The settings scope or the invoices scope reads and writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator import ids
from simulator.accounting.accounts import find_account
from simulator.accounting.api import Draft, accounting_api, elements_sent, not_found, reading, write, writing
from simulator.accounting.settings import listed, one, rendered
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("items")
READ = (*reading("settings"), *reading("invoices"))
WRITE = (*writing("settings"), *writing("invoices"))
_TEXTS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}


def find_item(organisation: Organisation, key: Any) -> Record | None:
    """The item of that id or code."""
    table = organisation.table("items")
    found = table.get(str(key or "").lower())
    return found or next((item for item in table.all() if item["Code"] == key), None)


def _draft(call: Call, known: Record | None, sent: Record) -> Draft:
    item = dict(known or {"ItemID": ids.fresh(), "Code": "", "IsTrackedAsInventory": False})
    messages = []
    for field, longest in _TEXTS.items():
        if field in sent:
            item[field] = str(sent[field] or "")
            if len(item[field]) > longest:
                messages.append(f"{field} must not be longer than {longest} characters.")
    for field in ("SalesDetails", "PurchaseDetails"):
        if field in sent:
            item[field] = _details(call.organisation, sent[field], messages)
    item.setdefault("Name", item["Code"])
    item["IsSold"] = bool(sent.get("IsSold", item.get("IsSold", True)))
    item["IsPurchased"] = bool(sent.get("IsPurchased", item.get("IsPurchased", "PurchaseDetails" in item)))
    if not item["Code"]:
        messages.append("Price List Item Code must be supplied.")
    twin = find_item(call.organisation, item["Code"])
    if twin and twin["ItemID"] != item["ItemID"]:
        messages.append(f"Price List Item with Code '{item['Code']}' already exists.")
    item["updated"] = call.simulator.clock.milliseconds()
    return Draft(item, messages, is_new=known is None)


def _details(organisation: Organisation, sent: Any, messages: list[str]) -> Record:
    details = {name: sent[name] for name in ("UnitPrice", "AccountCode", "TaxType") if name in sent}
    if "UnitPrice" in details:
        details["UnitPrice"] = Decimal(str(details["UnitPrice"]))
    if details.get("AccountCode") and not find_account(organisation, details["AccountCode"]):
        messages.append(f"Account code '{details['AccountCode']}' is not a valid code for this document.")
    return details


def _store(call: Call, drafts: list[Draft]) -> Reply:
    def save(draft: Draft) -> None:
        call.organisation.table("items").save(draft.record["ItemID"], draft.record)

    return write(call, "Items", drafts, save, rendered, "ItemID")


@api.route("/Items", "GET", *READ)
def get_items(call: Call) -> Reply:
    return listed(call, "Items", call.organisation.table("items").all(), "ItemID")


@api.route("/Items/<key>", "GET", *READ)
def get_item(call: Call, key: str) -> Reply:
    """One item by ItemID or Code."""
    return one(call, "Items", find_item(call.organisation, key))


@api.route("/Items", "PUT", *WRITE)
def create_items(call: Call) -> Reply:
    return _store(call, [_draft(call, None, sent) for sent in elements_sent("Items")])


@api.route("/Items", "POST", *WRITE)
def create_or_update_items(call: Call) -> Reply:
    """By ItemID or Code when there is one, else new."""
    return _store(
        call,
        [
            _draft(call, find_item(call.organisation, sent.get("ItemID") or sent.get("Code")), sent)
            for sent in elements_sent("Items")
        ],
    )


@api.route("/Items/<key>", "POST", *WRITE)
def update_item(call: Call, key: str) -> Reply:
    known = find_item(call.organisation, key)
    if known is None:
        raise not_found()
    return _store(call, [_draft(call, known, elements_sent("Items")[0])])


@api.route("/Items/<key>", "DELETE", *WRITE)
def delete_item(call: Call, key: str) -> Reply:
    known = find_item(call.organisation, key)
    if known is None:
        raise not_found()
    call.organisation.table("items").remove(known["ItemID"])
    return Reply(204)
