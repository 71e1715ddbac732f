"""References that wait for the record they name

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_links",
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("record_id", sa.String(200), nullable=False),
        sa.Column("field", sa.String(12), nullable=False),
        sa.Column("target", sa.String(12), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reason", sa.String(8), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", "field", name="pk_waiting_links"),
    )
    op.create_index("ix_waiting_links_target", "waiting_links", ["target", "text"])


def downgrade() -> None:
    op.drop_table("waiting_links")
