"""What all Practice Manager calls share: negotiation, envelope, business errors, dates.

Accept and Content-Type must be named (406, 415); a business error is answered 200 with Status ERROR.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from simulator.calls import Api
from simulator.journal import Record
from simulator.practice.wire import UnreadableError, read_json, read_xml, xml_bytes
from simulator.reply import Refused, Reply, json_reply

PREFIX = "/practicemanager/3.1"
BROAD_READ = ("practicemanager", "practicemanager.read")
BROAD_WRITE = ("practicemanager",)


def practice_api(noun: str) -> Api:
    """A set of calls under the Practice Manager's address; it knows no idempotency keys."""
    return Api(f"practice_{noun}", PREFIX, keys=False)


def reading(noun: str) -> tuple[str, ...]:
    """The broad scopes and the noun's own."""
    return (*BROAD_READ, f"practicemanager.{noun}", f"practicemanager.{noun}.read")


def writing(noun: str) -> tuple[str, ...]:
    return (*BROAD_WRITE, f"practicemanager.{noun}")


def _wants_xml() -> bool:
    accepted = request.headers.get("Accept", "").lower()
    if "json" in accepted:
        return False
    if "xml" in accepted:
        return True
    raise Refused(
        Reply(406, b"Name application/json or application/xml in Accept.", "text/plain; charset=utf-8")
    )


def _reply(body: Record) -> Reply:
    if _wants_xml():
        return Reply(200, xml_bytes(body), "text/xml; charset=utf-8")
    return json_reply(body)


def _chosen(item: Record) -> Record:
    """The fields of ``fields=a,b``; all when it is not given."""
    wanted = {part.strip() for part in request.args.get("fields", "").split(",") if part.strip()}
    return {name: value for name, value in item.items() if not wanted or name in wanted}


def ok(**parts: Any) -> Reply:
    """Status OK with the named parts."""
    shown = {
        name: [_chosen(item) for item in part]
        if isinstance(part, list)
        else _chosen(part)
        if isinstance(part, dict) and name != "pagination"
        else part
        for name, part in parts.items()
    }
    return _reply({"status": "OK", **shown})


def wrong(sentence: str) -> Refused:
    """A business error: HTTP 200, Status ERROR."""
    return Refused(_reply({"status": "ERROR", "errorDescription": sentence}))


def body() -> Record:
    """What was sent, JSON or XML. Raises Refused: 415 for another type, Status ERROR when it cannot be
    read.
    """
    _wants_xml()
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    readers = {"application/json": read_json, "application/xml": read_xml}
    if kind not in readers:
        raise Refused(Reply(415, b"Send application/json or application/xml.", "text/plain; charset=utf-8"))
    try:
        return readers[kind](request.get_data())
    except UnreadableError as error:
        raise wrong(str(error)) from error


def day(value: Any, name: str) -> str:
    """YYYYMMDD in, ISO 8601 midnight out. Raises Refused."""
    try:
        return datetime.strptime(str(value), "%Y%m%d").isoformat()  # noqa: DTZ007 - a calendar date
    except ValueError as error:
        raise wrong(f"{name} must be a date, YYYYMMDD") from error


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


def yes(value: bool) -> str:
    """The API's own spelling of a flag."""
    return "Yes" if value else "No"


def party(record: Record | None) -> Record | None:
    """A person or client as it stands inside a job."""
    return None if record is None else {"uuid": record["uuid"], "name": record["name"]}
