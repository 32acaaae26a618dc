"""Files: upload, list, read, rename, move, delete. At most 10 MB a request; the extension decides what is
taken.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import PurePosixPath

from flask import request

from simulator import ids
from simulator.calls import Call
from simulator.files.api import (
    READ,
    WRITE,
    body,
    checked_name,
    files_api,
    invalid,
    moment,
    not_found,
    sorted_page,
)
from simulator.files.folders import folder_of, inbox
from simulator.journal import Record
from simulator.reply import Refused, Reply, json_reply, problem

api = files_api("files")
LARGEST_REQUEST = 10 * 1024 * 1024
DOCUMENTS = ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "rtf", "odf", "odt", "ods")
OTHERS = ("msg", "eml", "zip", "rar", "7z", "key", "numbers", "pages")
IMAGES = ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "heic")
EXTENSIONS = frozenset(DOCUMENTS + IMAGES + OTHERS)


def rendered(file: Record) -> Record:
    return dict(file)


def file_of(call: Call, file_id: str) -> Record:
    """The file of that id. Raises Refused (404)."""
    found = call.organisation.table("files").get(file_id.lower())
    if found is None:
        raise not_found("File")
    return found


@api.route("/Files", "GET", *READ)
def get_files(call: Call) -> Reply:
    """A page of all files; ``sort`` is Name, Size or CreatedDateUTC."""
    files = call.organisation.table("files").all()
    page, number, size = sorted_page(
        files,
        {
            "Name": lambda file: str(file["Name"]).casefold(),
            "Size": lambda file: file["Size"],
            "CreatedDateUTC": lambda file: file["CreatedDateUtc"],
        },
        "CreatedDateUTC",
    )
    return json_reply(
        {
            "TotalCount": len(files),
            "Page": number,
            "PerPage": size,
            "Items": [rendered(file) for file in page],
        }
    )


def _upload(call: Call, folder: Record) -> Reply:
    if (request.content_length or 0) > LARGEST_REQUEST:
        raise Refused(problem(413, "RequestEntityTooLarge", "The request body is larger than 10 MB."))
    part = next(iter(request.files.values()), None)
    if part is None:
        raise invalid("No file is was attached")
    name = checked_name(part.filename, "File")
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    if extension not in EXTENSIONS:
        raise invalid(f"Extension: {extension or 'none'} is not a valid File extension")
    content = part.read()
    if not content:
        raise invalid("The file is empty")
    now = moment(call)
    user = call.simulator.state.person(call.person_id) or {}
    first, last = user.get("FirstName", ""), user.get("LastName", "")
    file: Record = {
        "Name": name,
        "MimeType": part.mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream",
        "Size": len(content),
        "CreatedDateUtc": now,
        "UpdatedDateUtc": now,
        "User": {
            "Id": call.person_id,
            "Name": user.get("EmailAddress", ""),
            "FirstName": first,
            "LastName": last,
            "FullName": f"{first} {last}",
        },
        "Id": ids.fresh(),
        "FolderId": folder["Id"],
    }
    digest = hashlib.sha256(content).hexdigest()
    call.organisation.table("file_contents").save(file["Id"], {"content": content, "sha256": digest})
    call.organisation.table("files").save(file["Id"], file)
    return json_reply(rendered(file), 201)


@api.route("/Files", "POST", *WRITE)
def upload_to_inbox(call: Call) -> Reply:
    """The first file part of a multipart body; what the part is called does not matter."""
    return _upload(call, inbox(call.organisation))


@api.route("/Files/<folder_id>", "POST", *WRITE)
def upload_to_folder(call: Call, folder_id: str) -> Reply:
    return _upload(call, folder_of(call, folder_id))


@api.route("/Files/<file_id>", "GET", *READ)
def get_file(call: Call, file_id: str) -> Reply:
    return json_reply(rendered(file_of(call, file_id)))


@api.route("/Files/<file_id>/Content", "GET", *READ)
def get_content(call: Call, file_id: str) -> Reply:
    file = file_of(call, file_id)
    content = call.organisation.table("file_contents")[file["Id"]]["content"]
    return Reply(200, content, "application/octet-stream")


@api.route("/Files/<file_id>", "PUT", *WRITE)
def change_file(call: Call, file_id: str) -> Reply:
    """Rename, move, or both."""
    file, sent = file_of(call, file_id), body()
    changed = {**file, "UpdatedDateUtc": moment(call)}
    if "Name" in sent:
        changed["Name"] = checked_name(sent["Name"], "File")
    if sent.get("FolderId"):
        changed["FolderId"] = folder_of(call, str(sent["FolderId"]))["Id"]
    call.organisation.table("files").save(file["Id"], changed)
    return json_reply(rendered(changed))


@api.route("/Files/<file_id>", "DELETE", *WRITE)
def delete_file(call: Call, file_id: str) -> Reply:
    file = file_of(call, file_id)
    call.organisation.table("files").remove(file["Id"])
    call.organisation.table("file_contents").remove(file["Id"])
    associations = call.organisation.table("associations")
    for key in associations.names():
        if associations[key]["FileId"] == file["Id"]:
            associations.remove(key)
    return Reply(204)


@api.route("/Folders/<folder_id>/Files", "GET", *READ)
def get_folder_files(call: Call, folder_id: str) -> Reply:
    """The files of one folder (not in the specification, but answered by Xero)."""
    folder = folder_of(call, folder_id)
    files = [file for file in call.organisation.table("files").all() if file["FolderId"] == folder["Id"]]
    return json_reply([rendered(file) for file in files])
