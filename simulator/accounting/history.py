"""History and notes of contacts, invoices, payments and items: read and add, never change."""

from __future__ import annotations

from simulator import ids
from simulator.accounting.api import (
    Instant,
    accounting_api,
    elements_sent,
    envelope,
    invalid,
    not_found,
    reading,
    writing,
)
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("history")
LONGEST = 2500


def _subject_id(note: Record) -> str:
    return str(note["subject_id"])


def rendered(note: Record) -> Record:
    moment = Instant(note["at"])
    return {
        "Changes": "Note",
        "DateUTCString": moment.iso(),
        "DateUTC": moment,
        "User": "System Generated",
        "Details": note["Details"],
    }


def _read(call: Call, noun: str, subject_id: str) -> Reply:
    if subject_id.lower() not in call.organisation.table(noun):
        raise not_found()
    notes = call.organisation.table("history").matching("subject", _subject_id, subject_id.lower())
    return envelope(call, "HistoryRecords", [rendered(note) for note in reversed(notes)])


def _add(call: Call, noun: str, subject_id: str) -> Reply:
    if subject_id.lower() not in call.organisation.table(noun):
        raise not_found()
    added = []
    for sent in elements_sent("HistoryRecords"):
        details = str(sent.get("Details") or "")
        if not 1 <= len(details) <= LONGEST:
            message = f"Details is required and has at most {LONGEST} characters."
            raise invalid([{**sent, "ValidationErrors": [{"Message": message}]}])
        added.append(
            {"subject_id": subject_id.lower(), "Details": details, "at": call.simulator.clock.milliseconds()}
        )
    for note in added:
        call.organisation.table("history").save(ids.fresh(), note)
    return envelope(call, "HistoryRecords", [rendered(note) for note in added])


@api.route("/Contacts/<subject_id>/History", "GET", *reading("contacts"))
def get_contact_history(call: Call, subject_id: str) -> Reply:
    return _read(call, "contacts", subject_id)


@api.route("/Contacts/<subject_id>/History", "PUT", *writing("contacts"))
def add_contact_note(call: Call, subject_id: str) -> Reply:
    return _add(call, "contacts", subject_id)


@api.route("/Invoices/<subject_id>/History", "GET", *reading("invoices"), *reading("transactions"))
def get_invoice_history(call: Call, subject_id: str) -> Reply:
    return _read(call, "invoices", subject_id)


@api.route("/Invoices/<subject_id>/History", "PUT", *writing("invoices"), *writing("transactions"))
def add_invoice_note(call: Call, subject_id: str) -> Reply:
    return _add(call, "invoices", subject_id)


@api.route("/Payments/<subject_id>/History", "GET", *reading("payments"), *reading("transactions"))
def get_payment_history(call: Call, subject_id: str) -> Reply:
    return _read(call, "payments", subject_id)


@api.route("/Payments/<subject_id>/History", "PUT", *writing("payments"), *writing("transactions"))
def add_payment_note(call: Call, subject_id: str) -> Reply:
    return _add(call, "payments", subject_id)


@api.route("/Items/<subject_id>/History", "GET", *reading("settings"), *reading("invoices"))
def get_item_history(call: Call, subject_id: str) -> Reply:
    return _read(call, "items", subject_id)


@api.route("/Items/<subject_id>/History", "PUT", *writing("settings"), *writing("invoices"))
def add_item_note(call: Call, subject_id: str) -> Reply:
    return _add(call, "items", subject_id)
