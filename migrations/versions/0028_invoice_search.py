"""Invoices found by the beginning of reference and number; time entries with the line that bills them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    for column in ("reference", "xero_number"):
        op.alter_column("invoices", column, type_=sa.Text(collation="C"))
    op.create_index("ix_invoices_company_id_xero_number", "invoices", ["company_id", "xero_number"])
    op.add_column("time_entries", sa.Column("invoice_line_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_time_entries_company_id_invoice_line_id",
        "time_entries",
        "invoice_lines",
        ["company_id", "invoice_line_id"],
        ["company_id", "id"],
    )


def downgrade():
    op.drop_constraint("fk_time_entries_company_id_invoice_line_id", "time_entries", type_="foreignkey")
    op.drop_column("time_entries", "invoice_line_id")
    op.drop_index("ix_invoices_company_id_xero_number", "invoices")
    for column in ("reference", "xero_number"):
        op.alter_column("invoices", column, type_=sa.Text())
