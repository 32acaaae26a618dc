"""References are compared letter by letter, whatever the database's own order is: a search by their beginning is a
range, which row-level security lets the index serve."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade():
    op.alter_column("service_requests", "reference", type_=sa.Text(collation="C"), existing_type=sa.Text())


def downgrade():
    op.alter_column("service_requests", "reference", type_=sa.Text(), existing_type=sa.Text(collation="C"))
