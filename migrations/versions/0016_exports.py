"""Exports of everything that a practice has."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LOOKUPS = Path(__file__).parents[1] / "sql" / "0016_exports.sql"


def upgrade():
    op.create_table(
        "company_exports",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("by_platform", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'ready', 'failed', 'gone')", name=op.f("ck_company_exports_state")
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease is not null)", name=op.f("ck_company_exports_running_has_lease")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_exports_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_company_exports")),
    )
    op.create_index(
        "uq_company_exports_company_id_open",
        "company_exports",
        ["company_id"],
        unique=True,
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    for statement in wall("company_exports"):
        op.execute(statement)
    op.execute(LOOKUPS.read_text())


def downgrade():
    raise NotImplementedError("Exports are files beside the database: restore a backup instead.")
