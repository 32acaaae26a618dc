"""Organisation and what the connecting user may do in it."""

from __future__ import annotations

from simulator.accounting.api import Instant, accounting_api, calendar_date, envelope, reading
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("organisation")
_INTERNAL = ("TenantType", "created", "Actions", "locked_until")


def rendered(record: Record) -> Record:
    shown = {name: value for name, value in record.items() if name not in _INTERNAL}
    if record.get("locked_until"):
        shown["PeriodLockDate"] = calendar_date(record["locked_until"])
    return {**shown, "CreatedDateUTC": Instant(record["created"], "")}


@api.route("/Organisation", "GET", *reading("settings"))
def get_organisation(call: Call) -> Reply:
    """The one organisation of the tenant header, as a list of one."""
    return envelope(call, "Organisations", [rendered(call.organisation.record)])


@api.route("/Organisation/Actions", "GET", *reading("settings"))
def get_actions(call: Call) -> Reply:
    """What the connecting person may do, by name: ALLOWED or NOT-ALLOWED."""
    names = (
        "CreateApprovedInvoice",
        "CreateApprovedBill",
        "CreateContact",
        "CreateDraftInvoice",
        "UseMulticurrency",
    )
    return envelope(call, "Actions", [{"Name": name, "Status": "ALLOWED"} for name in names])
