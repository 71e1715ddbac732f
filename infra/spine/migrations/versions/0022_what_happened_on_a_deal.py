"""What names no deal, found by its account

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_LOOSE = sa.text("deal_id IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_activities_loose", "activities", ["account_id", "at"], sqlite_where=_LOOSE, postgresql_where=_LOOSE
    )


def downgrade() -> None:
    op.drop_index("ix_activities_loose", "activities")
