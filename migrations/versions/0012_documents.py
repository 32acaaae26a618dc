"""Documents: asked for, received, decided, filed; what a practice wants done with them."""

import sqlalchemy as sa
from alembic import op

from app.models.walls import wall

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    'document_lists', 'document_asks', 'documents', 'document_uploads', 'document_folders', 'document_erasures'
)


def upgrade():
    op.create_table('document_lists',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('doc_type', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id', 'service_id'], ['services.company_id', 'services.id'], name=op.f('fk_document_lists_company_id_service_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_document_lists_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_document_lists')),
    sa.UniqueConstraint('company_id', 'service_id', 'position', name=op.f('uq_document_lists_company_id_service_id_position'))
    )
    op.create_table('document_erasures',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('done_by', sa.Text(), nullable=False),
    sa.Column('documents', sa.Integer(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id', 'client_id'], ['clients.company_id', 'clients.id'], name=op.f('fk_document_erasures_company_id_client_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_document_erasures_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_document_erasures'))
    )
    op.create_table('document_folders',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('connection_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('xero_folder_id', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id', 'connection_id'], ['connections.company_id', 'connections.id'], name=op.f('fk_document_folders_company_id_connection_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_document_folders_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_document_folders')),
    sa.UniqueConstraint('company_id', 'connection_id', 'name', name=op.f('uq_document_folders_company_id_connection_id_name'))
    )
    op.create_table('document_asks',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('service_request_id', sa.Uuid(), nullable=True),
    sa.Column('doc_type', sa.Text(), nullable=False),
    sa.Column('tax_year', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('open', 'fulfilled', 'withdrawn')", name=op.f('ck_document_asks_state')),
    sa.ForeignKeyConstraint(['company_id', 'client_id'], ['clients.company_id', 'clients.id'], name=op.f('fk_document_asks_company_id_client_id')),
    sa.ForeignKeyConstraint(['company_id', 'service_request_id'], ['service_requests.company_id', 'service_requests.id'], name=op.f('fk_document_asks_company_id_service_request_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_document_asks_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_document_asks'))
    )
    with op.batch_alter_table('document_asks', schema=None) as batch_op:
        batch_op.create_index('ix_document_asks_company_id_client_id', ['company_id', 'client_id', 'created_at'], unique=False)
        batch_op.create_index('ix_document_asks_company_id_service_request_id', ['company_id', 'service_request_id'], unique=False)
        batch_op.create_index('ix_document_asks_open', ['company_id', 'due_on', 'id'], unique=False, postgresql_where=sa.text("state = 'open'"))

    op.create_table('document_uploads',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('service_request_id', sa.Uuid(), nullable=True),
    sa.Column('ask_id', sa.Uuid(), nullable=True),
    sa.Column('uploader_id', sa.Uuid(), nullable=False),
    sa.Column('doc_type', sa.Text(), nullable=False),
    sa.Column('tax_year', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('storage_key', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('received between 0 and size', name=op.f('ck_document_uploads_received')),
    sa.ForeignKeyConstraint(['company_id', 'ask_id'], ['document_asks.company_id', 'document_asks.id'], name=op.f('fk_document_uploads_company_id_ask_id')),
    sa.ForeignKeyConstraint(['company_id', 'client_id'], ['clients.company_id', 'clients.id'], name=op.f('fk_document_uploads_company_id_client_id')),
    sa.ForeignKeyConstraint(['company_id', 'service_request_id'], ['service_requests.company_id', 'service_requests.id'], name=op.f('fk_document_uploads_company_id_service_request_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_document_uploads_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_document_uploads'))
    )
    op.create_table('documents',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('service_request_id', sa.Uuid(), nullable=True),
    sa.Column('ask_id', sa.Uuid(), nullable=True),
    sa.Column('doc_type', sa.Text(), nullable=False),
    sa.Column('tax_year', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('extension', sa.Text(), nullable=False),
    sa.Column('mime_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('storage_key', sa.Text(), nullable=True),
    sa.Column('key_version', sa.Integer(), nullable=False),
    sa.Column('scan_state', sa.Text(), nullable=False),
    sa.Column('uploaded_by', sa.Text(), nullable=False),
    sa.Column('uploaded_by_id', sa.Uuid(), nullable=True),
    sa.Column('by_client', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('push_state', sa.Text(), nullable=True),
    sa.Column('push_error', sa.Text(), nullable=True),
    sa.Column('pushed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('connection_id', sa.Uuid(), nullable=True),
    sa.Column('xero_file_id', sa.Text(), nullable=True),
    sa.Column('xero_name', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'erased') = (storage_key is null)", name=op.f('ck_documents_erased_has_no_bytes')),
    sa.CheckConstraint("push_state in ('pending', 'uploading', 'uploaded', 'associated', 'failed', 'skipped')", name=op.f('ck_documents_push_state')),
    sa.CheckConstraint("scan_state in ('not_scanned', 'clean')", name=op.f('ck_documents_scan_state')),
    sa.CheckConstraint("state in ('uploaded', 'accepted', 'rejected', 'erased')", name=op.f('ck_documents_state')),
    sa.ForeignKeyConstraint(['company_id', 'ask_id'], ['document_asks.company_id', 'document_asks.id'], name=op.f('fk_documents_company_id_ask_id')),
    sa.ForeignKeyConstraint(['company_id', 'client_id'], ['clients.company_id', 'clients.id'], name=op.f('fk_documents_company_id_client_id')),
    sa.ForeignKeyConstraint(['company_id', 'connection_id'], ['connections.company_id', 'connections.id'], name=op.f('fk_documents_company_id_connection_id')),
    sa.ForeignKeyConstraint(['company_id', 'service_request_id'], ['service_requests.company_id', 'service_requests.id'], name=op.f('fk_documents_company_id_service_request_id')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_documents_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'id', name=op.f('pk_documents'))
    )
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.create_index('ix_documents_company_id_ask_id', ['company_id', 'ask_id'], unique=False)
        batch_op.create_index('ix_documents_company_id_client_id', ['company_id', 'client_id', 'created_at'], unique=False)
        batch_op.create_index('ix_documents_company_id_created_at_id', ['company_id', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_documents_company_id_service_request_id', ['company_id', 'service_request_id'], unique=False)
        batch_op.create_index('ix_documents_push', ['company_id', 'push_state'], unique=False, postgresql_where=sa.text('push_state is not null'))

    with op.batch_alter_table('companies', schema=None) as batch_op:
        batch_op.add_column(sa.Column('push_documents', sa.Boolean(), nullable=False, server_default='false'))
        batch_op.add_column(sa.Column('document_folder', sa.Text(), nullable=False, server_default='Countinghouse'))
        batch_op.add_column(sa.Column('document_folder_yearly', sa.Boolean(), nullable=False, server_default='false'))
        batch_op.add_column(sa.Column('document_name_pattern', sa.Text(), nullable=False, server_default='{client}_{type}_{year}'))
    for name in ('push_documents', 'document_folder', 'document_folder_yearly', 'document_name_pattern'):
        op.alter_column('companies', name, server_default=None)
    for table in TABLES:
        for statement in wall(table):
            op.execute(statement)


def downgrade():
    with op.batch_alter_table('companies', schema=None) as batch_op:
        batch_op.drop_column('document_name_pattern')
        batch_op.drop_column('document_folder_yearly')
        batch_op.drop_column('document_folder')
        batch_op.drop_column('push_documents')

    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.drop_index('ix_documents_push', postgresql_where=sa.text('push_state is not null'))
        batch_op.drop_index('ix_documents_company_id_service_request_id')
        batch_op.drop_index('ix_documents_company_id_created_at_id')
        batch_op.drop_index('ix_documents_company_id_client_id')
        batch_op.drop_index('ix_documents_company_id_ask_id')

    op.drop_table('documents')
    op.drop_table('document_uploads')
    with op.batch_alter_table('document_asks', schema=None) as batch_op:
        batch_op.drop_index('ix_document_asks_open', postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_document_asks_company_id_service_request_id')
        batch_op.drop_index('ix_document_asks_company_id_client_id')

    op.drop_table('document_asks')
    op.drop_table('document_folders')
    op.drop_table('document_erasures')
    op.drop_table('document_lists')
