"""Health of deals, alerts, the workflow's actions and weekly reviews

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant, Money

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "muted_rules",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_muted_rules")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_week"), "reviews", ["week"], unique=False)
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
    )
    op.create_index(op.f("ix_rule_changes_state"), "rule_changes", ["state"], unique=False)
    op.create_table(
        "admin_minutes",
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_admin_minutes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_admin_minutes")),
    )
    op.create_table(
        "deliveries",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("review_id", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=True),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("ref", sa.JSON(), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_deliveries_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_review_id"), "deliveries", ["review_id"], unique=False)
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_deliveries_user_id"), "deliveries", ["user_id"], unique=False)
    op.create_table(
        "section_verdicts",
        sa.Column("review_id", sa.String(length=120), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_section_verdicts_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_section_verdicts_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "section", "user_id", name=op.f("pk_section_verdicts")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("deal_id", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("proposal_id", sa.String(length=60), nullable=True),
        sa.Column("event_at", Instant(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("snoozed_until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column("verdict_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_alerts_deal_id_deals"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_alerts_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )
    op.create_index(op.f("ix_alerts_deal_id"), "alerts", ["deal_id"], unique=False)
    op.create_index(op.f("ix_alerts_proposal_id"), "alerts", ["proposal_id"], unique=False)
    op.create_index(op.f("ix_alerts_rule"), "alerts", ["rule"], unique=False)
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"], unique=False)
    op.create_index(op.f("ix_alerts_user_id"), "alerts", ["user_id"], unique=False)
    op.create_index("ix_alerts_user_raised", "alerts", ["user_id", "raised_at"], unique=False)
    op.create_table(
        "deal_health",
        sa.Column("deal_id", sa.String(length=80), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("likelihood", Money(), nullable=True),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("made_from", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_deal_health_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal_health")),
    )
    op.create_index(op.f("ix_deal_health_band"), "deal_health", ["band"], unique=False)
    op.create_table(
        "due_actions",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("deal_id", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("trigger_id", sa.String(length=200), nullable=False),
        sa.Column("triggered_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by_id", sa.String(length=200), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_due_actions_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_due_actions_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_actions")),
    )
    op.create_index(op.f("ix_due_actions_deal_id"), "due_actions", ["deal_id"], unique=False)
    op.create_index(op.f("ix_due_actions_owner_id"), "due_actions", ["owner_id"], unique=False)
    op.create_index("ix_due_actions_state_due", "due_actions", ["state", "due_at"], unique=False)
    op.create_table(
        "health_marks",
        sa.Column("deal_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("likelihood", Money(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_health_marks_deal_id_deals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deal_id", "at", name=op.f("pk_health_marks")),
    )
    op.create_index("ix_health_marks_at", "health_marks", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_health_marks_at", table_name="health_marks")
    op.drop_table("health_marks")
    op.drop_index("ix_due_actions_state_due", table_name="due_actions")
    op.drop_index(op.f("ix_due_actions_owner_id"), table_name="due_actions")
    op.drop_index(op.f("ix_due_actions_deal_id"), table_name="due_actions")
    op.drop_table("due_actions")
    op.drop_index(op.f("ix_deal_health_band"), table_name="deal_health")
    op.drop_table("deal_health")
    op.drop_index("ix_alerts_user_raised", table_name="alerts")
    op.drop_index(op.f("ix_alerts_user_id"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_state"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_rule"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_proposal_id"), table_name="alerts")
    op.drop_index(op.f("ix_alerts_deal_id"), table_name="alerts")
    op.drop_table("alerts")
    op.drop_table("section_verdicts")
    op.drop_index(op.f("ix_deliveries_user_id"), table_name="deliveries")
    op.drop_index("ix_deliveries_state_due", table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_review_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("admin_minutes")
    op.drop_index(op.f("ix_rule_changes_state"), table_name="rule_changes")
    op.drop_table("rule_changes")
    op.drop_index(op.f("ix_reviews_week"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_table("muted_rules")
