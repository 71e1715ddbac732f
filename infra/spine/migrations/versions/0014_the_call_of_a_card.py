"""The call that a card closes

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposals", sa.Column("call_id", sa.String(200), nullable=True))
    op.create_index(op.f("ix_proposals_call_id"), "proposals", ["call_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_proposals_call_id"), table_name="proposals")
    op.drop_column("proposals", "call_id")
