"""Until when a mailbox may be read, where its permission can't be renewed

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("ends_at", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailboxes", "ends_at")
