"""purses

Why: purses, their credits and draws, services other than meals, and who provides them.

Revision ID: c4a700040004
Revises: c4a700030003
Created: 2026-11-22 09:20:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700040004'
down_revision = 'c4a700030003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('purse_lot',
    sa.Column('elder_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('left_fen', sa.Integer(), nullable=False),
    sa.Column('by_year', sa.Boolean(), nullable=False),
    sa.CheckConstraint('expires_on >= starts_on', name=op.f('ck_purse_lot_days')),
    sa.CheckConstraint('left_fen >= 0', name=op.f('ck_purse_lot_not_below_zero')),
    sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_purse_lot_elder_id_elder')),
    sa.PrimaryKeyConstraint('elder_id', 'scheme', 'starts_on', 'expires_on', name=op.f('pk_purse_lot')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('purse_lot', schema=None) as batch_op:
        batch_op.create_index('ix_purse_lot_expires_on', ['expires_on'], unique=False, sqlite_where=sa.text('left_fen > 0'), postgresql_where=sa.text('left_fen > 0'))

    op.create_table('purse_year',
    sa.Column('elder_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('opening_fen', sa.Integer(), nullable=False),
    sa.Column('credited_fen', sa.Integer(), nullable=False),
    sa.Column('drawn_fen', sa.Integer(), nullable=False),
    sa.CheckConstraint('drawn_fen >= 0 and drawn_fen <= opening_fen + credited_fen', name=op.f('ck_purse_year_within_the_year')),
    sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_purse_year_elder_id_elder')),
    sa.PrimaryKeyConstraint('elder_id', 'scheme', 'year', name=op.f('pk_purse_year')),
    sqlite_with_rowid=False
    )
    op.create_table('credit_run',
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('area', sa.String(), nullable=False),
    sa.Column('passes', sa.Integer(), nullable=False),
    sa.Column('cursor', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('credited', sa.Integer(), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('before', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_credit_run_staff_id_staff')),
    sa.PrimaryKeyConstraint('month', 'scheme', 'area', name=op.f('pk_credit_run'))
    )
    op.create_table('provider',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('licence', sa.String(), nullable=False),
    sa.Column('services', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind in ('institution', 'clinic', 'registered_body', 'business', 'founded')", name=op.f('ck_provider_kind')),
    sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_provider_area_id_area')),
    sa.ForeignKeyConstraint(['created_by'], ['staff.id'], name=op.f('fk_provider_created_by_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider')),
    sa.UniqueConstraint('area_id', 'name', name=op.f('uq_provider_area_id_name'))
    )
    with op.batch_alter_table('provider', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_area_id'), ['area_id'], unique=False)

    op.create_table('purse_freeze',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('elder_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=True),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('to_day is null or to_day >= from_day', name=op.f('ck_purse_freeze_days')),
    sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_purse_freeze_elder_id_elder')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_purse_freeze_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purse_freeze'))
    )
    with op.batch_alter_table('purse_freeze', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purse_freeze_elder_id'), ['elder_id'], unique=False)

    op.create_table('care_service',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('elder_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('price_fen', sa.Integer(), nullable=False),
    sa.Column('own_fen', sa.Integer(), nullable=False),
    sa.Column('pay_way', sa.String(), nullable=False),
    sa.Column('confirmed_by', sa.String(), nullable=False),
    sa.Column('confirmer', sa.String(), nullable=False),
    sa.Column('worker', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('class_code', sa.String(), nullable=False),
    sa.Column('decision', sa.JSON(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('void_reason', sa.String(), nullable=False),
    sa.Column('void_key', sa.String(), nullable=True),
    sa.Column('voided_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("(voided_at is null) = (void_reason = '')", name=op.f('ck_care_service_void')),
    sa.CheckConstraint("confirmed_by in ('elder', 'relative', 'callback')", name=op.f('ck_care_service_confirmed_by')),
    sa.CheckConstraint("pay_way in ('cash', 'code', 'monthly', 'purse')", name=op.f('ck_care_service_pay_way')),
    sa.CheckConstraint('minutes > 0 and minutes <= 1440', name=op.f('ck_care_service_minutes')),
    sa.CheckConstraint('price_fen >= 0 and own_fen >= 0 and own_fen <= price_fen', name=op.f('ck_care_service_money')),
    sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_care_service_elder_id_elder')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_care_service_provider_id_provider')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_care_service_site_id_site')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_care_service_staff_id_staff')),
    sa.ForeignKeyConstraint(['voided_by'], ['staff.id'], name=op.f('fk_care_service_voided_by_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_care_service')),
    sa.UniqueConstraint('key', name=op.f('uq_care_service_key')),
    sa.UniqueConstraint('void_key', name=op.f('uq_care_service_void_key'))
    )
    with op.batch_alter_table('care_service', schema=None) as batch_op:
        batch_op.create_index('ix_care_service_elder_day', ['elder_id', 'day'], unique=False)
        batch_op.create_index('ix_care_service_provider_day', ['provider_id', 'day'], unique=False)
        batch_op.create_index('ix_care_service_site_day', ['site_id', 'day'], unique=False)

    op.create_table('provider_assessment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('grade', sa.String(), nullable=False),
    sa.Column('rectify_by', sa.Date(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(grade = 'pass_with_rectification') = (rectify_by is not null)", name=op.f('ck_provider_assessment_rectify_by')),
    sa.CheckConstraint("grade in ('excellent', 'pass', 'pass_with_rectification', 'fail')", name=op.f('ck_provider_assessment_grade')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_assessment_provider_id_provider')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_provider_assessment_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_assessment')),
    sa.UniqueConstraint('provider_id', 'period', name=op.f('uq_provider_assessment_provider_id_period'))
    )
    op.create_table('provider_ban',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('until > decided_on', name=op.f('ck_provider_ban_days')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_ban_provider_id_provider')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_provider_ban_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_ban'))
    )
    with op.batch_alter_table('provider_ban', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_ban_provider_id'), ['provider_id'], unique=False)

    op.create_table('provider_contract',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('to_day >= from_day', name=op.f('ck_provider_contract_days')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_contract_provider_id_provider')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_provider_contract_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_contract'))
    )
    with op.batch_alter_table('provider_contract', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_contract_provider_id'), ['provider_id'], unique=False)

    op.create_table('care_share',
    sa.Column('care_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('payer', sa.String(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('reason_code', sa.String(), nullable=False),
    sa.Column('reason_fields', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint('amount_fen >= 0', name=op.f('ck_care_share_amount')),
    sa.ForeignKeyConstraint(['care_id'], ['care_service.id'], name=op.f('fk_care_share_care_id_care_service')),
    sa.PrimaryKeyConstraint('care_id', 'position', name=op.f('pk_care_share'))
    )
    op.create_table('purse_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('elder_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('serving_id', sa.Integer(), nullable=True),
    sa.Column('care_id', sa.Integer(), nullable=True),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('class_code', sa.String(), nullable=False),
    sa.Column('reason', sa.JSON(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(kind = 'credit') = (month <> '')", name=op.f('ck_purse_line_month')),
    sa.CheckConstraint("(kind = 'reversal') = (reverses_id is not null)", name=op.f('ck_purse_line_reversal')),
    sa.CheckConstraint("(kind in ('credit', 'top_up') and amount_fen > 0) or (kind in ('meal', 'service', 'expiry', 'close', 'refund') and amount_fen < 0) or (kind in ('reversal', 'correction') and amount_fen <> 0)", name=op.f('ck_purse_line_sign')),
    sa.CheckConstraint("kind <> 'meal' or serving_id is not null", name=op.f('ck_purse_line_meal')),
    sa.CheckConstraint("kind <> 'service' or care_id is not null", name=op.f('ck_purse_line_service')),
    sa.CheckConstraint("kind in ('credit', 'meal', 'service', 'expiry', 'close', 'top_up', 'refund', 'reversal', 'correction')", name=op.f('ck_purse_line_kind')),
    sa.CheckConstraint("kind not in ('top_up', 'refund') or (scheme = '' and entry_id is not null)", name=op.f('ck_purse_line_own_money')),
    sa.ForeignKeyConstraint(['care_id'], ['care_service.id'], name=op.f('fk_purse_line_care_id_care_service')),
    sa.ForeignKeyConstraint(['elder_id', 'scheme', 'starts_on', 'expires_on'], ['purse_lot.elder_id', 'purse_lot.scheme', 'purse_lot.starts_on', 'purse_lot.expires_on'], name='fk_purse_line_lot'),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_purse_line_entry_id_entry')),
    sa.ForeignKeyConstraint(['reverses_id'], ['purse_line.id'], name=op.f('fk_purse_line_reverses_id_purse_line')),
    sa.ForeignKeyConstraint(['serving_id'], ['serving.id'], name=op.f('fk_purse_line_serving_id_serving')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_purse_line_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purse_line')),
    sa.UniqueConstraint('key', name=op.f('uq_purse_line_key')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_purse_line_reverses_id'))
    )
    with op.batch_alter_table('purse_line', schema=None) as batch_op:
        batch_op.create_index('ix_purse_line_care_id', ['care_id'], unique=False, sqlite_where=sa.text('care_id is not null'), postgresql_where=sa.text('care_id is not null'))
        batch_op.create_index('ix_purse_line_elder_id', ['elder_id'], unique=False)
        batch_op.create_index('ix_purse_line_serving_id', ['serving_id'], unique=False, sqlite_where=sa.text('serving_id is not null'), postgresql_where=sa.text('serving_id is not null'))
        batch_op.create_index('uq_purse_line_credit', ['elder_id', 'scheme', 'month'], unique=True, sqlite_where=sa.text("kind = 'credit'"), postgresql_where=sa.text("kind = 'credit'"))

    with op.batch_alter_table('serving') as batch_op:
        batch_op.drop_constraint(op.f('ck_serving_pay_way'), type_='check')
        batch_op.create_check_constraint(op.f('ck_serving_pay_way'), "pay_way in ('cash', 'code', 'monthly', 'purse')")
    with op.batch_alter_table('entry') as batch_op:
        batch_op.add_column(sa.Column('care_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f('fk_entry_care_id_care_service'), 'care_service', ['care_id'], ['id'])
        batch_op.create_index(op.f('ix_entry_care_id'), ['care_id'], unique=False)
        batch_op.drop_constraint(op.f('ck_entry_kind'), type_='check')
        batch_op.create_check_constraint(
            op.f('ck_entry_kind'), "kind in ('serving', 'reversal', 'correction', 'service', 'top_up', 'refund')"
        )


def downgrade() -> None:
    # Books are never edited by a migration: what the older program cannot hold stops it.
    kept = op.get_bind().execute(sa.text(
        "select (select count(*) from entry where kind in ('service', 'top_up', 'refund') or care_id is not null)"
        " + (select count(*) from serving where pay_way = 'purse')"
    )).scalar_one()
    if kept:
        raise RuntimeError(f"{kept} entries of services or own money are in the books; the older version cannot hold them")
    with op.batch_alter_table('entry') as batch_op:
        batch_op.drop_constraint(op.f('ck_entry_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_entry_kind'), "kind in ('serving', 'reversal', 'correction')")
        batch_op.drop_constraint(op.f('fk_entry_care_id_care_service'), type_='foreignkey')
        batch_op.drop_index(op.f('ix_entry_care_id'))
        batch_op.drop_column('care_id')
    with op.batch_alter_table('serving') as batch_op:
        batch_op.drop_constraint(op.f('ck_serving_pay_way'), type_='check')
        batch_op.create_check_constraint(op.f('ck_serving_pay_way'), "pay_way in ('cash', 'code', 'monthly')")
    with op.batch_alter_table('purse_line', schema=None) as batch_op:
        batch_op.drop_index('uq_purse_line_credit', sqlite_where=sa.text("kind = 'credit'"), postgresql_where=sa.text("kind = 'credit'"))
        batch_op.drop_index('ix_purse_line_serving_id', sqlite_where=sa.text('serving_id is not null'), postgresql_where=sa.text('serving_id is not null'))
        batch_op.drop_index('ix_purse_line_elder_id')
        batch_op.drop_index('ix_purse_line_care_id', sqlite_where=sa.text('care_id is not null'), postgresql_where=sa.text('care_id is not null'))

    op.drop_table('purse_line')
    op.drop_table('care_share')
    with op.batch_alter_table('provider_contract', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_contract_provider_id'))

    op.drop_table('provider_contract')
    with op.batch_alter_table('provider_ban', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_ban_provider_id'))

    op.drop_table('provider_ban')
    op.drop_table('provider_assessment')
    with op.batch_alter_table('care_service', schema=None) as batch_op:
        batch_op.drop_index('ix_care_service_site_day')
        batch_op.drop_index('ix_care_service_provider_day')
        batch_op.drop_index('ix_care_service_elder_day')

    op.drop_table('care_service')
    with op.batch_alter_table('purse_freeze', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purse_freeze_elder_id'))

    op.drop_table('purse_freeze')
    with op.batch_alter_table('provider', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_area_id'))

    op.drop_table('provider')
    op.drop_table('credit_run')
    op.drop_table('purse_year')
    with op.batch_alter_table('purse_lot', schema=None) as batch_op:
        batch_op.drop_index('ix_purse_lot_expires_on', sqlite_where=sa.text('left_fen > 0'), postgresql_where=sa.text('left_fen > 0'))

    op.drop_table('purse_lot')
