"""The platform's pages: why a practice is suspended, and its health a page at a time."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOOKUPS = Path(__file__).parents[1] / "sql" / "0006_platform.sql"


def upgrade():
    op.add_column("companies", sa.Column("suspension_reason", sa.Text(), nullable=True))
    op.execute(LOOKUPS.read_text())


def downgrade():
    raise NotImplementedError("The functions of before are in 0001_lookups.sql: restore a backup instead.")
