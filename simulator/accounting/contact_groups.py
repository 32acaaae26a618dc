"""Contact groups: create, rename, delete, put contacts in and take them out."""

from __future__ import annotations

from flask import request

from simulator import ids
from simulator.accounting.api import (
    Draft,
    accounting_api,
    elements_sent,
    envelope,
    invalid,
    not_found,
    reading,
    write,
    writing,
)
from simulator.accounting.contact_rules import find_by_number
from simulator.accounting.paging import ordered
from simulator.accounting.query import filtered
from simulator.accounting.where import folded
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("contact_groups")
_SHOWN = ("ContactGroupID", "Name", "Status")


def rendered(group: Record) -> Record:
    return {name: group[name] for name in _SHOWN}


def _with_contacts(organisation: Organisation, group: Record) -> Record:
    found = (organisation.table("contacts").get(contact_id) for contact_id in group["contact_ids"])
    contacts = [{"ContactID": one["ContactID"], "Name": one["Name"]} for one in found if one]
    return {**rendered(group), "Contacts": contacts}


def _value(group: Record, field: str) -> object:
    return group[field] if field in _SHOWN else _missing(field)


def _missing(field: str) -> object:
    raise KeyError(field)


def _group(call: Call, group_id: str) -> Record:
    found = call.organisation.table("contact_groups").get(group_id.lower())
    if found is None or found["Status"] != "ACTIVE":
        raise not_found()
    return found


def _draft(call: Call, known: Record | None, sent: Record) -> Draft:
    group = dict(known or {"ContactGroupID": ids.fresh(), "Name": "", "Status": "ACTIVE", "contact_ids": []})
    messages = []
    if "Name" in sent:
        group["Name"] = str(sent["Name"] or "").strip()
    if sent.get("Status") in ("ACTIVE", "DELETED"):
        group["Status"] = sent["Status"]
    if not group["Name"]:
        messages.append("The Contact Group Name must be specified.")
    taken = any(
        group["Status"] == other["Status"] == "ACTIVE"
        and other["ContactGroupID"] != group["ContactGroupID"]
        and folded(other["Name"]) == folded(group["Name"])
        for other in call.organisation.table("contact_groups").all()
    )
    if taken:
        messages.append(f"The contact group name {group['Name']} is already in use.")
    group["updated"] = call.simulator.clock.milliseconds()
    return Draft(group, messages, is_new=known is None)


def _store(call: Call, drafts: list[Draft]) -> Reply:
    table = call.organisation.table("contact_groups")

    def save(draft: Draft) -> None:
        table.save(draft.record["ContactGroupID"], draft.record)

    return write(call, "ContactGroups", drafts, save, rendered, "ContactGroupID")


@api.route("/ContactGroups", "GET", *reading("contacts"))
def get_groups(call: Call) -> Reply:
    """Active groups, without their contacts; unpaged."""
    groups = [one for one in call.organisation.table("contact_groups").all() if one["Status"] == "ACTIVE"]
    groups = ordered(filtered(groups, request.args.get("where"), _value, None), _value, "ContactGroupID")
    return envelope(call, "ContactGroups", [rendered(group) for group in groups])


@api.route("/ContactGroups", "PUT", *writing("contacts"))
def create_groups(call: Call) -> Reply:
    return _store(call, [_draft(call, None, sent) for sent in elements_sent("ContactGroups")])


@api.route("/ContactGroups/<group_id>", "GET", *reading("contacts"))
def get_group(call: Call, group_id: str) -> Reply:
    """One group with the ids and names of its contacts."""
    return envelope(call, "ContactGroups", [_with_contacts(call.organisation, _group(call, group_id))])


@api.route("/ContactGroups/<group_id>", "POST", *writing("contacts"))
def update_group(call: Call, group_id: str) -> Reply:
    """Rename, or delete with Status DELETED."""
    return _store(call, [_draft(call, _group(call, group_id), elements_sent("ContactGroups")[0])])


@api.route("/ContactGroups/<group_id>/Contacts", "PUT", *writing("contacts"))
def add_contacts(call: Call, group_id: str) -> Reply:
    """Put contacts in, by ContactID or ContactNumber; archived ones are refused."""
    group = _group(call, group_id)
    members, bad = list(group["contact_ids"]), []
    for sent in elements_sent("Contacts"):
        contact = call.organisation.table("contacts").get(str(sent.get("ContactID") or "").lower())
        if contact is None and sent.get("ContactNumber"):
            contact = find_by_number(call.organisation, str(sent["ContactNumber"]))
        if contact is None or contact["ContactStatus"] != "ACTIVE":
            message = "The contact was not found." if contact is None else "The contact is archived."
            bad.append({**sent, "ValidationErrors": [{"Message": message}]})
        elif contact["ContactID"] not in members:
            members.append(contact["ContactID"])
    if bad:
        raise invalid(bad)
    changed = call.organisation.table("contact_groups").save(
        group["ContactGroupID"], {**group, "contact_ids": members}
    )
    return envelope(call, "Contacts", _with_contacts(call.organisation, changed)["Contacts"])


@api.route("/ContactGroups/<group_id>/Contacts", "DELETE", *writing("contacts"))
def remove_all_contacts(call: Call, group_id: str) -> Reply:
    group = _group(call, group_id)
    call.organisation.table("contact_groups").save(group["ContactGroupID"], {**group, "contact_ids": []})
    return Reply(204)


@api.route("/ContactGroups/<group_id>/Contacts/<contact_id>", "DELETE", *writing("contacts"))
def remove_contact(call: Call, group_id: str, contact_id: str) -> Reply:
    group = _group(call, group_id)
    if contact_id.lower() not in group["contact_ids"]:
        raise not_found()
    kept = [one for one in group["contact_ids"] if one != contact_id.lower()]
    call.organisation.table("contact_groups").save(group["ContactGroupID"], {**group, "contact_ids": kept})
    return Reply(204)
