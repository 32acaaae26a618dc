"""Invoices: list, get, create (PUT), create or update (POST), PDF, e-mail and the online address."""

from __future__ import annotations

from typing import Any

from flask import request

from simulator.accounting.api import (
    Draft,
    Instant,
    accounting_api,
    calendar_date,
    elements_sent,
    envelope,
    flag,
    invalid,
    not_found,
    reading,
    write,
    writing,
)
from simulator.accounting.invoice_rules import drafted, find_invoice, next_number
from simulator.accounting.paging import changed_since, cut_page, is_paged, ordered
from simulator.accounting.query import filtered
from simulator.accounting.where import folded
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply
from simulator.state import Organisation

api = accounting_api("invoices")
READ = (*reading("invoices"), *reading("transactions"))
WRITE = (*writing("invoices"), *writing("transactions"))
_INTERNAL = ("contact_id", "client_id", "updated", "Date", "DueDate", "FullyPaidOnDate")
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501


def rendered(organisation: Organisation, invoice: Record, *, full: bool = True) -> Record:
    """The invoice as Xero sends it; not ``full``: without lines and payments, as an unpaged list has it."""
    shown = {name: value for name, value in invoice.items() if name not in _INTERNAL}
    contact = organisation.table("contacts").get(invoice["contact_id"]) or {}
    shown["Contact"] = {"ContactID": invoice["contact_id"], "Name": contact.get("Name", "")}
    if invoice["Type"] == "ACCPAY":
        shown.pop("Reference")
    for field in ("Date", "DueDate"):
        if invoice[field]:
            shown[field] = calendar_date(invoice[field])
            shown[f"{field}String"] = f"{invoice[field]}T00:00:00"
    if invoice["FullyPaidOnDate"]:
        shown["FullyPaidOnDate"] = calendar_date(invoice["FullyPaidOnDate"])
    shown["AmountCredited"] = 0
    shown["HasAttachments"] = False
    shown["HasErrors"] = False
    shown["IsDiscounted"] = any("DiscountRate" in line for line in invoice["LineItems"])
    updated = Instant(invoice.get("updated", 0))
    shown["UpdatedDateUTC"], shown["UpdatedDateUTCString"] = updated, updated.iso()
    shown["Payments"] = _payments(organisation, invoice) if full else []
    if not full:
        shown["LineItems"] = []
    return shown


def _invoice_id(payment: Record) -> str:
    return str(payment["invoice_id"])


def payments_of(organisation: Organisation, invoice: Record) -> list[Record]:
    """The payments that stand against the invoice."""
    found = organisation.table("payments").matching("invoice", _invoice_id, invoice["InvoiceID"])
    return [payment for payment in found if payment["Status"] == "AUTHORISED"]


def _payments(organisation: Organisation, invoice: Record) -> list[Record]:
    return [
        {
            "PaymentID": payment["PaymentID"],
            "Date": calendar_date(payment["Date"]),
            "Amount": payment["Amount"],
            "Reference": payment["Reference"],
        }
        for payment in payments_of(organisation, invoice)
    ]


def _summary(organisation: Organisation, invoice: Record) -> Record:
    shown = rendered(organisation, invoice, full=False)
    for name in ("LineItems", "Payments", "Url", "BrandingThemeID"):
        shown.pop(name, None)
    return shown


def _reader(organisation: Organisation) -> Any:
    def value(invoice: Record, field: str) -> Any:
        """A field for where and order; dates as milliseconds. Raises KeyError for an unknown one."""
        if field == "UpdatedDateUTC":
            return invoice["updated"]
        if field in ("Date", "DueDate"):
            return calendar_date(invoice[field]).milliseconds if invoice[field] else None
        if field == "Contact.ContactID":
            return invoice["contact_id"]
        if field == "Contact.Name":
            return (organisation.table("contacts").get(invoice["contact_id"]) or {}).get("Name")
        return invoice[field]

    return value


def _listed(name: str) -> set[str]:
    return {part.strip().casefold() for part in request.args.get(name, "").split(",") if part.strip()}


@api.route("/Invoices", "GET", *READ)
def get_invoices(call: Call) -> Reply:
    """A list. Unpaged it has no lines: use ``page`` to get them."""
    organisation = call.organisation
    invoices = organisation.table("invoices").all()
    for parameter, field in (
        ("IDs", "InvoiceID"),
        ("InvoiceNumbers", "InvoiceNumber"),
        ("ContactIDs", "contact_id"),
        ("Statuses", "Status"),
    ):
        if wanted := _listed(parameter):
            invoices = [invoice for invoice in invoices if str(invoice[field]).casefold() in wanted]
    if flag("createdByMyApp"):
        invoices = [invoice for invoice in invoices if invoice["client_id"] == call.client_id]
    if term := folded(request.args.get("searchTerm", "").strip()):
        invoices = [
            invoice
            for invoice in invoices
            if term in folded(invoice["InvoiceNumber"]) or term in folded(invoice["Reference"])
        ]
    value = _reader(organisation)
    invoices = ordered(
        filtered(invoices, request.args.get("where"), value, changed_since()), value, "InvoiceID"
    )
    if not (flag("summaryOnly") or is_paged()):
        return envelope(call, "Invoices", [rendered(organisation, one, full=False) for one in invoices])
    page, pagination = cut_page(invoices)
    render = _summary if flag("summaryOnly") else rendered
    return envelope(call, "Invoices", [render(organisation, one) for one in page], pagination)


