"""The answers of the JSON API that are kept under their keys for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "api_replies",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_api_replies_company_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_replies_user_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_api_replies")),
        sa.UniqueConstraint(
            "company_id", "user_id", "key", name=op.f("uq_api_replies_company_id_user_id_key")
        ),
    )
    op.create_index("ix_api_replies_company_id_created_at", "api_replies", ["company_id", "created_at"])
    # The same wall as every company's table has (0001).
    theirs = "company_id = nullif(current_setting('app.company_id', true), '')::uuid"
    op.execute("ALTER TABLE api_replies ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE api_replies FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY company ON api_replies USING ({theirs}) WITH CHECK ({theirs})")


def downgrade():
    op.drop_table("api_replies")
