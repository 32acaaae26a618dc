"""Tracking categories and their options: at most two active categories, archived ones hidden unless asked
for.
"""

from __future__ import annotations

from typing import Any

from simulator import ids
from simulator.accounting.api import (
    accounting_api,
    elements_sent,
    envelope,
    flag,
    invalid,
    not_found,
    reading,
    writing,
)
from simulator.accounting.settings import listed, one
from simulator.accounting.where import folded
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("tracking")
MOST_ACTIVE = 2
LONGEST_NAME = 100


def new_category(category_id: str, name: str, options: list[Record], updated: int) -> Record:
    return {
        "TrackingCategoryID": category_id,
        "Name": name,
        "Status": "ACTIVE",
        "Options": options,
        "updated": updated,
    }


def new_option(option_id: str, name: str) -> Record:
    return {"TrackingOptionID": option_id, "Name": name, "Status": "ACTIVE"}


def rendered(category: Record) -> Record:
    shown = {name: value for name, value in category.items() if name != "updated"}
    if not flag("includeArchived"):
        shown["Options"] = [option for option in category["Options"] if option["Status"] == "ACTIVE"]
    return shown


def find_choice(organisation: Organisation, sent: Record) -> tuple[Record, Record] | None:
    """The active category and option a line's Tracking entry means, by ids or by names."""
    for category in organisation.table("tracking").all():
        if category["Status"] != "ACTIVE" or not _is(category, sent, "TrackingCategoryID", sent.get("Name")):
            continue
        for option in category["Options"]:
            if option["Status"] == "ACTIVE" and _is(option, sent, "TrackingOptionID", sent.get("Option")):
                return category, option
    return None


def _is(found: Record, sent: Record, id_field: str, name: Any) -> bool:
    if sent.get(id_field):
        return bool(found[id_field] == str(sent[id_field]).lower())
    return isinstance(name, str) and folded(found["Name"]) == folded(name)


def _category(call: Call, category_id: str) -> Record:
    found = call.organisation.table("tracking").get(category_id.lower())
    if found is None:
        raise not_found()
    return found


def _checked_name(sent: Record, others: list[Record], own_id: str, id_field: str) -> str:
    """The name as sent. Raises Refused (400) when it is missing, too long or taken."""
    name = str(sent.get("Name") or "").strip()
    message = ""
    if not name or len(name) > LONGEST_NAME:
        message = f"Name is required and has at most {LONGEST_NAME} characters."
    elif any(other[id_field] != own_id and folded(other["Name"]) == folded(name) for other in others):
        message = f"The name '{name}' is already in use."
    if message:
        raise invalid([{**sent, "ValidationErrors": [{"Message": message}]}])
    return name


def _save(call: Call, category: Record) -> Record:
    changed = {**category, "updated": call.simulator.clock.milliseconds()}
    return call.organisation.table("tracking").save(category["TrackingCategoryID"], changed)


@api.route("/TrackingCategories", "GET", *reading("settings"))
def get_categories(call: Call) -> Reply:
    categories = call.organisation.table("tracking").all()
    if not flag("includeArchived"):
        categories = [category for category in categories if category["Status"] == "ACTIVE"]
    return listed(call, "TrackingCategories", categories, "TrackingCategoryID", rendered)


@api.route("/TrackingCategories/<category_id>", "GET", *reading("settings"))
def get_category(call: Call, category_id: str) -> Reply:
    return one(call, "TrackingCategories", _category(call, category_id), rendered)


@api.route("/TrackingCategories", "PUT", *writing("settings"))
def create_category(call: Call) -> Reply:
    """A new category, while fewer than two are active."""
    sent = elements_sent("TrackingCategories")[0]
    others = call.organisation.table("tracking").all()
    if sum(other["Status"] == "ACTIVE" for other in others) >= MOST_ACTIVE:
        message = f"Only {MOST_ACTIVE} tracking categories can be active."
        raise invalid([{**sent, "ValidationErrors": [{"Message": message}]}])
    name = _checked_name(sent, others, "", "TrackingCategoryID")
    made = _save(call, new_category(ids.fresh(), name, [], 0))
    return envelope(call, "TrackingCategories", [rendered(made)])


@api.route("/TrackingCategories/<category_id>", "POST", *writing("settings"))
def update_category(call: Call, category_id: str) -> Reply:
    """Rename, archive or bring back."""
    category, sent = _category(call, category_id), elements_sent("TrackingCategories")[0]
    changed = dict(category)
    if "Name" in sent:
        others = call.organisation.table("tracking").all()
        changed["Name"] = _checked_name(sent, others, category["TrackingCategoryID"], "TrackingCategoryID")
    if sent.get("Status") in ("ACTIVE", "ARCHIVED"):
        changed["Status"] = sent["Status"]
    return envelope(call, "TrackingCategories", [rendered(_save(call, changed))])


@api.route("/TrackingCategories/<category_id>", "DELETE", *writing("settings"))
def delete_category(call: Call, category_id: str) -> Reply:
    category = _category(call, category_id)
    call.organisation.table("tracking").remove(category["TrackingCategoryID"])
    return envelope(call, "TrackingCategories", [{**rendered(category), "Status": "DELETED"}])


@api.route("/TrackingCategories/<category_id>/Options", "PUT", *writing("settings"))
def add_options(call: Call, category_id: str) -> Reply:
    category = _category(call, category_id)
    options = list(category["Options"])
    added = []
    for sent in elements_sent("Options"):
        added.append(new_option(ids.fresh(), _checked_name(sent, options, "", "TrackingOptionID")))
        options.append(added[-1])
    _save(call, {**category, "Options": options})
    return envelope(call, "Options", added)


def _option(category: Record, option_id: str) -> Record:
    for option in category["Options"]:
        if option["TrackingOptionID"] == option_id.lower():
            return dict(option)
    raise not_found()


@api.route("/TrackingCategories/<category_id>/Options/<option_id>", "POST", *writing("settings"))
def update_option(call: Call, category_id: str, option_id: str) -> Reply:
    category, sent = _category(call, category_id), elements_sent("Options")[0]
    option = _option(category, option_id)
    if "Name" in sent:
        option["Name"] = _checked_name(
            sent, category["Options"], option["TrackingOptionID"], "TrackingOptionID"
        )
    if sent.get("Status") in ("ACTIVE", "ARCHIVED"):
        option["Status"] = sent["Status"]
    options = [
        option if one_["TrackingOptionID"] == option["TrackingOptionID"] else one_
        for one_ in category["Options"]
    ]
    _save(call, {**category, "Options": options})
    return envelope(call, "Options", [option])


@api.route("/TrackingCategories/<category_id>/Options/<option_id>", "DELETE", *writing("settings"))
def delete_option(call: Call, category_id: str, option_id: str) -> Reply:
    category = _category(call, category_id)
    option = _option(category, option_id)
    kept = [one_ for one_ in category["Options"] if one_["TrackingOptionID"] != option["TrackingOptionID"]]
    _save(call, {**category, "Options": kept})
    return envelope(call, "Options", [{**option, "Status": "DELETED"}])
