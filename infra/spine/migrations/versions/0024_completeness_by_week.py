"""How complete the records of open deals were at the end of each week: next steps have no history to tell it from

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "completeness_marks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.Column("deals", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_completeness_marks_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completeness_marks")),
    )
    op.create_index("ix_completeness_marks_week", "completeness_marks", ["week"])
    op.create_index("ix_completeness_marks_owner_id", "completeness_marks", ["owner_id"])


def downgrade() -> None:
    op.drop_index("ix_completeness_marks_owner_id", table_name="completeness_marks")
    op.drop_index("ix_completeness_marks_week", table_name="completeness_marks")
    op.drop_table("completeness_marks")
