"""Contacts: list, get, create (PUT), create or update (POST)."""

from __future__ import annotations

from typing import Any

from flask import request

from simulator import ids
from simulator.accounting.api import (
    Draft,
    Instant,
    accounting_api,
    elements_sent,
    envelope,
    flag,
    not_found,
    reading,
    write,
    writing,
)
from simulator.accounting.contact_rules import TEXTS, clashes, empty_contact, find_by_number, meant, merged
from simulator.accounting.paging import changed_since, cut_page, is_paged, ordered
from simulator.accounting.query import filtered
from simulator.accounting.where import folded
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("contacts")
_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")
_SUMMARY = (
    "ContactID",
    "ContactNumber",
    "AccountNumber",
    "ContactStatus",
    "Name",
    "FirstName",
    "LastName",
    "CompanyNumber",
    "EmailAddress",
    "BankAccountDetails",
    "TaxNumber",
    "DefaultCurrency",
    "Phones",
)
_ONLY_FULL = ("ContactPersons", "Website", "MergedToContactID")


def rendered(contact: Record, *, full: bool = True) -> Record:
    """The contact as Xero sends it; not ``full``: as an unpaged list has it."""
    shown = {name: value for name, value in contact.items() if name != "updated"}
    if not full:
        for name in _ONLY_FULL:
            shown.pop(name, None)
    else:
        shown.setdefault("ContactGroups", [])
    shown["UpdatedDateUTC"] = Instant(contact["updated"])
    shown["HasAttachments"] = False
    return shown


def _summary(contact: Record) -> Record:
    shown = {name: contact[name] for name in _SUMMARY if name in contact}
    return {**shown, "UpdatedDateUTC": Instant(contact["updated"]), "HasAttachments": False}


def _value(contact: Record, field: str) -> Any:
    """A field for where and order. Raises KeyError for one contacts do not have."""
    if field == "UpdatedDateUTC":
        return contact["updated"]
    if field in ("ContactID", "ContactStatus", "IsCustomer", "IsSupplier"):
        return contact[field]
    if field not in TEXTS:
        raise KeyError(field)
    return contact.get(field)


def with_groups(organisation: Organisation, contacts: list[Record]) -> list[Record]:
    """The contacts with the groups each is in."""
    wanted = {contact["ContactID"] for contact in contacts}
    found: dict[str, list[Record]] = {}
    for group in organisation.table("contact_groups").all():
        if group["Status"] == "ACTIVE":
            told = {
                "ContactGroupID": group["ContactGroupID"],
                "Name": group["Name"],
                "Status": group["Status"],
            }
            for contact_id in wanted.intersection(group["contact_ids"]):
                found.setdefault(contact_id, []).append(told)
    return [{**contact, "ContactGroups": found.get(contact["ContactID"], [])} for contact in contacts]


def _by_change(contact: Record) -> tuple[int, str]:
    return contact["updated"], contact["ContactID"]


@api.route("/Contacts", "GET", *reading("contacts"))
def get_contacts(call: Call) -> Reply:
    """A list; paged when ``page`` or ``pageSize`` is given or ``summaryOnly`` asks for it."""
    # In the order that a list has by itself, so that sorting it once more costs little.
    contacts = call.organisation.table("contacts").in_order("change", _by_change)
    wanted = {part.strip().lower() for part in request.args.get("IDs", "").split(",") if part.strip()}
    if wanted:
        contacts = [contact for contact in contacts if contact["ContactID"] in wanted]
    if not flag("includeArchived"):
        contacts = [contact for contact in contacts if contact["ContactStatus"] != "ARCHIVED"]
    term = folded(request.args.get("searchTerm", "").strip())
    if term:
        contacts = [
            contact
            for contact in contacts
            if any(term in folded(str(contact.get(name) or "")) for name in _SEARCHED)
        ]
    contacts = filtered(contacts, request.args.get("where"), _value, changed_since())
    contacts = ordered(contacts, _value, "ContactID")
    summary = flag("summaryOnly")
    if not (summary or is_paged()):
        return envelope(call, "Contacts", [rendered(contact, full=False) for contact in contacts])
    page, pagination = cut_page(contacts)
    if summary:
        return envelope(call, "Contacts", [_summary(contact) for contact in page], pagination)
    items = [rendered(contact) for contact in with_groups(call.organisation, page)]
    return envelope(call, "Contacts", items, pagination)


@api.route("/Contacts/<key>", "GET", *reading("contacts"))
def get_contact(call: Call, key: str) -> Reply:
    """One contact by ContactID or ContactNumber, archived ones too."""
    contact = call.organisation.table("contacts").get(key.lower()) or find_by_number(call.organisation, key)
    if contact is None:
        raise not_found()
    (grouped,) = with_groups(call.organisation, [contact])
    return envelope(call, "Contacts", [rendered(grouped)])


def _draft(call: Call, known: Record | None, sent: Record) -> Draft:
    base = known or {"ContactID": ids.fresh(), **empty_contact()}
    record, messages = merged(base, sent)
    if known and known.get("MergedToContactID"):
        messages.append("This contact has been merged into another contact and cannot be changed.")
    record["updated"] = call.simulator.clock.milliseconds()
    if not messages:
        messages = clashes(call.organisation, record)
    return Draft(record, messages, is_new=known is None)


def _store(call: Call, drafts: list[Draft]) -> Reply:
    table = call.organisation.table("contacts")
    _refuse_twins(drafts)

    def save(draft: Draft) -> None:
        table.save(draft.record["ContactID"], draft.record)
        call.happened("CONTACT", "CREATE" if draft.is_new else "UPDATE", draft.record["ContactID"])

    return write(call, "Contacts", drafts, save, rendered, "ContactID")


def _refuse_twins(drafts: list[Draft]) -> None:
    """Two elements of one call may not claim the same name either."""
    seen: dict[str, Draft] = {}
    for draft in drafts:
        name = folded(draft.record["Name"])
        if (
            not draft.messages
            and seen.setdefault(name, draft).record["ContactID"] != draft.record["ContactID"]
        ):
            draft.messages.append(
                f"The contact name {draft.record['Name']} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )


@api.route("/Contacts", "PUT", *writing("contacts"))
def create_contacts(call: Call) -> Reply:
    """Create only: a name or number that is taken is refused."""
    return _store(call, [_draft(call, None, sent) for sent in elements_sent("Contacts")])


@api.route("/Contacts", "POST", *writing("contacts"))
def create_or_update_contacts(call: Call) -> Reply:
    """Create, or update the contact meant: by id, by number, or, silently, by name."""
    drafts = []
    for sent in elements_sent("Contacts"):
        try:
            drafts.append(_draft(call, meant(call.organisation, sent), sent))
        except LookupError:
            record, _ = merged({"ContactID": str(sent["ContactID"]), **empty_contact(), "updated": 0}, sent)
            drafts.append(
                Draft(record, ["The contact with the supplied ContactID was not found."], is_new=False)
            )
    return _store(call, drafts)


@api.route("/Contacts/<contact_id>", "POST", *writing("contacts"))
def update_contact(call: Call, contact_id: str) -> Reply:
    """Update the contact of the path."""
    sent = elements_sent("Contacts")[0]
    try:
        known = meant(call.organisation, sent, path_id=contact_id)
    except LookupError as error:
        raise not_found() from error
    return _store(call, [_draft(call, known, sent)])
