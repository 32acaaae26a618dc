"""What all projects calls share: registration, paging, errors, amounts and dates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request

from simulator.calls import Api, Call
from simulator.journal import Record
from simulator.reply import Refused, Reply, json_reply
from simulator.state import Organisation

PREFIX = "/projects.xro/2.0"
READ = ("projects", "projects.read")
WRITE = ("projects",)
DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE = 500


def projects_api(noun: str) -> Api:
    """A set of calls under the Projects API's address."""
    return Api(f"projects_{noun}", PREFIX)


def invalid(message: str, **model_state: str) -> Refused:
    """400 with the message, and per field its sentence under ``model.<Field>``."""
    body: Record = {"message": message}
    if model_state:
        body["modelState"] = {f"model.{field}": [sentence] for field, sentence in model_state.items()}
    return Refused(json_reply(body, 400))


def not_found(what: str) -> Refused:
    return Refused(json_reply({"message": f"The {what} was not found."}, 404))


def body() -> Record:
    """The JSON object sent. Raises Refused (400) when there is none."""
    try:
        found = json.loads(request.get_data(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise invalid("The request body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise invalid("The request body must be a JSON object.")
    return found


def amount(organisation: Organisation, value: Decimal | int) -> Record:
    """Money in the organisation's base currency."""
    return {"currency": organisation.record["BaseCurrency"], "value": Decimal(value)}


def utc_instant(text: Any) -> str | None:
    """An ISO 8601 moment as Projects sends it back (whole seconds, Z). None when it cannot be read."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal_of(value: Any) -> Decimal | None:
    """A JSON number or a number in text. None when it is neither, or negative."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _whole(name: str, default: int, largest: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise invalid(
            "The request is invalid.", **{name: f"{name} must be a number between 1 and {largest}."}
        )
    return int(text)


def paged(records: list[Record], render: Callable[[Record], Record]) -> Reply:
    """One page of a list with its pagination object; ``page`` from 1, ``pageSize`` 1 to 500 (50)."""
    page, size = _whole("page", 1, 1_000_000), _whole("pageSize", DEFAULT_PAGE_SIZE, LARGEST_PAGE)
    count = len(records)
    return json_reply(
        {
            "pagination": {
                "page": page,
                "pageSize": size,
                "pageCount": -(-count // size),
                "itemCount": count,
            },
            "items": [render(record) for record in records[(page - 1) * size : page * size]],
        }
    )


def project_of(call: Call, project_id: str) -> Record:
    """The project of the path. Raises Refused (404)."""
    found = call.organisation.table("projects").get(project_id.lower())
    if found is None:
        raise not_found("project")
    return found
