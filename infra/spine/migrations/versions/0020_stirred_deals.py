"""Which deals something happened to that nobody has looked at yet, noted by the database itself in the transaction that it happened in

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ACTIVITY = ("at", "status", "direction", "automatic", "deal_id", "account_id", "content_hash")
_DEAL = (
    "status", "stage", "amount", "close_date", "next_step", "next_step_date", "owner_id", "account_id", "contact_id",
    "forecast_category", "competitor", "type",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "stirred",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("deal_id", sa.String(length=80), nullable=True),
        sa.Column("account_id", sa.String(length=80), nullable=True),
        sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stirred")),
        # Without AUTOINCREMENT, SQLite gives the id of a row that was taken away to the next one.
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_stirred_deal_id"), "stirred", ["deal_id"])
    op.create_index(op.f("ix_stirred_account_id"), "stirred", ["account_id"])
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, *_ in _WATCHED:
            op.execute(f"DROP TRIGGER IF EXISTS stir_{name}")
    else:
        for name, table, *_ in _WATCHED:
            op.execute(f"DROP TRIGGER IF EXISTS stir_{name} ON {table}")
            op.execute(f"DROP FUNCTION IF EXISTS stir_{name}()")
    op.drop_table("stirred")


# Name, table, event, the columns that matter for an update, the deal, and the account where there is no deal.
_OF_HEARD = "(SELECT a.{} FROM activities a WHERE a.id = new.activity_id)"
_WATCHED: tuple[tuple[str, str, str, tuple[str, ...], str, str], ...] = (
    ("activity_added", "activities", "INSERT", (), "new.deal_id", "new.account_id"),
    ("activity_changed", "activities", "UPDATE", _ACTIVITY, "new.deal_id", "new.account_id"),
    ("deal_added", "deals", "INSERT", (), "new.id", "NULL"),
    ("deal_changed", "deals", "UPDATE", _DEAL, "new.id", "NULL"),
    ("change_added", "deal_changes", "INSERT", (), "new.deal_id", "NULL"),
    ("heard", "heard_activities", "INSERT", (), _OF_HEARD.format("deal_id"), _OF_HEARD.format("account_id")),
    ("heard_again", "heard_activities", "UPDATE", ("made_from",), _OF_HEARD.format("deal_id"), _OF_HEARD.format("account_id")),
    ("signal_added", "signals", "INSERT", (), "NULL", "new.account_id"),
    ("signal_changed", "signals", "UPDATE", ("state", "account_id"), "NULL", "new.account_id"),
)  # fmt: skip


def _sqlite() -> list[str]:
    made = []
    for name, table, event, columns, deal, account in _WATCHED:
        of = f" OF {', '.join(columns)}" if columns else ""
        when = " WHEN " + " OR ".join(f"old.{one} IS NOT new.{one}" for one in columns) if columns else ""
        made.append(
            f"CREATE TRIGGER stir_{name} AFTER {event}{of} ON {table}{when} BEGIN {_noted(deal, account, once=True)} END"
        )
    return made


def _postgresql() -> list[str]:
    made = []
    for name, table, event, columns, deal, account in _WATCHED:
        of = f" OF {', '.join(columns)}" if columns else ""
        when = f" WHEN ({' OR '.join(f'old.{one} IS DISTINCT FROM new.{one}' for one in columns)})" if columns else ""
        made += [
            f"CREATE FUNCTION stir_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_noted(deal, account, once=False)} RETURN NULL; END $$",
            f"CREATE TRIGGER stir_{name} AFTER {event}{of} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION stir_{name}()",
        ]
    return made


def _noted(deal: str, account: str, *, once: bool) -> str:
    """Return the statement that notes a deal, or an account where no deal is named.

    SQLite has one writer at a time, so what waits there need not be noted twice. On PostgreSQL a row that is seen may be taken up before this
    transaction ends: there everything is noted.
    """
    known = "NOT EXISTS (SELECT 1 FROM stirred s WHERE NOT s.taken AND s.{})" if once else "1 = 1"
    return (
        f"INSERT INTO stirred (deal_id, account_id) SELECT d, a FROM (SELECT {deal} AS d, {account} AS a) AS of_row "  # noqa: S608 - names of ours
        f"WHERE (d IS NOT NULL AND {known.format('deal_id = d')}) "
        f"OR (d IS NULL AND a IS NOT NULL AND {known.format('account_id = a AND s.deal_id IS NULL')});"
    )
