"""looks

Why: a person may know who searched for them, and no account may search without end.

Revision ID: c4a7000a0001
Revises: c4a700070007
Created: 2026-12-01 10:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a7000a0001'
down_revision = 'c4a700070007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'found_person',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(), nullable=False),
        sa.Column('place', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_found_person_elder_id_elder')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_found_person')),
    )
    op.create_index('ix_found_person_elder_at', 'found_person', ['elder_id', 'at'])
    op.create_table(
        'search_count',
        sa.Column('actor', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('hour', sa.String(), nullable=False),
        sa.Column('searches', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('actor', 'kind', 'hour', name=op.f('pk_search_count')),
    )


def downgrade() -> None:
    op.drop_table('search_count')
    op.drop_table('found_person')
