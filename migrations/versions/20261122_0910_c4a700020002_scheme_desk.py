"""scheme desk

Why: drafts of schemes that are edited in the browser before they are switched on.

Revision ID: c4a700020002
Revises: c4a700010001
Created: 2026-11-22 09:10:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700020002'
down_revision = 'c4a700010001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
