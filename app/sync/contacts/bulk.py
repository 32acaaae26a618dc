"""Many rows in one statement, inside the guard: they travel as one JSON text, which PostgreSQL reads as a table."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from app.extensions import db
from app.models import CompanyOwned
from app.tenancy import current_company_id

Row = Mapping[str, Any]


def insert_rows(model: type[CompanyOwned], rows: Sequence[Row], *, new_only: bool = False) -> None:
    """Insert rows that all name the same columns; the company and the model's defaults are added (not committed).
    `new_only`: those that a unique index refuses are left out, instead of raising IntegrityError."""
    if not rows:
        return
    company_id = current_company_id()
    table = _table(model)
    missing = [one for one in table.columns if one.name not in rows[0] and one.default is not None]
    whole = [
        {"company_id": company_id, **{one.name: _default(one) for one in missing}, **row} for row in rows
    ]
    names = list(whole[0])
    given = _given(table, names, whole)
    statement = insert(table).from_select(names, select(*(given.c[name] for name in names)))
    db.session.execute(statement.on_conflict_do_nothing() if new_only else statement)


def update_rows(model: type[CompanyOwned], rows: Sequence[Row]) -> None:
    """Set columns of rows by their `id`; all rows name the same columns (not committed)."""
    if not rows:
        return
    table = _table(model)
    given = _given(table, list(rows[0]), rows)
    new = {name: given.c[name] for name in rows[0] if name != "id"}
    db.session.execute(
        update(model)
        .where(model.id == given.c["id"])
        .values(new)
        .execution_options(synchronize_session=False)
    )


def plan_afresh() -> None:
    """Have PostgreSQL forget how it looks up what foreign keys point at. It settles on a way when it has looked up a
    few times; settled on while the table was small, it would read the whole table for each of thousands of rows."""
    db.session.execute(text("discard plans"))


def _given(table: Table, names: Sequence[str], rows: Sequence[Row]) -> TableValuedAlias:
    columns = (column(name, table.c[name].type) for name in names)
    as_text = json.dumps(list(rows), default=_plain, ensure_ascii=False)
    rows_given = func.jsonb_to_recordset(cast(bindparam(None, as_text, Text), JSONB))
    return rows_given.table_valued(*columns, name="given").render_derived(with_types=True)


def _default(of: Column[Any]) -> Any:
    """What the model says a column holds when nothing is said."""
    default: Any = of.default
    return default.arg(None) if default.is_callable else default.arg


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _table(model: type[CompanyOwned]) -> Table:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table
