"""key mark

Why: a database says which keys it belongs to, so that no others are made beside it. ``env.py`` writes the mark.

Revision ID: c4a700060006
Revises: c4a700050005
Created: 2026-12-01 08:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700060006'
down_revision = 'c4a700050005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'key_mark',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('index_hash', sa.String(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_key_mark_one')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_key_mark')),
    )


def downgrade() -> None:
    op.drop_table('key_mark')
