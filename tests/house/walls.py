"""Two practices side by side, for trying every address of one with the other's ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.auth.demonstration import ACCOUNTS
from app.tenancy import company_tables
from tests.house.traces import Traces
from tests.support.pages import same_but_for
from tests.support.people import Api, Browser

NOWHERE = UUID("5f0c2d8e-7b1a-4c39-9d64-0a1b2c3d4e5f")
"""An id that nothing has."""
READING, WRITING = "super reading", "super writing"
PEOPLE = {
    "admin": "admin@abc.test",
    "accountant": "jane@abc.test",
    "client": "client@abc.test",
    "super": "super@countinghouse.test",
    READING: "reading@countinghouse.test",
    WRITING: "writing@countinghouse.test",
    "nobody": None,
}
"""Everybody who tries. `super` is outside every practice; the other two have entered ours, to read and to write."""
SUPERS = ("super", READING, WRITING)
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SHORTEST = 5
"""Characters of a text that gives a practice away; shorter ones stand in words by chance."""
MOVING = {"Content-Length", "Location", "RateLimit-Remaining", "RateLimit-Reset", "Set-Cookie"}
"""Headers that are compared otherwise, or that tell of time and of earlier calls."""
OFFERED = {"time_zone", "locale", "currency"}
"""Columns whose values everybody is offered to choose from."""
PARTS = {"word"}
"""Columns whose values are parts of others: the words of a name, which stand in pages by chance."""
MARK = " (of the neighbours)"
"""What both practices call alike gets this at the end in the other one, so that it can be told apart."""


def mark_alike(engine: Engine, company_id: UUID) -> None:
    with engine.begin() as connection:
        for table in ("services", "job_templates", "job_template_tasks", "xero_list_entries"):
            connection.execute(
                text(f"update {table} set name = name || :mark where company_id = :company_id"),
                {"mark": MARK, "company_id": company_id},
            )


class Practice:
    """Everything that one practice has, read past all walls."""

    def __init__(self, engine: Engine, company_id: UUID) -> None:
        self.id = company_id
        self.engine = engine
        self.rows: dict[str, list[dict[str, Any]]] = dict(self._read())
        self.table_of: dict[str, str] = {
            str(row["id"]): table for table, rows in self.rows.items() for row in rows if "id" in row
        }

    def _read(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        tables = {table.name: "company_id" for table in company_tables()} | {"companies": "id"}
        with self.engine.connect() as connection:
            for table, column in sorted(tables.items()):
                order = "company_id, id" if table != "companies" else "id"
                statement = text(f"select * from {table} where {column} = :company_id order by {order}")
                rows = connection.execute(statement, {"company_id": self.id}).mappings()
                yield table, [dict(row) for row in rows]
            theirs = "select u.* from users u join memberships m on m.user_id = u.id where m.company_id = :c"
            users = connection.execute(text(theirs + " order by u.id"), {"c": self.id}).mappings()
            yield "users", [dict(row) for row in users]
            mails = text("select * from mails where company_id = :c order by id")
            yield "mails", [dict(row) for row in connection.execute(mails, {"c": self.id}).mappings()]

    def id_of(self, table: str, **like: Any) -> UUID:
        """The first row with these column values; of a person, one whom work can be given to."""
        if table == "memberships" and not like:
            like = {"role": "accountant", "active": True}
        found = [row for row in self.rows[table] if all(row[name] == value for name, value in like.items())]
        assert found, f"the demonstration has no row of {table} with {like} for this test"
        return UUID(str(found[0]["id"]))

    def texts(self) -> set[str]:
        """Every text that stands in its rows."""
        return {
            value
            for rows in self.rows.values()
            for row in rows
            for name, value in row.items()
            if name not in OFFERED | PARTS and isinstance(value, str) and len(value) >= SHORTEST
        }


def telling(texts: set[str], others: set[str]) -> tuple[str, ...]:
    """Those of the texts that stand nowhere among the others, without those that hold another one."""
    haystack = "\n".join(others).casefold()
    own = sorted((one for one in texts if one.casefold() not in haystack), key=len)
    kept: list[str] = []
    for one in own:
        if not any(shorter in one for shorter in kept):
            kept.append(one)
    return tuple(kept)


@dataclass
class Walls:
    """ABC looks, Smith must not be seen."""

    app: Flask
    ours: Practice
    theirs: Practice
    traces: Traces
    tried: dict[str, int] = field(default_factory=dict)
    """How many requests, by who asked."""

    def __post_init__(self) -> None:
        self.canaries = telling(self.theirs.texts(), self.ours.texts())
        self.their_ids = self.theirs.table_of.keys() - self.ours.table_of.keys()
        self._callers: dict[tuple[str, bool], Browser | Api] = {}

    def caller(self, role: str, program: bool) -> Browser | Api:
        key = (role, program)
        if key not in self._callers:
            self._reopen_visits()
            inside = self.ours.id if role in {READING, WRITING} else None
            self._callers[key] = (Api if program else Browser)(self.app, PEOPLE[role], inside)
        return self._callers[key]

    def forget_sign_ins(self) -> None:
        """After a request that may have ended or changed one, or a super admin's visit."""
        self._callers.clear()

    def _reopen_visits(self) -> None:
        with self.ours.engine.begin() as connection:
            entries = "update company_entries set closed_at = null where user_id in (select id from users"
            connection.execute(
                text(f"{entries} where email = any(:emails))"), {"emails": [PEOPLE[READING], PEOPLE[WRITING]]}
            )

    def ask(
        self,
        role: str,
        method: str,
        path: str,
        *,
        program: bool,
        body: Any = None,
        given: tuple[Any, ...] = (),
    ) -> "Answer":
        """`body`: form fields or JSON. `given`: ids that were sent, which an answer may repeat."""
        caller = self.caller(role, program)
        self.tried[role] = self.tried.get(role, 0) + 1
        if isinstance(caller, Api):
            response = caller._open(method, path, body)
            flashes: list[Any] = []
        else:
            response = caller.get(path) if method == "GET" else self._send(caller, method, path, body)
            with caller.raw.session_transaction() as cookie:
                flashes = cookie.pop("_flashes", [])
        answer = Answer.of(response, flashes, given)
        leaked = self.leaks(answer.everything, given)
        logged = self.leaks(self.traces.log.taken(), given)
        assert not logged, f"{role} {method} {path} had {sorted(logged)[:5]} logged"
        if path.startswith("/sign-in"):
            shown = str(ACCOUNTS)  # The demonstration's sign-in page shows everybody's accounts on purpose.
            leaked = {one for one in leaked if one not in shown}
        assert not leaked, f"{role} {method} {path} was told {sorted(leaked)[:5]}"
        return answer

    @staticmethod
    def _send(caller: Browser, method: str, path: str, body: Any) -> TestResponse:
        if method == "POST":
            return caller.post(path, body or {})
        return caller.raw.open(path, method=method, headers={"X-CSRFToken": caller._token()}, data=body or {})

    def leaks(self, said: str, given: tuple[Any, ...] = ()) -> set[str]:
        """What of the other practice stands in this."""
        repeated = {str(one) for one in given}
        ids = set(IDS.findall(said)) & self.their_ids - repeated
        return ids | {one for one in self.canaries if one in said}


@dataclass(frozen=True)
class Answer:
    """`same`: what must not differ between a stranger's id and one that nothing has."""

    status: int
    location: str
    everything: str
    same: tuple[Any, ...]

    @classmethod
    def of(cls, response: TestResponse, flashes: list[Any], given: tuple[Any, ...]) -> "Answer":
        status, body = same_but_for(response, *given)
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers if name != "Set-Cookie")
        told = {name: value for name, value in response.headers if name not in MOVING}
        location = response.headers.get("Location", "")
        said = f"{flashes}"
        for one in given:
            location, said = location.replace(str(one), "…"), said.replace(str(one), "…")
        everything = (
            unescape(response.get_data().decode("utf-8", "replace")) + unquote(headers) + str(flashes)
        )
        told["Location"] = location
        same = (status, body, tuple(sorted(told.items())), said)
        return cls(status, response.headers.get("Location", ""), everything, same)
