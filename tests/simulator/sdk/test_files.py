"""Uploads of the SDK: it names `body` twice, as a form field and as the body, but sends one part only.

It drops the MIME type on the way, so the extension has to tell it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.file import FileObject, Folder

from tests.simulator.sdk.client import Sdk

CONTENT = b"%PDF \x00\xff\r\n--boundary\r\n a page"


def test_upload(sdk: Sdk) -> None:
    made = sdk.new_file("Karen's BAS é.pdf", CONTENT)
    [held] = sdk.state()["files"]
    assert (held["Id"], held["Name"], held["Size"]) == (made.id, "Karen's BAS é.pdf", len(CONTENT))
    assert (made.name, made.size, made.mime_type) == ("Karen's BAS é.pdf", len(CONTENT), "application/pdf")
    assert made.folder_id == sdk.files.get_inbox(sdk.tenant_id).id
    assert made.user.full_name == "Alice Carter"
    created = datetime.fromisoformat(made.created_date_utc)  # the SDK leaves it as text
    assert created.tzinfo is None
    assert abs(created.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)


def test_upload_to_a_folder(sdk: Sdk) -> None:
    folder = sdk.files.create_folder(sdk.tenant_id, Folder(name="Karen Whitfield"))
    made = sdk.files.upload_file_to_folder(
        sdk.tenant_id,
        folder.id,
        body=CONTENT,
        name="bas.pdf",
        filename="bas.pdf",
        mime_type="application/pdf",
    )
    assert made.folder_id == sdk.state()["files"][0]["FolderId"] == folder.id


def test_upload_refuses_an_extension(sdk: Sdk) -> None:
    with pytest.raises(HTTPStatusException) as refused:
        sdk.new_file("setup.exe")
    assert refused.value.status == 400
    assert "not a valid File extension" in refused.value.http_resp.text
    assert sdk.state()["files"] == []


def test_get(sdk: Sdk) -> None:
    made = sdk.new_file()
    found = sdk.files.get_file(sdk.tenant_id, made.id)
    assert (found.name, found.size, found.folder_id) == ("bas.pdf", made.size, made.folder_id)
    with pytest.raises(HTTPStatusException) as missing:
        sdk.files.get_file(sdk.tenant_id, "11111111-2222-4333-8444-555555555555")
    assert missing.value.status == 404


def test_content(sdk: Sdk) -> None:
    made = sdk.new_file(content=CONTENT)
    path = sdk.files.get_file_content(sdk.tenant_id, made.id)
    assert Path(path).read_bytes() == CONTENT  # the SDK gives the path of a file it wrote


def test_list(sdk: Sdk) -> None:
    for name, content in (("b.pdf", b"x" * 3), ("a.pdf", b"x" * 2), ("c.pdf", b"x")):
        sdk.new_file(name, content)
    found = sdk.files.get_files(sdk.tenant_id, pagesize=2, page=2, sort="Name")
    assert (found.total_count, found.page, found.per_page) == (3, 2, 2)
    assert [one.name for one in found.items] == ["c.pdf"]
    by_size = sdk.files.get_files(sdk.tenant_id, sort="Size", direction="DESC").items
    assert [one.size for one in by_size] == [3, 2, 1]
    newest = sdk.files.get_files(sdk.tenant_id, sort="CreatedDateUTC", direction="DESC").items
    assert [one.name for one in newest] == ["c.pdf", "a.pdf", "b.pdf"]


def test_update(sdk: Sdk) -> None:
    made = sdk.new_file()
    folder = sdk.files.create_folder(sdk.tenant_id, Folder(name="2026"))
    assert sdk.files.update_file(sdk.tenant_id, made.id, FileObject(name="final.pdf")).name == "final.pdf"
    moved = sdk.files.update_file(sdk.tenant_id, made.id, FileObject(folder_id=folder.id))
    assert (moved.name, moved.folder_id) == ("final.pdf", folder.id)
    [held] = sdk.state()["files"]
    assert (held["Name"], held["FolderId"]) == ("final.pdf", folder.id)


def test_delete(sdk: Sdk) -> None:
    made = sdk.new_file()
    assert sdk.files.delete_file(sdk.tenant_id, made.id) is None
    assert sdk.state()["files"] == []
    assert sdk.files.get_files(sdk.tenant_id).total_count == 0
