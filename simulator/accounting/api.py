"""What all accounting calls share: registration, scopes, envelope, JSON or XML, request bodies, validation
answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import request

from simulator import ids
from simulator.accounting.xml import xml_bytes
from simulator.calls import Api, Call
from simulator.journal import Record
from simulator.reply import Dropped, Refused, Reply, json_bytes

PREFIX = "/api.xro/2.0"
_FLAGS = {"Contacts": "HasValidationErrors", "Payments": "HasValidationErrors", "Invoices": "HasErrors"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Instant:
    """A moment on its way out: ``/Date(ms+0000)/`` in JSON, ISO 8601 in XML."""

    milliseconds: int
    offset: str = "+0000"

    def __str__(self) -> str:
        return f"/Date({self.milliseconds}{self.offset})/"

    def iso(self) -> str:
        moment = _EPOCH + timedelta(milliseconds=self.milliseconds)
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds").removesuffix(".000")


def calendar_date(text: str) -> Instant:
    """A calendar date as Xero sends it: midnight UTC."""
    return Instant(int(datetime.fromisoformat(text[:10]).replace(tzinfo=UTC).timestamp() * 1000))


def reading(noun: str) -> tuple[str, ...]:
    """The scopes any one of which lets a token read the noun."""
    return (f"accounting.{noun}", f"accounting.{noun}.read")


def writing(noun: str) -> tuple[str, ...]:
    return (f"accounting.{noun}",)


def accounting_api(noun: str) -> Api:
    """A set of calls under the Accounting API's address."""
    return Api(f"accounting_{noun}", PREFIX)


def wants_json() -> bool:
    """XML is the default: JSON only when the Accept header names it."""
    return "json" in request.headers.get("Accept", "").lower()


def _answer(body: Any, status: int) -> Reply:
    if wants_json():
        return Reply(status, json_bytes(_without_instants(body)))
    return Reply(
        status, xml_bytes("Response" if status < 400 else "ApiException", body), "text/xml; charset=utf-8"
    )


def _without_instants(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_instants(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_instants(inner) for inner in value]
    return str(value) if isinstance(value, Instant) else value


def envelope(call: Call, plural: str, items: list[Record], pagination: Record | None = None) -> Reply:
    """A good answer: the items under their plural name."""
    body: Record = {
        "Id": ids.fresh(),
        "Status": "OK",
        "ProviderName": "Simulated Xero",
        "DateTimeUTC": Instant(call.simulator.clock.milliseconds(), ""),
    }
    if pagination:
        body["pagination"] = pagination
    body[plural] = items
    return _answer(body, 200)


def invalid(elements: list[Record]) -> Refused:
    """ErrorNumber 10: what the organisation's rules forbid, element by element."""
    return Refused(
        _answer(
            {
                "ErrorNumber": 10,
                "Type": "ValidationException",
                "Message": "A validation exception occurred",
                "Elements": elements,
            },
            400,
        )
    )


def bad_data(message: str) -> Refused:
    """ErrorNumber 14: a body that cannot be read."""
    return Refused(_answer({"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message}, 400))


def bad_query(message: str) -> Refused:
    """ErrorNumber 16: where, order or paging that cannot be read."""
    return Refused(_answer({"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}, 400))


def not_found() -> Refused:
    return Refused(Reply(404, b"The resource you're looking for cannot be found", "text/html; charset=utf-8"))


def elements_sent(plural: str) -> list[Record]:
    """The objects in the request body: the plural array, or one object. Raises Refused (ErrorNumber 14)."""
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise bad_data("The simulator reads application/json bodies only; send that Content-Type.")
    try:
        body = json.loads(request.get_data(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise bad_data("JSON for post data was invalid") from error
    if isinstance(body, dict):
        body = body.get(plural, [body])
    if not isinstance(body, list) or not body or not all(isinstance(element, dict) for element in body):
        raise bad_data(f"No {plural} could be read from the post data")
    return body


def flag(name: str, *, default: bool = False) -> bool:
    """A true/false query parameter."""
    value = request.args.get(name)
    return default if value is None else value.lower() in ("true", "1")


@dataclass
class Draft:
    """An element on its way in: what to store unless there are messages."""

    record: Record
    messages: list[str]
    is_new: bool = True


def write(
    call: Call,
    plural: str,
    drafts: Iterable[Draft],
    save: Callable[[Draft], None],
    render: Callable[[Record], Record],
    id_field: str,
) -> Reply:
    """Store what is valid. ``summarizeErrors`` true (the default): one bad element and nothing is stored,
    400.

    False: 200, and each element says for itself whether it was taken.
    """
    drafts = list(drafts)
    if flag("summarizeErrors", default=True):
        bad = [draft for draft in drafts if draft.messages]
        if bad:
            raise invalid([_refused(draft, render, id_field) for draft in bad])
    items = []
    cut_at = len(drafts) // 2 if call.strike_between() else None
    for number, draft in enumerate(drafts):
        if number == cut_at:
            raise Dropped
        if draft.messages:
            items.append({**_refused(draft, render, id_field), **_marks(plural, "ERROR")})
            continue
        save(draft)
        items.append({**render(draft.record), **_marks(plural, "OK")})
    return envelope(call, plural, items)


def _marks(plural: str, status: str) -> Record:
    """How an element says whether it was taken: each noun has its own flag, some have none."""
    marks: Record = {"StatusAttributeString": status}
    if plural in _FLAGS:
        marks[_FLAGS[plural]] = status == "ERROR"
    elif plural != "Items" and status == "OK":
        return {}
    return marks


def _refused(draft: Draft, render: Callable[[Record], Record], id_field: str) -> Record:
    element = render(draft.record)
    if draft.is_new:
        element[id_field] = ids.ZERO
    element["ValidationErrors"] = [{"Message": message} for message in draft.messages]
    return element
