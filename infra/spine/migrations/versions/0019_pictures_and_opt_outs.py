"""Figures of pictures that stand in chats, and who wants no review by mail

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_pictures",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_pictures")),
    )
    op.create_index(op.f("ix_kept_pictures_used_at"), "kept_pictures", ["used_at"], unique=False)
    op.create_table(
        "review_opt_outs",
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_review_opt_outs_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_review_opt_outs")),
    )


def downgrade() -> None:
    op.drop_table("review_opt_outs")
    op.drop_table("kept_pictures")
