"""places of doors

Why: routes are planned from where the doors are, how many boxes each walker carries and how fast. Nothing is known yet:
every door keeps its remembered order.

Revision ID: d50000050001
Revises: e80000010001
Created: 2026-12-01 13:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'd50000050001'
down_revision = 'e80000010001'
branch_labels = None
depends_on = None

MOVES_BY = ('e_bike', 'bicycle', 'on_foot', 'car')


def upgrade() -> None:
    op.create_table(
        'door_place',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_door_place_elder_id_elder')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_door_place')),
        sa.UniqueConstraint('elder_id', name=op.f('uq_door_place_elder_id')),
    )
    with op.batch_alter_table('site') as batch:
        batch.add_column(sa.Column('place', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('site') as batch:
        batch.alter_column('place', server_default=None)
    with op.batch_alter_table('route') as batch:
        batch.add_column(sa.Column('boxes', sa.Integer(), nullable=False, server_default='20'))
        batch.add_column(sa.Column('moves_by', sa.String(), nullable=False, server_default='e_bike'))
        batch.add_column(sa.Column('returns', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.create_check_constraint(batch.f('ck_route_moves_by'), f'moves_by in {MOVES_BY}')
        batch.create_check_constraint(batch.f('ck_route_boxes'), 'boxes > 0')
    with op.batch_alter_table('route') as batch:
        for name in ('boxes', 'moves_by', 'returns'):
            batch.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('route') as batch:
        batch.drop_constraint(batch.f('ck_route_boxes'), type_='check')
        batch.drop_constraint(batch.f('ck_route_moves_by'), type_='check')
        for name in ('returns', 'moves_by', 'boxes'):
            batch.drop_column(name)
    with op.batch_alter_table('site') as batch:
        batch.drop_column('place')
    op.drop_table('door_place')
