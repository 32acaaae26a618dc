"""Belts two and three of isolation: every statement runs in the scope of one company, or not at all.

`company_scope` opens the scope. Inside, the ORM guard adds the company to every statement and stamps new rows, and
each transaction tells PostgreSQL whose it is, so that row-level security holds for raw SQL as well. Outside, a
statement on a company table raises. What must look across companies goes through the reviewed SQL functions in
`app.lookups`, which answer ids and counts only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from uuid import UUID

from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Table, event, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from app.models.base import CompanyOwned, Model
from app.models.company import Company

_company: ContextVar[UUID | None] = ContextVar("company", default=None)
_HELD = "commit_held"
_SET_COMPANY = text("select set_config('app.company_id', :company_id, true)")


class ScopeError(RuntimeError):
    """A statement or a row reached for a company outside its scope: always our mistake, never a person's."""


class CompanySession(FlaskSession):
    """The session of one company's work; `session.info['company_id']` says whose transaction is open."""

    def commit(self) -> None:
        """Commit; inside `one_commit` only write down what was changed, because more belongs to the transaction."""
        if not self.info.get(_HELD):
            super().commit()
            return
        self.flush()
        # As after a commit: what is read from here on comes from the database.
        self.expire_all()


def current_company_id() -> UUID:
    """The company of the scope we are in. Raises `ScopeError` outside one: tasks assert with it."""
    company_id = _company.get()
    if company_id is None:
        raise ScopeError("This needs a company, and no company's scope is open.")
    return company_id


def scoped_company_id() -> UUID | None:
    """The company of the scope we are in, or None."""
    return _company.get()


@contextmanager
def company_scope(company_id: UUID, session: Session | None = None) -> Iterator[None]:
    """Work for this company and no other.

    `session`: one whose transaction has already begun outside any scope (the person was looked up); it is told of the
    company at once. A transaction begun for another company is refused: one session, one company.
    """
    outer = _company.get()
    if outer is not None and outer != company_id:
        raise ScopeError(
            f"A scope is open for company {outer}; close it before opening one for {company_id}."
        )
    token = _company.set(company_id)
    try:
        if session is not None and session.in_transaction() and session.info.get("company_id") != company_id:
            _tell_database(session, session.connection(), company_id)
        yield
    finally:
        _company.reset(token)


@contextmanager
def one_commit(session: Session) -> Iterator[None]:
    """Commit once, at the end, whatever is committed inside: for what must stand or fall with a handler's changes.
    An exception undoes everything."""
    session.info[_HELD] = True
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_HELD, None)
    session.commit()


def _tell_database(session: Session, connection: Connection, company_id: UUID) -> None:
    begun_for = session.info.get("company_id")
    if begun_for is not None and begun_for != company_id:
        raise ScopeError("This session has worked for another company; use a session of its own.")
    connection.execute(_SET_COMPANY, {"company_id": str(company_id)})
    session.info["company_id"] = company_id


@event.listens_for(CompanySession, "after_begin")
def _begin_for_company(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Transaction-local, set at each begin: a setting made once per request is gone after the first commit, and a
    # plain SET would leak to the next user of the pooled connection.
    company_id = _company.get()
    if company_id is not None:
        _tell_database(session, connection, company_id)


@cache
def company_tables() -> frozenset[Table]:
    """Every table with a company's rows."""
    tables = {
        mapper.local_table for mapper in Model.registry.mappers if issubclass(mapper.class_, CompanyOwned)
    }
    return frozenset(table for table in tables if isinstance(table, Table))


def _names_company_table(statement: Any) -> bool:
    tables = company_tables()
    return any(
        element in tables or getattr(element, "table", None) in tables
        for element in visitors.iterate(statement)
        if element.__visit_name__ in {"table", "column", "insert", "update", "delete"}
    )


@event.listens_for(CompanySession, "do_orm_execute")
def _guard(state: ORMExecuteState) -> None:
    company_id = _company.get()
    if company_id is None:
        if _names_company_table(state.statement):
            raise ScopeError("A statement on a company's table outside any company's scope.")
        return
    if state.is_select or state.is_update or state.is_delete:
        # Not only where the main entity is a company's: a count() around a sub-query would count all companies.
        state.statement = state.statement.options(
            with_loader_criteria(
                CompanyOwned,
                lambda cls: cls.company_id == company_id,
                include_aliases=True,
                track_closure_variables=True,
            ),
            with_loader_criteria(
                Company,
                lambda cls: cls.id == company_id,
                include_aliases=True,
                track_closure_variables=True,
            ),
        )


@event.listens_for(CompanySession, "before_flush")
def _stamp_and_check(session: Session, _context: Any, _instances: Any) -> None:
    company_id = _company.get()
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, CompanyOwned):
            continue
        if company_id is None:
            raise ScopeError(f"A {type(row).__name__} is written outside any company's scope.")
        if row.company_id is None and row in session.new:
            row.company_id = company_id
        elif row.company_id != company_id:
            raise ScopeError(f"A {type(row).__name__} of another company is written.")
