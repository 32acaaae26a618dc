"""Deleting a practice for good: the decision with its delay, and the functions of a role of their own that end it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.models.walls import wall

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ERASING = Path(__file__).parents[1] / "sql" / "0017_closing.sql"


def upgrade():
    op.create_table(
        "company_closings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "erase_after",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + interval '30 days'"),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before_suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before_suspension_reason", sa.Text(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("xero", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_closings_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_company_closings")),
        sa.UniqueConstraint("company_id", name=op.f("uq_company_closings_company_id")),
    )
    for statement in wall("company_closings"):
        op.execute(statement)
    op.execute(ERASING.read_text())


def downgrade():
    raise NotImplementedError("What was deleted does not come back: restore a backup instead.")
