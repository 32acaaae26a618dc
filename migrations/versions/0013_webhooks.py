"""News from Xero: deliveries, the events in them, and what was missed."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LOOKUPS = Path(__file__).parents[1] / "sql" / "0013_webhooks.sql"


def upgrade():
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index(
        "ix_webhook_deliveries_unsorted",
        "webhook_deliveries",
        ["id"],
        postgresql_where=sa.text("sorted_at is null"),
    )
    op.create_index("ix_webhook_deliveries_received_at", "webhook_deliveries", ["received_at"])

    op.create_table(
        "webhook_stream",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_delivery_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("highest", sa.BigInteger(), nullable=True),
        sa.Column("highest_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_webhook_stream_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_stream"),
    )
    op.execute("INSERT INTO webhook_stream (id) VALUES (1)")

    op.create_table(
        "webhook_stream_gaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'arrived', 'handed_on')", name=op.f("ck_webhook_stream_gaps_state")
        ),
        sa.CheckConstraint("first_sequence <= last_sequence", name=op.f("ck_webhook_stream_gaps_in_order")),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_stream_gaps"),
    )
    op.create_index(
        "ix_webhook_stream_gaps_open",
        "webhook_stream_gaps",
        ["noticed_at"],
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "webhook_strays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xero_tenant_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_strays"),
        sa.UniqueConstraint("key", name="uq_webhook_strays_key"),
    )
    op.create_index(
        "ix_webhook_strays_xero_tenant_id_received_at",
        "webhook_strays",
        ["xero_tenant_id", "received_at", "id"],
    )
    op.create_index("ix_webhook_strays_received_at_id", "webhook_strays", ["received_at", "id"])

    op.create_table(
        "webhook_events",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state in ('handed_on', 'echo', 'no_client', 'not_used')", name=op.f("ck_webhook_events_state")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_webhook_events_company_id"),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_webhook_events_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["operations.company_id", "operations.id"],
            name="fk_webhook_events_company_id_operation_id",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_webhook_events"),
        sa.UniqueConstraint("company_id", "key", name="uq_webhook_events_company_id_key"),
    )
    op.create_index(
        "ix_webhook_events_company_id_received_at_id",
        "webhook_events",
        ["company_id", "received_at", "id"],
    )

    op.create_table(
        "webhook_gaps",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream_gap_id", sa.Uuid(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_webhook_gaps_company_id"),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["operations.company_id", "operations.id"],
            name="fk_webhook_gaps_company_id_operation_id",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_webhook_gaps"),
        sa.UniqueConstraint(
            "company_id", "stream_gap_id", name="uq_webhook_gaps_company_id_stream_gap_id"
        ),
    )
    op.create_index(
        "ix_webhook_gaps_company_id_created_at_id", "webhook_gaps", ["company_id", "created_at", "id"]
    )

    for table in ("webhook_events", "webhook_gaps"):
        for statement in wall(table):
            op.execute(statement)
    op.execute(LOOKUPS.read_text())


def downgrade():
    op.execute("DROP FUNCTION lookup_organisations(text[])")
    op.execute("DROP FUNCTION lookup_strays_to_hand_on(timestamptz, integer)")
    for table in (
        "webhook_gaps",
        "webhook_events",
        "webhook_strays",
        "webhook_stream_gaps",
        "webhook_stream",
        "webhook_deliveries",
    ):
        op.drop_table(table)
