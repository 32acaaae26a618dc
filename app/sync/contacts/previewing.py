"""The preview of an import: every contact is read, a page a call, and judged beside the practice's clients.

Each page is committed with its number: broken off anywhere, reading goes on with the next page. Held in memory are one
page and the clients' keys, whatever the number of contacts. Nothing is written but the import's own rows.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row as ResultRow
from sqlalchemy import func, select

from app.extensions import db
from app.models import Client, ContactImport, ContactImportRow, now
from app.sync.contacts import imports, known
from app.sync.contacts.bulk import insert_rows, update_rows
from app.sync.contacts.fields import FIELDS, Values, of_contact, tidy
from app.sync.contacts.matching import RANKS, Claim, Index, Verdict, keys_of, settle, weighed
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact, ContactPage

PAGE = 1000
"""Contacts of one call, the most that Xero gives."""
CHOSEN = {"exact": {"match": "match"}, "exact_and_new": {"match": "match", "new": "import"}}
"""`ContactImport.choose` → kind of row → choice."""


def read(run: Run) -> None:
    """Read and judge what is left of the contacts. Raises as `jobs.create`, and `Needless` when paused."""
    if imports.is_over(run, "preview"):
        return
    contact_import = imports.wanted(run, "preview")
    connection = connection_of(run)
    imports.same_organisation(contact_import, connection)
    number, archived = contact_import.pages_read, contact_import.include_archived
    accounting = AccountingApi(transport_of(run, connection))
    index = known.all_clients(connection.id)
    last = False
    while not last:
        number += 1
        page = accounting.contacts_page(number, include_archived=archived, page_size=PAGE)
        last = page.last
        contact_import = imports.wanted(run, "preview")
        _keep(contact_import, page, index)
        contact_import.pages_read = number
        if last:
            _finish(contact_import)
        run.save(attempts=0)


def _keep(contact_import: ContactImport, page: ContactPage, index: Index) -> None:
    if contact_import.contacts_expected is None:
        contact_import.contacts_expected = page.total
        contact_import.xero_read_from = page.told_at
    # A contact that changes while we read moves to the end of Xero's list and comes twice: once is enough, for what
    # changed since the preview began is set aside before anything is imported.
    there = _there(contact_import.id, [contact.id for contact in page.contacts])
    contacts = [contact for contact in page.contacts if contact.id and contact.id not in there]
    theirs = [_values(contact) for contact in contacts]
    verdicts = [_judged(contact, values, index) for contact, values in zip(contacts, theirs, strict=True)]
    ours = _clients({verdict.client_id for verdict in verdicts if verdict.client_id})
    rows = []
    for contact, values, judged in zip(contacts, theirs, verdicts, strict=True):
        client = ours.get(judged.client_id) if judged.client_id else None
        compared = client is not None and judged.kind != "mapped"
        verdict = weighed(judged, _client_values(client), values) if client and compared else judged
        seen_at = client.updated_at if client is not None else None
        rows.append({**_row(contact_import.id, contact, values, verdict), "client_at": seen_at})
    insert_rows(ContactImportRow, rows)
    contact_import.rows += len(rows)


def _there(import_id: UUID, contact_ids: list[str]) -> set[str]:
    statement = select(ContactImportRow.contact_id).where(
        ContactImportRow.import_id == import_id, ContactImportRow.contact_id.in_(contact_ids)
    )
    return set(db.session.scalars(statement))


def _values(contact: Contact) -> Values:
    # PostgreSQL keeps no NUL in a text.
    return {name: value.replace("\0", "") for name, value in of_contact(contact).items()}


def _judged(contact: Contact, values: Values, index: Index) -> Verdict:
    if contact.merged_to_id:
        return Verdict("ignored", "merged")
    if contact.status == "GDPRREQUEST":
        return Verdict("ignored", "erased")
    if not values["name"]:
        return Verdict("ignored", "nameless")
    return index.judge(contact.id, keys_of(contact.number, values))


def _clients(ids: set[UUID]) -> dict[UUID, ResultRow[Any]]:
    columns = (Client.id, Client.updated_at, *(getattr(Client, field.name) for field in FIELDS))
    return {row.id: row for row in db.session.execute(select(*columns).where(Client.id.in_(ids)))}


def _client_values(client: ResultRow[Any]) -> Values:
    return {field.name: tidy(field.name, getattr(client, field.name) or "") for field in FIELDS}


def _row(import_id: UUID, contact: Contact, values: Values, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "import_id": import_id,
        "contact_id": contact.id,
        "name": values["name"],
        "sort_name": values["name"].casefold(),
        "number": contact.number.replace("\0", ""),
        "status": contact.status,
        "contact_updated_at": contact.updated_at,
        "details": {name: value for name, value in values.items() if value},
        "groups": [name for group in contact.groups if (name := " ".join(group.split()))],
        "kind": verdict.kind,
        "rank": RANKS[verdict.kind],
        "why": verdict.why,
        "client_id": verdict.client_id,
        "candidates": [str(one) for one in verdict.candidates],
        "differs": list(verdict.differs),
        "strength": verdict.strength,
    }


def _finish(contact_import: ContactImport) -> None:
    """All is read: settle what several contacts claim, and choose what was asked to be chosen."""
    _settle(contact_import.id)
    contact_import.state, contact_import.problem, contact_import.read_at = "ready", None, now()
    for kind, choice in CHOSEN.get(contact_import.choose or "", {}).items():
        imports.choose(contact_import, kind, choice)
    if contact_import.unattended:
        imports.confirm(contact_import, contact_import.requested_by)


def _settle(import_id: UUID) -> None:
    claims = (
        ContactImportRow.import_id == import_id,
        ContactImportRow.kind.in_(("match", "conflict")),
        ContactImportRow.why != "client_taken",
        ContactImportRow.client_id.is_not(None),
    )
    twice = (
        select(ContactImportRow.client_id)
        .where(*claims)
        .group_by(ContactImportRow.client_id)
        .having(func.count() > 1)
    )
    rows = db.session.execute(
        select(
            ContactImportRow.id,
            ContactImportRow.contact_id,
            ContactImportRow.client_id,
            ContactImportRow.strength,
        ).where(*claims, ContactImportRow.client_id.in_(twice))
    ).all()
    lost = settle(Claim(row.contact_id, row.client_id, row.strength) for row in rows)
    update_rows(
        ContactImportRow,
        [
            {
                "id": row.id,
                "kind": "possible",
                "rank": RANKS["possible"],
                "why": lost[row.contact_id],
                "candidates": [str(row.client_id)],
            }
            for row in rows
            if row.contact_id in lost
        ],
    )
