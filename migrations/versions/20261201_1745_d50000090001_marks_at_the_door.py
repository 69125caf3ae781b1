"""marks at the door

Why: a door had one tap, the last one, and two outcomes. What is said of a door is now a row for each tap, so that a phone may
send any of them again, in any order; a tap may be taken back, and one that is refused is kept until somebody has read it. The
meals a mark made are named, and who had a door before it was given to somebody else.

Revision ID: d50000090001
Revises: d50000070001
Created: 2026-12-01 17:45:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000090001'
down_revision = 'd50000070001'
branch_labels = None
depends_on = None
#: Kinds whose values change on the way: the trail takes them up anew.
rewrites = ('run', 'serving')

OUTCOMES = ('handed_over', 'neighbour', 'no_answer', 'refused', 'wrong_address', 'brought_back')
STATES = ('planned', *OUTCOMES)
DELIVERED = ('handed_over', 'neighbour')
BEFORE = ('planned', 'handed_over', 'no_answer')


def upgrade() -> None:
    op.create_table(
        'drop_mark',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('drop_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('outcome', sa.String(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('pressed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('phone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.Column('sealed_told', sa.LargeBinary(), nullable=True),
        sa.Column('refusal', sa.String(), nullable=False),
        sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f'outcome in {OUTCOMES}', name=op.f('ck_drop_mark_outcome')),
        sa.ForeignKeyConstraint(['drop_id'], ['drop_point.id'], name=op.f('fk_drop_mark_drop_id_drop_point')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_drop_mark_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_drop_mark')),
        sa.UniqueConstraint('key', name=op.f('uq_drop_mark_key')),
    )
    op.create_index('ix_drop_mark_drop_id', 'drop_mark', ['drop_id'])
    op.create_table(
        'drop_serving',
        sa.Column('serving_id', sa.Integer(), nullable=False),
        sa.Column('mark_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['serving_id'], ['serving.id'], name=op.f('fk_drop_serving_serving_id_serving')),
        sa.ForeignKeyConstraint(['mark_id'], ['drop_mark.id'], name=op.f('fk_drop_serving_mark_id_drop_mark')),
        sa.PrimaryKeyConstraint('serving_id', name=op.f('pk_drop_serving')),
    )
    op.create_index('ix_drop_serving_mark_id', 'drop_serving', ['mark_id'])
    op.create_table(
        'former_walker',
        sa.Column('drop_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['drop_id'], ['drop_point.id'], name=op.f('fk_former_walker_drop_id_drop_point')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_former_walker_staff_id_staff')),
        sa.PrimaryKeyConstraint('drop_id', 'staff_id', name=op.f('pk_former_walker')),
    )
    _keep_marks(op.get_bind())
    with op.batch_alter_table('drop_point') as batch:
        batch.drop_constraint(batch.f('uq_drop_point_key'), type_='unique')
        batch.drop_column('key')
        batch.drop_column('sealed_note')
        _constrain(batch, STATES, f'(state in {DELIVERED}) = (serving_id is not null)')


def _constrain(batch: object, states: tuple[str, ...], serving: str) -> None:
    for name, condition in (('ck_drop_point_state', f'state in {states}'), ('ck_drop_point_serving', serving)):
        batch.drop_constraint(batch.f(name), type_='check')
        batch.create_check_constraint(batch.f(name), condition)


def _keep_marks(connection: sa.Connection) -> None:
    """The one tap of a door is its mark; each box of it has a key that begins with that of the first."""
    meta = sa.MetaData()
    meta.reflect(connection, only=('drop_point', 'drop_mark', 'drop_serving', 'run', 'serving'))
    drop, mark, made, run, serving = (
        meta.tables[name] for name in ('drop_point', 'drop_mark', 'drop_serving', 'run', 'serving')
    )
    rows = connection.execute(
        sa.select(drop, run.c.staff_id)
        .join(run, run.c.id == drop.c.run_id)
        .where(drop.c.key.is_not(None))
        .order_by(drop.c.decided_at, drop.c.id)
    ).all()
    for row in rows:
        told = {
            'drop_id': row.id,
            'key': row.key,
            'outcome': row.state,
            'at': row.decided_at,
            'pressed_at': row.decided_at,
            'staff_id': row.staff_id,
            'sealed_told': row.sealed_note,
            'refusal': '',
        }
        [mark_id] = connection.execute(sa.insert(mark).values(told)).inserted_primary_key
        first = f'drop-{row.id}-{row.key}'
        of_mark = sa.or_(serving.c.id == row.serving_id, serving.c.key.startswith(f'{first}-', autoescape=True))
        for (serving_id,) in connection.execute(sa.select(serving.c.id).where(of_mark)).all():
            connection.execute(sa.insert(made).values(serving_id=serving_id, mark_id=mark_id))


def downgrade() -> None:
    """What the version before has no word for: a meal a neighbour took was handed over, any other door is still to go to."""
    with op.batch_alter_table('drop_point') as batch:
        batch.add_column(sa.Column('key', sa.String(), nullable=True))
        batch.add_column(sa.Column('sealed_note', sa.LargeBinary(), nullable=True))
        for name in ('ck_drop_point_state', 'ck_drop_point_serving'):
            batch.drop_constraint(batch.f(name), type_='check')
    _give_back(op.get_bind())
    with op.batch_alter_table('drop_point') as batch:
        batch.create_unique_constraint(batch.f('uq_drop_point_key'), ['key'])
        batch.create_check_constraint(batch.f('ck_drop_point_state'), f'state in {BEFORE}')
        batch.create_check_constraint(
            batch.f('ck_drop_point_serving'), "(state = 'handed_over') = (serving_id is not null)"
        )
    op.drop_table('former_walker')
    op.drop_table('drop_serving')
    op.drop_table('drop_mark')


def _give_back(connection: sa.Connection) -> None:
    meta = sa.MetaData()
    meta.reflect(connection, only=('drop_point', 'drop_mark'))
    drop, mark = meta.tables['drop_point'], meta.tables['drop_mark']
    counts = sa.and_(mark.c.undone_at.is_(None), mark.c.refusal == '')
    for row in connection.execute(sa.select(mark).where(counts).order_by(mark.c.id)).all():
        told = {'key': row.key, 'sealed_note': row.sealed_told}
        connection.execute(sa.update(drop).where(drop.c.id == row.drop_id).values(told))
    connection.execute(sa.update(drop).where(drop.c.state == 'neighbour').values(state='handed_over'))
    unknown = drop.c.state.not_in(BEFORE)
    connection.execute(
        sa.update(drop).where(unknown).values(state='planned', key=None, sealed_note=None, decided_at=None)
    )
