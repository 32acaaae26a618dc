"""Clients and contacts in agreement: errands, conflicts, rules, dry runs, groups, and when each kind last succeeded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.walls import wall

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "contact_errands",
    "contact_conflicts",
    "xero_newcomers",
    "contact_plans",
    "contact_plan_rows",
    "tag_mappings",
    "last_syncs",
)
AT = sa.DateTime(timezone=True)


def _table(name, *columns, created=True):
    made = [sa.Column("created_at", AT, nullable=False)] if created else []
    op.create_table(
        name,
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        *made,
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=f"fk_{name}_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name=f"pk_{name}"),
    )
    for statement in wall(name):
        op.execute(statement)


def _text(name, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(name, nullable=False):
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _at(name, nullable=True):
    return sa.Column(name, AT, nullable=nullable)


def _json(name):
    return sa.Column(name, JSONB(), nullable=False)


def _key(table, column, other):
    op.create_foreign_key(
        f"fk_{table}_company_id_{column}", table, other, ["company_id", column], ["company_id", "id"]
    )


def _unique(table, *columns):
    op.create_unique_constraint(f"uq_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade():
    op.add_column(
        "companies", sa.Column("push_new_clients", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("companies", sa.Column("contact_rules", JSONB(), nullable=False, server_default="{}"))
    op.add_column("companies", sa.Column("contact_groups", sa.Text(), nullable=False, server_default="off"))
    op.add_column(
        "contact_mappings", sa.Column("agreed_groups", JSONB(), nullable=False, server_default="{}")
    )
    for table, column in (
        ("companies", "push_new_clients"),
        ("companies", "contact_rules"),
        ("companies", "contact_groups"),
        ("contact_mappings", "agreed_groups"),
    ):
        op.alter_column(table, column, server_default=None)
    op.add_column("contact_mappings", _text("merged_into", nullable=True))
    op.add_column("contact_mappings", _at("seen_at"))
    _errands()
    _conflicts()
    _newcomers()
    _plans()
    _groups()
    _last_syncs()


def _errands():
    name = "contact_errands"
    _table(
        name,
        _id("client_id"),
        _at("asked_at", nullable=False),
        _text("asked_by"),
        sa.Column("create", sa.Boolean(), nullable=False),
        sa.Column("force", sa.Boolean(), nullable=False),
        _text("batch", nullable=True),
        _at("sent_at"),
        _text("refused", nullable=True),
        _text("refused_code", nullable=True),
    )
    _key(name, "client_id", "clients")
    _unique(name, "company_id", "client_id")
    op.create_index(
        "ix_contact_errands_open",
        name,
        ["company_id", "asked_at", "client_id"],
        postgresql_where=sa.text("refused is null"),
    )
    op.create_index(
        "ix_contact_errands_refused",
        name,
        ["company_id", "client_id"],
        postgresql_where=sa.text("refused is not null"),
    )


def _conflicts():
    name = "contact_conflicts"
    _table(
        name,
        _id("client_id"),
        _id("mapping_id"),
        _text("field"),
        _text("ours"),
        _text("theirs"),
        _text("agreed", nullable=True),
        _at("resolved_at"),
        _text("resolved_by", nullable=True),
        _text("resolution", nullable=True),
    )
    _key(name, "client_id", "clients")
    _key(name, "mapping_id", "contact_mappings")
    op.create_index(
        "uq_contact_conflicts_company_id_mapping_id_field_open",
        name,
        ["company_id", "mapping_id", "field"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null"),
    )
    op.create_index(
        "ix_contact_conflicts_open",
        name,
        ["company_id", "client_id", "field"],
        postgresql_where=sa.text("resolved_at is null"),
    )


def _newcomers():
    name = "xero_newcomers"
    _table(name, _id("connection_id"), _text("xero_contact_id"), _text("name"), _at("seen_at", nullable=False))
    _key(name, "connection_id", "connections")
    _unique(name, "company_id", "connection_id", "xero_contact_id")


def _plans():
    name = "contact_plans"
    _table(
        name,
        _id("connection_id"),
        _text("asked_by"),
        _text("state"),
        _at("read_at"),
        _text("seen", nullable=True),
        _json("counts"),
        _text("done_by", nullable=True),
        _at("done_at"),
    )
    op.create_check_constraint("ck_contact_plans_state", name, "state in ('reading', 'ready', 'doing', 'done')")
    _key(name, "connection_id", "connections")
    op.create_index("ix_contact_plans_company_id_created_at_id", name, ["company_id", "created_at", "id"])
    name = "contact_plan_rows"
    _table(
        name,
        _id("plan_id"),
        _id("client_id"),
        _text("xero_contact_id"),
        _text("label"),
        _json("what"),
        _json("fields"),
        _text("seen"),
        _text("left_out", nullable=True),
        _at("done_at"),
        created=False,
    )
    _key(name, "plan_id", "contact_plans")
    _key(name, "client_id", "clients")
    _unique(name, "company_id", "plan_id", "client_id")
    op.create_index(
        "ix_contact_plan_rows_company_id_plan_id_label", name, ["company_id", "plan_id", "label", "id"]
    )


def _groups():
    name = "tag_mappings"
    _table(
        name,
        _id("connection_id"),
        _id("tag_id", nullable=True),
        _text("xero_group_id"),
        _text("name"),
        _text("state"),
    )
    op.create_check_constraint("ck_tag_mappings_state", name, "state in ('live', 'group_gone', 'apart')")
    _key(name, "connection_id", "connections")
    _key(name, "tag_id", "tags")
    _unique(name, "company_id", "connection_id", "xero_group_id")
    _unique(name, "company_id", "connection_id", "tag_id")


def _last_syncs():
    name = "last_syncs"
    _table(
        name,
        _id("connection_id"),
        _text("kind"),
        _at("succeeded_at"),
        _at("newest_at"),
        _at("begun_at"),
        sa.Column("page", sa.Integer(), nullable=False),
        _json("counts"),
        created=False,
    )
    _key(name, "connection_id", "connections")
    _unique(name, "company_id", "connection_id", "kind")


def downgrade():
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for column in ("seen_at", "merged_into", "agreed_groups"):
        op.drop_column("contact_mappings", column)
    for column in ("contact_groups", "contact_rules", "push_new_clients"):
        op.drop_column("companies", column)
