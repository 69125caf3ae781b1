"""dishes

Why: a menu names dishes as text, and nobody could say whom one does not fit. The list of a site says what is in a dish.

Revision ID: d70000010001
Revises: d50000020001
Created: 2026-12-01 13:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd70000010001'
down_revision = 'd50000020001'
branch_labels = None
depends_on = None

KINDS = ('staple', 'main_meat', 'small_meat', 'vegetable', 'soup', 'other')


def upgrade() -> None:
    op.create_table(
        'dish',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('ingredients', sa.String(), nullable=False),
        sa.Column('allergens', sa.String(), nullable=False),
        sa.Column('tags', sa.String(), nullable=False),
        sa.CheckConstraint(f'kind in {KINDS}', name=op.f('ck_dish_kind')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_dish_site_id_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_dish')),
        sa.UniqueConstraint('site_id', 'name', name=op.f('uq_dish_site_id_name')),
    )


def downgrade() -> None:
    op.drop_table('dish')
