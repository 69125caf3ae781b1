"""volunteers

Why: who helps is a register of its own, with an account or without, and what they did becomes hours, points and a
certificate.

Revision ID: f40000020001
Revises: f40000010001
Created: 2026-12-01 17:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'f40000020001'
down_revision = 'f40000010001'
branch_labels = None
depends_on = None

WORKS = ('run', 'visit', 'other')


def upgrade() -> None:
    op.create_table(
        'volunteer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('weekdays', sa.String(), nullable=False),
        sa.Column('slots', sa.String(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('joined_on', sa.Date(), nullable=False),
        sa.Column('left_on', sa.Date(), nullable=True),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_volunteer_site_id_site')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_volunteer_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volunteer')),
        sa.UniqueConstraint('staff_id', name=op.f('uq_volunteer_staff_id')),
    )
    op.create_index('ix_volunteer_site_id', 'volunteer', ['site_id'])
    op.create_table(
        'volunteer_route',
        sa.Column('volunteer_id', sa.Integer(), nullable=False),
        sa.Column('route_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['route_id'], ['route.id'], name=op.f('fk_volunteer_route_route_id_route')),
        sa.ForeignKeyConstraint(['volunteer_id'], ['volunteer.id'], name=op.f('fk_volunteer_route_volunteer_id_volunteer')),
        sa.PrimaryKeyConstraint('volunteer_id', 'route_id', name=op.f('pk_volunteer_route')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'volunteer_work',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('volunteer_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=False),
        sa.Column('metres', sa.Integer(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by', sa.Integer(), nullable=True),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f'kind in {WORKS}', name=op.f('ck_volunteer_work_kind')),
        sa.CheckConstraint('minutes between 1 and 960', name=op.f('ck_volunteer_work_minutes')),
        sa.CheckConstraint('metres >= 0', name=op.f('ck_volunteer_work_metres')),
        sa.ForeignKeyConstraint(['recorded_by'], ['staff.id'], name=op.f('fk_volunteer_work_recorded_by_staff')),
        sa.ForeignKeyConstraint(['volunteer_id'], ['volunteer.id'], name=op.f('fk_volunteer_work_volunteer_id_volunteer')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volunteer_work')),
        sa.UniqueConstraint('key', name=op.f('uq_volunteer_work_key')),
    )
    op.create_index('ix_volunteer_work_volunteer_id', 'volunteer_work', ['volunteer_id'])
    op.create_table(
        'point_rule',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('area_id', sa.Integer(), nullable=False),
        sa.Column('from_day', sa.Date(), nullable=False),
        sa.Column('per_hour', sa.Integer(), nullable=False),
        sa.Column('per_run', sa.Integer(), nullable=False),
        sa.Column('per_visit', sa.Integer(), nullable=False),
        sa.Column('visit_minutes', sa.Integer(), nullable=False),
        sa.Column('most_a_day', sa.Integer(), nullable=True),
        sa.Column('most_a_month', sa.Integer(), nullable=True),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_point_rule_area_id_area')),
        sa.ForeignKeyConstraint(['recorded_by'], ['staff.id'], name=op.f('fk_point_rule_recorded_by_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_point_rule')),
        sa.UniqueConstraint('area_id', 'from_day', name=op.f('uq_point_rule_area_id_from_day')),
    )


def downgrade() -> None:
    for name in ('point_rule', 'volunteer_work', 'volunteer_route', 'volunteer'):
        op.drop_table(name)
