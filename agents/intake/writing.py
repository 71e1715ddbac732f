"""Writing rows of one table in a batch: what is new goes in, what differs is changed, what the database refuses is told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import JSON, Boolean, Date, Float, Integer, String, Table, bindparam, insert, select, update
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

from infra.spine.base import MONEY_SCALE, Instant, Money

Outcome = Literal["added", "changed", "unchanged"]
BOOKKEEPING = frozenset({"source", "source_at", "provenance"})
"""Columns that say where a record came from: a difference in them alone is no change."""

_CHUNK = 500
_MOST_MONEY = Decimal(2**63 - 1) / MONEY_SCALE
_MOST_INTEGER = 2**31 - 1
_REFUSED = "The database refused this line, as it breaks one of its rules."


@dataclass
class Written:
    """What became of a batch: an outcome for each row in order (a text: why it was refused), and what changed in changed ones."""

    outcomes: list[Outcome | str] = field(default_factory=list)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, dict[str, Any]] = field(default_factory=dict)


def chunks(items: Sequence[Any], size: int = _CHUNK) -> Iterable[Sequence[Any]]:
    """Cut a sequence into pieces that fit into one statement."""
    return (items[start : start + size] for start in range(0, len(items), size))


def load(session: Session, table: Table, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the rows of these ids, as dictionaries by column."""
    found: dict[str, dict[str, Any]] = {}
    for some in chunks(list(dict.fromkeys(ids))):
        for row in session.execute(select(table).where(table.c.id.in_(some))).mappings():
            found[row["id"]] = dict(row)
    return found


def write(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    complete: Callable[[dict[str, Any], dict[str, Any] | None], None] | None = None,
) -> Written:
    """Bring rows in. Each names its `id` and the columns that it knows; the others keep what the spine has.

    Rows of one id are taken one after the other. `complete` may fill in columns of the merged row, given the one before it. A row
    that does not fit the table is refused with its reason, and the others go in.
    """
    written = Written()
    stored = load(session, table, (row["id"] for row in rows))
    current = {identity: dict(row) for identity, row in stored.items()}
    fresh: dict[str, None] = {}
    touched: dict[str, None] = {}
    for row in rows:
        identity = row["id"]
        old = current.get(identity)
        merged = _merged(table, row, old)
        if complete is not None:
            complete(merged, old)
        _settled(table, merged)
        if (reason := _misfit(table, merged)) is not None:
            written.outcomes.append(reason)
            continue
        if old is None:
            fresh[identity] = None
            written.outcomes.append("added")
        elif _differs(merged, old):
            if identity not in fresh:
                touched[identity] = None
            written.outcomes.append("changed")
        else:
            written.outcomes.append("unchanged")
            continue
        current[identity] = merged
    refused = _insert(session, table, [current[identity] for identity in fresh])
    refused |= _update(session, table, [current[identity] for identity in touched])
    for place, row in enumerate(rows):
        if row["id"] in refused:
            written.outcomes[place] = _REFUSED
    kept = [identity for identity in (*fresh, *touched) if identity not in refused]
    written.before = {identity: stored[identity] for identity in kept if identity in stored}
    written.after = {identity: current[identity] for identity in kept}
    return written


