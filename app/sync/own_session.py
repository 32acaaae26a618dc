"""A transaction of its own beside the caller's, for what must stay whatever becomes of the caller's work: a
refreshed token, a line of the call log."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, text

from app.extensions import db
from app.tenancy import CompanySession, company_scope


class _OnConnection(CompanySession):
    """Bound to one database connection, where Flask-SQLAlchemy's own session always asks the engine."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Connection:
        return cast(Connection, self.bind)


@contextmanager
def own_transaction(
    company_id: UUID | None, connection: Connection | None = None, lock_seconds: float = 10
) -> Iterator[CompanySession]:
    """One short transaction in the company's scope (None: in nobody's), committed at the end, rolled back by an
    exception.

    `connection`: use this one, which must not be inside a transaction; by default one from the pool. Waiting
    for a row that somebody holds ends after `lock_seconds` with an OperationalError, so that work which waits
    for its own caller's rows cannot hang.
    """
    with company_scope(company_id) if company_id else nullcontext():
        session = _OnConnection(db=db, bind=connection) if connection is not None else CompanySession(db=db)
        with session, session.begin():
            session.execute(
                text("select set_config('lock_timeout', :limit, true)"), {"limit": f"{lock_seconds}s"}
            )
            yield session
