"""What was heard in activities that bears on a deal's health

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heard_activities",
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("made_from", sa.String(length=90), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_heard_activities_activity_id_activities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_heard_activities")),
    )
    op.create_index(op.f("ix_heard_activities_made_at"), "heard_activities", ["made_at"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("speaker", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(length=80), nullable=True),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_mentions_activity_id_activities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_mentions_contact_id_contacts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_activity_id"), "mentions", ["activity_id"], unique=False)
    op.create_index(op.f("ix_mentions_contact_id"), "mentions", ["contact_id"], unique=False)
    op.create_index("ix_mentions_at", "mentions", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_mentions_at", table_name="mentions")
    op.drop_index(op.f("ix_mentions_contact_id"), table_name="mentions")
    op.drop_index(op.f("ix_mentions_activity_id"), table_name="mentions")
    op.drop_table("mentions")
    op.drop_index(op.f("ix_heard_activities_made_at"), table_name="heard_activities")
    op.drop_table("heard_activities")
