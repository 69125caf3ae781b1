"""entitlements

Why: applications, decisions and events that start, stop or freeze an entitlement.

Revision ID: c4a700030003
Revises: c4a700020002
Created: 2026-11-22 09:15:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700030003'
down_revision = 'c4a700020002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
