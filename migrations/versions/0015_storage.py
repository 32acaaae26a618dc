"""The storage's own table: each file with a key of its own. Documents: a name in Xero once, what a later scan found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import conv

from app.models.walls import wall

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The whole name, as `op.f` gives it: that one may be called only while migrating, and /readyz reads this file too.
SCAN = conv('ck_documents_scan_state')


def upgrade():
    op.create_table('stored_files',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('pieces', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_stored_files_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_stored_files')),
    sa.UniqueConstraint('company_id', 'key', name=op.f('uq_stored_files_company_id_key'))
    )
    for statement in wall('stored_files'):
        op.execute(statement)
    op.drop_column('documents', 'key_version')
    op.drop_constraint(SCAN, 'documents', type_='check')
    op.create_check_constraint(SCAN, 'documents', "scan_state in ('not_scanned', 'clean', 'infected')")
    op.create_index('uq_documents_company_id_connection_id_xero_name', 'documents', ['company_id', 'connection_id', 'xero_name'], unique=True, postgresql_where=sa.text('xero_name is not null'))


def downgrade():
    op.drop_index('uq_documents_company_id_connection_id_xero_name', 'documents', postgresql_where=sa.text('xero_name is not null'))
    op.drop_constraint(SCAN, 'documents', type_='check')
    op.create_check_constraint(SCAN, 'documents', "scan_state in ('not_scanned', 'clean')")
    op.add_column('documents', sa.Column('key_version', sa.Integer(), nullable=False, server_default='1'))
    op.alter_column('documents', 'key_version', server_default=None)
    op.drop_table('stored_files')
