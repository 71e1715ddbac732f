"""Notes of calls, qualification, objections and scorecards

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "briefed",
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("meeting_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_briefed_activity_id_activities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_briefed_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("activity_id", "user_id", name=op.f("pk_briefed")),
    )
    op.create_table(
        "call_notes",
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_call_notes_activity_id_activities"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_call_notes")),
    )
    op.create_index(op.f("ix_call_notes_state"), "call_notes", ["state"], unique=False)
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=80), nullable=True),
        sa.Column("deal_id", sa.String(length=80), nullable=True),
        sa.Column("owner_id", sa.String(length=80), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answer_position", sa.Integer(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("handled", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_objections_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_objections_activity_id_activities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_objections_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_objections_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_account_id"), "objections", ["account_id"], unique=False)
    op.create_index(op.f("ix_objections_activity_id"), "objections", ["activity_id"], unique=False)
    op.create_index(op.f("ix_objections_deal_id"), "objections", ["deal_id"], unique=False)
    op.create_index(op.f("ix_objections_owner_id"), "objections", ["owner_id"], unique=False)
    op.create_index("ix_objections_topic_at", "objections", ["topic", "at"], unique=False)
    op.create_table(
        "qualification_elements",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=80), nullable=True),
        sa.Column("deal_id", sa.String(length=80), nullable=True),
        sa.Column("framework", sa.String(length=24), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(length=80), nullable=True),
        sa.Column("contradicts", sa.JSON(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_qualification_elements_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities.id"],
            name=op.f("fk_qualification_elements_activity_id_activities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_qualification_elements_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_qualification_elements_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification_elements")),
    )
    op.create_index(
        op.f("ix_qualification_elements_account_id"), "qualification_elements", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_qualification_elements_activity_id"), "qualification_elements", ["activity_id"], unique=False
    )
    op.create_index(
        op.f("ix_qualification_elements_contact_id"), "qualification_elements", ["contact_id"], unique=False
    )
    op.create_index(
        "ix_qualification_elements_deal_element", "qualification_elements", ["deal_id", "element", "at"], unique=False
    )
    op.create_table(
        "scorecards",
        sa.Column("activity_id", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_scorecards_activity_id_activities"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_scorecards_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", "user_id", name=op.f("pk_scorecards")),
    )
    op.create_index(op.f("ix_scorecards_at"), "scorecards", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_scorecards_at"), table_name="scorecards")
    op.drop_table("scorecards")
    op.drop_index("ix_qualification_elements_deal_element", table_name="qualification_elements")
    op.drop_index(op.f("ix_qualification_elements_contact_id"), table_name="qualification_elements")
    op.drop_index(op.f("ix_qualification_elements_activity_id"), table_name="qualification_elements")
    op.drop_index(op.f("ix_qualification_elements_account_id"), table_name="qualification_elements")
    op.drop_table("qualification_elements")
    op.drop_index("ix_objections_topic_at", table_name="objections")
    op.drop_index(op.f("ix_objections_owner_id"), table_name="objections")
    op.drop_index(op.f("ix_objections_deal_id"), table_name="objections")
    op.drop_index(op.f("ix_objections_activity_id"), table_name="objections")
    op.drop_index(op.f("ix_objections_account_id"), table_name="objections")
    op.drop_table("objections")
    op.drop_index(op.f("ix_call_notes_state"), table_name="call_notes")
    op.drop_table("call_notes")
    op.drop_table("briefed")
