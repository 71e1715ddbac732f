"""When a rule of alerts that was muted was told again

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("muted_rules", sa.Column("lifted_at", Instant(), nullable=True))
    op.add_column("muted_rules", sa.Column("lifted_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("muted_rules", "lifted_by")
    op.drop_column("muted_rules", "lifted_at")
