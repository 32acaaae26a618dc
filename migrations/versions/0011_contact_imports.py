"""Imports of contacts with their rows, and contacts that are ignored; clients by when they changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.walls import wall

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("contact_imports", "contact_import_rows", "ignored_contacts")


def upgrade():
    op.create_index("ix_clients_company_id_updated_at", "clients", ["company_id", "updated_at"])

    op.create_table(
        "contact_imports",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("include_archived", sa.Boolean(), nullable=False),
        sa.Column("choose", sa.Text(), nullable=True),
        sa.Column("unattended", sa.Boolean(), nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("contacts_expected", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("to_do", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("choices_version", sa.Integer(), nullable=False),
        sa.Column("made_tags", JSONB(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("read_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choose in ('exact', 'exact_and_new')", name="ck_contact_imports_choose"),
        sa.CheckConstraint("phase in ('preview', 'import', 'undo')", name="ck_contact_imports_phase"),
        sa.CheckConstraint(
            "state in ('working', 'ready', 'paused', 'done', 'cancelled', 'failed')",
            name="ck_contact_imports_state",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_contact_imports_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_contact_imports_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_contact_imports"),
        sa.UniqueConstraint("company_id", "number", name="uq_contact_imports_company_id_number"),
    )
    op.create_index(
        "uq_contact_imports_company_id_connection_id_open",
        "contact_imports",
        ["company_id", "connection_id"],
        unique=True,
        postgresql_where=sa.text("state in ('working', 'ready', 'paused')"),
    )
    op.create_table(
        "contact_import_rows",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("contact_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("groups", JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("candidates", JSONB(), nullable=False),
        sa.Column("differs", JSONB(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client_name", sa.Text(), nullable=True),
        sa.Column("mapping_id", sa.Uuid(), nullable=True),
        sa.Column("client_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("undo_outcome", sa.Text(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "choice in ('import', 'match', 'skip', 'ignore')", name="ck_contact_import_rows_choice"
        ),
        sa.CheckConstraint(
            "kind in ('conflict', 'possible', 'match', 'new', 'mapped', 'ignored')",
            name="ck_contact_import_rows_kind",
        ),
        sa.CheckConstraint(
            "outcome in ('imported', 'matched', 'ignored', 'set_aside')",
            name="ck_contact_import_rows_outcome",
        ),
        sa.CheckConstraint("undo_outcome in ('undone', 'kept')", name="ck_contact_import_rows_undo_outcome"),
        sa.ForeignKeyConstraint(
            ["company_id", "import_id"],
            ["contact_imports.company_id", "contact_imports.id"],
            name="fk_contact_import_rows_company_id_import_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_contact_import_rows_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_contact_import_rows"),
        sa.UniqueConstraint(
            "company_id",
            "import_id",
            "contact_id",
            name="uq_contact_import_rows_company_id_import_id_contact_id",
        ),
    )
    op.create_index(
        "ix_contact_import_rows_claims",
        "contact_import_rows",
        ["company_id", "import_id", "client_id"],
        unique=False,
    )
    op.create_index(
        "ix_contact_import_rows_list",
        "contact_import_rows",
        ["company_id", "import_id", "rank", "sort_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_contact_import_rows_to_do",
        "contact_import_rows",
        ["company_id", "import_id", "id"],
        unique=False,
        postgresql_where=sa.text("outcome is null and choice in ('import', 'match', 'ignore')"),
    )
    op.create_index(
        "ix_contact_import_rows_to_undo",
        "contact_import_rows",
        ["company_id", "import_id", "id"],
        unique=False,
        postgresql_where=sa.text("outcome in ('imported', 'matched', 'ignored') and undo_outcome is null"),
    )
    op.create_table(
        "ignored_contacts",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("xero_contact_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("ignored_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_ignored_contacts_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_ignored_contacts_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_ignored_contacts"),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "xero_contact_id",
            name="uq_ignored_contacts_company_id_connection_id_xero_contact_id",
        ),
    )
    op.create_index(
        "ix_ignored_contacts_list",
        "ignored_contacts",
        ["company_id", "connection_id", "sort_name", "id"],
        unique=False,
    )
    for table in TABLES:
        for statement in wall(table):
            op.execute(statement)


def downgrade():
    for table in ("contact_import_rows", "contact_imports", "ignored_contacts"):
        op.drop_table(table)
    op.drop_index("ix_clients_company_id_updated_at", "clients")
