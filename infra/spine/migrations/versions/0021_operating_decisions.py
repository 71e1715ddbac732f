"""What was decided in operating reviews, each record once

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operating_decisions",
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=True),
        sa.Column("owner_id", sa.String(length=80), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_operating_decisions")),
    )
    op.create_index("ix_operating_decisions_at", "operating_decisions", ["at"])


def downgrade() -> None:
    op.drop_index("ix_operating_decisions_at", table_name="operating_decisions")
    op.drop_table("operating_decisions")
