"""Associations: which file hangs on which contact, invoice and the like. There is no group for projects."""

from __future__ import annotations

from flask import request

from simulator.calls import Call
from simulator.files.api import READ, WRITE, body, files_api, invalid, moment, not_found, sorted_page
from simulator.files.files import file_of
from simulator.journal import Record
from simulator.reply import Reply, json_reply
from simulator.state import Organisation

api = files_api("associations")
# group: the table its objects are in (None: the simulator has none of them)
GROUPS: dict[str, str | None] = {
    "Account": "accounts",
    "BankTransaction": None,
    "Contact": "contacts",
    "CreditNote": None,
    "Invoice": "invoices",
    "Item": "items",
    "ManualJournal": None,
    "Overpayment": None,
    "Payment": "payments",
    "Prepayment": None,
    "Quote": None,
    "Receipt": None,
}
_TYPES = {"Account": "Account", "Contact": "Business", "Item": "PriceListItem", "Payment": "AccRecPayment"}


def rendered(association: Record) -> Record:
    return {name: association[name] for name in ("FileId", "ObjectId", "ObjectGroup", "ObjectType")}


def _with_file(organisation: Organisation, association: Record) -> Record:
    file = organisation.table("files")[association["FileId"]]
    return {
        "SendWithObject": False,
        "Name": file["Name"],
        "Size": file["Size"],
        "CreatedDateUtc": file["CreatedDateUtc"],
        "AssociationDateUtc": association["made"],
        **rendered(association),
    }


def _key(file_id: str, object_id: str) -> str:
    return f"{file_id} {object_id}"


@api.route("/Files/<file_id>/Associations", "GET", *READ)
def get_of_file(call: Call, file_id: str) -> Reply:
    file = file_of(call, file_id)
    found = call.organisation.table("associations").all()
    return json_reply([rendered(one) for one in found if one["FileId"] == file["Id"]])


@api.route("/Files/<file_id>/Associations", "POST", *WRITE)
def associate(call: Call, file_id: str) -> Reply:
    """Hang the file on an object that exists; 201."""
    file, sent = file_of(call, file_id), body()
    group, object_id = str(sent.get("ObjectGroup") or ""), str(sent.get("ObjectId") or "").lower()
    if group not in GROUPS:
        raise invalid(f"ObjectGroup {group or 'none'} is not valid")
    noun = GROUPS[group]
    found = call.organisation.table(noun).get(object_id) if noun else None
    if found is None:
        raise invalid(f"{group} {object_id} does not exist")
    kind = _TYPES.get(group) or ("AccRec" if found.get("Type") == "ACCREC" else "Accpay")
    association = {
        "FileId": file["Id"],
        "ObjectId": object_id,
        "ObjectGroup": group,
        "ObjectType": str(sent.get("ObjectType") or kind),
        "made": moment(call),
    }
    call.organisation.table("associations").save(_key(file["Id"], object_id), association)
    return json_reply(rendered(association), 201)


@api.route("/Files/<file_id>/Associations/<object_id>", "DELETE", *WRITE)
def dissociate(call: Call, file_id: str, object_id: str) -> Reply:
    file = file_of(call, file_id)
    key = _key(file["Id"], object_id.lower())
    if key not in call.organisation.table("associations"):
        raise not_found("Association")
    call.organisation.table("associations").remove(key)
    return Reply(204)


def _of_object(organisation: Organisation, object_id: str) -> list[Record]:
    return [one for one in organisation.table("associations").all() if one["ObjectId"] == object_id.lower()]


@api.route("/Associations/Count", "GET", *READ)
def count(call: Call) -> Reply:
    """How many files hang on each of ``ObjectIds``."""
    wanted = [part.strip() for part in request.args.get("ObjectIds", "").split(",") if part.strip()]
    return json_reply({object_id: len(_of_object(call.organisation, object_id)) for object_id in wanted})


@api.route("/Associations/<object_id>", "GET", *READ)
def get_of_object(call: Call, object_id: str) -> Reply:
    """The files that hang on one object, with their names and sizes."""
    found = [_with_file(call.organisation, one) for one in _of_object(call.organisation, object_id)]
    page, _, _ = sorted_page(
        found,
        {
            "Name": lambda one: str(one["Name"]).casefold(),
            "CreatedDateUTC": lambda one: one["CreatedDateUtc"],
            "AssociationDateUTC": lambda one: one["AssociationDateUtc"],
        },
        "AssociationDateUTC",
    )
    return json_reply(page)
