"""The audit log: what people did, in a chain, and what they looked at; for the app's role to add to and to read only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("audit_events", "audit_views")


def build_walls():
    for table in TABLES:
        theirs = "company_id = nullif(current_setting('app.company_id', true), '')::uuid"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY company ON {table} USING ({theirs}) WITH CHECK ({theirs})")
        # The default privileges of roles.sql gave all four; a log is added to and read.
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM countinghouse_app")


def said():
    """The columns that both tables have."""
    return (
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("subject_label", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
    )


def upgrade():
    op.create_table(
        "audit_events",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        *said(),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("company_id", "sequence", name=op.f("uq_audit_events_company_id_sequence")),
    )
    op.create_table(
        "audit_views",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True), nullable=True),
        *said(),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_audit_views")),
    )
    for table, last in (("audit_events", "sequence"), ("audit_views", "id")):
        op.create_index(f"ix_{table}_company_id_at", table, ["company_id", "at", last])
        op.create_index(f"ix_{table}_company_id_actor_id", table, ["company_id", "actor_id", "at", last])
        op.create_index(f"ix_{table}_company_id_subject_id", table, ["company_id", "subject_id", "at", last])
    build_walls()


def downgrade():
    for table in TABLES:
        op.drop_table(table)
