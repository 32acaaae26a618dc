"""The walls with one stone taken out: each mutant removes what keeps companies apart in one place, and nothing else.

A mutant is put in and taken out again by a context manager. With several belts one alone leaks nothing, on purpose; so
each mutant names the tests of its own belt, and those must notice.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria

from app import tenancy
from app.models import CompanyOwned

Test = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """`kind`: what it is one of. `put_in`: as long as the block lasts. `tests`: the smallest set that must notice."""

    kind: str
    name: str
    put_in: Callable[[], Any]
    tests: tuple[Test, ...]


@contextmanager
def changed(superuser: Engine, *statements: str, back: tuple[str, ...]) -> Iterator[None]:
    """These statements have been carried out, until `back` are."""
    try:
        _run(superuser, *statements)
        yield
    finally:
        _run(superuser, *back)


def _run(superuser: Engine, *statements: str) -> None:
    with superuser.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


# Policies.


def policies(superuser: Engine) -> dict[str, tuple[str, str]]:
    """By table, the two conditions of the policy that is the wall: for reading, and for writing."""
    asked = (
        "select c.relname, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) from pg_policy p"
        " join pg_class c on c.oid = p.polrelid"
        " where p.polname = 'company' order by c.relname"
    )
    with superuser.connect() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(text(asked))}


def of_policies(superuser: Engine, table: str, reads: str, writes: str) -> dict[str, Callable[[], Any]]:
    """Each way in which a table's wall can be missing. `reads`, `writes`: its policy's conditions."""
    wall = f"ALTER POLICY company ON {table} USING ({reads}) WITH CHECK ({writes})"
    return {
        "off": lambda: changed(
            superuser,
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            back=(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",),
        ),
        "reads all": lambda: changed(
            superuser, f"ALTER POLICY company ON {table} USING (true)", back=(wall,)
        ),
        "writes all": lambda: changed(
            superuser, f"ALTER POLICY company ON {table} WITH CHECK (true)", back=(wall,)
        ),
        "not forced": lambda: changed(
            superuser,
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            back=(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",),
        ),
    }


# Keys.


def keys(superuser: Engine) -> dict[tuple[str, str], tuple[str, str]]:
    """(table, column) of every key between companies' tables → (name, definition)."""
    tables = {table.name for table in tenancy.company_tables()}
    asked = (
        "select t.relname, r.relname, c.conname, pg_get_constraintdef(c.oid) as said from pg_constraint c"
        " join pg_class t on t.oid = c.conrelid join pg_class r on r.oid = c.confrelid where c.contype = 'f'"
    )
    found = {}
    with superuser.connect() as connection:
        for table, referred, name, said in connection.execute(text(asked)):
            if table in tables and referred in tables:
                column = re.search(r"FOREIGN KEY \(company_id, (\w+)\)", said)
                assert column, f"{table}: {said}"
                found[(table, column[1])] = (name, said)
    return dict(sorted(found.items()))


def without_company(superuser: Engine, table: str, name: str) -> Any:
    """The reference is no longer held together by the company: any row's id will do."""
    said = next(definition for one, definition in keys(superuser).values() if one == name)
    return changed(
        superuser,
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        back=(f"ALTER TABLE {table} ADD CONSTRAINT {name} {said} NOT VALID",),
    )


# The guard.


@contextmanager
def guard(hook: Callable[[ORMExecuteState], None]) -> Iterator[None]:
    """This hook in the place of the guard's."""
    event.remove(tenancy.CompanySession, "do_orm_execute", tenancy._guard)
    event.listen(tenancy.CompanySession, "do_orm_execute", hook)
    try:
        yield
    finally:
        event.remove(tenancy.CompanySession, "do_orm_execute", hook)
        event.listen(tenancy.CompanySession, "do_orm_execute", tenancy._guard)


def forgets(models: list[type[CompanyOwned]], model: type[CompanyOwned]) -> Callable[[ORMExecuteState], None]:
    """The guard as it is, but for this model."""
    others = [one for one in models if one is not model]

    def hook(state: ORMExecuteState) -> None:
        company_id = tenancy.scoped_company_id()
        if company_id is None:
            return _raises(state, *(one.__table__ for one in others))
        for one in others:
            state.statement = state.statement.options(
                with_loader_criteria(one, one.company_id == company_id, include_aliases=True)
            )
        return None

    return hook


