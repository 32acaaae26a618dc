"""Invoice lines: what was sent, completed from item and account, with tax and totals.

Rounding: UnitAmount to 2 decimals (4 with ``unitdp=4`` on the request); each line's amount and tax to 2,
then summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from simulator import ids
from simulator.accounting.accounts import find_account
from simulator.accounting.items import find_item
from simulator.accounting.tracking import find_choice
from simulator.journal import Record
from simulator.state import Organisation

CENT = Decimal("0.01")
LONGEST_DESCRIPTION = 4000
MOST_TRACKING = 2
LARGEST = Decimal("9999999999.99")


@dataclass(frozen=True)
class Totals:
    """Money of the whole invoice, 2 decimals."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def number(value: Any) -> Decimal | None:
    """A JSON number or a number in text; None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def complete_line(
    organisation: Organisation, sent: Record, kept: Record | None, rules: LineRules, messages: list[str]
) -> Record:
    """One line as it will be stored; what is wrong goes into ``messages``."""
    item = find_item(organisation, sent["ItemCode"]) if sent.get("ItemCode") else None
    if sent.get("ItemCode") and item is None:
        messages.append(f"Item code '{sent['ItemCode']}' is not valid")
    details: Record = (item or {}).get("SalesDetails", {})
    line: Record = {"LineItemID": kept["LineItemID"] if kept else ids.fresh()}
    line["Description"] = str(sent.get("Description") or (item or {}).get("Description") or "")
    if not 1 <= len(line["Description"]) <= LONGEST_DESCRIPTION:
        messages.append(f"Description is required and has at most {LONGEST_DESCRIPTION} characters.")
    if item:
        line["ItemCode"] = item["Code"]
    has_amounts = (
        any(sent.get(name) is not None for name in ("UnitAmount", "LineAmount")) or "UnitPrice" in details
    )
    line["Quantity"] = _number(sent, "Quantity", Decimal(1 if has_amounts else 0), messages)
    price = _number(sent, "UnitAmount", details.get("UnitPrice", Decimal(0)), messages)
    line["UnitAmount"] = price.quantize(rules.unit_step, ROUND_HALF_UP)
    line["LineAmount"] = _line_amount(sent, line, rules, messages)
    _account_and_tax(organisation, sent, details, line, rules, messages)
    line["Tracking"] = _tracking(organisation, sent.get("Tracking"), messages)
    return line


@dataclass(frozen=True)
class LineRules:
    """What the invoice demands of its lines."""

    amount_types: str
    sales: bool
    approved: bool
    unit_step: Decimal = CENT


def _number(sent: Record, field: str, default: Decimal, messages: list[str]) -> Decimal:
    if sent.get(field) is None:
        return default
    found = number(sent[field])
    if found is None:
        messages.append(f"{field} must be a number.")
        return default
    return found


def _line_amount(sent: Record, line: Record, rules: LineRules, messages: list[str]) -> Decimal:
    full = line["Quantity"] * line["UnitAmount"]
    rate = _number(sent, "DiscountRate", Decimal(0), messages)
    if rate:
        if not rules.sales:
            messages.append("Discounts can only be given on sales invoices.")
        line["DiscountRate"] = rate
        full = full * (100 - rate) / 100
    expected = Decimal(full).quantize(CENT, ROUND_HALF_UP)
    given = number(sent["LineAmount"]) if sent.get("LineAmount") is not None else None
    if given is not None and sent.get("UnitAmount") is None and line["Quantity"]:
        line["UnitAmount"] = (given / line["Quantity"]).quantize(rules.unit_step, ROUND_HALF_UP)
        expected = given.quantize(CENT, ROUND_HALF_UP)
    elif given is not None and given != expected:
        messages.append(f"The line total {given} does not match the expected line total {expected}")
    if abs(expected) > LARGEST:
        messages.append(f"The line amount must not be larger than {LARGEST}.")
    return expected


def _account_and_tax(
    organisation: Organisation,
    sent: Record,
    details: Record,
    line: Record,
    rules: LineRules,
    messages: list[str],
) -> None:
    code = sent.get("AccountCode") or details.get("AccountCode")
    account = find_account(organisation, code)
    if code and account is None:
        messages.append(f"Account code '{code}' is not a valid code for this document.")
    if account:
        line["AccountCode"], line["AccountID"] = account["Code"], account["AccountID"]
    elif rules.approved and not code:
        messages.append("Account code must be specified.")
    tax_type = sent.get("TaxType") or details.get("TaxType") or (account or {}).get("TaxType")
    rate = organisation.table("tax_rates").get(tax_type)
    if tax_type == "NONE" or rules.amount_types == "NoTax":
        line["TaxType"], line["TaxAmount"] = "NONE", Decimal(0)
        return
    if tax_type and rate is None:
        messages.append(
            f"The TaxType code '{tax_type}' does not exist or cannot be used with account code '{code}'."
        )
    if rate is None:
        line["TaxAmount"] = Decimal(0)
        return
    line["TaxType"] = tax_type
    share: Decimal = rate["EffectiveRate"] / 100
    base: Decimal = line["LineAmount"]
    tax = base - base / (1 + share) if rules.amount_types == "Inclusive" else base * share
    given = number(sent.get("TaxAmount"))
    line["TaxAmount"] = (tax if given is None else given).quantize(CENT, ROUND_HALF_UP)


def _tracking(organisation: Organisation, sent: Any, messages: list[str]) -> list[Record]:
    choices = sent if isinstance(sent, list) else []
    if len(choices) > MOST_TRACKING:
        messages.append(f"A line can have at most {MOST_TRACKING} tracking categories.")
    found = []
    for choice in choices[:MOST_TRACKING]:
        pair = find_choice(organisation, choice) if isinstance(choice, dict) else None
        if pair is None:
            messages.append("The tracking category or option was not found.")
            continue
        category, option = pair
        found.append(
            {
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
                "Name": category["Name"],
                "Option": option["Name"],
            }
        )
    if len({entry["TrackingCategoryID"] for entry in found}) < len(found):
        messages.append("A line can have only one option of a tracking category.")
    return found


def totals(lines: list[Record], amount_types: str) -> Totals:
    """The sums, tax taken out of inclusive amounts."""
    tax = sum((line["TaxAmount"] for line in lines), Decimal("0.00"))
    amounts = sum((line["LineAmount"] for line in lines), Decimal("0.00"))
    return Totals(amounts - tax if amount_types == "Inclusive" else amounts, tax)
