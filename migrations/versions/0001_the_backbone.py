"""The backbone: practices, people, clients, services, requests, the way to Xero; and the walls between practices."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


COMPANY_TABLES = (
    "causes",
    "company_entries",
    "consents",
    "grants",
    "job_templates",
    "offices",
    "services",
    "xero_calls",
    "clients",
    "connections",
    "job_template_tasks",
    "service_mappings",
    "contact_mappings",
    "memberships",
    "operations",
    "xero_staff",
    "operation_steps",
    "service_requests",
    "staff_mappings",
    "request_events",
)
LOOKUPS = Path(__file__).parents[1] / "sql" / "0001_lookups.sql"


def build_walls():
    """Row-level security, forced: the app's role sees and writes the rows of the company it has named, and no others."""
    for table, column in (("companies", "id"), *((name, "company_id") for name in COMPANY_TABLES)):
        theirs = f"{column} = nullif(current_setting('app.company_id', true), '')::uuid"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY company ON {table} USING ({theirs}) WITH CHECK ({theirs})")
    op.execute(LOOKUPS.read_text())


def upgrade():
    op.create_table(
        "companies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("reference_prefix", sa.Text(), nullable=False),
        sa.Column("next_request_number", sa.Integer(), nullable=False),
        sa.Column("next_client_number", sa.Integer(), nullable=False),
        sa.Column("job_name_pattern", sa.Text(), nullable=False),
        sa.Column("create_contacts", sa.Boolean(), nullable=False),
        sa.Column("push_client_changes", sa.Boolean(), nullable=False),
        sa.Column("call_log_days", sa.Integer(), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
    )
    op.create_table(
        "periodic_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_runs")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("super_admin", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("theme in ('auto', 'light', 'dark')", name=op.f("ck_users_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index("uq_users_email", [sa.literal_column("lower(email)")], unique=True)

    op.create_table(
        "causes",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_causes_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_causes")),
    )
    with op.batch_alter_table("causes", schema=None) as batch_op:
        batch_op.create_index(
            "uq_causes_company_id_kind_subject_open",
            ["company_id", "kind", "subject"],
            unique=True,
            postgresql_where=sa.text("resolved_at is null"),
        )

    op.create_table(
        "company_entries",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_entries_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_company_entries_user_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_company_entries")),
    )
    with op.batch_alter_table("company_entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_company_entries_company_id_opened_at", ["company_id", "opened_at"], unique=False
        )

    op.create_table(
        "consents",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("user_session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_consents_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_consents")),
        sa.UniqueConstraint("company_id", "state_hash", name=op.f("uq_consents_company_id_state_hash")),
    )
    op.create_table(
        "grants",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("xero_user_id", sa.Text(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_grants_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_grants")),
        sa.UniqueConstraint(
            "company_id", "xero_user_id", "kind", name=op.f("uq_grants_company_id_xero_user_id_kind")
        ),
    )
    op.create_table(
        "job_templates",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_job_templates_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_job_templates")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_job_templates_company_id_name")),
    )
    op.create_table(
        "offices",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_offices_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_offices")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_offices_company_id_name")),
    )
    op.create_table(
        "services",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("base_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("default_due_days", sa.Integer(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=True),
        sa.Column("tax_type", sa.Text(), nullable=True),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("base_price >= 0", name=op.f("ck_services_base_price")),
        sa.CheckConstraint("default_due_days between 0 and 730", name=op.f("ck_services_default_due_days")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_services_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_services")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_services_company_id_name")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("refresh_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('page', 'api')", name=op.f("ck_user_sessions_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_user_sessions_user_id", ["user_id"], unique=False)

    op.create_table(
        "xero_calls",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("minute_left", sa.Integer(), nullable=True),
        sa.Column("day_left", sa.Integer(), nullable=True),
        sa.Column("retry_after", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_body", sa.Text(), nullable=True),
        sa.Column("reply_body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_xero_calls_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_xero_calls")),
    )
    with op.batch_alter_table("xero_calls", schema=None) as batch_op:
        batch_op.create_index("ix_xero_calls_company_id_at_id", ["company_id", "at", "id"], unique=False)
        batch_op.create_index(
            "ix_xero_calls_company_id_operation_id", ["company_id", "operation_id"], unique=False
        )
        batch_op.create_index(
            "ix_xero_calls_wrong",
            ["company_id", "at"],
            unique=False,
            postgresql_include=["error_code"],
            postgresql_where=sa.text("error_code is not null"),
        )

    op.create_table(
        "clients",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('individual', 'sole_trader', 'company', 'partnership', 'trust', 'super_fund', 'other')",
            name=op.f("ck_clients_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "office_id"],
            ["offices.company_id", "offices.id"],
            name=op.f("fk_clients_company_id_office_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_clients_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_clients")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_clients_company_id_number")),
    )
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.create_index("ix_clients_company_id_office_id", ["company_id", "office_id"], unique=False)
        batch_op.create_index(
            "ix_clients_company_id_sort_name_id", ["company_id", "sort_name", "id"], unique=False
        )

    op.create_table(
        "connections",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("xero_tenant_id", sa.Text(), nullable=False),
        sa.Column("xero_connection_id", sa.Text(), nullable=True),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=True),
        sa.Column("base_currency", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("connected_by", sa.Text(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disconnected_by", sa.Text(), nullable=True),
        sa.Column("last_sync_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consecutive_errors", sa.Integer(), nullable=False),
        sa.Column("staff_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('to_confirm', 'connected', 'reconnect_needed', 'disconnected')",
            name=op.f("ck_connections_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "grant_id"],
            ["grants.company_id", "grants.id"],
            name=op.f("fk_connections_company_id_grant_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_connections_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_connections")),
        sa.UniqueConstraint(
            "company_id", "kind", "xero_tenant_id", name=op.f("uq_connections_company_id_kind_xero_tenant_id")
        ),
    )
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.create_index(
            "uq_connections_company_id_kind_live",
            ["company_id", "kind"],
            unique=True,
            postgresql_where=sa.text("status <> 'disconnected'"),
        )
        batch_op.create_index(
            "uq_connections_xero_tenant_id_live",
            ["xero_tenant_id"],
            unique=True,
            postgresql_where=sa.text("status <> 'disconnected'"),
        )

    op.create_table(
        "job_template_tasks",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_template_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("charge_type", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("estimate_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "charge_type in ('TIME', 'FIXED', 'NON_CHARGEABLE')",
            name=op.f("ck_job_template_tasks_charge_type"),
        ),
        sa.CheckConstraint("length(name) between 1 and 100", name=op.f("ck_job_template_tasks_name")),
        sa.ForeignKeyConstraint(
            ["company_id", "job_template_id"],
            ["job_templates.company_id", "job_templates.id"],
            name=op.f("fk_job_template_tasks_company_id_job_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_job_template_tasks_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_job_template_tasks")),
        sa.UniqueConstraint(
            "company_id",
            "job_template_id",
            "name",
            name=op.f("uq_job_template_tasks_company_id_job_template_id_name"),
        ),
    )
    op.create_table(
        "service_mappings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("job_template_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "job_template_id"],
            ["job_templates.company_id", "job_templates.id"],
            name=op.f("fk_service_mappings_company_id_job_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_id"],
            ["services.company_id", "services.id"],
            name=op.f("fk_service_mappings_company_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_service_mappings_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_service_mappings")),
        sa.UniqueConstraint(
            "company_id", "service_id", name=op.f("uq_service_mappings_company_id_service_id")
        ),
    )
    op.create_table(
        "contact_mappings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("xero_contact_id", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name=op.f("fk_contact_mappings_company_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name=op.f("fk_contact_mappings_company_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_contact_mappings_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_contact_mappings")),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "client_id",
            name=op.f("uq_contact_mappings_company_id_connection_id_client_id"),
        ),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "xero_contact_id",
            name=op.f("uq_contact_mappings_company_id_connection_id_xero_contact_id"),
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'client') = (client_id is not null)", name=op.f("ck_memberships_client_has_client")
        ),
        sa.CheckConstraint("role in ('admin', 'accountant', 'client')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name=op.f("fk_memberships_company_id_client_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_memberships_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("company_id", "user_id", name=op.f("uq_memberships_company_id_user_id")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_user_id"), ["user_id"], unique=False)

    op.create_table(
        "operations",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("whose_move", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (lease is not null)", name=op.f("ck_operations_running_has_lease")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (cause_id is not null)", name=op.f("ck_operations_waiting_has_cause")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'waiting', 'retry', 'done', 'failed', 'cancelled')",
            name=op.f("ck_operations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "cause_id"],
            ["causes.company_id", "causes.id"],
            name=op.f("fk_operations_company_id_cause_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name=op.f("fk_operations_company_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_operations_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_operations")),
    )
    with op.batch_alter_table("operations", schema=None) as batch_op:
        batch_op.create_index("ix_operations_company_id_cause_id", ["company_id", "cause_id"], unique=False)
        batch_op.create_index(
            "ix_operations_company_id_created_at_id", ["company_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_operations_company_id_subject_id", ["company_id", "subject_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_operations_due",
            ["company_id", "priority", "not_before", "id"],
            unique=False,
            postgresql_where=sa.text("state in ('queued', 'retry')"),
        )
        batch_op.create_index(
            "ix_operations_running",
            ["company_id", "lease_until"],
            unique=False,
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.create_index(
            "uq_operations_company_id_kind_subject_id_open",
            ["company_id", "kind", "subject_id"],
            unique=True,
            postgresql_where=sa.text("state in ('queued', 'running', 'waiting', 'retry')"),
        )

    op.create_table(
        "xero_staff",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("xero_user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name=op.f("fk_xero_staff_company_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_xero_staff_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_xero_staff")),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "xero_user_id",
            name=op.f("uq_xero_staff_company_id_connection_id_xero_user_id"),
        ),
    )
    op.create_table(
        "operation_steps",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_back", sa.Boolean(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state in ('sending', 'done')", name=op.f("ck_operation_steps_state")),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["operations.company_id", "operations.id"],
            name=op.f("fk_operation_steps_company_id_operation_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_operation_steps_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_operation_steps")),
        sa.UniqueConstraint(
            "company_id", "operation_id", "name", name=op.f("uq_operation_steps_company_id_operation_id_name")
        ),
    )
    op.create_table(
        "service_requests",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("xero_job_id", sa.Text(), nullable=True),
        sa.Column("xero_job_number", sa.Text(), nullable=True),
        sa.Column("xero_job_name", sa.Text(), nullable=True),
        sa.Column("xero_job_url", sa.Text(), nullable=True),
        sa.Column("xero_synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("xero_sync_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status <> 'assigned' or assignee_id is not null",
            name=op.f("ck_service_requests_assigned_has_assignee"),
        ),
        sa.CheckConstraint(
            "status in ('new', 'assigned', 'in_progress', 'waiting', 'completed', 'cancelled')",
            name=op.f("ck_service_requests_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "assignee_id"],
            ["memberships.company_id", "memberships.id"],
            name=op.f("fk_service_requests_company_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name=op.f("fk_service_requests_company_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "office_id"],
            ["offices.company_id", "offices.id"],
            name=op.f("fk_service_requests_company_id_office_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "service_id"],
            ["services.company_id", "services.id"],
            name=op.f("fk_service_requests_company_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_service_requests_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_service_requests")),
        sa.UniqueConstraint("company_id", "reference", name=op.f("uq_service_requests_company_id_reference")),
    )
    with op.batch_alter_table("service_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_service_requests_company_id_assignee_id",
            ["company_id", "assignee_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            "ix_service_requests_company_id_client_id",
            ["company_id", "client_id", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_service_requests_company_id_created_at_id", ["company_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_service_requests_company_id_due_on_id", ["company_id", "due_on", "id"], unique=False
        )
        batch_op.create_index(
            "ix_service_requests_company_id_status",
            ["company_id", "status", "created_at", "id"],
            unique=False,
        )

    op.create_table(
        "staff_mappings",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("xero_staff_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "connection_id"],
            ["connections.company_id", "connections.id"],
            name=op.f("fk_staff_mappings_company_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "membership_id"],
            ["memberships.company_id", "memberships.id"],
            name=op.f("fk_staff_mappings_company_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "xero_staff_id"],
            ["xero_staff.company_id", "xero_staff.id"],
            name=op.f("fk_staff_mappings_company_id_xero_staff_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_staff_mappings_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_staff_mappings")),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "membership_id",
            name=op.f("uq_staff_mappings_company_id_connection_id_membership_id"),
        ),
        sa.UniqueConstraint(
            "company_id",
            "connection_id",
            "xero_staff_id",
            name=op.f("uq_staff_mappings_company_id_connection_id_xero_staff_id"),
        ),
    )
    op.create_table(
        "request_events",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "service_request_id"],
            ["service_requests.company_id", "service_requests.id"],
            name=op.f("fk_request_events_company_id_service_request_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_request_events_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_request_events")),
    )
    with op.batch_alter_table("request_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_request_events_company_id_service_request_id_at",
            ["company_id", "service_request_id", "at"],
            unique=False,
        )
    build_walls()


def downgrade():
    raise NotImplementedError("There is nothing before the backbone: drop the database instead.")
