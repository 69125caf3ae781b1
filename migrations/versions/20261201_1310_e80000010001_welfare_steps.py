"""welfare steps

Why: a door that does not open was a line on one page. A check now has a cause, a time until which the next step must be
taken, and every step with who, when and what came of it; what a volunteer sees at a door, and a regular who stays away,
are checks as well. Checks from before are about doors; who walked there is kept instead of the door.

Revision ID: e80000010001
Revises: d70000010001
Created: 2026-12-01 13:10:00+00:00
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = 'e80000010001'
down_revision = 'd70000010001'
branch_labels = None
depends_on = None
#: Kinds whose values change on the way: the trail takes them up anew.
rewrites = ('welfare_check',)

CAUSES = ('no_answer', 'absent', 'concern')
KINDS = ('call', 'knock', 'contact', 'committee')
RESULTS = ('not_reached', 'well', 'needs_help', 'told')
ABSENT = "closed_at is null and cause = 'absent'"
OPEN = 'closed_at is null'


def upgrade() -> None:
    op.create_table(
        'welfare_step',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('check_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('result', sa.String(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('sealed_told', sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f'kind in {KINDS}', name=op.f('ck_welfare_step_kind')),
        sa.CheckConstraint(f'result in {RESULTS}', name=op.f('ck_welfare_step_result')),
        sa.ForeignKeyConstraint(['check_id'], ['welfare_check.id'], name=op.f('fk_welfare_step_check_id_welfare_check')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_welfare_step_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_welfare_step')),
        sa.UniqueConstraint('key', name=op.f('uq_welfare_step_key')),
    )
    op.create_index('ix_welfare_step_check_id', 'welfare_step', ['check_id'])
    with op.batch_alter_table('welfare_check') as batch:
        batch.add_column(sa.Column('cause', sa.String(), nullable=False, server_default='no_answer'))
        batch.add_column(sa.Column('day', sa.Date(), nullable=True))
        batch.add_column(sa.Column('opened_by', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('key', sa.String(), nullable=True))
        batch.add_column(sa.Column('sealed_seen', sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table('welfare_check') as batch:
        batch.alter_column('cause', server_default=None)
        batch.alter_column('day', nullable=False)
        batch.alter_column('due_at', nullable=False)
        batch.drop_constraint(batch.f('fk_welfare_check_drop_id_drop_point'), type_='foreignkey')
        batch.drop_column('drop_id')
        batch.create_foreign_key(batch.f('fk_welfare_check_opened_by_staff'), 'staff', ['opened_by'], ['id'])
        batch.create_check_constraint(batch.f('ck_welfare_check_cause'), f'cause in {CAUSES}')
        batch.create_unique_constraint(batch.f('uq_welfare_check_key'), ['key'])
    op.create_index('ix_welfare_check_elder_id', 'welfare_check', ['elder_id'])
    op.create_index(
        'ix_welfare_check_open', 'welfare_check', ['site_id', 'due_at'],
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    op.create_index(
        'uq_welfare_check_absent', 'welfare_check', ['elder_id'], unique=True,
        sqlite_where=sa.text(ABSENT), postgresql_where=sa.text(ABSENT),
    )  # fmt: skip
    with op.batch_alter_table('site') as batch:
        batch.add_column(sa.Column('absent_days', sa.Integer(), nullable=False, server_default='5'))
        batch.create_check_constraint(batch.f('ck_site_absent_days'), 'absent_days between 0 and 60')
    with op.batch_alter_table('site') as batch:
        batch.alter_column('absent_days', server_default=None)


def _fill(connection: sa.Connection) -> None:
    meta = sa.MetaData()
    meta.reflect(connection, only=('welfare_check', 'drop_point', 'run'))
    check, drop, run = (meta.tables[name] for name in ('welfare_check', 'drop_point', 'run'))
    rows = connection.execute(
        sa.select(check.c.id, check.c.opened_at, run.c.staff_id, run.c.day)
        .outerjoin(drop, drop.c.id == check.c.drop_id)
        .outerjoin(run, run.c.id == drop.c.run_id)
    ).all()
    for row in rows:
        day = row.day or (row.opened_at + dt.timedelta(hours=8)).date()
        due = row.opened_at + dt.timedelta(minutes=30)
        told = {'day': day, 'due_at': due, 'opened_by': row.staff_id}
        connection.execute(sa.update(check).where(check.c.id == row.id).values(told))


def downgrade() -> None:
    with op.batch_alter_table('site') as batch:
        batch.drop_constraint(batch.f('ck_site_absent_days'), type_='check')
        batch.drop_column('absent_days')
    op.drop_index('uq_welfare_check_absent', 'welfare_check')
    op.drop_index('ix_welfare_check_open', 'welfare_check')
    op.drop_index('ix_welfare_check_elder_id', 'welfare_check')
    with op.batch_alter_table('welfare_check') as batch:
        batch.drop_constraint(batch.f('uq_welfare_check_key'), type_='unique')
        batch.drop_constraint(batch.f('ck_welfare_check_cause'), type_='check')
        batch.drop_constraint(batch.f('fk_welfare_check_opened_by_staff'), type_='foreignkey')
        for name in ('cause', 'day', 'opened_by', 'key', 'sealed_seen', 'due_at'):
            batch.drop_column(name)
        batch.add_column(sa.Column('drop_id', sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f('fk_welfare_check_drop_id_drop_point'), 'drop_point', ['drop_id'], ['id'])
    op.drop_table('welfare_step')