def _invoice(call: Call, key: str) -> Record:
    found = find_invoice(call.organisation, key)
    if found is None:
        raise not_found()
    return found


@api.route("/Invoices/<key>", "GET", *READ)
def get_invoice(call: Call, key: str) -> Reply:
    """One invoice by InvoiceID or InvoiceNumber; as a PDF when the Accept header asks for one."""
    invoice = _invoice(call, key)
    if "application/pdf" in request.headers.get("Accept", ""):
        return Reply(200, _PDF, "application/pdf")
    return envelope(call, "Invoices", [rendered(call.organisation, invoice)])


def _store(call: Call, wishes: list[tuple[Record | None, Record]]) -> Reply:
    organisation = call.organisation
    new_contacts: dict[str, Record] = {}
    drafts = []
    for known, sent in wishes:
        invoice, messages, new_contact = drafted(call, known, sent)
        if new_contact:
            new_contacts[invoice["InvoiceID"]] = new_contact
        drafts.append(Draft(invoice, messages, is_new=known is None))

    def save(draft: Draft) -> None:
        invoice = draft.record
        now = call.simulator.clock.milliseconds()
        made = new_contacts.get(invoice["InvoiceID"])
        if made:
            organisation.table("contacts").save(made["ContactID"], {**made, "updated": now})
            call.happened("CONTACT", "CREATE", made["ContactID"])
        if invoice["Type"] == "ACCREC" and not invoice["InvoiceNumber"]:
            invoice["InvoiceNumber"] = next_number(organisation)
        invoice["updated"] = now
        organisation.table("invoices").save(invoice["InvoiceID"], invoice)
        _mark_contact(organisation, invoice)
        call.happened("INVOICE", "CREATE" if draft.is_new else "UPDATE", invoice["InvoiceID"])

    return write(call, "Invoices", drafts, save, lambda one: rendered(organisation, one), "InvoiceID")


def _mark_contact(organisation: Organisation, invoice: Record) -> None:
    """A sales invoice makes its contact a customer; If-Modified-Since does not see that, as in Xero."""
    field = "IsCustomer" if invoice["Type"] == "ACCREC" else "IsSupplier"
    contact = organisation.table("contacts").get(invoice["contact_id"])
    if contact and not contact[field]:
        organisation.table("contacts").save(contact["ContactID"], {**contact, field: True})


@api.route("/Invoices", "PUT", *WRITE)
def create_invoices(call: Call) -> Reply:
    return _store(call, [(None, sent) for sent in elements_sent("Invoices")])


@api.route("/Invoices", "POST", *WRITE)
def create_or_update_invoices(call: Call) -> Reply:
    """By InvoiceID, or by InvoiceNumber of a sales invoice, when there is one; else new."""
    wishes = []
    for sent in elements_sent("Invoices"):
        known = find_invoice(call.organisation, sent.get("InvoiceID"))
        if sent.get("InvoiceID") and known is None:
            message = "The document with the supplied id was not found for this endpoint."
            raise invalid([{**sent, "ValidationErrors": [{"Message": message}]}])
        if known is None and sent.get("Type") == "ACCREC":
            known = find_invoice(call.organisation, sent.get("InvoiceNumber"))
        wishes.append((known, sent))
    return _store(call, wishes)


@api.route("/Invoices/<key>", "POST", *WRITE)
def update_invoice(call: Call, key: str) -> Reply:
    return _store(call, [(_invoice(call, key), elements_sent("Invoices")[0])])


@api.route("/Invoices/<key>/OnlineInvoice", "GET", *READ)
def get_online_invoice(call: Call, key: str) -> Reply:
    """Where the customer sees it: sales invoices that are no drafts any more."""
    invoice = _invoice(call, key)
    if invoice["Type"] != "ACCREC" or invoice["Status"] in ("DRAFT", "SUBMITTED", "DELETED", "VOIDED"):
        message = "An online invoice exists only for approved sales invoices."
        raise invalid([{"InvoiceID": invoice["InvoiceID"], "ValidationErrors": [{"Message": message}]}])
    url = f"{request.host_url}online-invoice/{invoice['InvoiceID']}"
    return envelope(call, "OnlineInvoices", [{"OnlineInvoiceUrl": url}])


@api.route("/Invoices/<key>/Email", "POST", *WRITE)
def email_invoice(call: Call, key: str) -> Reply:
    """Mark as sent; refused for a demo company, a draft, and a contact without an address."""
    invoice = _invoice(call, key)
    contact = call.organisation.table("contacts").get(invoice["contact_id"]) or {}
    message = ""
    if call.organisation.record["IsDemoCompany"]:
        message = "The daily limit of e-mails has been reached."
    elif invoice["Type"] != "ACCREC" or invoice["Status"] not in ("SUBMITTED", "AUTHORISED", "PAID"):
        message = "Only approved sales invoices can be e-mailed."
    elif not contact.get("EmailAddress"):
        message = "The contact has no e-mail address."
    if message:
        raise invalid([{"InvoiceID": invoice["InvoiceID"], "ValidationErrors": [{"Message": message}]}])
    changed = {**invoice, "SentToContact": True, "updated": call.simulator.clock.milliseconds()}
    call.organisation.table("invoices").save(invoice["InvoiceID"], changed)
    call.happened("INVOICE", "UPDATE", invoice["InvoiceID"])
    return Reply(204)
