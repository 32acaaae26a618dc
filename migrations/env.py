"""Alembic's environment. Migrations run as the owner of the tables, which the app's own role is not."""

import os

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, pool, text

from app.extensions import db, settings


def owner_url() -> str:
    """The owner's database address, from DATABASE_OWNER_URL."""
    url = settings().database_owner_url or os.environ.get("DATABASE_OWNER_URL")
    if not url:
        raise SystemExit(
            "Migrations need DATABASE_OWNER_URL: the role that owns the tables (migrations/roles.sql)."
        )
    return url


def run() -> None:
    engine = create_engine(owner_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            # Whoever is given a function must be able to create in its schema; lent for this one transaction.
            connection.execute(
                text("GRANT CREATE ON SCHEMA public TO countinghouse_lookup, countinghouse_eraser")
            )
            context.run_migrations()
            connection.execute(
                text("REVOKE CREATE ON SCHEMA public FROM countinghouse_lookup, countinghouse_eraser")
            )


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; SQL scripts are not offered.")
run()
