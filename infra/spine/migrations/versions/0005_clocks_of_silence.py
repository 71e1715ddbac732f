"""Indexes for the clocks of silence

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORD = "status = 'done' AND automatic IS {no} AND kind IN ('call', 'mail', 'meeting')"
_HELD = "direction = 'mutual' AND kind IN ('call', 'meeting')"
_INDEXES = {
    "ix_activities_from_buyer": ("deal_id", f"{_WORD} AND (direction = 'inbound' OR {_HELD})"),
    "ix_activities_from_us": ("deal_id", f"{_WORD} AND (direction = 'outbound' OR {_HELD})"),
    "ix_activities_booked": ("deal_id", "status = 'booked' AND kind IN ('call', 'meeting')"),
    "ix_activities_talk": ("account_id", "kind IN ('call', 'mail', 'meeting')"),
}


def upgrade() -> None:
    no = "0" if op.get_bind().dialect.name == "sqlite" else "false"
    for name, (place, condition) in _INDEXES.items():
        where = sa.text(condition.format(no=no))
        op.create_index(name, "activities", [place, "at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "activities")
