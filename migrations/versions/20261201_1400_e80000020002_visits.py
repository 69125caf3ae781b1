"""visits by plan

Why: neighbours and volunteers look in on people every day or week, without a contract and without a paper. A plan says who
goes to whom and how often, a visit what was found, so that it can be seen whom nobody saw.

Revision ID: e80000020002
Revises: d50000060001
Created: 2026-12-01 14:00:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'e80000020002'
down_revision = 'd50000060001'
branch_labels = None
depends_on = None

RESULTS = ('met', 'not_met', 'concern')


def upgrade() -> None:
    op.create_table(
        'visit_plan',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=True),
        sa.Column('village_group', sa.String(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('partner_id', sa.Integer(), nullable=True),
        sa.Column('every_days', sa.Integer(), nullable=False),
        sa.Column('from_day', sa.Date(), nullable=False),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by', sa.Integer(), nullable=True),
        sa.CheckConstraint("(elder_id is null) = (village_group <> '')", name=op.f('ck_visit_plan_whom')),
        sa.CheckConstraint('every_days between 1 and 92', name=op.f('ck_visit_plan_every_days')),
        sa.CheckConstraint('partner_id <> staff_id', name=op.f('ck_visit_plan_pair')),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_visit_plan_elder_id_elder')),
        sa.ForeignKeyConstraint(['partner_id'], ['staff.id'], name=op.f('fk_visit_plan_partner_id_staff')),
        sa.ForeignKeyConstraint(['recorded_by'], ['staff.id'], name=op.f('fk_visit_plan_recorded_by_staff')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_visit_plan_site_id_site')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_visit_plan_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_plan')),
    )
    for name in ('partner_id', 'site_id', 'staff_id'):
        op.create_index(f'ix_visit_plan_{name}', 'visit_plan', [name])
    op.create_table(
        'visit',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('plan_id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('result', sa.String(), nullable=False),
        sa.Column('sealed_words', sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f'result in {RESULTS}', name=op.f('ck_visit_result')),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_visit_elder_id_elder')),
        sa.ForeignKeyConstraint(['plan_id'], ['visit_plan.id'], name=op.f('fk_visit_plan_id_visit_plan')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_visit_site_id_site')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_visit_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
        sa.UniqueConstraint('key', name=op.f('uq_visit_key')),
    )
    op.create_index('ix_visit_elder_id', 'visit', ['elder_id'])
    op.create_index('ix_visit_plan_elder', 'visit', ['plan_id', 'elder_id', 'day'])
    op.create_index('ix_visit_site_day', 'visit', ['site_id', 'day'])


def downgrade() -> None:
    op.drop_table('visit')
    op.drop_table('visit_plan')
