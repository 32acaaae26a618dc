"""An invoice says whether its lines are to carry their offices' tracking options."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "invoices", sa.Column("tracks_offices", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.alter_column("invoices", "tracks_offices", server_default=None)


def downgrade():
    op.drop_column("invoices", "tracks_offices")
