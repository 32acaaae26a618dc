"""Uploads: what their sender says the whole file's checksum is."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('document_uploads', sa.Column('sha256', sa.Text(), nullable=True))


def downgrade():
    op.drop_column('document_uploads', 'sha256')
