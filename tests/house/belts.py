"""Taking one belt of the walls off, so that the others are seen to hold alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event, text

from app import tenancy

ALL, NO_GUARD, NO_POLICIES = "all belts", "without the ORM guard", "without row-level security"


@contextmanager
def only(belts: str, superuser: Engine) -> Iterator[None]:
    """Go on with these belts: `ALL`, `NO_GUARD` (row-level security alone) or `NO_POLICIES` (the guard alone)."""
    if belts == NO_GUARD:
        with guard_off():
            yield
    elif belts == NO_POLICIES:
        with policies_off(superuser):
            yield
    else:
        yield


@contextmanager
def guard_off() -> Iterator[None]:
    """No criteria are added to any statement, and none raises outside a scope."""
    event.remove(tenancy.CompanySession, "do_orm_execute", tenancy._guard)
    try:
        yield
    finally:
        event.listen(tenancy.CompanySession, "do_orm_execute", tenancy._guard)


@contextmanager
def policies_off(superuser: Engine, *tables: str) -> Iterator[None]:
    """Row-level security switched off for these tables, or for all that have it."""
    chosen = tables or walled(superuser)
    _switch(superuser, chosen, "DISABLE")
    try:
        yield
    finally:
        _switch(superuser, chosen, "ENABLE")


def walled(superuser: Engine) -> tuple[str, ...]:
    """The tables that have row-level security."""
    asked = "select relname from pg_class where relrowsecurity and relkind = 'r' order by relname"
    with superuser.connect() as connection:
        return tuple(connection.scalars(text(asked)))


def _switch(superuser: Engine, tables: tuple[str, ...], how: str) -> None:
    with superuser.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")
