"""A large file of clients is written by a worker: who confirmed it, when a worker was told, what went wrong."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BEFORE, STATE = "ck_client_imports_ck_client_imports_state", "ck_client_imports_state"


def upgrade():
    op.add_column(
        "client_imports", sa.Column("acting", JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.alter_column("client_imports", "acting", server_default=None)
    op.add_column("client_imports", sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("client_imports", sa.Column("problem", sa.Text(), nullable=True))
    op.drop_constraint(op.f(BEFORE), "client_imports")
    op.create_check_constraint(
        op.f(STATE), "client_imports", "state in ('uploaded', 'checked', 'confirmed', 'done')"
    )


def downgrade():
    op.execute("update client_imports set state = 'checked' where state = 'confirmed'")
    op.drop_constraint(op.f(STATE), "client_imports")
    op.create_check_constraint(op.f(BEFORE), "client_imports", "state in ('uploaded', 'checked', 'done')")
    for column in ("problem", "rung_at", "acting"):
        op.drop_column("client_imports", column)
