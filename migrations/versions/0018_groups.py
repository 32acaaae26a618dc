"""A tag's mapping outlives the tag, for what becomes of its group is a person's to say; a conflict goes with its
mapping."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CHECK = "ck_tag_mappings_state"
CONFLICT = "fk_contact_conflicts_company_id_mapping_id"


def _conflict_key(**how):
    op.drop_constraint(CONFLICT, "contact_conflicts", type_="foreignkey")
    op.create_foreign_key(
        CONFLICT,
        "contact_conflicts",
        "contact_mappings",
        ["company_id", "mapping_id"],
        ["company_id", "id"],
        **how,
    )


def upgrade():
    _conflict_key(ondelete="CASCADE")
    op.drop_constraint("fk_tag_mappings_company_id_tag_id", "tag_mappings", type_="foreignkey")
    op.alter_column("tag_mappings", "tag_id", nullable=False)
    op.drop_constraint(CHECK, "tag_mappings", type_="check")
    op.create_check_constraint(CHECK, "tag_mappings", "state in ('live', 'group_gone', 'apart', 'to_delete')")


def downgrade():
    _conflict_key()
    op.drop_constraint(CHECK, "tag_mappings", type_="check")
    op.create_check_constraint(CHECK, "tag_mappings", "state in ('live', 'group_gone', 'apart')")
    op.alter_column("tag_mappings", "tag_id", nullable=True)
    op.create_foreign_key(
        "fk_tag_mappings_company_id_tag_id",
        "tag_mappings",
        "tags",
        ["company_id", "tag_id"],
        ["company_id", "id"],
    )
