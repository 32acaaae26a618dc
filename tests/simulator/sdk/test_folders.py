from __future__ import annotations

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.file import Folder

from tests.simulator.sdk.client import Sdk


def test_inbox(sdk: Sdk) -> None:
    found = sdk.files.get_inbox(sdk.tenant_id)
    assert (found.name, found.is_inbox, found.file_count) == ("Inbox", True, 0)
    assert "@" in found.email
    with pytest.raises(HTTPStatusException) as refused:
        sdk.files.update_folder(sdk.tenant_id, found.id, Folder(name="Mine"))
    assert refused.value.status == 400
    with pytest.raises(HTTPStatusException):
        sdk.files.delete_folder(sdk.tenant_id, found.id)
    assert [one["Name"] for one in sdk.state()["folders"]] == ["Inbox"]


def test_create_and_list(sdk: Sdk) -> None:
    made = sdk.files.create_folder(sdk.tenant_id, Folder(name="Karen Whitfield"))
    assert (made.is_inbox, made.file_count) == (False, 0)
    found = {one.name: one for one in sdk.files.get_folders(sdk.tenant_id)}
    assert set(found) == {"Inbox", "Karen Whitfield"}
    assert found["Karen Whitfield"].id == sdk.held("folders", "Name", "Karen Whitfield")["Id"] == made.id
    sdk.new_file()
    assert sdk.files.get_folder(sdk.tenant_id, found["Inbox"].id).file_count == 1


def test_rename_and_delete(sdk: Sdk) -> None:
    made = sdk.files.create_folder(sdk.tenant_id, Folder(name="2025"))
    assert sdk.files.update_folder(sdk.tenant_id, made.id, Folder(name="2026")).name == "2026"
    assert sdk.held("folders", "Id", made.id)["Name"] == "2026"
    assert sdk.files.delete_folder(sdk.tenant_id, made.id) is None
    assert [one["Name"] for one in sdk.state()["folders"]] == ["Inbox"]


def test_refused_names(sdk: Sdk) -> None:
    for name in ("a/b", "inbox"):
        with pytest.raises(HTTPStatusException) as refused:
            sdk.files.create_folder(sdk.tenant_id, Folder(name=name))
        assert refused.value.status == 400
    assert [one["Name"] for one in sdk.state()["folders"]] == ["Inbox"]
