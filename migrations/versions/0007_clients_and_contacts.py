"""Clients with all that a contact has, tags, and what a client and its contact last agreed on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.walls import wall

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DETAILS = (
    "first_name",
    "last_name",
    "mobile",
    "company_number",
    "tax_number",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
)


def upgrade():
    for name in DETAILS:
        op.add_column("clients", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("clients", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_clients_company_id_merged_into_id",
        "clients",
        "clients",
        ["company_id", "merged_into_id"],
        ["company_id", "id"],
    )
    op.add_column(
        "contact_mappings", sa.Column("contact_status", sa.Text(), nullable=False, server_default="ACTIVE")
    )
    op.alter_column("contact_mappings", "contact_status", server_default=None)
    op.add_column("contact_mappings", sa.Column("contact_updated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact_mappings", sa.Column("agreed", JSONB(), nullable=False, server_default="{}"))
    op.alter_column("contact_mappings", "agreed", server_default=None)
    op.add_column("contact_mappings", sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "tags",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_tags_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_tags"),
        sa.UniqueConstraint("company_id", "sort_name", name="uq_tags_company_id_sort_name"),
    )
    op.create_table(
        "client_tags",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_client_tags_company_id"),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_client_tags_company_id_client_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "tag_id"], ["tags.company_id", "tags.id"], name="fk_client_tags_company_id_tag_id"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_client_tags"),
        sa.UniqueConstraint(
            "company_id", "client_id", "tag_id", name="uq_client_tags_company_id_client_id_tag_id"
        ),
    )
    op.create_index(
        "ix_client_tags_company_id_tag_id_client_id", "client_tags", ["company_id", "tag_id", "client_id"]
    )
    for table in ("tags", "client_tags"):
        for statement in wall(table):
            op.execute(statement)


def downgrade():
    for table in ("client_tags", "tags"):
        op.drop_table(table)
    for name in ("agreed_at", "agreed", "contact_updated_at", "contact_status"):
        op.drop_column("contact_mappings", name)
    op.drop_constraint("fk_clients_company_id_merged_into_id", "clients", type_="foreignkey")
    for name in ("merged_into_id", *DETAILS):
        op.drop_column("clients", name)
