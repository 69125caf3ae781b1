"""clock mark

Why: a computer's clock is compared with the last instant it was believed at. The newest row of the trail is that instant
until somebody uses the program again.

Revision ID: c4a7000a0002
Revises: c4a7000a0001
Created: 2026-12-01 10:21:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a7000a0002'
down_revision = 'c4a7000a0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'clock_mark',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_clock_mark_one')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_mark')),
    )
    op.execute('insert into clock_mark (id, at) select 1, at from audit where id = (select max(id) from audit)')


def downgrade() -> None:
    op.drop_table('clock_mark')
