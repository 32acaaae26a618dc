from __future__ import annotations

from typing import Any

import pytest
from xero_python.accounting import Contact, ContactGroup, ContactGroups, Contacts
from xero_python.exceptions import AccountingBadRequestException

from tests.simulator.sdk.client import Sdk


def _create(sdk: Sdk, name: str) -> str:
    sent = ContactGroups(contact_groups=[ContactGroup(name=name)])
    made = sdk.accounting.create_contact_group(sdk.tenant_id, sent).contact_groups[0]
    assert (made.name, made.status) == (name, "ACTIVE")
    return str(made.contact_group_id)


def _held(sdk: Sdk, group_id: str) -> Any:
    return sdk.raw.accounting("GET", f"ContactGroups/{group_id}").json()["ContactGroups"][0]


def test_create_and_list(sdk: Sdk) -> None:
    group_id = _create(sdk, "Quarterly BAS")
    found = sdk.accounting.get_contact_groups(sdk.tenant_id).contact_groups
    assert [(one.contact_group_id, one.contacts) for one in found] == [(group_id, None)]
    sent = ContactGroups(contact_groups=[ContactGroup(name="quarterly bas")])
    with pytest.raises(AccountingBadRequestException, match="already in use"):
        sdk.accounting.create_contact_group(sdk.tenant_id, sent)


def test_members(sdk: Sdk) -> None:
    group_id, karen = _create(sdk, "Quarterly BAS"), sdk.contact_id()
    other = next(one["ContactID"] for one in sdk.state()["contacts"] if one["ContactID"] != karen)
    sent = Contacts(contacts=[Contact(contact_id=karen), Contact(contact_id=other)])
    sdk.accounting.create_contact_group_contacts(sdk.tenant_id, group_id, sent)
    [found] = sdk.accounting.get_contact_group(sdk.tenant_id, group_id).contact_groups
    assert {one.contact_id for one in found.contacts} == {karen, other}
    [contact] = sdk.accounting.get_contact(sdk.tenant_id, karen).contacts
    assert [group.name for group in contact.contact_groups] == ["Quarterly BAS"]
    sdk.accounting.delete_contact_group_contact(sdk.tenant_id, group_id, karen)
    assert [one["ContactID"] for one in _held(sdk, group_id)["Contacts"]] == [other]


def test_archived_contacts_stay_out(sdk: Sdk) -> None:
    group_id, karen = _create(sdk, "Quarterly BAS"), sdk.contact_id()
    gone = Contacts(contacts=[Contact(contact_status="ARCHIVED")])
    sdk.accounting.update_contact(sdk.tenant_id, karen, gone)
    with pytest.raises(AccountingBadRequestException, match="archived"):
        sdk.accounting.create_contact_group_contacts(
            sdk.tenant_id, group_id, Contacts(contacts=[Contact(contact_id=karen)])
        )
    assert _held(sdk, group_id)["Contacts"] == []


def test_renamed_and_deleted(sdk: Sdk) -> None:
    group_id = _create(sdk, "Quarterly BAS")
    renamed = ContactGroups(contact_groups=[ContactGroup(name="Monthly BAS")])
    sdk.accounting.update_contact_group(sdk.tenant_id, group_id, renamed)
    assert _held(sdk, group_id)["Name"] == "Monthly BAS"
    gone = ContactGroups(contact_groups=[ContactGroup(status="DELETED")])
    sdk.accounting.update_contact_group(sdk.tenant_id, group_id, gone)
    assert sdk.accounting.get_contact_groups(sdk.tenant_id).contact_groups == []
