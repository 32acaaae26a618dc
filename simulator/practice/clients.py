"""Clients of the practice: list, page, search, get, add, update, archive."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request

from simulator import ids
from simulator.accounting.where import folded
from simulator.calls import Call
from simulator.journal import Record
from simulator.practice.api import body, ok, party, practice_api, reading, text_of, writing, wrong, yes
from simulator.reply import Reply
from simulator.state import Organisation

api = practice_api("clients")
TEXTS = (
    "name",
    "title",
    "firstName",
    "lastName",
    "email",
    "address",
    "city",
    "region",
    "postCode",
    "country",
    "phone",
    "taxNumber",
    "companyNumber",
    "businessNumber",
    "businessStructure",
    "exportCode",
    "clientCode",
)
_CONTACT = ("name", "mobile", "email", "phone", "position", "salutation", "addressee")
_MANAGERS = (("accountManagerUuid", "accountManager"), ("jobManagerUuid", "jobManager"))


def new_client(client_id: str, fields: Record, updated: int) -> Record:
    return {
        "uuid": client_id,
        **dict.fromkeys(TEXTS, ""),
        "isArchived": False,
        "isDeleted": False,
        "accountManager": None,
        "jobManager": None,
        "contacts": [],
        "updated": updated,
        **fields,
    }


def base(organisation: Organisation, client: Record) -> Record:
    """The client without contacts and notes, as a page of the paged list has it."""
    shown: Record = {"uuid": client["uuid"], **{name: client[name] for name in TEXTS}}
    shown |= {
        "isProspect": "No",
        "isArchived": yes(client["isArchived"]),
        "isDeleted": yes(client["isDeleted"]),
    }
    for _, name in _MANAGERS:
        shown[name] = party(organisation.table("staff").get(client[name]))
    return shown


def rendered(organisation: Organisation, client: Record) -> Record:
    return {
        **base(organisation, client),
        "contacts": client["contacts"],
        "notes": [],
        "groups": [],
        "relationships": [],
    }


def client_of(organisation: Organisation, client_id: str) -> Record:
    """The client of that id. Raises Refused."""
    found = organisation.table("clients").get(client_id.lower())
    if found is None or found["isDeleted"]:
        raise wrong("Invalid client identifier")
    return found


@api.route("/client.api/list", "GET", *reading("client"))
def list_clients(call: Call) -> Reply:
    """All of them, archived and deleted ones too; ``modifiedSince`` in UTC narrows."""
    clients = call.organisation.table("clients").all()
    if since := request.args.get("modifiedSince"):
        try:
            moment = datetime.fromisoformat(since)
        except ValueError as error:
            raise wrong("modifiedSince must be a date") from error
        horizon = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
        clients = [client for client in clients if client["updated"] > horizon]
    return ok(clients=[rendered(call.organisation, client) for client in clients])


@api.route("/client.api/paged-list", "GET", *reading("client"))
def page_clients(call: Call) -> Reply:
    """Pages by token, 1 to 500 a page (50), without archived and deleted ones."""
    size, token = request.args.get("pageSize", "50"), request.args.get("pageToken", "0")
    if not size.isdecimal() or not 1 <= int(size) <= 500 or not token.isdecimal():
        raise wrong("pageSize must be a number between 1 and 500, pageToken the one of the last page")
    clients = [
        client
        for client in call.organisation.table("clients").all()
        if not (client["isArchived"] or client["isDeleted"])
    ]
    first, count = int(token), int(size)
    address = f"{request.base_url}?pageSize={count}&pageToken="
    more = first + count < len(clients)
    return ok(
        clients=[base(call.organisation, client) for client in clients[first : first + count]],
        pagination={"links": {"first": f"{address}0", "next": f"{address}{first + count}" if more else None}},
    )


@api.route("/client.api/search", "GET", *reading("client"))
def search_clients(call: Call) -> Reply:
    """By a part of the name, the e-mail address or the code."""
    term = folded(request.args.get("query", ""))
    found = [
        rendered(call.organisation, client)
        for client in call.organisation.table("clients").all()
        if not client["isDeleted"]
        and any(term in folded(client[name]) for name in ("name", "email", "clientCode"))
    ]
    return ok(clients=found)


@api.route("/client.api/get/<client_id>", "GET", *reading("client"))
def get_client(call: Call, client_id: str) -> Reply:
    return ok(client=rendered(call.organisation, client_of(call.organisation, client_id)))


def _changes(organisation: Organisation, sent: Record) -> Record:
    fields: Record = {name: text_of(sent[name]) for name in TEXTS if name in sent}
    for sent_name, name in _MANAGERS:
        if sent.get(sent_name):
            staff_id = str(sent[sent_name]).lower()
            if staff_id not in organisation.table("staff"):
                raise wrong("Invalid staff identifier")
            fields[name] = staff_id
    if isinstance(sent.get("contacts"), list):
        fields["contacts"] = [
            {
                "uuid": ids.fresh(),
                **{name: text_of(contact.get(name)) for name in _CONTACT},
                "isDeleted": "No",
                "isPrimary": text_of(contact.get("isPrimary")) or "No",
            }
            for contact in sent["contacts"]
            if isinstance(contact, dict)
        ]
    return fields


@api.route("/client.api/add", "POST", *writing("client"))
def add_client(call: Call) -> Reply:
    """A new client; only the name is needed, and names may repeat."""
    fields = _changes(call.organisation, body())
    if not fields.get("name", "").strip():
        raise wrong("Name is required")
    client = new_client(ids.fresh(), fields, call.simulator.clock.milliseconds())
    call.organisation.table("clients").save(client["uuid"], client)
    return ok(client=rendered(call.organisation, client))


def _save(call: Call, client: Record, fields: Record) -> Reply:
    changed = {**client, **fields, "updated": call.simulator.clock.milliseconds()}
    call.organisation.table("clients").save(client["uuid"], changed)
    return ok(client=rendered(call.organisation, changed))


@api.route("/client.api/update", "PUT", *writing("client"))
def update_client(call: Call) -> Reply:
    sent = body()
    client = client_of(call.organisation, text_of(sent.get("uuid")))
    fields = _changes(call.organisation, sent)
    if "name" in fields and not fields["name"].strip():
        raise wrong("Name is required")
    return _save(call, client, fields)


@api.route("/client.api/archive", "PUT", *writing("client"))
def archive_client(call: Call) -> Reply:
    return _save(call, client_of(call.organisation, text_of(body().get("uuid"))), {"isArchived": True})
