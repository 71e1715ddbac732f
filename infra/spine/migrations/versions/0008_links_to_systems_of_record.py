"""Links to systems of record, how far they were read, writes, dead letters and connections

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from infra.spine.base import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_links",
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("remote", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.String(length=200), nullable=False),
        sa.Column("remote_at", Instant(), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("merged_into", sa.String(length=200), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("system", "remote", "external_id", name=op.f("pk_crm_links")),
    )
    op.create_index("ix_crm_links_record", "crm_links", ["kind", "record_id", "system"], unique=False)
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_index("ix_dead_letters_key", "dead_letters", ["system", "direction", "kind", "key"], unique=False)
    op.create_index("ix_dead_letters_state_at", "dead_letters", ["state", "at"], unique=False)
    op.create_table(
        "remote_changes",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("remote", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_changes")),
    )
    op.create_index("ix_remote_changes_state", "remote_changes", ["system", "state", "at"], unique=False)
    op.create_table(
        "sync_states",
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("system", "stream", name=op.f("pk_sync_states")),
    )
    op.create_table(
        "connections",
        sa.Column("system", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("connected_at", Instant(), nullable=False),
        sa.Column("connected_by", sa.String(length=80), nullable=True),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connected_by"], ["users.id"], name=op.f("fk_connections_connected_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_connections")),
    )
    op.create_table(
        "crm_writes",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("system", sa.String(length=16), nullable=True),
        sa.Column("operation", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("marker", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=True),
        sa.Column("row", sa.String(length=80), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("attempted_at", Instant(), nullable=True),
        sa.Column("spine_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_crm_writes_proposal_id_proposals"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_crm_writes")),
        sa.UniqueConstraint("marker", name=op.f("uq_crm_writes_marker")),
    )
    op.create_index(op.f("ix_crm_writes_proposal_id"), "crm_writes", ["proposal_id"], unique=False)
    op.create_index("ix_crm_writes_record", "crm_writes", ["kind", "record_id"], unique=False)
    op.create_index("ix_crm_writes_state_due", "crm_writes", ["state", "due_at"], unique=False)


def downgrade() -> None:
    for table in ("remote_changes", "connections", "crm_writes", "dead_letters", "sync_states", "crm_links"):
        op.drop_table(table)
