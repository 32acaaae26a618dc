"""The chart of accounts."""

from __future__ import annotations

from typing import Any

from simulator import ids
from simulator.accounting.api import Draft, accounting_api, elements_sent, reading, write, writing
from simulator.accounting.settings import listed, one, rendered
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("accounts")
CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "EQUITY": "EQUITY",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
}
LONGEST_CODE = 10
_OPTIONAL = ("Code", "SystemAccount", "BankAccountNumber", "Description")


def new_account(account_id: str, code: str, name: str, kind: str, tax_type: str, updated: int) -> Record:
    return {
        "AccountID": account_id,
        "Code": code,
        "Name": name,
        "Status": "ACTIVE",
        "Type": kind,
        "TaxType": tax_type,
        "Class": CLASSES[kind],
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "BankAccountType": "BANK" if kind == "BANK" else "",
        "CurrencyCode": "AUD",
        "HasAttachments": False,
        "AddToWatchlist": False,
        "updated": updated,
    }


def find_account(organisation: Organisation, code: Any) -> Record | None:
    """The active account of that code."""
    for account in organisation.table("accounts").all():
        if code and account.get("Code") == code and account["Status"] == "ACTIVE":
            return account
    return None


def _value(account: Record, field: str) -> Any:
    if field in _OPTIONAL:
        return account.get(field)
    return account["updated"] if field == "UpdatedDateUTC" else account[field]


@api.route("/Accounts", "GET", *reading("settings"))
def get_accounts(call: Call) -> Reply:
    """All accounts, archived ones too. A bank account may have no Code at all."""
    return listed(call, "Accounts", call.organisation.table("accounts").all(), "AccountID", read=_value)


@api.route("/Accounts/<account_id>", "GET", *reading("settings"))
def get_account(call: Call, account_id: str) -> Reply:
    return one(call, "Accounts", call.organisation.table("accounts").get(account_id.lower()))


@api.route("/Accounts", "PUT", *writing("settings"))
def create_account(call: Call) -> Reply:
    """One account a call."""
    sent = elements_sent("Accounts")[0]
    code, name, kind = str(sent.get("Code") or ""), str(sent.get("Name") or ""), str(sent.get("Type") or "")
    messages = []
    if not code or len(code) > LONGEST_CODE:
        messages.append(f"Please enter a unique Code of at most {LONGEST_CODE} characters.")
    if find_account(call.organisation, code):
        messages.append("Please enter a unique Code.")
    if not name:
        messages.append("Account Name is required.")
    if kind not in CLASSES:
        messages.append("Account type is not valid.")
    account = new_account(
        ids.fresh(),
        code,
        name,
        kind if kind in CLASSES else "EXPENSE",
        str(sent.get("TaxType") or "BASEXCLUDED"),
        call.simulator.clock.milliseconds(),
    )

    def save(draft: Draft) -> None:
        call.organisation.table("accounts").save(draft.record["AccountID"], draft.record)

    return write(call, "Accounts", [Draft(account, messages)], save, rendered, "AccountID")
