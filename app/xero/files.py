"""The Files API 1.0.

The organisation's file library (facts 6). Folders are flat; there is no group for projects.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.xero.addresses import segment
from app.xero.dates import instant
from app.xero.reply import Reply
from app.xero.shapes import Record, flag, record, rows, text, whole, whole_object
from app.xero.transport import Method, Transport

BASE = "/files.xro/1.0"
# The largest page Files gives, and the largest request Xero takes (10 MB; some is needed around the file).
PAGE_SIZE = 100
LARGEST = 10_000_000
LONGEST_NAME = 255
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*+\x00-\x1f]')


@dataclass(frozen=True)
class File:
    """size is in bytes; folder_id is "" for none."""

    id: str
    name: str
    mime_type: str
    size: int
    folder_id: str
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Folder:
    """email: where mail with attachments lands in the folder (the inbox only)."""

    id: str
    name: str
    file_count: int
    is_inbox: bool
    email: str


@dataclass(frozen=True)
class Association:
    """A file's tie to a record. group: Contact, Invoice, … ; type is Xero's finer word and may be new."""

    file_id: str
    object_id: str
    group: str
    type: str


def safe_name(name: str) -> str:
    """A name Xero takes: without the characters it refuses, runs of spaces made one, at most 255 long.

    The extension is kept, since Xero judges a file by it. Raises ValueError when nothing is left.
    """
    clean = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).strip(". ")
    if not clean:
        raise ValueError("the file needs a name")
    stem, dot, extension = clean.rpartition(".")
    if not dot or len(extension) > 10:
        return clean[:LONGEST_NAME]
    return f"{stem.rstrip()[: LONGEST_NAME - len(extension) - 1]}.{extension}"


class FilesApi:
    """`FilesApi(transport)`; every method may raise any XeroError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def files(self) -> Iterator[list[File]]:
        """All files, newest first, a list a page (100 each)."""
        seen, page = 0, 1
        while True:
            params = {"page": page, "pagesize": PAGE_SIZE, "sort": "CreatedDateUTC", "direction": "DESC"}
            reply = self._call("GET", "/Files", params=params)
            found = [_file(row) for row in rows(record(reply.data).get("Items"))]
            if found:
                yield found
            seen, page = seen + len(found), page + 1
            if not found or seen >= whole(record(reply.data), "TotalCount"):
                return

    def file(self, file_id: str) -> File:
        """One file's particulars; raises Permanent not_found."""
        return _file(whole_object(self._call("GET", f"/Files/{segment(file_id)}")))

    def content(self, file_id: str) -> bytes:
        """The file itself."""
        path = f"/Files/{segment(file_id)}/Content"
        return self._transport.call("GET", path, accept="application/octet-stream", base=BASE).body

    def upload(
        self, name: str, content: bytes, mime_type: str, folder_id: str | None = None, key: str | None = None
    ) -> File:
        """Put a file into a folder, or into the inbox.

        Raises ValueError above 10 MB or for an impossible name, Permanent validation for an extension Xero
        does not take, Again with maybe_done when the outcome is unclear: then look for name and size in the
        folder.
        """
        if not 0 < len(content) <= LARGEST:
            raise ValueError("a file for Xero has 1 byte to 10 MB")
        path = f"/Files/{segment(folder_id)}" if folder_id else "/Files"
        # One real file part; its field name does not matter to Xero (facts 6).
        files = {"file": (safe_name(name), content, mime_type)}
        reply = self._transport.call("POST", path, files=files, idempotency_key=key, base=BASE)
        return _file(whole_object(reply))

    def update(
        self, file_id: str, *, name: str | None = None, folder_id: str | None = None, key: str | None = None
    ) -> File:
        """Rename or move a file."""
        body = {"Name": safe_name(name) if name else None, "FolderId": folder_id}
        given = {field: value for field, value in body.items() if value is not None}
        return _file(whole_object(self._call("PUT", f"/Files/{segment(file_id)}", json=given, key=key)))

    def delete(self, file_id: str) -> None:
        """Remove a file and its associations."""
        self._call("DELETE", f"/Files/{segment(file_id)}")

    def folders(self) -> list[Folder]:
        """All folders, the inbox among them; the endpoint is not paged."""
        return [_folder(row) for row in rows(self._call("GET", "/Folders").data)]

    def inbox(self) -> Folder:
        """The folder that every organisation has and that can be neither renamed nor deleted."""
        reply = self._call("GET", "/Inbox")
        return _folder((rows(reply.data) or [whole_object(reply)])[0])

    def folder_files(self, folder_id: str) -> list[File]:
        """The files of one folder, found among all files.

        Listing a folder alone is not in Xero's specification.
        """
        return [file for page in self.files() for file in page if file.folder_id == folder_id]

    def create_folder(self, name: str, key: str | None = None) -> Folder:
        """A new folder; raises Permanent validation for a name with characters Xero refuses."""
        return _folder(whole_object(self._call("POST", "/Folders", json={"Name": safe_name(name)}, key=key)))

    def rename_folder(self, folder_id: str, name: str, key: str | None = None) -> Folder:
        """Change a folder's name."""
        path = f"/Folders/{segment(folder_id)}"
        return _folder(whole_object(self._call("PUT", path, json={"Name": safe_name(name)}, key=key)))

    def associations(self, file_id: str) -> list[Association]:
        """The records a file is tied to."""
        reply = self._call("GET", f"/Files/{segment(file_id)}/Associations")
        return [_association(row) for row in rows(reply.data)]

    def associate(
        self, file_id: str, object_id: str, group: str, type_: str | None = None, key: str | None = None
    ) -> Association:
        """Tie a file to a record: group Contact (type Business) or Invoice (type AccRec)."""
        chosen = type_ or {"Contact": "Business", "Invoice": "AccRec"}.get(group)
        body = {"ObjectId": object_id, "ObjectGroup": group, **({"ObjectType": chosen} if chosen else {})}
        path = f"/Files/{segment(file_id)}/Associations"
        return _association(whole_object(self._call("POST", path, json=body, key=key)))

    def dissociate(self, file_id: str, object_id: str) -> None:
        """Untie a file from a record; the file stays."""
        self._call("DELETE", f"/Files/{segment(file_id)}/Associations/{segment(object_id)}")

    def files_of(self, object_id: str) -> list[Association]:
        """The files tied to a record."""
        params = {"page": 1, "pagesize": PAGE_SIZE}
        return [
            _association(r)
            for r in rows(self._call("GET", f"/Associations/{segment(object_id)}", params=params).data)
        ]

    def _call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        key: str | None = None,
    ) -> Reply:
        return self._transport.call(method, path, params=params, json=json, idempotency_key=key, base=BASE)


def _file(row: Record) -> File:
    return File(
        id=text(row, "Id"),
        name=text(row, "Name"),
        mime_type=text(row, "MimeType"),
        size=whole(row, "Size"),
        folder_id=text(row, "FolderId"),
        created_at=instant(row.get("CreatedDateUtc")),
        updated_at=instant(row.get("UpdatedDateUtc")),
    )


def _folder(row: Record) -> Folder:
    return Folder(
        id=text(row, "Id"),
        name=text(row, "Name"),
        file_count=whole(row, "FileCount"),
        is_inbox=flag(row, "IsInbox"),
        email=text(row, "Email"),
    )


def _association(row: Record) -> Association:
    return Association(
        file_id=text(row, "FileId"),
        object_id=text(row, "ObjectId"),
        group=text(row, "ObjectGroup"),
        type=text(row, "ObjectType"),
    )
