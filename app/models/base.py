"""What every table has in common: the naming of keys, and the company that owns its rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Numeric,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry

Json = dict[str, Any]


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def database_now(plus: float = 0) -> ColumnElement[datetime]:
    """The database's clock, `plus` seconds on: for times that one machine writes and another compares (leases, due
    times). The machines' own clocks may run apart.

    The statement's beginning, not the transaction's as `now()` would be: a lease written after a slow look at Xero must
    count from then."""
    return func.statement_timestamp() + timedelta(seconds=plus)


class Model(DeclarativeBase):
    """Base of all tables. Texts have no length in the database: forms and API bodies say it in a sentence."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            str: Text,
            UUID: Uuid,
            datetime: DateTime(timezone=True),
            Decimal: Numeric(14, 2),
            Json: JSONB,
        },
    )


class CompanyOwned:
    """A row that belongs to one company.

    The primary key is ``(company_id, id)``: a global key would answer whether a stranger's row exists.
    `app.tenancy` stamps ``company_id`` on new rows and refuses rows of another company; the database refuses
    them too (row-level security).
    """

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), primary_key=True, sort_order=-10)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-9)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"eager_defaults": True}


class Created:
    """When the row came to be."""

    created_at: Mapped[datetime] = mapped_column(default=now)


def company_key(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key to another company table. It includes the company: no reference leads across practices."""
    return ForeignKeyConstraint(["company_id", column], [f"{table}.company_id", f"{table}.id"])


def company_join(model: str, column: str, other: str) -> str:
    """The explicit ``primaryjoin`` of a relationship along `company_key`.

    Only the id column is ``foreign()``, so several relationships of one model may share ``company_id``.
    """
    return f"and_(foreign({model}.{column}) == {other}.id, {model}.company_id == {other}.company_id)"
