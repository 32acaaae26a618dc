"""Many rows in one statement, inside the guard."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, cast, column, insert, update, values

from app.extensions import db
from app.models import CompanyOwned
from app.tenancy import current_company_id

Row = Mapping[str, Any]
T = TypeVar("T")


def insert_rows(model: type[CompanyOwned], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns; the company is added (not committed)."""
    if rows:
        company_id = current_company_id()
        table = _table(model)
        db.session.execute(insert(table), [{"company_id": company_id, **row} for row in rows])


def update_rows(model: type[CompanyOwned], rows: Sequence[Row]) -> None:
    """Set columns of rows by their `id`; all rows name the same columns (not committed)."""
    if not rows:
        return
    table = _table(model)
    names = [name for name in rows[0] if name != "id"]
    given = values(*(column(name, table.c[name].type) for name in ("id", *names)), name="given").data(
        [tuple(row[name] for name in ("id", *names)) for row in rows]
    )
    # Cast: in a list of values PostgreSQL takes a text, or a column of nulls only, for text.
    new = {name: cast(given.c[name], table.c[name].type) for name in names}
    db.session.execute(
        update(model)
        .where(model.id == cast(given.c["id"], table.c["id"].type))
        .values(new)
        .execution_options(synchronize_session=False)
    )


def portions(found: Iterable[T], size: int) -> Iterable[list[T]]:
    """The items in lists of at most `size`."""
    iterator = iter(found)
    while portion := list(islice(iterator, size)):
        yield portion


def _table(model: type[CompanyOwned]) -> Table:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table
