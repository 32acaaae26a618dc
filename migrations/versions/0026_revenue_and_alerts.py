"""Invoices say when they changed; what counts as revenue is found by date; what admins were told of."""

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "alerts",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_alerts_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_alerts"),
        sa.UniqueConstraint("company_id", "day", "matter", name="uq_alerts_company_id_day_matter"),
    )
    for statement in wall("alerts"):
        op.execute(statement)
    op.add_column("companies", sa.Column("alert_mails", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("companies", "alert_mails", server_default=None)
    op.add_column(
        "invoices",
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.alter_column("invoices", "updated_at", server_default=None)
    op.create_index("ix_invoices_company_id_updated_at", "invoices", ["company_id", "updated_at"])
    op.create_index(
        "ix_invoices_counted",
        "invoices",
        ["company_id", "issued_on"],
        postgresql_where=sa.text("xero_status in ('AUTHORISED', 'PAID')"),
    )
    # When each kind of work last succeeded, and what became of the newest: without reading the rest.
    op.create_index(
        "ix_operations_company_id_kind_state", "operations", ["company_id", "kind", "state", "finished_at"]
    )


def downgrade():
    op.drop_index("ix_operations_company_id_kind_state", "operations")
    op.drop_index("ix_invoices_counted", "invoices")
    op.drop_index("ix_invoices_company_id_updated_at", "invoices")
    op.drop_column("invoices", "updated_at")
    op.drop_column("companies", "alert_mails")
    op.drop_table("alerts")
