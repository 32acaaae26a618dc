from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from xero_python.exceptions import HTTPStatusException
from xero_python.file import Association, ObjectGroup, ObjectType

from tests.simulator.sdk.client import Sdk


def _tie(sdk: Sdk, file_id: str, object_id: str, group: ObjectGroup, type_: ObjectType) -> Association:
    wish = Association(object_id=object_id, object_group=group, object_type=type_)
    return sdk.files.create_file_association(sdk.tenant_id, file_id, wish)


def test_create_and_list(sdk: Sdk) -> None:
    file_id, contact_id = sdk.new_file().id, sdk.contact_id()
    made = _tie(sdk, file_id, contact_id, ObjectGroup.CONTACT, ObjectType.BUSINESS)
    assert (made.file_id, made.object_id) == (file_id, contact_id)
    assert (made.object_group, made.object_type) == (ObjectGroup.CONTACT, ObjectType.BUSINESS)
    [held] = sdk.state()["associations"]
    assert (held["FileId"], held["ObjectId"], held["ObjectGroup"]) == (file_id, contact_id, "Contact")
    invoice_id = sdk.new_invoice().invoice_id
    _tie(sdk, file_id, invoice_id, ObjectGroup.INVOICE, ObjectType.ACCREC)
    found = sdk.files.get_file_associations(sdk.tenant_id, file_id)
    assert {one.object_id: one.object_group for one in found} == {
        contact_id: ObjectGroup.CONTACT,
        invoice_id: ObjectGroup.INVOICE,
    }


def test_files_of_a_record(sdk: Sdk) -> None:
    contact_id = sdk.contact_id()
    for name in ("a.pdf", "b.pdf"):
        _tie(sdk, sdk.new_file(name).id, contact_id, ObjectGroup.CONTACT, ObjectType.BUSINESS)
    found = sdk.files.get_associations_by_object(sdk.tenant_id, contact_id, pagesize=50, page=1, sort="Name")
    assert [(one.name, one.size, one.send_with_object) for one in found] == [
        ("a.pdf", 11, False),
        ("b.pdf", 11, False),
    ]
    made = found[0].association_date_utc
    assert abs(made.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)


def test_delete(sdk: Sdk) -> None:
    file_id, contact_id = sdk.new_file().id, sdk.contact_id()
    _tie(sdk, file_id, contact_id, ObjectGroup.CONTACT, ObjectType.BUSINESS)
    assert sdk.files.delete_file_association(sdk.tenant_id, file_id, contact_id) is None
    assert sdk.state()["associations"] == []
    assert sdk.files.get_file(sdk.tenant_id, file_id).id == file_id


def test_nothing_to_tie_to(sdk: Sdk) -> None:
    file_id = sdk.new_file().id
    with pytest.raises(HTTPStatusException) as refused:
        _tie(sdk, file_id, "11111111-2222-4333-8444-555555555555", ObjectGroup.CONTACT, ObjectType.BUSINESS)
    assert refused.value.status == 400
    assert sdk.state()["associations"] == []
