"""standing orders

Why: an order is the only cause of cooking and carrying. A door on a route had meals carried to it whether anybody had
ordered one or not; from now on a standing order says so. Every door gets one, for the slots its route was walked in, and
the doors of today's runs that nobody has decided get their orders.

Revision ID: d50000010001
Revises: c4a700090009
Created: 2026-12-01 12:00:00+00:00
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = 'd50000010001'
down_revision = 'c4a700090009'
branch_labels = None
depends_on = None

SLOTS = ('breakfast', 'lunch', 'dinner')
WAYS = ('dine_in', 'take_away', 'proxy', 'delivery')


def upgrade() -> None:
    op.create_table(
        'standing_order',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('site_id', sa.Integer(), nullable=False),
        sa.Column('elder_id', sa.Integer(), nullable=False),
        sa.Column('slot', sa.String(), nullable=False),
        sa.Column('weekdays', sa.String(), nullable=False),
        sa.Column('set_name', sa.String(), nullable=False),
        sa.Column('way', sa.String(), nullable=False),
        sa.Column('from_day', sa.Date(), nullable=False),
        sa.Column('to_day', sa.Date(), nullable=True),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=True),
        sa.CheckConstraint(f'slot in {SLOTS}', name=op.f('ck_standing_order_slot')),
        sa.CheckConstraint(f'way in {WAYS}', name=op.f('ck_standing_order_way')),
        sa.CheckConstraint("weekdays <> ''", name=op.f('ck_standing_order_weekdays')),
        sa.ForeignKeyConstraint(['elder_id'], ['elder.id'], name=op.f('fk_standing_order_elder_id_elder')),
        sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_standing_order_site_id_site')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_standing_order_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_order')),
    )
    op.create_index('ix_standing_order_elder_id', 'standing_order', ['elder_id'])
    op.create_index('ix_standing_order_site_id', 'standing_order', ['site_id'])
    with op.batch_alter_table('meal_order') as batch:
        batch.add_column(sa.Column('standing_id', sa.Integer(), nullable=True))
        batch.create_unique_constraint(batch.f('uq_meal_order_standing_id_day'), ['standing_id', 'day'])
        batch.create_foreign_key(
            batch.f('fk_meal_order_standing_id_standing_order'), 'standing_order', ['standing_id'], ['id']
        )
    _keep_doors(op.get_bind())
    with op.batch_alter_table('drop_point') as batch:
        batch.drop_column('set_name')


def _keep_doors(connection: sa.Connection) -> None:
    names = ('site', 'site_slot', 'route', 'route_stop', 'run', 'drop_point', 'meal_order', 'standing_order')
    meta = sa.MetaData()
    meta.reflect(connection, only=names)
    site, site_slot, route, stop, run, drop, order, standing = (meta.tables[name] for name in names)
    now = dt.datetime.now(dt.UTC)
    today = (now + dt.timedelta(hours=8)).date()
    walked = connection.execute(sa.select(run.c.route_id, run.c.slot).distinct())
    slots: dict[int, set[str]] = {}
    for row in walked:
        slots.setdefault(row.route_id, set()).add(row.slot)
    served: dict[int, list[str]] = {}
    for row in connection.execute(sa.select(site_slot.c.site_id, site_slot.c.slot).order_by(site_slot.c.opens)):
        served.setdefault(row.site_id, []).append(row.slot)
    doors = connection.execute(
        sa.select(stop.c.elder_id, route.c.id, route.c.site_id, site.c.weekdays)
        .join(route, route.c.id == stop.c.route_id)
        .join(site, site.c.id == route.c.site_id)
        .order_by(stop.c.id)
    ).all()
    kept = set()
    for door in doors:
        usual = ['lunch'] if 'lunch' in served.get(door.site_id, []) else served.get(door.site_id, [])[:1]
        for slot in sorted(slots.get(door.id, usual)):
            if (door.elder_id, slot) in kept or slot not in served.get(door.site_id, []):
                continue
            kept.add((door.elder_id, slot))
            habit = {
                'site_id': door.site_id,
                'elder_id': door.elder_id,
                'slot': slot,
                'weekdays': door.weekdays,
                'set_name': '',
                'way': 'delivery',
                'from_day': today,
                'recorded_at': now,
            }
            connection.execute(sa.insert(standing).values(habit))
    live = sa.exists().where(
        order.c.elder_id == drop.c.elder_id,
        order.c.day == run.c.day,
        order.c.slot == run.c.slot,
        order.c.cancelled_at.is_(None),
    )
    undecided = sa.select(run.c.site_id, drop.c.elder_id, run.c.day, run.c.slot, drop.c.set_name).join(
        run, run.c.id == drop.c.run_id
    )
    for row in connection.execute(undecided.where(run.c.day >= today, drop.c.state == 'planned', ~live)).all():
        connection.execute(sa.insert(order).values(**row._asdict(), way='delivery', ordered_at=now))


def downgrade() -> None:
    with op.batch_alter_table('drop_point') as batch:
        batch.add_column(sa.Column('set_name', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('drop_point') as batch:
        batch.alter_column('set_name', server_default=None)
    with op.batch_alter_table('meal_order') as batch:
        batch.drop_constraint(batch.f('fk_meal_order_standing_id_standing_order'), type_='foreignkey')
        batch.drop_constraint(batch.f('uq_meal_order_standing_id_day'), type_='unique')
        batch.drop_column('standing_id')
    op.drop_table('standing_order')
