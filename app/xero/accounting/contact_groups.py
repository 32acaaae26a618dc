"""Groups of contacts (facts 4.3). Archived contacts cannot be in one."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.addresses import segment
from app.xero.shapes import Record, first, rows, several, text


@dataclass(frozen=True)
class ContactGroup:
    """contact_ids is filled only by `contact_group`, which asks for one group. status: ACTIVE or DELETED."""

    id: str
    name: str
    status: str
    contact_ids: tuple[str, ...] = ()


class ContactGroupCalls(AccountingCalls):
    def contact_groups(self) -> list[ContactGroup]:
        """All groups, without their members; the endpoint is not paged."""
        return [_group(row) for row in several(self._get("/ContactGroups"), "ContactGroups")]

    def contact_group(self, group_id: str) -> ContactGroup:
        """One group with the ids of its members."""
        return _group(first(self._get(f"/ContactGroups/{segment(group_id)}"), "ContactGroups"))

    def create_contact_group(self, name: str, key: str | None = None) -> ContactGroup:
        """A new group; raises Permanent validation when the name is taken."""
        return _group(first(self._send("PUT", "/ContactGroups", {"Name": name}, key), "ContactGroups"))

    def rename_contact_group(self, group_id: str, name: str, key: str | None = None) -> ContactGroup:
        """Another name; raises Permanent validation when it is taken."""
        path = f"/ContactGroups/{segment(group_id)}"
        return _group(first(self._send("POST", path, {"Name": name}, key), "ContactGroups"))

    def delete_contact_group(self, group_id: str, key: str | None = None) -> None:
        """Delete the group; its contacts stay. Raises Permanent not_found."""
        self._send("POST", f"/ContactGroups/{segment(group_id)}", {"Status": "DELETED"}, key)

    def add_to_contact_group(self, group_id: str, contact_ids: Iterable[str], key: str | None = None) -> None:
        """Put contacts into a group; those in it already stay."""
        body = {"Contacts": [{"ContactID": contact_id} for contact_id in contact_ids]}
        self._send("PUT", f"/ContactGroups/{segment(group_id)}/Contacts", body, key)

    def remove_from_contact_group(self, group_id: str, contact_id: str) -> None:
        """Take one contact out of a group."""
        path = f"/ContactGroups/{segment(group_id)}/Contacts/{segment(contact_id)}"
        self._transport.call("DELETE", path)


def _group(row: Record) -> ContactGroup:
    return ContactGroup(
        id=text(row, "ContactGroupID"),
        name=text(row, "Name"),
        status=text(row, "Status"),
        contact_ids=tuple(text(contact, "ContactID") for contact in rows(row.get("Contacts"))),
    )
