"""portions of an order, and what chats call people

Why: a family asks for two meals in one line of the chat; and a chat calls people by names that are on no file, which a
person tells the program once.

Revision ID: d50000020001
Revises: d50000010001
Created: 2026-12-01 13:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000020001'
down_revision = 'd50000010001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('meal_order') as batch:
        batch.add_column(sa.Column('portions', sa.Integer(), nullable=False, server_default='1'))
    with op.batch_alter_table('meal_order') as batch:
        batch.alter_column('portions', server_default=None)
        batch.create_check_constraint(batch.f('ck_meal_order_portions'), 'portions between 1 and 9')
    op.create_table(
        'chain_name',
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('said', sa.String(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_chain_name_elder_id_elder')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_chain_name_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'said', name=op.f('pk_chain_name')),
    )
    op.create_index('ix_chain_name_elder_id', 'chain_name', ['elder_id'])


def downgrade() -> None:
    op.drop_table('chain_name')
    with op.batch_alter_table('meal_order') as batch:
        batch.drop_constraint(batch.f('ck_meal_order_portions'), type_='check')
        batch.drop_column('portions')
