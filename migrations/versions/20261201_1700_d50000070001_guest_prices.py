"""what guests pay, dated, of a site or a county

Why: villagers, children, staff and volunteers pay other prices than the menu says, and those change from a day on.

Revision ID: d50000070001
Revises: f40000020001
Created: 2026-12-01 17:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000070001'
down_revision = 'f40000020001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'guest_price',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=True),
        sa.Column('area_id', sa.Integer(), nullable=True),
        sa.Column('guest_kind', sa.String(), nullable=False),
        sa.Column('price_fen', sa.Integer(), nullable=True),
        sa.Column('from_day', sa.Date(), nullable=False),
        sa.Column('to_day', sa.Date(), nullable=True),
        sa.CheckConstraint('price_fen between 0 and 100000', name=op.f('ck_guest_price_price')),
        sa.CheckConstraint('(site_id is null) <> (area_id is null)', name=op.f('ck_guest_price_place')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_guest_price_site_id_site')),
        sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_guest_price_area_id_area')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_guest_price')),
    )
    op.create_index('ix_guest_price_kind', 'guest_price', ['guest_kind', 'from_day'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_guest_price_kind', table_name='guest_price')
    op.drop_table('guest_price')
