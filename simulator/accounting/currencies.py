"""Currencies the organisation uses: read, and add one."""

from __future__ import annotations

from simulator.accounting.api import accounting_api, elements_sent, envelope, invalid, reading, writing
from simulator.accounting.settings import listed
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("currencies")
KNOWN = {
    "AUD": "Australian Dollar",
    "EUR": "Euro",
    "GBP": "British Pound",
    "NZD": "New Zealand Dollar",
    "SGD": "Singapore Dollar",
    "USD": "United States Dollar",
}


def rendered(currency: Record) -> Record:
    return {"Code": currency["Code"], "Description": currency["Description"]}


@api.route("/Currencies", "GET", *reading("settings"))
def get_currencies(call: Call) -> Reply:
    return listed(call, "Currencies", call.organisation.table("currencies").all(), "Code", rendered)


@api.route("/Currencies", "PUT", *writing("settings"))
def add_currency(call: Call) -> Reply:
    sent = elements_sent("Currencies")[0]
    code = sent.get("Code")
    table = call.organisation.table("currencies")
    if code not in KNOWN or code in table:
        message = (
            "The organisation already uses this currency." if code in table else "Unknown currency code."
        )
        raise invalid([{**sent, "ValidationErrors": [{"Message": message}]}])
    made = {"Code": code, "Description": KNOWN[code], "updated": call.simulator.clock.milliseconds()}
    return envelope(call, "Currencies", [rendered(table.save(code, made))])
