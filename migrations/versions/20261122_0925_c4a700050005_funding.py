"""funding

Why: budgets of payers and what of them was spent, money received, closed months, and corrections.

Revision ID: c4a700050005
Revises: c4a700040004
Created: 2026-11-22 09:25:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700050005'
down_revision = 'c4a700040004'
branch_labels = None
depends_on = None


KINDS = "kind in ('serving', 'reversal', 'correction', 'service', 'top_up', 'refund', 'income')"
KINDS_BEFORE = "kind in ('serving', 'reversal', 'correction', 'service', 'top_up', 'refund')"


def upgrade() -> None:
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_entry_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_entry_kind'), KINDS)
        batch_op.drop_index('ix_entry_day')
        batch_op.create_index('ix_entry_site_day', ['site_id', 'day'], unique=False)

    op.create_table(
        'closed_month',
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('month', sa.String(), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed_by', sa.Integer(), nullable=True),
        sa.Column('entries', sa.Integer(), nullable=False),
        sa.Column('meals_fen', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['closed_by'], ['staff.id'], name=op.f('fk_closed_month_closed_by_staff')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_closed_month_site_id_site')),
        sa.PrimaryKeyConstraint('site_id', 'month', name=op.f('pk_closed_month')),
    )
    op.create_table(
        'budget',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('scheme', sa.String(), nullable=False),
        sa.Column('payer', sa.String(), nullable=False),
        sa.Column('area_id', sa.Integer(), nullable=False),
        sa.Column('period', sa.String(), nullable=False),
        sa.Column('amount_fen', sa.BigInteger(), nullable=False),
        sa.Column('source', sa.String(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('spent_fen', sa.BigInteger(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.CheckConstraint('amount_fen >= 0 and spent_fen >= 0', name=op.f('ck_budget_amount')),
        sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_budget_area_id_area')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_budget_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_budget')),
    )
    with op.batch_alter_table('budget', schema=None) as batch_op:
        batch_op.create_index('ix_budget_scheme', ['scheme', 'payer'], unique=False)

    op.create_table(
        'funding_use',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('area_id', sa.Integer(), nullable=False),
        sa.Column('scheme', sa.String(), nullable=False),
        sa.Column('payer', sa.String(), nullable=False),
        sa.Column('period', sa.String(), nullable=False),
        sa.Column('limit_fen', sa.BigInteger(), nullable=False),
        sa.Column('limit_from', sa.String(), nullable=False),
        sa.Column('used_fen', sa.BigInteger(), nullable=False),
        sa.CheckConstraint("limit_from in ('typed', 'terms')", name=op.f('ck_funding_use_limit_from')),
        sa.CheckConstraint('used_fen >= 0 and limit_fen >= 0', name=op.f('ck_funding_use_not_below_zero')),
        sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_funding_use_area_id_area')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_funding_use')),
        sa.UniqueConstraint('area_id', 'scheme', 'payer', 'period', name=op.f('uq_funding_use_area_id_scheme_payer_period')),
    )
    op.create_table(
        'income',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('entry_id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('giver', sa.String(), nullable=False),
        sa.Column('scheme', sa.String(), nullable=False),
        sa.Column('payer', sa.String(), nullable=False),
        sa.Column('amount_fen', sa.Integer(), nullable=False),
        sa.Column('reference', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.CheckConstraint('amount_fen > 0', name=op.f('ck_income_amount')),
        sa.CheckConstraint(
            "kind in ('gift', 'operating_grant', 'collective', 'township', 'county', 'operator', 'other')",
            name=op.f('ck_income_kind'),
        ),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_income_entry_id_entry')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_income_site_id_site')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_income_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_income')),
        sa.UniqueConstraint('entry_id', name=op.f('uq_income_entry_id')),
        sa.UniqueConstraint('key', name=op.f('uq_income_key')),
    )
    with op.batch_alter_table('income', schema=None) as batch_op:
        batch_op.create_index('ix_income_site_day', ['site_id', 'day'], unique=False)

    op.create_table(
        'correction',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('from_account', sa.String(), nullable=False),
        sa.Column('to_account', sa.String(), nullable=False),
        sa.Column('amount_fen', sa.Integer(), nullable=False),
        sa.Column('serving_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('checked_by', sa.Integer(), nullable=True),
        sa.Column('answer', sa.String(), nullable=False),
        sa.Column('entry_id', sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'posted') = (entry_id is not null)", name=op.f('ck_correction_entry')),
        sa.CheckConstraint('amount_fen > 0', name=op.f('ck_correction_amount')),
        sa.CheckConstraint(
            'checked_by is null or checked_by <> made_by', name=op.f('ck_correction_maker_is_not_checker')
        ),
        sa.CheckConstraint("state in ('proposed', 'posted', 'refused')", name=op.f('ck_correction_state')),
        sa.CheckConstraint('from_account <> to_account', name=op.f('ck_correction_two_accounts')),
        sa.ForeignKeyConstraint(['checked_by'], ['staff.id'], name=op.f('fk_correction_checked_by_staff')),
        sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_correction_entry_id_entry')),
        sa.ForeignKeyConstraint(['made_by'], ['staff.id'], name=op.f('fk_correction_made_by_staff')),
        sa.ForeignKeyConstraint(['serving_id'], ['serving.id'], name=op.f('fk_correction_serving_id_serving')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_correction_site_id_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_correction')),
        sa.UniqueConstraint('entry_id', name=op.f('uq_correction_entry_id')),
        sa.UniqueConstraint('key', name=op.f('uq_correction_key')),
    )
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.create_index('ix_correction_site_day', ['site_id', 'day'], unique=False)


def downgrade() -> None:
    op.drop_table('correction')
    op.drop_table('income')
    op.drop_table('funding_use')
    op.drop_table('budget')
    op.drop_table('closed_month')

    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.drop_index('ix_entry_site_day')
        batch_op.create_index('ix_entry_day', ['day'], unique=False)
        batch_op.drop_constraint(op.f('ck_entry_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_entry_kind'), KINDS_BEFORE)
