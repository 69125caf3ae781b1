"""trail contents

Why: the trail says what was written, in hashes made with a secret of the database. ``env.py`` makes the secret and
takes up what stands in the tables as it is found. Down again, the chains are hashed without a secret as before.

Revision ID: c4a700090009
Revises: c4a7000b0001
Created: 2026-12-01 11:40:00+00:00
"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = 'c4a700090009'
down_revision = 'c4a7000b0001'
branch_labels = None
depends_on = None

_AUDIT = sa.table(
    'audit',
    sa.column('id', sa.Integer()),
    sa.column('chain', sa.Integer()),
    sa.column('sequence', sa.Integer()),
    sa.column('at', sa.DateTime(timezone=True)),
    *(sa.column(name, sa.String()) for name in ('actor', 'action', 'subject')),
    sa.column('detail', sa.JSON()),
    sa.column('hash', sa.String()),
)
_HEAD = sa.table('audit_head', sa.column('chain', sa.Integer()), sa.column('hash', sa.String()))


def upgrade() -> None:
    op.create_table(
        'chain_key',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.CheckConstraint('id = 1', name=op.f('ck_chain_key_one')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_key')),
    )
    op.add_column('audit', sa.Column('content', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    connection = op.get_bind()
    for chain in connection.scalars(sa.select(_HEAD.c.chain)).all():
        _hash_anew(connection, chain)
    with op.batch_alter_table('audit') as audit:
        audit.drop_column('content')
    op.drop_table('chain_key')


def _hash_anew(connection: sa.Connection, chain: int) -> None:
    after, previous = 0, ''
    wanted = sa.select(_AUDIT).where(_AUDIT.c.chain == chain).order_by(_AUDIT.c.sequence).limit(5000)
    while page := connection.execute(wanted.where(_AUDIT.c.sequence > after)).all():
        changes = []
        for row in page:
            at = row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC)
            facts = [previous, chain, row.sequence, at.isoformat(), row.actor, row.action, row.subject, row.detail]
            text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
            previous = hashlib.sha256(text.encode()).hexdigest()
            changes.append({'of': row.id, 'to': previous})
            after = row.sequence
        changed = sa.update(_AUDIT).where(_AUDIT.c.id == sa.bindparam('of')).values(hash=sa.bindparam('to'))
        connection.execute(changed, changes)
    if previous:
        connection.execute(sa.update(_HEAD).where(_HEAD.c.chain == chain).values(hash=previous))
