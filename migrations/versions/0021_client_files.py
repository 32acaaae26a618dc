"""Files of clients, until they are confirmed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.walls import wall

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "client_imports",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("headings", JSONB(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("existing", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('uploaded', 'checked', 'done')", name="ck_client_imports_state"),
        sa.CheckConstraint("existing in ('leave', 'fill', 'replace')", name="ck_client_imports_existing"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_client_imports_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_client_imports"),
    )
    op.create_index("ix_client_imports_company_id_created_at_id", "client_imports", ["company_id", "created_at", "id"])
    op.create_table(
        "client_import_rows",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("as_new", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome in ('new', 'match', 'error')", name="ck_client_import_rows_outcome"),
        sa.CheckConstraint(
            "result in ('added', 'changed', 'same', 'left')", name="ck_client_import_rows_result"
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_client_import_rows_company_id"),
        sa.ForeignKeyConstraint(
            ["company_id", "import_id"],
            ["client_imports.company_id", "client_imports.id"],
            name="fk_client_import_rows_company_id_import_id",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_client_import_rows"),
        sa.UniqueConstraint(
            "company_id", "import_id", "line", name="uq_client_import_rows_company_id_import_id_line"
        ),
    )
    for table in ("client_imports", "client_import_rows"):
        for statement in wall(table):
            op.execute(statement)


def downgrade():
    for table in ("client_import_rows", "client_imports"):
        op.drop_table(table)
