"""scheme desk

Why: drafts of schemes that are edited in the browser before they are switched on.

Revision ID: c4a700020002
Revises: c4a700010001
Created: 2026-11-22 09:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700020002'
down_revision = 'c4a700010001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('scheme_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('based_on', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('edited_by', sa.Integer(), nullable=True),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_scheme_draft_area_id_area')),
    sa.ForeignKeyConstraint(['edited_by'], ['staff.id'], name=op.f('fk_scheme_draft_edited_by_staff')),
    sa.ForeignKeyConstraint(['version_id'], ['scheme_version.id'], name=op.f('fk_scheme_draft_version_id_scheme_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scheme_draft')),
    sa.UniqueConstraint('version_id', name=op.f('uq_scheme_draft_version_id'))
    )
    op.create_table('scheme_preview',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.CheckConstraint("state in ('running', 'done', 'failed', 'cancelled')", name=op.f('ck_scheme_preview_state')),
    sa.ForeignKeyConstraint(['draft_id'], ['scheme_draft.id'], name=op.f('fk_scheme_preview_draft_id_scheme_draft')),
    sa.PrimaryKeyConstraint('draft_id', name=op.f('pk_scheme_preview'))
    )


def downgrade() -> None:
    op.drop_table('scheme_preview')
    op.drop_table('scheme_draft')
