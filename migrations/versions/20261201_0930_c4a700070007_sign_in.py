"""sign in

Why: a second step at sign-in (an app's codes, passkeys, recovery codes), and people see in which browsers they are signed in.

Revision ID: c4a700070007
Revises: c4a700060006
Created: 2026-12-01 09:30:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700070007'
down_revision = 'c4a700060006'
branch_labels = None
depends_on = None


def staff_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f(f'fk_{table}_staff_id_staff'))


def upgrade() -> None:
    op.add_column('staff_session', sa.Column('browser', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('staff_session') as batch:
        batch.alter_column('browser', server_default=None)
    op.create_table(
        'second_factor',
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('sealed_totp', sa.LargeBinary(), nullable=True),
        sa.Column('last_step', sa.Integer(), nullable=False),
        sa.Column('reset_at', sa.DateTime(timezone=True), nullable=True),
        staff_key('second_factor'),
        sa.PrimaryKeyConstraint('staff_id', name=op.f('pk_second_factor')),
    )
    op.create_table(
        'passkey',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('credential_id', sa.String(), nullable=False),
        sa.Column('public_key', sa.LargeBinary(), nullable=False),
        sa.Column('sign_count', sa.BigInteger(), nullable=False),
        sa.Column('rp_id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        staff_key('passkey'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
        sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id')),
    )
    op.create_index(op.f('ix_passkey_staff_id'), 'passkey', ['staff_id'])
    op.create_table(
        'recovery_code',
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('code_hash', sa.String(), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        staff_key('recovery_code'),
        sa.PrimaryKeyConstraint('staff_id', 'position', name=op.f('pk_recovery_code')),
    )
    op.create_table(
        'sign_in_step',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('epoch', sa.Integer(), nullable=False),
        sa.Column('aim', sa.String(), nullable=False),
        sa.Column('is_proven', sa.Boolean(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('challenge', sa.String(), nullable=False),
        sa.Column('sealed_totp', sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("aim in ('sign_in', 'set_up', 'codes', 'off')", name=op.f('ck_sign_in_step_aim')),
        staff_key('sign_in_step'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_step')),
    )
    op.create_index(op.f('ix_sign_in_step_staff_id'), 'sign_in_step', ['staff_id'])


def downgrade() -> None:
    for table in ('sign_in_step', 'recovery_code', 'passkey', 'second_factor'):
        op.drop_table(table)
    with op.batch_alter_table('staff_session') as batch:
        batch.drop_column('browser')
