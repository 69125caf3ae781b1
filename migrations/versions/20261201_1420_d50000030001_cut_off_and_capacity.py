"""orders end so many days before, and a sitting has so many meals

Why: many kitchens buy the day before and can cook so many meals only.

Revision ID: d50000030001
Revises: e80000020002
Created: 2026-12-01 14:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000030001'
down_revision = 'e80000020002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('site_slot') as batch:
        batch.add_column(sa.Column('cutoff_days', sa.Integer(), nullable=False, server_default='0'))
        batch.add_column(sa.Column('capacity', sa.Integer(), nullable=True))
    with op.batch_alter_table('site_slot') as batch:
        batch.alter_column('cutoff_days', server_default=None)
        batch.create_check_constraint(batch.f('ck_site_slot_cutoff_days'), 'cutoff_days between 0 and 3')
        batch.create_check_constraint(batch.f('ck_site_slot_capacity'), 'capacity > 0')


def downgrade() -> None:
    with op.batch_alter_table('site_slot') as batch:
        batch.drop_constraint(batch.f('ck_site_slot_capacity'), type_='check')
        batch.drop_constraint(batch.f('ck_site_slot_cutoff_days'), type_='check')
        batch.drop_column('capacity')
        batch.drop_column('cutoff_days')
