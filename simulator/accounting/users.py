"""Users: the people of an organisation. Read only, as in Xero."""

from __future__ import annotations

from flask import request

from simulator.accounting.api import Instant, accounting_api, envelope, not_found, reading
from simulator.accounting.paging import changed_since, ordered
from simulator.accounting.query import filtered
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("users")
_FIELDS = ("UserID", "EmailAddress", "FirstName", "LastName", "IsSubscriber", "OrganisationRole")


def rendered(user: Record) -> Record:
    return {**{name: user[name] for name in _FIELDS}, "UpdatedDateUTC": Instant(user["updated"])}


def _value(user: Record, field: str) -> object:
    return user["updated"] if field == "UpdatedDateUTC" else user[field]


@api.route("/Users", "GET", *reading("settings"))
def get_users(call: Call) -> Reply:
    """All users, unpaged; ``where``, ``order`` and If-Modified-Since work."""
    users = filtered(
        call.organisation.table("users").all(), request.args.get("where"), _value, changed_since()
    )
    return envelope(call, "Users", [rendered(user) for user in ordered(users, _value, "UserID")])


@api.route("/Users/<user_id>", "GET", *reading("settings"))
def get_user(call: Call, user_id: str) -> Reply:
    user = call.organisation.table("users").get(user_id.lower())
    if user is None:
        raise not_found()
    return envelope(call, "Users", [rendered(user)])
