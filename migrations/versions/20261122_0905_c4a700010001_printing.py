"""printing

Why: paper that can be trusted: what printers can do, and agents at remote sites.

Revision ID: c4a700010001
Revises: d86bf7508f5b
Created: 2026-11-22 09:05:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a700010001'
down_revision = 'd86bf7508f5b'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