def _raises(state: ORMExecuteState, *tables: Any) -> None:
    if any(table in tables for table in _named(state.statement)):
        raise tenancy.ScopeError("outside any scope")


def _named(statement: Any) -> set[Any]:
    from sqlalchemy.sql import visitors

    return {getattr(one, "table", one) for one in visitors.iterate(statement)}


def careless(
    *,
    selects: bool = True,
    updates: bool = True,
    deletes: bool = True,
    aliases: bool = True,
    raises: bool = True,
) -> Callable[[ORMExecuteState], None]:
    """The guard without the promises that are False, and without the one about `companies` itself."""

    def hook(state: ORMExecuteState) -> None:
        company_id = tenancy.scoped_company_id()
        if company_id is None:
            if raises:
                tenancy._guard(state)
            return
        if (state.is_select and selects) or (state.is_update and updates) or (state.is_delete and deletes):
            state.statement = state.statement.options(
                with_loader_criteria(
                    CompanyOwned,
                    lambda cls: cls.company_id == company_id,
                    include_aliases=aliases,
                    track_closure_variables=True,
                )
            )

    return hook


def main_entity_only(state: ORMExecuteState) -> None:
    """Looks at what a statement is said to be about, and not at what stands inside it."""
    mapper = state.bind_mapper
    if tenancy.scoped_company_id() is None or (mapper and issubclass(mapper.class_, CompanyOwned)):
        tenancy._guard(state)


@contextmanager
def rows_unchecked() -> Iterator[None]:
    """New and changed rows are neither stamped nor checked."""
    event.remove(tenancy.CompanySession, "before_flush", tenancy._stamp_and_check)
    try:
        yield
    finally:
        event.listen(tenancy.CompanySession, "before_flush", tenancy._stamp_and_check)


# Lookups.

CLAUSES = re.compile(
    r"\b\w+\.company_id = \w+\.(?:id|company_id)\b|\b\w+\.user_id = person\b|\b\w+\.token_hash = hash\b"
    r"|\b\w+\.user_id = one\b|\b\w+\.xero_tenant_id = (?:ANY \(wanted\)|\w+\.xero_tenant_id\b)"
    r"|\b\w+\.id = only_one\b|\b\w+\.id = \w+\.company_id\b|\b\w+\.company_id = nullif\([^)]*\)[^)]*\)::uuid"
)
"""What ties a row that a lookup reads to the company, person, link or organisation that it is read for."""
WITHOUT = {
    *(
        "lookup_any_company",
        "lookup_companies",
        "lookup_company_ids",
        "lookup_closings",
        "lookup_due_exports",
    ),
    *("lookup_due_mails", "lookup_mail_counts"),
}
"""Lookups that answer about every company, each row from one table alone: there is nothing to tie together."""


def clauses(superuser: Engine) -> Iterator[tuple[str, str, str]]:
    """(function, clause, its definition with that clause made true) of every lookup."""
    asked = (
        # Those of other roles are held by row-level security as well: a clause more or less is no wall there.
        "select proname, pg_get_functiondef(oid) from pg_proc where prosecdef"
        " and pg_get_userbyid(proowner) = 'countinghouse_lookup' order by proname"
    )
    with superuser.connect() as connection:
        functions = connection.execute(text(asked)).all()
    for name, said in functions:
        assert name in WITHOUT or CLAUSES.search(said), (
            f"{name}: what keeps its rows apart? Say so in CLAUSES."
        )
        for found in CLAUSES.finditer(said):
            yield name, found[0], said[: found.start()] + "true" + said[found.end() :]


@contextmanager
def replaced(superuser: Engine, name: str, definition: str) -> Iterator[None]:
    """The function with this definition. Owner and rights stay."""
    with superuser.connect() as connection:
        asked = text("select pg_get_functiondef(oid) from pg_proc where proname = :name")
        before = connection.scalar(asked, {"name": name})
    with changed(superuser, definition.replace("%", "%%"), back=(before.replace("%", "%%"),)):
        yield
