"""When scorecards were made of a call's notes

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_notes", sa.Column("scored_at", Instant(), nullable=True))
    op.add_column("call_notes", sa.Column("scored_as", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("call_notes", "scored_as")
    op.drop_column("call_notes", "scored_at")
