"""What an export holds: every table of a practice, and of each every column that is no secret.

Nothing is listed table by table: a new company table is exported as soon as it exists. A column is left out when it
holds bytes (what is sealed is bytes) or when its name says that it opens something; the few that only sound so are
named here.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Select, Table, select

from app.models import Company, Mail, Membership, Model, User
from app.tenancy import company_tables

LEFT_OUT = {
    "api_replies": "Answers of the JSON API to calls that may be repeated, kept for a day.",
    "client_words": "What clients are found by: cut from their names, numbers and addresses, which are in clients.",
    "consents": "Consents to Xero that were begun: single-use secrets.",
}
"""Tables that are left out as a whole, and why."""
_SECRET = re.compile(
    r"password|secret|token|hash|verifier|sealed|cipher|nonce|lease|session|fingerprint|wrapped|credential"
    r"|recovery|signature|(^|_)keys?$|^key_",
    re.IGNORECASE,
)
_NO_SECRET = {("audit_events", "hash"), ("audit_events", "previous_hash")}
"""What the proof of the audit log needs."""


@dataclass(frozen=True)
class Part:
    """One file of the export: its name, what is read for it, the columns left out."""

    name: str
    statement: Select[*tuple[Any, ...]]
    left_out: tuple[str, ...]


def is_secret(column: Column[Any]) -> bool:
    """Whether this column is kept back."""
    if isinstance(column.type, LargeBinary):
        return True
    return bool(_SECRET.search(column.name)) and (column.table.name, column.name) not in _NO_SECRET


def parts_of(company_id: UUID) -> list[Part]:
    """The files of one practice's export, by name."""
    tables = [table for table in company_tables() if table.name not in LEFT_OUT]
    parts = [_part(table, table.c.company_id == company_id) for table in tables]
    companies, mails = Model.metadata.tables[Company.__tablename__], Model.metadata.tables[Mail.__tablename__]
    parts += [_part(companies, companies.c.id == company_id), _part(mails, mails.c.company_id == company_id)]
    parts.append(_people(company_id))
    return sorted(parts, key=lambda part: part.name)


def _part(table: Table, theirs: Any) -> Part:
    kept = [column for column in table.columns if not is_secret(column)]
    left_out = tuple(column.name for column in table.columns if is_secret(column))
    # Read by the primary key: an index gives the order, and no table is sorted on the side.
    return Part(table.name, select(*kept).where(theirs).order_by(*table.primary_key.columns), left_out)


def _people(company_id: UUID) -> Part:
    """Who the memberships are: accounts belong to people, so the practice gets their names and addresses only."""
    people, places = (
        Model.metadata.tables[User.__tablename__],
        Model.metadata.tables[Membership.__tablename__],
    )
    said = ("id", "name", "email")
    statement = (
        select(*(people.c[name] for name in said))
        .join(places, places.c.user_id == people.c.id)
        .where(places.c.company_id == company_id)
        .order_by(people.c.id)
    )
    return Part("people", statement, tuple(one.name for one in people.columns if one.name not in said))
