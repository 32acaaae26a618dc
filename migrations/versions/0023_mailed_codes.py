"""Signing in with a code sent by mail: tries are counted for each code and for each person."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME, KINDS = "ck_sign_in_steps_kind", "'code', 'passkey', 'new_passkey'"


def _new(table, column):
    op.add_column(table, column)
    op.alter_column(table, column.name, server_default=None)


def upgrade():
    op.execute(f"alter table sign_in_steps drop constraint {NAME}")
    op.execute(f"alter table sign_in_steps add constraint {NAME} check (kind in ({KINDS}, 'mailed_code'))")
    _new("sign_in_steps", sa.Column("wrong_tries", sa.Integer(), nullable=False, server_default="0"))
    _new("users", sa.Column("wrong_mailed_codes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("wrong_mailed_codes_since", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("users", "wrong_mailed_codes_since")
    op.drop_column("users", "wrong_mailed_codes")
    op.execute("delete from sign_in_steps where kind = 'mailed_code'")
    op.drop_column("sign_in_steps", "wrong_tries")
    op.execute(f"alter table sign_in_steps drop constraint {NAME}")
    op.execute(f"alter table sign_in_steps add constraint {NAME} check (kind in ({KINDS}))")