def _merged(table: Table, row: Mapping[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    base = {column.name: _default(column) for column in table.columns} if old is None else old
    merged = {**base, **row}
    if old is not None and "custom" in row:
        merged["custom"] = {**(old["custom"] or {}), **row["custom"]}
    return merged


def _default(column: Any) -> Any:
    if column.default is not None and column.default.is_scalar:
        return column.default.arg
    if isinstance(column.type, JSON) and not column.nullable:
        return [] if column.name == "aliases" else {}
    return None


@dataclass(frozen=True, slots=True)
class _Column:
    """What a value of a column has to be, worked out once a table."""

    name: str
    label: str
    required: bool
    kind: Literal["money", "instant", "text", "integer", "day", "real", "other"]
    length: int = 0


@lru_cache(maxsize=64)
def _columns(table: Table) -> tuple[_Column, ...]:
    found = []
    for column in table.columns:
        kind, length = _kind(column.type)
        label = column.name.removesuffix("_id").replace("_", " ")
        required = not column.nullable and not (column.primary_key and column.name != "id")
        found.append(_Column(column.name, label, required, kind, length))
    return tuple(found)


def _kind(type_: Any) -> tuple[Literal["money", "instant", "text", "integer", "day", "real", "other"], int]:
    if isinstance(type_, Money):
        return "money", 0
    if isinstance(type_, Instant):
        return "instant", 0
    if isinstance(type_, String):
        return "text", type_.length or 0
    if isinstance(type_, Integer) and not isinstance(type_, Boolean):
        return "integer", 0
    if isinstance(type_, Date):
        return "day", 0
    return ("real" if isinstance(type_, Float) else "other"), 0


def _settled(table: Table, row: dict[str, Any]) -> None:
    """Bring values into the form in which they come back out, so that they can be compared."""
    for column in _columns(table):
        value = row[column.name]
        if value is None:
            continue
        if column.kind == "text":
            row[column.name] = storable(value)
        elif column.kind == "instant":
            row[column.name] = value.astimezone(UTC)
        elif column.kind == "money" and isinstance(value, Decimal | int):
            row[column.name] = _money(Decimal(value))


def _money(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) > _MOST_MONEY:
        return value
    scaled = Money().process_bind_param(value, None)  # type: ignore[arg-type]
    return Decimal(scaled or 0) / MONEY_SCALE


def storable(text: str) -> str:
    """Return a text without what a database can't hold: NUL characters and halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _misfit(table: Table, row: dict[str, Any]) -> str | None:
    """Return in a sentence why a row does not fit, on every database alike; None where it does."""
    for column in _columns(table):
        value, kind = row[column.name], column.kind
        if value is None:
            if column.required:
                return f"This line needs a {column.label}."
        elif kind == "text":
            if column.length and len(value) > column.length:
                return f"The {column.label} is longer than {column.length} characters."
        elif kind == "money":
            if not isinstance(value, Decimal) or not value.is_finite() or abs(value) > _MOST_MONEY:
                return f"The {column.label} is not a number that can be kept."
        elif kind == "integer":
            if not -_MOST_INTEGER <= value <= _MOST_INTEGER:
                return f"The {column.label} is too large a number."
        elif kind == "day" and (not isinstance(value, date) or isinstance(value, datetime)):
            return f"The {column.label} is not a day."
        elif kind == "real" and not isinstance(value, int | float):
            return f"The {column.label} is not a number."
    return None


def _differs(merged: dict[str, Any], old: dict[str, Any]) -> bool:
    return any(value != old[key] for key, value in merged.items() if key not in BOOKKEEPING)


def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> set[str]:
    return _in_parts(session, rows, lambda some: session.execute(insert(table), some))


def _update(session: Session, table: Table, rows: list[dict[str, Any]]) -> set[str]:
    statement = (
        update(table)
        .where(table.c.id == bindparam("the_id"))
        .values({column.name: bindparam(f"new_{column.name}") for column in table.columns if column.name != "id"})
    )

    def run(some: list[dict[str, Any]]) -> None:
        session.execute(
            statement,
            [
                {"the_id": row["id"], **{f"new_{name}": value for name, value in row.items() if name != "id"}}
                for row in some
            ],
        )

    return _in_parts(session, rows, run)


def _in_parts(session: Session, rows: list[dict[str, Any]], run: Callable[[list[dict[str, Any]]], object]) -> set[str]:
    """Run a statement for all rows at once; where the database refuses, halve until the rows to blame stand alone. Returns their ids."""
    if not rows:
        return set()
    try:
        with session.begin_nested():
            run(rows)
    except OperationalError:
        raise  # the database itself is in trouble: no row is to blame
    except (StatementError, OverflowError, ValueError):
        if len(rows) == 1:
            return {rows[0]["id"]}
        half = len(rows) // 2
        return _in_parts(session, rows[:half], run) | _in_parts(session, rows[half:], run)
    return set()
