"""What an activity is to the clocks of silence, as conditions that partial indexes are made for.

The values stand in the SQL as literals: a planner uses a partial index only where a query's condition repeats the index's own.
The rules are those of `sales.silence`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, or_

from sales.silence import HELD, TALK


def is_word(touch: Any) -> ColumnElement[bool]:
    """Return the condition that somebody spoke: what is automatic, booked, cancelled, or only among ourselves is nobody's word."""
    return and_(touch.status == _text("done"), touch.automatic.is_(False), _of(touch, TALK))


def from_buyer(touch: Any) -> ColumnElement[bool]:
    """Return the condition that the buyer spoke."""
    return and_(is_word(touch), or_(touch.direction == _text("inbound"), _held(touch)))


def from_us(touch: Any) -> ColumnElement[bool]:
    """Return the condition that we spoke."""
    return and_(is_word(touch), or_(touch.direction == _text("outbound"), _held(touch)))


def is_booked(touch: Any) -> ColumnElement[bool]:
    """Return the condition that a call or meeting is booked."""
    return and_(touch.status == _text("booked"), _of(touch, HELD))


def is_talk(touch: Any) -> ColumnElement[bool]:
    """Return the condition that an activity is of a kind that shows what passes with an account to be recorded."""
    return _of(touch, TALK)


def is_open(deal: Any) -> ColumnElement[bool]:
    """Return the condition that a deal is open."""
    found: ColumnElement[bool] = deal.status == _text("open")
    return found


def _held(touch: Any) -> ColumnElement[bool]:
    return and_(touch.direction == _text("mutual"), _of(touch, HELD))


def _of(touch: Any, kinds: tuple[str, ...]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = touch.kind.in_([_text(kind) for kind in kinds])
    return found


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")
