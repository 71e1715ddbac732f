"""How often deals and their histories were written, counted by the database itself, so that what was worked out from them can be kept until they are

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_LASTING = ("status", "closed_at", "created_at")
_WATCHED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("deal_changes", "INSERT", ()),
    ("deal_changes", "DELETE", ()),
    ("deal_changes", "UPDATE", ()),
    ("deals", "INSERT", ()),
    ("deals", "DELETE", ()),
    ("deals", "UPDATE", _LASTING),
)
_TOLD = sa.text("source != 'difference'")


def upgrade() -> None:
    marks = op.create_table(
        "change_marks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("writer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("marks", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "writer", name=op.f("pk_change_marks")),
    )
    op.bulk_insert(marks, [{"name": name, "writer": 0, "marks": 0} for name in ("deals", "deal_changes")])
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)
    op.create_index("ix_deal_changes_told", "deal_changes", ["field", "at"], sqlite_where=_TOLD, postgresql_where=_TOLD)


def downgrade() -> None:
    op.drop_index("ix_deal_changes_told", "deal_changes")
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _ in _WATCHED:
        of = "" if on_sqlite else f" ON {table}"
        op.execute(f"DROP TRIGGER IF EXISTS mark_{table}_{event.lower()}{of}")
    if not on_sqlite:
        for table in ("deals", "deal_changes"):
            op.execute(f"DROP FUNCTION IF EXISTS mark_{table}()")
    op.drop_table("change_marks")


def _sqlite() -> list[str]:
    made = []
    for table, event, columns in _WATCHED:
        of = f" OF {', '.join(columns)}" if columns else ""
        when = " WHEN " + " OR ".join(f"old.{one} IS NOT new.{one}" for one in columns) if columns else ""
        marked = f"UPDATE change_marks SET marks = marks + 1 WHERE name = '{table}' AND writer = 0"  # noqa: S608 - names of ours
        made.append(
            f"CREATE TRIGGER mark_{table}_{event.lower()} AFTER {event}{of} ON {table}{when} BEGIN {marked}; END"
        )
    return made


def _postgresql() -> list[str]:
    """Each server process marks a row of its own: two that write at once wait for nobody, and what isn't committed yet is not seen."""
    made = [
        f"CREATE FUNCTION mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - names of ours
        f"INSERT INTO change_marks AS kept (name, writer, marks) VALUES ('{table}', pg_backend_pid(), 1) "
        "ON CONFLICT (name, writer) DO UPDATE SET marks = kept.marks + 1; RETURN NULL; END $$"
        for table in ("deals", "deal_changes")
    ]
    for table, event, columns in _WATCHED:
        of = f" OF {', '.join(columns)}" if columns else ""
        each = "FOR EACH STATEMENT"
        if columns:
            each = f"FOR EACH ROW WHEN ({' OR '.join(f'old.{one} IS DISTINCT FROM new.{one}' for one in columns)})"
        made.append(
            f"CREATE TRIGGER mark_{table}_{event.lower()} AFTER {event}{of} ON {table} {each} EXECUTE FUNCTION mark_{table}()"
        )
    return made
