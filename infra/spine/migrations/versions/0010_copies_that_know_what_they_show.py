"""Copies of cards that know which change of their proposal they show, and messages that show somebody who was forgotten

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposals", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    # Of what stands before the upgrade it is not known: its version and state tell whether it is past.
    op.add_column("copies", sa.Column("revision", sa.Integer(), nullable=True))
    op.create_table(
        "removals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("ref", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )


def downgrade() -> None:
    op.drop_table("removals")
    op.drop_column("copies", "revision")
    op.drop_column("proposals", "revision")
