"""Folders, uploads, content and associations."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator.conftest import Connected

PDF = b"%PDF-1.4 a small one"


def upload(
    xero: Connected, name: str = "bas.pdf", content: bytes = PDF, path: str = "Files"
) -> requests.Response:
    return xero.files("POST", path, files={"file": (name, content, "application/pdf")})


def detail(reply: requests.Response) -> str:
    assert reply.status_code == 400, reply.text
    [error] = reply.json()
    return str(error["detail"])


def test_upload_read_and_delete(xero: Connected) -> None:
    reply = upload(xero)
    assert reply.status_code == 201
    file = reply.json()
    assert (file["Name"], file["Size"], file["MimeType"]) == ("bas.pdf", len(PDF), "application/pdf")
    assert file["FolderId"] == xero.files("GET", "Inbox").json()["Id"]
    assert file["User"]["FullName"] == "Alice Carter"
    assert xero.files("GET", f"Files/{file['Id']}/Content").content == PDF
    assert xero.files("GET", f"Files/{file['Id']}").json() == file
    assert xero.files("DELETE", f"Files/{file['Id']}").status_code == 204
    assert xero.files("GET", f"Files/{file['Id']}").status_code == 404


def test_folders_are_flat_and_the_inbox_stays(xero: Connected) -> None:
    made = xero.files("POST", "Folders", json={"Name": "Karen Whitfield"})
    assert made.status_code == 200
    folder_id = made.json()["Id"]
    assert "already exists" in detail(xero.files("POST", "Folders", json={"Name": "karen whitfield"}))
    assert upload(xero, path=f"Files/{folder_id}").json()["FolderId"] == folder_id
    names = {folder["Name"]: folder for folder in xero.files("GET", "Folders").json()}
    assert names["Karen Whitfield"]["FileCount"] == 1
    assert names["Inbox"]["IsInbox"] is True
    inbox_id = names["Inbox"]["Id"]
    assert "cannot be renamed" in detail(xero.files("PUT", f"Folders/{inbox_id}", json={"Name": "Other"}))
    assert "cannot be deleted" in detail(xero.files("DELETE", f"Folders/{inbox_id}"))
    assert len(xero.files("GET", f"Folders/{folder_id}/Files").json()) == 1
    assert xero.files("DELETE", f"Folders/{folder_id}").status_code == 204
    assert xero.files("GET", "Inbox").json()["FileCount"] == 1


def test_rename_and_move(xero: Connected) -> None:
    folder_id = xero.files("POST", "Folders", json={"Name": "2026"}).json()["Id"]
    file_id = upload(xero).json()["Id"]
    body = {"Name": "bas-september.pdf", "FolderId": folder_id}
    changed = xero.files("PUT", f"Files/{file_id}", json=body).json()
    assert (changed["Name"], changed["FolderId"]) == ("bas-september.pdf", folder_id)
    assert "not allowed" in detail(xero.files("PUT", f"Files/{file_id}", json={"Name": "a/b.pdf"}))


def test_what_is_not_taken(xero: Connected) -> None:
    assert detail(upload(xero, "run.exe")) == "Extension: exe is not a valid File extension"
    assert "empty" in detail(upload(xero, content=b""))
    assert "attached" in detail(xero.files("POST", "Files", data={"name": "a.pdf"}))
    assert upload(xero, content=b"x" * (10 * 1024 * 1024 + 1)).status_code == 413
    assert xero.files("GET", "Files").json()["TotalCount"] == 0


def test_lists_are_paged_and_sorted(xero: Connected) -> None:
    for name in ("b.pdf", "a.pdf", "c.pdf"):
        upload(xero, name)
    query = {"sort": "Name", "direction": "DESC", "pagesize": "2"}
    page = xero.files("GET", "Files", params=query).json()
    assert (page["TotalCount"], page["Page"], page["PerPage"]) == (3, 1, 2)
    assert [file["Name"] for file in page["Items"]] == ["c.pdf", "b.pdf"]
    assert xero.files("GET", "Files", params={"pagesize": "101"}).status_code == 400


def test_associations(xero: Connected) -> None:
    contact_id, file_id = xero.contact_id(), upload(xero).json()["Id"]
    path = f"Files/{file_id}/Associations"
    made = xero.files("POST", path, json={"ObjectId": contact_id, "ObjectGroup": "Contact"})
    assert made.status_code == 201
    assert made.json()["ObjectType"] == "Business"
    [found] = xero.files("GET", f"Associations/{contact_id}").json()
    assert (found["Name"], found["FileId"]) == ("bas.pdf", file_id)
    counts = xero.files("GET", "Associations/Count", params={"ObjectIds": f"{contact_id},{file_id}"}).json()
    assert counts == {contact_id: 1, file_id: 0}
    assert xero.files("DELETE", f"{path}/{contact_id}").status_code == 204
    assert xero.files("DELETE", f"{path}/{contact_id}").status_code == 404
    assert xero.files("GET", path).json() == []


@pytest.mark.parametrize(
    "body",
    [
        {"ObjectGroup": "Project", "ObjectId": "11111111-1111-1111-1111-111111111111"},
        {"ObjectGroup": "Contact", "ObjectId": "11111111-1111-1111-1111-111111111111"},
        {},
    ],
)
def test_associations_with_nothing_are_refused(xero: Connected, body: dict[str, Any]) -> None:
    assert detail(xero.files("POST", f"Files/{upload(xero).json()['Id']}/Associations", json=body))


def test_an_upload_tried_again_with_its_key_is_one_file(xero: Connected) -> None:
    for _ in range(2):
        reply = xero.files(
            "POST",
            "Files",
            files={"file": ("bas.pdf", PDF, "application/pdf")},
            headers={"Idempotency-Key": "upload-1"},
        )
        assert reply.status_code == 201
    assert xero.files("GET", "Files").json()["TotalCount"] == 1
