"""A seal's first byte says which master key made it; the column beside a grant's tokens said it a second time."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column("grants", "key_version")


def downgrade():
    op.add_column("grants", sa.Column("key_version", sa.Integer(), nullable=False, server_default="1"))
