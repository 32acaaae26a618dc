"""What clients are found by, and the orders of their list."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SORT_NUMBER = (
    "(lower(regexp_replace(number, '[0-9]+$'::text, ''::text)) ||"
    " lpad(COALESCE(\"substring\"(number, '[0-9]+$'::text), ''::text), 20, '0'::text))"
)
WORDS = Path(__file__).parents[1] / "sql" / "0020_client_words.sql"


def upgrade():
    number = sa.Column("sort_number", sa.Text(), sa.Computed(SORT_NUMBER, persisted=True), nullable=False)
    op.add_column("clients", number)
    op.create_index("ix_clients_company_id_sort_number_id", "clients", ["company_id", "sort_number", "id"])
    op.create_index("ix_clients_company_id_created_at_id", "clients", ["company_id", "created_at", "id"])
    op.create_index(
        "ix_clients_archived",
        "clients",
        ["company_id", "sort_name", "id"],
        postgresql_where=sa.text("archived_at is not null"),
    )
    op.create_table(
        "client_words",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_client_words_company_id"),
        sa.ForeignKeyConstraint(
            ["company_id", "client_id"],
            ["clients.company_id", "clients.id"],
            name="fk_client_words_company_id_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_client_words"),
        sa.UniqueConstraint("company_id", "client_id", "word", name="uq_client_words_company_id_client_id_word"),
    )
    op.create_index(
        "ix_client_words_company_id_word_client_id", "client_words", ["company_id", "word", "client_id"]
    )
    op.execute(WORDS.read_text())
    # The owner too sees no rows behind a forced policy: for this one statement it may.
    op.execute("ALTER TABLE clients NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO client_words (company_id, client_id, word) SELECT c.company_id, c.id, w.word"
        " FROM clients c, client_words_of(c.sort_name, c.number, c.email, ARRAY[c.phone, c.mobile]) AS w (word)"
    )
    op.execute("ALTER TABLE clients FORCE ROW LEVEL SECURITY")
    for statement in wall("client_words"):
        op.execute(statement)


def downgrade():
    for trigger in ("clients_added", "clients_changed"):
        op.execute(f"DROP TRIGGER {trigger} ON clients")
        op.execute(f"DROP FUNCTION {trigger}()")
    op.drop_table("client_words")
    op.execute("DROP FUNCTION client_words_of(text, text, text, text[])")
    for name in ("ix_clients_archived", "ix_clients_company_id_created_at_id"):
        op.drop_index(name, "clients")
    op.drop_column("clients", "sort_number")
