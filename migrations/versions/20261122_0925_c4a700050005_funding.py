"""funding

Why: budgets of payers and what of them was spent.

Revision ID: c4a700050005
Revises: c4a700040004
Created: 2026-11-22 09:25:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700050005'
down_revision = 'c4a700040004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
