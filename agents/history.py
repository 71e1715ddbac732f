"""What somebody asked before: their conversations and answers, and what they thought of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Column
from infra.spine.models import Feedback, StoredAnswer

_SHOWN = "shown"


@dataclass(frozen=True)
class Talk:
    """A conversation in a list: its id, its first question, and when it was last used."""

    id: str
    title: str
    at: datetime


@dataclass(frozen=True)
class Exchange:
    """A question and its answer. `rated` is what the person who asked thought of it, None where they said nothing.

    `shown` is what a surface keeps besides, where it showed more than the answer tells; it alone reads it.
    """

    question: str
    answer: Answer
    at: datetime
    rated: bool | None = None
    shown: dict[str, Any] | None = None


def read_talks(session: Session, user_id: str | None, prefix: str, most: int = 30) -> list[Talk]:
    """Return the conversations of a user (None: of programs) whose id begins with `prefix`, the latest first."""
    place = func.row_number().over(
        partition_by=StoredAnswer.conversation_id, order_by=(StoredAnswer.at, StoredAnswer.id)
    )
    last = func.max(StoredAnswer.at).over(partition_by=StoredAnswer.conversation_id)
    ranked = (
        select(
            StoredAnswer.conversation_id.label("id"),
            StoredAnswer.question.label("question"),
            place.label("place"),
            last.label("last"),
        )
        .where(StoredAnswer.user_id == user_id, StoredAnswer.conversation_id.startswith(prefix, autoescape=True))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.id, ranked.c.question, ranked.c.last)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.last.desc())
        .limit(most)
    )
    return [Talk(id, question, at) for id, question, at in rows]


def read_talk(session: Session, conversation: str, rater: str) -> list[Exchange]:
    """Return what was asked and answered in a conversation, in order."""
    rows = session.execute(
        select(StoredAnswer, Feedback.useful)
        .outerjoin(Feedback, (Feedback.answer_id == StoredAnswer.id) & (Feedback.user_id == rater))
        .where(StoredAnswer.conversation_id == conversation)
        .order_by(StoredAnswer.at, StoredAnswer.id)
    )
    return [
        Exchange(row.question, restore(row.answer | {"id": row.id}), row.at, useful, row.answer.get(_SHOWN))
        for row, useful in rows
    ]


def keep(session: Session, exchange: Exchange, conversation: str, user_id: str | None, surface: str) -> None:
    """Keep an exchange that was not a question to `agents.ask`, which keeps its own."""
    told = exchange.answer.public() | ({_SHOWN: exchange.shown} if exchange.shown is not None else {})
    session.add(
        StoredAnswer(
            id=exchange.answer.id,
            conversation_id=conversation,
            user_id=user_id,
            surface=surface,
            question=exchange.question[:10_000],
            answer=told,
            at=exchange.at,
        )
    )


def read_answer(session: Session, answer_id: str) -> tuple[StoredAnswer, Answer] | None:
    """Return a stored answer, as its row and as what it was. Whose it is, is for the caller to check."""
    row = session.get(StoredAnswer, answer_id)
    return None if row is None else (row, restore(row.answer | {"id": row.id}))


def rate(session: Session, answer_id: str, user_id: str, *, useful: bool, at: datetime) -> None:
    """Keep what somebody thinks of an answer; the last word counts."""
    session.merge(Feedback(answer_id=answer_id, user_id=user_id, useful=useful, at=at))


def restore(stored: dict[str, Any]) -> Answer:
    """Return the answer that its JSON tells, its money, dates and times being values again."""
    stored = {key: value for key, value in stored.items() if key != _SHOWN}
    table = stored.get("table")
    if table:
        columns = [Column.model_validate(column) for column in table["columns"]]
        rows = [
            {**row, **{column.key: _value(row.get(column.key), column.type) for column in columns}}
            for row in table["rows"]
        ]
        stored = stored | {"table": {"columns": columns, "rows": rows}}
    if stored.get("figures"):
        stored = stored | {"figures": [figure | {"value": _figure(figure)} for figure in _dicts(stored["figures"])]}
    return Answer.model_validate(stored)


def _dicts(figures: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(figure) for figure in figures]


def _figure(figure: dict[str, Any]) -> Any:
    value = figure.get("value")
    return _value(value, "number") if figure.get("unit") else value


def _value(value: Any, type: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if type in ("money", "number", "percent", "days", "integer"):
            return Decimal(value)
        if type == "date":
            return date.fromisoformat(value)
        if type == "datetime":
            return datetime.fromisoformat(value)
    except (ValueError, InvalidOperation):
        return value
    return value
