"""A row in every table of a company that has none yet: a wall around an empty table proves nothing."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from app.models import Model, now
from app.tenancy import company_tables

CHOSEN: dict[str, Any] = {
    "company_closings.begun_at": None,
    "company_entries.closed_at": None,
    "invitations.role": "accountant",
    "invitations.client_id": None,
    "invitations.accepted_at": None,
    "invitations.accepted_by": None,
    "invitations.withdrawn_at": None,
    "invitations.withdrawn_by": None,
    "operation_steps.state": "done",
}
"""Values that a constraint of the table, or a page that shows the row, asks for."""

MORE = {"invitations": 4}
"""Rows to add beside those of the demonstration, which are used up."""


def fill(superuser: Engine, company_id: UUID, mark: str) -> None:
    """Give the company a row in each of its tables that is empty; its texts say the mark, the table and the column."""
    with superuser.begin() as connection:
        for table in (one for one in Model.metadata.sorted_tables if one in company_tables()):
            own = select(table.c.id).where(table.c.company_id == company_id)
            if table.name in MORE or connection.execute(own.limit(1)).first() is None:
                # References are taken from the company's other rows; triggers are for people.
                connection.execute(text("set local session_replication_role = replica"))
                for number in range(MORE.get(table.name, 1)):
                    _add(connection, company_id, table, f"{mark} {number}")


def _add(connection: Connection, company_id: UUID, table: Table, mark: str) -> None:
    """A row with every column filled in, or, where the table's checks want it otherwise, those that must be."""
    whole = {column.name: _value(connection, company_id, table, column, mark) for column in table.columns}
    needed = {name: value for name, value in whole.items() if not table.c[name].nullable}
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(whole))
    except IntegrityError:
        connection.execute(insert(table).values(needed))


def _value(connection: Any, company_id: UUID, table: Table, column: Column[Any], mark: str) -> Any:
    if column.name == "company_id":
        return company_id
    name = f"{table.name}.{column.name}"
    if name in CHOSEN:
        return CHOSEN[name]
    if allowed := _allowed(column):
        return allowed
    for key in column.foreign_keys:
        return _reference(connection, company_id, key.column)
    kinds: dict[type, Any] = {
        Uuid: uuid4(),
        DateTime: now() + timedelta(days=1 if "expires" in column.name else 0),
        JSONB: {"canary": f"{mark} {name}"},
        LargeBinary: f"{mark} {name}".encode(),
        Numeric: 1,
        Text: f"{mark} {name}",
    }
    found = [value for kind, value in kinds.items() if isinstance(column.type, kind)]
    return found[0] if found else {bool: False, int: 1, date: now().date(), list: []}[column.type.python_type]


def _allowed(column: Column[Any]) -> str | None:
    """The first of the words that a check of the table allows, where it names them."""
    for one in column.table.constraints:
        said = str(one.sqltext) if isinstance(one, CheckConstraint) else ""
        if found := re.search(rf"(?:^|[^\w]){column.name} in \('([^']*)'", said):
            return found[1]
    return None


def _reference(connection: Any, company_id: UUID, column: Column[Any]) -> Any:
    """An id of the company's own, or of one of its people where the table is nobody's."""
    table = column.table
    if table.name == "users":
        whose = "select user_id from memberships where company_id = :c order by id limit 1"
        return connection.execute(text(whose), {"c": company_id}).scalar()
    own = select(column).where(table.c.company_id == company_id).order_by(table.c.id)
    return connection.execute(own.limit(1)).scalar()
