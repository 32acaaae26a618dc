"""Invoices with their lines and payments, the lists of an organisation and what is mapped to them, time worked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.models.walls import wall

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "xero_list_entries",
    "charge_mappings",
    "office_mappings",
    "invoices",
    "invoice_lines",
    "invoice_payments",
    "time_entries",
)


def upgrade():
    op.create_table(
        "xero_list_entries",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("xero_id", sa.Text(), nullable=False),
        sa.Column("parent_xero_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("for_sales", sa.Boolean(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("previous_name", sa.Text(), nullable=True),
        sa.Column("renamed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('account', 'tax_rate', 'item', 'tracking_category', 'tracking_option', 'currency', 'branding_theme')",
            name="ck_xero_list_entries_kind",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_xero_list_entries_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_xero_list_entries_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_xero_list_entries"),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "kind",
            "xero_id",
            name="uq_xero_list_entries_company_id_connection_id_kind_xero_id",
        ),
    )
    op.create_index(
        "ix_xero_list_entries_company_id_connection_id",
        "xero_list_entries",
        ["company_id", "connection_id", "kind", "name"],
    )

    op.create_table(
        "charge_mappings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tax_rate_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_charge_mappings_company_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_charge_mappings_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "item_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_charge_mappings_company_id_item_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_id"],
            ["services.company_id", "services.id"],
            name="fk_charge_mappings_company_id_service_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "tax_rate_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_charge_mappings_company_id_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_charge_mappings_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_charge_mappings"),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "service_id",
            name="uq_charge_mappings_company_id_connection_id_service_id",
        ),
    )
    op.create_table(
        "office_mappings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_office_mappings_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "office_id"],
            ["offices.company_id", "offices.id"],
            name="fk_office_mappings_company_id_office_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "option_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_office_mappings_company_id_option_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_office_mappings_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_office_mappings"),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "office_id",
            name="uq_office_mappings_company_id_connection_id_office_id",
        ),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "option_id",
            name="uq_office_mappings_company_id_connection_id_option_id",
        ),
    )
    op.create_table(
        "invoices",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service_request_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("line_amounts", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("send_as", sa.Text(), nullable=False),
        sa.Column("branding_theme_id", sa.Text(), nullable=True),
        sa.Column("subtotal", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_state", sa.Text(), nullable=False),
        sa.Column("push_error", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("batch_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("change_error", sa.Text(), nullable=True),
        sa.Column("xero_invoice_id", sa.Text(), nullable=True),
        sa.Column("xero_number", sa.Text(), nullable=True),
        sa.Column("xero_status", sa.Text(), nullable=True),
        sa.Column("xero_currency", sa.Text(), nullable=True),
        sa.Column("xero_due_on", sa.Date(), nullable=True),
        sa.Column("xero_subtotal", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_tax", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_total", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_paid", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_credited", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_due", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("xero_paid_on", sa.Date(), nullable=True),
        sa.Column("xero_updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("online_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(push_state = 'sent') = (xero_invoice_id is not null)", name="ck_invoices_sent_has_id"
        ),
        sa.CheckConstraint(
            "change in ('update', 'submit', 'authorise', 'void', 'delete')", name="ck_invoices_change"
        ),
        sa.CheckConstraint(
            "line_amounts in ('Exclusive', 'Inclusive', 'NoTax')", name="ck_invoices_line_amounts"
        ),
        sa.CheckConstraint(
            "push_state in ('new', 'to_send', 'blocked', 'refused', 'sent')", name="ck_invoices_push_state"
        ),
        sa.CheckConstraint("send_as in ('DRAFT', 'SUBMITTED', 'AUTHORISED')", name="ck_invoices_send_as"),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_invoices_company_id_client_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name="fk_invoices_company_id_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_request_id"],
            ["service_requests.company_id", "service_requests.id"],
            name="fk_invoices_company_id_service_request_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_invoices_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_invoices"),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "xero_invoice_id",
            name="uq_invoices_company_id_connection_id_xero_invoice_id",
        ),
    )
    op.create_index(
        "ix_invoices_batch",
        "invoices",
        ["company_id", "batch"],
        postgresql_where=sa.text("batch is not null"),
    )
    op.create_index("ix_invoices_company_id_client_id", "invoices", ["company_id", "client_id", "created_at"])
    op.create_index("ix_invoices_company_id_created_at_id", "invoices", ["company_id", "created_at", "id"])
    op.create_index("ix_invoices_company_id_reference", "invoices", ["company_id", "reference"])
    op.create_index(
        "ix_invoices_company_id_service_request_id", "invoices", ["company_id", "service_request_id"]
    )
    op.create_index(
        "ix_invoices_company_id_xero_status", "invoices", ["company_id", "xero_status", "created_at", "id"]
    )
    op.create_index(
        "ix_invoices_due",
        "invoices",
        ["company_id", "due_on", "id"],
        postgresql_where=sa.text("xero_status = 'AUTHORISED'"),
    )
    op.create_index(
        "ix_invoices_unsent",
        "invoices",
        ["company_id", "push_state", "asked_at"],
        postgresql_where=sa.text("push_state <> 'sent' and ended_at is null"),
    )
    op.create_index(
        "uq_invoices_company_id_service_request_id_live",
        "invoices",
        ["company_id", "service_request_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null and service_request_id is not null"),
    )

    op.create_table(
        "invoice_lines",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_amount", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("discount_rate", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("tax_rate_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("tracking_option_id", sa.Uuid(), nullable=True),
        sa.Column("line_amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax_amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("xero_line_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_invoice_lines_company_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "invoice_id"],
            ["invoices.company_id", "invoices.id"],
            name="fk_invoice_lines_company_id_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "item_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_invoice_lines_company_id_item_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "office_id"],
            ["offices.company_id", "offices.id"],
            name="fk_invoice_lines_company_id_office_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_id"],
            ["services.company_id", "services.id"],
            name="fk_invoice_lines_company_id_service_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "tax_rate_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_invoice_lines_company_id_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "tracking_option_id"],
            ["xero_list_entries.company_id", "xero_list_entries.id"],
            name="fk_invoice_lines_company_id_tracking_option_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_invoice_lines_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_invoice_lines"),
        sa.UniqueConstraint(
            "company_id", "invoice_id", "position", name="uq_invoice_lines_company_id_invoice_id_position"
        ),
    )
    op.create_table(
        "invoice_payments",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("xero_payment_id", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "invoice_id"],
            ["invoices.company_id", "invoices.id"],
            name="fk_invoice_payments_company_id_invoice_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_invoice_payments_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_invoice_payments"),
        sa.UniqueConstraint(
            "company_id",
            "invoice_id",
            "xero_payment_id",
            name="uq_invoice_payments_company_id_invoice_id_xero_payment_id",
        ),
    )
    op.create_table(
        "time_entries",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_request_id", sa.Uuid(), nullable=False),
        sa.Column("xero_time_entry_id", sa.Text(), nullable=False),
        sa.Column("task_name", sa.Text(), nullable=False),
        sa.Column("charge_type", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("xero_status", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes >= 0", name="ck_time_entries_minutes"),
        sa.ForeignKeyConstraint(
            ["company_id", "invoice_id"],
            ["invoices.company_id", "invoices.id"],
            name="fk_time_entries_company_id_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_request_id"],
            ["service_requests.company_id", "service_requests.id"],
            name="fk_time_entries_company_id_service_request_id",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_time_entries_company_id"),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_time_entries"),
        sa.UniqueConstraint(
            "company_id", "service_request_id", "xero_time_entry_id", name="uq_time_entries_request_entry"
        ),
    )
    op.add_column("companies", sa.Column("invoice_status", sa.Text(), nullable=False, server_default="DRAFT"))
    op.add_column(
        "companies", sa.Column("invoice_line_amounts", sa.Text(), nullable=False, server_default="Exclusive")
    )
    op.add_column(
        "companies", sa.Column("invoice_due_days", sa.Integer(), nullable=False, server_default="14")
    )
    op.add_column(
        "companies", sa.Column("invoice_due_from", sa.Text(), nullable=False, server_default="issue")
    )
    op.add_column(
        "companies", sa.Column("track_offices", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "companies", sa.Column("next_invoice_number", sa.Integer(), nullable=False, server_default="1")
    )

    op.add_column("service_requests", sa.Column("paid_on", sa.Date(), nullable=True))
    for column in (
        "invoice_status",
        "invoice_line_amounts",
        "invoice_due_days",
        "invoice_due_from",
        "track_offices",
        "next_invoice_number",
    ):
        op.alter_column("companies", column, server_default=None)
    for table in TABLES:
        for statement in wall(table):
            op.execute(statement)


def downgrade():
    op.drop_column("service_requests", "paid_on")

    op.drop_column("companies", "next_invoice_number")
    op.drop_column("companies", "track_offices")
    op.drop_column("companies", "invoice_due_from")
    op.drop_column("companies", "invoice_due_days")
    op.drop_column("companies", "invoice_line_amounts")
    op.drop_column("companies", "invoice_status")
    for table in reversed(TABLES):
        op.drop_table(table)
