"""Asks always have a date, because the list of what is missing is ordered by it; documents to check are found by an
index; a practice may ask by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("companies", sa.Column("ask_documents", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("companies", "ask_documents", server_default=None)
    op.execute("update document_asks set due_on = created_at::date + 14 where due_on is null")
    op.alter_column("document_asks", "due_on", nullable=False)
    op.create_index(
        "ix_documents_to_check",
        "documents",
        ["company_id", "created_at", "id"],
        postgresql_where=sa.text("state = 'uploaded'"),
    )


def downgrade():
    op.drop_index("ix_documents_to_check", table_name="documents")
    op.alter_column("document_asks", "due_on", nullable=True)
    op.drop_column("companies", "ask_documents")
