"""printing

Why: papers of every kind, papers that wait for a person, printers that answer in other ways, and printers served by an
agent at a remote site.

Revision ID: c4a700010001
Revises: d86bf7508f5b
Created: 2026-11-22 09:05:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700010001'
down_revision = 'd86bf7508f5b'
branch_labels = None
depends_on = None

OLD_KINDS = "kind in ('ticket', 'void_ticket', 'guest_ticket', 'test_page')"
OLD_STATES = "state in ('queued', 'sending', 'printed', 'sent', 'uncertain', 'failed', 'cancelled')"
OLD_OPEN = "state in ('queued', 'sending', 'uncertain')"
OLD_SERVING = "(kind = 'test_page') = (serving_id is null)"
NEW_KINDS = ("kind in ('ticket', 'guest_ticket', 'void_ticket', 'test_page', 'kitchen_count', 'change_slip', 'label', "
             "'route_sheet', 'day_sheet', 'drawer', 'closing_summary')")
NEW_STATES = "state in ('queued', 'held', 'sending', 'printed', 'sent', 'uncertain', 'failed', 'cancelled')"
NEW_OPEN = "state in ('queued', 'held', 'sending', 'uncertain')"
NEW_SERVING = "(kind in ('ticket', 'guest_ticket', 'void_ticket')) = (serving_id is not null)"


def printer(*more):
    """The table as it is rebuilt on SQLite, which forgets checks it is not told of."""
    return sa.Table(
        'printer', sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('address', sa.String(), nullable=False),
        sa.Column('width_mm', sa.Integer(), nullable=False),
        sa.Column('encoding', sa.String(), nullable=False),
        sa.Column('rom', sa.String(), nullable=False),
        sa.Column('has_cutter', sa.Boolean(), nullable=False),
        sa.Column('has_qr', sa.Boolean(), nullable=False),
        sa.Column('answers', sa.Boolean(), nullable=False),
        sa.Column('is_default', sa.Boolean(), nullable=False),
        sa.Column('is_active', sa.Boolean(), nullable=False),
        sa.Column('lease_by', sa.String(), nullable=True),
        sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('last_trouble', sa.String(), nullable=False),
        *more,
        sa.CheckConstraint("encoding in ('gb18030', 'gbk', 'utf-8')", name=op.f('ck_printer_encoding')),
        sa.CheckConstraint("rom in ('gb2312', 'gbk', 'gb18030-2', 'gb18030-4')", name=op.f('ck_printer_rom')),
        sa.CheckConstraint('(lease_by is null) = (lease_until is null)', name=op.f('ck_printer_lease')),
        sa.CheckConstraint('width_mm in (58, 80)', name=op.f('ck_printer_width_mm')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_printer_site_id_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_printer')),
        sa.UniqueConstraint('site_id', 'name', name=op.f('uq_printer_site_id_name')),
        sa.Index('uq_printer_default', 'site_id', unique=True, sqlite_where=sa.text('is_default and is_active'),
                 postgresql_where=sa.text('is_default and is_active')),
    )


def printer_news(**given):
    return (
        sa.Column('fence', sa.String(), nullable=False, **given.get('fence', {})),
        sa.Column('mode', sa.String(), nullable=False, **given.get('mode', {})),
        sa.Column('has_drawer', sa.Boolean(), nullable=False, **given.get('has_drawer', {})),
        sa.Column('is_remote', sa.Boolean(), nullable=False, **given.get('is_remote', {})),
    )


def printer_checks():
    return (
        sa.CheckConstraint("fence in ('gs_r', 'gs_h')", name=op.f('ck_printer_fence')),
        sa.CheckConstraint("mode in ('text', 'raster')", name=op.f('ck_printer_mode')),
    )


def print_job(kinds, states, open_states, serving, *more):
    return sa.Table(
        'print_job', sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('printer_id', sa.Integer(), nullable=True),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('serving_id', sa.Integer(), nullable=True),
        sa.Column('copy', sa.Integer(), nullable=False),
        sa.Column('original_id', sa.Integer(), nullable=True),
        sa.Column('facts', sa.Text(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('trouble', sa.Text(), nullable=False),
        *more,
        sa.CheckConstraint(f"(finished_at is null) = ({open_states})", name=op.f('ck_print_job_finished')),
        sa.CheckConstraint(serving, name=op.f('ck_print_job_serving')),
        sa.CheckConstraint(kinds, name=op.f('ck_print_job_kind')),
        sa.CheckConstraint("state <> 'sending' or printer_id is not null", name=op.f('ck_print_job_sending')),
        sa.CheckConstraint(states, name=op.f('ck_print_job_state')),
        sa.CheckConstraint('(copy = 0) = (original_id is null) and copy >= 0', name=op.f('ck_print_job_copy')),
        sa.CheckConstraint('attempts >= 0', name=op.f('ck_print_job_attempts')),
        sa.ForeignKeyConstraint(['original_id'], ['print_job.id'], name=op.f('fk_print_job_original_id_print_job')),
        sa.ForeignKeyConstraint(['printer_id'], ['printer.id'], name=op.f('fk_print_job_printer_id_printer')),
        sa.ForeignKeyConstraint(['serving_id'], ['serving.id'], name=op.f('fk_print_job_serving_id_serving')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_print_job_site_id_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_print_job')),
        sa.UniqueConstraint('key', name=op.f('uq_print_job_key')),
        sa.UniqueConstraint('original_id', 'copy', name=op.f('uq_print_job_original_id_copy')),
        sa.Index('ix_print_job_next', 'printer_id', 'id', sqlite_where=sa.text("state = 'queued'"),
                 postgresql_where=sa.text("state = 'queued'")),
        sa.Index('ix_print_job_serving_id', 'serving_id'),
        sa.Index('ix_print_job_site_id_id', 'site_id', 'id'),
    )


def job_news(**given):
    return (
        sa.Column('repeats', sa.Integer(), nullable=False, **given.get('repeats', {})),
        sa.Column('claim_key', sa.String(), nullable=True),
        sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=given.get('wanted_nullable', False)),
    )


def repeats_check():
    return sa.CheckConstraint('repeats >= 0', name=op.f('ck_print_job_repeats'))


def open_index(open_states):
    op.create_index('ix_print_job_open', 'print_job', ['site_id', 'state'], unique=False,
                    sqlite_where=sa.text(open_states), postgresql_where=sa.text(open_states))


def upgrade() -> None:
    first = {
        'fence': {'server_default': 'gs_r'}, 'mode': {'server_default': 'text'},
        'has_drawer': {'server_default': sa.false()}, 'is_remote': {'server_default': sa.false()},
    }
    with op.batch_alter_table('printer', copy_from=printer(), recreate='auto') as batch:
        for column in printer_news(**first):
            batch.add_column(column)
    with op.batch_alter_table('printer', copy_from=printer(*printer_news(**first))) as batch:
        for name in first:
            batch.alter_column(name, server_default=None)
        for check in printer_checks():
            batch.create_check_constraint(check.name, check.sqltext)

    op.drop_index('ix_print_job_open', table_name='print_job')
    old = (OLD_KINDS, OLD_STATES, OLD_OPEN, OLD_SERVING)
    given = {'repeats': {'server_default': '0'}, 'wanted_nullable': True}
    with op.batch_alter_table('print_job', copy_from=print_job(*old)) as batch:
        for column in job_news(**given):
            batch.add_column(column)
    op.execute('update print_job set wanted_at = created_at')
    with op.batch_alter_table('print_job', copy_from=print_job(*old, *job_news(**given))) as batch:
        for name in ('kind', 'state', 'serving', 'finished'):
            batch.drop_constraint(op.f(f'ck_print_job_{name}'), type_='check')
        batch.alter_column('repeats', server_default=None)
        batch.alter_column('wanted_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_check_constraint(op.f('ck_print_job_kind'), sa.text(NEW_KINDS))
        batch.create_check_constraint(op.f('ck_print_job_state'), sa.text(NEW_STATES))
        batch.create_check_constraint(op.f('ck_print_job_serving'), sa.text(NEW_SERVING))
        batch.create_check_constraint(op.f('ck_print_job_finished'), sa.text(f'(finished_at is null) = ({NEW_OPEN})'))
        batch.create_check_constraint(op.f('ck_print_job_repeats'), sa.text('repeats >= 0'))
    open_index(NEW_OPEN)


def downgrade() -> None:
    op.drop_index('ix_print_job_open', table_name='print_job')
    # Papers the older program does not know are gone from its list; nothing in the books hangs on them.
    op.execute(f'delete from print_job where not ({OLD_KINDS})')
    new = (NEW_KINDS, NEW_STATES, NEW_OPEN, NEW_SERVING)
    with op.batch_alter_table('print_job', copy_from=print_job(*new, *job_news(), repeats_check())) as batch:
        for name in ('kind', 'state', 'serving', 'finished', 'repeats'):
            batch.drop_constraint(op.f(f'ck_print_job_{name}'), type_='check')
    op.execute("update print_job set state = 'failed', finished_at = wanted_at where state = 'held'")
    with op.batch_alter_table('print_job', copy_from=bare_print_job()) as batch:
        for name in ('repeats', 'claim_key', 'wanted_at'):
            batch.drop_column(name)
        batch.create_check_constraint(op.f('ck_print_job_kind'), sa.text(OLD_KINDS))
        batch.create_check_constraint(op.f('ck_print_job_state'), sa.text(OLD_STATES))
        batch.create_check_constraint(op.f('ck_print_job_serving'), sa.text(OLD_SERVING))
        batch.create_check_constraint(op.f('ck_print_job_finished'), sa.text(f'(finished_at is null) = ({OLD_OPEN})'))
    open_index(OLD_OPEN)
    with op.batch_alter_table('printer', copy_from=printer(*printer_news(), *printer_checks())) as batch:
        for check in printer_checks():
            batch.drop_constraint(check.name, type_='check')
        for name in ('fence', 'mode', 'has_drawer', 'is_remote'):
            batch.drop_column(name)


def bare_print_job():
    """Without the checks that were dropped."""
    table = print_job(NEW_KINDS, NEW_STATES, NEW_OPEN, NEW_SERVING, *job_news())
    for check in [c for c in table.constraints if c.name in {f'ck_print_job_{n}' for n in ('kind', 'state', 'serving', 'finished')}]:
        table.constraints.remove(check)
    return table
