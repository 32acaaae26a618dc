"""Mail that goes out, invitations, and links about a person's own account."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PEOPLE = Path(__file__).parents[1] / "sql" / "0002_mail_and_people.sql"


def upgrade():
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useless_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed', 'discarded')", name=op.f("ck_mails_state")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_mails_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_company_id_created_at", "mails", ["company_id", "created_at"], unique=False)
    op.create_index(
        "ix_mails_due",
        "mails",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )

    op.create_table(
        "user_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'email_change') = (email is not null)", name=op.f("ck_user_links_change_has_email")
        ),
        sa.CheckConstraint("kind in ('password_reset', 'email_change')", name=op.f("ck_user_links_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_links")),
    )
    op.create_index("ix_user_links_user_id", "user_links", ["user_id"], unique=False)
    op.create_index("uq_user_links_token_hash", "user_links", ["token_hash"], unique=True)

    op.create_table(
        "invitations",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'client') = (client_id is not null)", name=op.f("ck_invitations_client_has_client")
        ),
        sa.CheckConstraint("role in ('admin', 'accountant', 'client')", name=op.f("ck_invitations_role")),
        sa.CheckConstraint(
            "accepted_at is null or withdrawn_at is null", name=op.f("ck_invitations_one_ending")
        ),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name=op.f("fk_invitations_accepted_by")),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name=op.f("fk_invitations_company_id_client_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_invitations_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_invitations")),
    )
    op.create_index(
        "ix_invitations_company_id_created_at_id",
        "invitations",
        ["company_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_invitations_company_id_email_open",
        "invitations",
        ["company_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("accepted_at is null and withdrawn_at is null"),
    )
    op.create_index("uq_invitations_token_hash", "invitations", ["token_hash"], unique=True)
    for statement in wall("invitations"):
        op.execute(statement)
    op.execute(PEOPLE.read_text())


def downgrade():
    op.execute("DROP FUNCTION lookup_due_mails, lookup_mail_counts, lookup_invitation")
    op.drop_table("invitations")
    op.drop_table("user_links")
    op.drop_table("mails")
