"""Indexes for what points at a client: without them, taking a client away reads whole tables. And when an import's
reading began by Xero's clock."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = (
    ("clients", "merged_into_id", True),
    ("contact_conflicts", "client_id", False),
    ("contact_conflicts", "mapping_id", False),
    ("contact_mappings", "client_id", False),
    ("contact_plan_rows", "client_id", False),
    ("document_erasures", "client_id", False),
    ("document_uploads", "client_id", False),
    ("invitations", "client_id", True),
    ("memberships", "client_id", True),
)
"""Table, column, whether it may be empty."""


def upgrade():
    op.add_column("contact_imports", sa.Column("xero_read_from", sa.DateTime(timezone=True), nullable=True))
    for table, column, nullable in INDEXES:
        where = sa.text(f"{column} is not null") if nullable else None
        op.create_index(
            f"ix_{table}_company_id_{column}", table, ["company_id", column], postgresql_where=where
        )


def downgrade():
    for table, column, _ in INDEXES:
        op.drop_index(f"ix_{table}_company_id_{column}", table)
    op.drop_column("contact_imports", "xero_read_from")
