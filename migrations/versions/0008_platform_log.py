"""The platform's log, and how much each practice has stored."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PLATFORM = Path(__file__).parents[1] / "sql" / "0008_platform_log.sql"


def upgrade():
    op.create_table(
        "platform_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_events")),
    )
    op.create_index("ix_platform_events_at_id", "platform_events", ["at", "id"])
    op.create_index("ix_platform_events_company_id", "platform_events", ["company_id", "at"])
    op.add_column("companies", sa.Column("stored_rows", sa.BigInteger(), nullable=True))
    op.add_column("companies", sa.Column("stored_bytes", sa.BigInteger(), nullable=True))
    op.add_column("companies", sa.Column("stored_counted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(PLATFORM.read_text())


def downgrade():
    raise NotImplementedError("The functions of before are in 0006_platform.sql: restore a backup instead.")
