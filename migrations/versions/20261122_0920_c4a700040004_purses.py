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
    pass


def downgrade() -> None:
    pass
