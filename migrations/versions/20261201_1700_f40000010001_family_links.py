"""links for families, and where an order came from

Why: a daughter in another town sees whether the meal arrived and orders without an account; every order she makes or
cancels names her link.

Revision ID: f40000010001
Revises: d50000030001
Created: 2026-12-01 17:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'f40000010001'
down_revision = 'd50000030001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'family_link',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.Column('token_hash', sa.String(), nullable=False),
        sa.Column('sealed_for', sa.LargeBinary(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_family_link_elder_id_elder')),
        sa.ForeignKeyConstraint(['made_by'], ['staff.id'], name=op.f('fk_family_link_made_by_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_family_link')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_family_link_token_hash')),
    )
    op.create_index('ix_family_link_elder_id', 'family_link', ['elder_id'])
    with op.batch_alter_table('meal_order') as batch:
        batch.add_column(sa.Column('source', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('meal_order') as batch:
        batch.alter_column('source', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('meal_order') as batch:
        batch.drop_column('source')
    op.drop_table('family_link')
