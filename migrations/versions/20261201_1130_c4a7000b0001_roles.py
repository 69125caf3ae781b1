"""roles

Why: the table says what no person may be instead of naming every role, so that a new role needs no migration.

Revision ID: c4a7000b0001
Revises: c4a700080008
Created: 2026-12-01 11:30:00+00:00
"""

from alembic import op

revision = 'c4a7000b0001'
down_revision = 'c4a700080008'
branch_labels = None
depends_on = None

ROLES = "role in ('administrator', 'manager', 'clerk', 'volunteer', 'committee', 'civil_affairs')"


def keep_to(condition: str) -> None:
    with op.batch_alter_table('staff') as batch:
        batch.drop_constraint(op.f('ck_staff_role'), type_='check')
        batch.create_check_constraint(op.f('ck_staff_role'), condition)


def upgrade() -> None:
    keep_to("not (role in ('terminal', 'print_agent'))")


def downgrade() -> None:
    keep_to(ROLES)
