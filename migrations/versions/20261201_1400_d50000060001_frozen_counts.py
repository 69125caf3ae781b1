"""frozen counts

Why: what the kitchen cooks by is fixed when orders close, by the program itself, with a printer or without.

Revision ID: d50000060001
Revises: d50000050001
Created: 2026-12-01 14:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000060001'
down_revision = 'd50000050001'
branch_labels = None
depends_on = None

SLOTS = ('breakfast', 'lunch', 'dinner')


def upgrade() -> None:
    op.create_table(
        'frozen_count',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('slot', sa.String(), nullable=False),
        sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f'slot in {SLOTS}', name=op.f('ck_frozen_count_slot')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_frozen_count_site_id_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_frozen_count')),
        sa.UniqueConstraint('site_id', 'day', 'slot', name=op.f('uq_frozen_count_site_id_day_slot')),
    )


def downgrade() -> None:
    op.drop_table('frozen_count')
