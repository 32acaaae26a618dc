"""Tax rates, keyed by TaxType. Read only here: rates made through the API are of no use for Australian
filing.
"""

from __future__ import annotations

from decimal import Decimal

from simulator.accounting.api import accounting_api, reading
from simulator.accounting.settings import listed, one
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("tax_rates")


def new_tax_rate(
    tax_type: str, name: str, rate: Decimal, applies_to: tuple[str, ...], updated: int
) -> Record:
    return {
        "Name": name,
        "TaxType": tax_type,
        "ReportTaxType": tax_type,
        "CanApplyToAssets": "ASSET" in applies_to,
        "CanApplyToEquity": "EQUITY" in applies_to,
        "CanApplyToExpenses": "EXPENSE" in applies_to,
        "CanApplyToLiabilities": "LIABILITY" in applies_to,
        "CanApplyToRevenue": "REVENUE" in applies_to,
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "Status": "ACTIVE",
        "TaxComponents": [{"Name": name, "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}],
        "updated": updated,
    }


def rendered(rate: Record) -> Record:
    return {name: value for name, value in rate.items() if name != "updated"}


@api.route("/TaxRates", "GET", *reading("settings"))
def get_tax_rates(call: Call) -> Reply:
    return listed(call, "TaxRates", call.organisation.table("tax_rates").all(), "TaxType", rendered)


@api.route("/TaxRates/<tax_type>", "GET", *reading("settings"))
def get_tax_rate(call: Call, tax_type: str) -> Reply:
    return one(call, "TaxRates", call.organisation.table("tax_rates").get(tax_type), rendered)
