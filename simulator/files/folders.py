"""Folders, flat, with the one inbox that is always there."""

from __future__ import annotations

from flask import request

from simulator import ids
from simulator.calls import Call
from simulator.files.api import READ, WRITE, body, checked_name, files_api, invalid, not_found
from simulator.journal import Record
from simulator.reply import Reply, json_reply
from simulator.state import Organisation

api = files_api("folders")


def inbox(organisation: Organisation) -> Record:
    """The folder new files go to; made when first asked for."""
    table = organisation.table("folders")
    folder_id = ids.fixed("inbox", organisation.id)
    found = table.get(folder_id)
    if found is None:
        code = str(organisation.record["ShortCode"]).lstrip("!").lower()
        found = table.save(
            folder_id,
            {"Id": folder_id, "Name": "Inbox", "IsInbox": True, "Email": f"xero.inbox.{code}@xerofiles.test"},
        )
    return found


def _folder_id(file: Record) -> str:
    return str(file["FolderId"])


def files_in(organisation: Organisation, folder_id: str) -> list[Record]:
    return organisation.table("files").matching("folder", _folder_id, folder_id)


def rendered(organisation: Organisation, folder: Record) -> Record:
    shown = {"Name": folder["Name"], "FileCount": len(files_in(organisation, folder["Id"]))}
    if folder["IsInbox"]:
        shown["Email"] = folder["Email"]
    return {**shown, "IsInbox": folder["IsInbox"], "Id": folder["Id"]}


def folder_of(call: Call, folder_id: str) -> Record:
    """The folder of that id. Raises Refused (404)."""
    inbox(call.organisation)
    found = call.organisation.table("folders").get(folder_id.lower())
    if found is None:
        raise not_found("Folder")
    return found


def _unique(call: Call, name: str, own_id: str) -> str:
    for other in call.organisation.table("folders").all():
        if other["Id"] != own_id and other["Name"].casefold() == name.casefold():
            raise invalid(f"A folder named {name} already exists", "Rename")
    return name


@api.route("/Folders", "GET", *READ)
def get_folders(call: Call) -> Reply:
    """All folders as a plain list, the inbox among them."""
    inbox(call.organisation)
    folders = sorted(call.organisation.table("folders").all(), key=lambda one: one["Name"].casefold())
    if request.args.get("sort", "").upper().endswith("DESC"):
        folders.reverse()
    return json_reply([rendered(call.organisation, folder) for folder in folders])


@api.route("/Inbox", "GET", *READ)
def get_inbox(call: Call) -> Reply:
    return json_reply(rendered(call.organisation, inbox(call.organisation)))


@api.route("/Folders", "POST", *WRITE)
def create_folder(call: Call) -> Reply:
    """A new folder; answered 200."""
    inbox(call.organisation)
    name = _unique(call, checked_name(body().get("Name"), "Folder"), "")
    folder: Record = {"Id": ids.fresh(), "Name": name, "IsInbox": False}
    call.organisation.table("folders").save(folder["Id"], folder)
    return json_reply(rendered(call.organisation, folder))


@api.route("/Folders/<folder_id>", "GET", *READ)
def get_folder(call: Call, folder_id: str) -> Reply:
    return json_reply(rendered(call.organisation, folder_of(call, folder_id)))


@api.route("/Folders/<folder_id>", "PUT", *WRITE)
def rename_folder(call: Call, folder_id: str) -> Reply:
    folder = folder_of(call, folder_id)
    if folder["IsInbox"]:
        raise invalid("The inbox cannot be renamed", "Rename")
    name = _unique(call, checked_name(body().get("Name"), "Folder"), folder["Id"])
    changed = call.organisation.table("folders").save(folder["Id"], {**folder, "Name": name})
    return json_reply(rendered(call.organisation, changed))


@api.route("/Folders/<folder_id>", "DELETE", *WRITE)
def delete_folder(call: Call, folder_id: str) -> Reply:
    """Delete a folder; its files go back to the inbox."""
    folder = folder_of(call, folder_id)
    if folder["IsInbox"]:
        raise invalid("The inbox cannot be deleted")
    for file in files_in(call.organisation, folder["Id"]):
        moved = {**file, "FolderId": inbox(call.organisation)["Id"]}
        call.organisation.table("files").save(file["Id"], moved)
    call.organisation.table("folders").remove(folder["Id"])
    return Reply(204)
