"""What kind of answer was given to an objection

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("objections", sa.Column("answer_kind", sa.String(length=24), nullable=True))


def downgrade() -> None:
    op.drop_column("objections", "answer_kind")
