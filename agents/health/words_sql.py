"""What was heard on open deals: mentions, promises, how calls felt, and what is known of their qualification."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from agents.health.ground import Ground, Shape
from agents.notes.qualification import frameworks_in
from infra.spine.activity import Activity
from infra.spine.business import Deal
from infra.spine.calls import CallNote, Element
from infra.spine.heard import Mentioned
from sales.health.facts import Feeling, Mention, Owed, Qualified

_WITHIN = 120


@dataclass
class Words:
    """What was heard on one deal."""

    mentions: list[Mention] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    feelings: list[Feeling] = field(default_factory=list)


def words(ground: Ground) -> dict[str, Words]:
    """Return what was heard of each deal within four months, up to the moment. A promise that was kept later was open then."""
    found: dict[str, Words] = defaultdict(Words)
    for row in ground.rows(_mentioned):
        _sort(ground, found[row.deal_id], row)
    return found


def _mentioned(shape: Shape) -> Any:
    touch = shape.touches(Activity.id, since=shape.before(_WITHIN)).c
    return (
        select(
            touch.deal_id, Mentioned.id, Mentioned.kind, Mentioned.quote, Mentioned.speaker, Mentioned.contact_id, Mentioned.side,
            Mentioned.sure, Mentioned.day, Mentioned.name, Mentioned.at, Mentioned.done_at,
        )
        .select_from(touch.deal_id.table)
        .join(Mentioned, Mentioned.activity_id == touch.id)
        .where(Mentioned.kind.not_in(("stance", "departure")))
        .order_by(Mentioned.at, Mentioned.id)
    )  # fmt: skip


def _sort(ground: Ground, words_: Words, row: Any) -> None:
    on = ground.day(row.at)
    if row.kind == "feeling":
        words_.feelings.append(Feeling(f"mention:{row.id}", on, float(row.name)))
    elif row.kind.startswith("promise_"):
        open_then = row.done_at is None or row.done_at > ground.as_of
        if row.sure and open_then:
            by_us = row.kind == "promise_by_us"
            words_.owed.append(Owed(f"mention:{row.id}", by_us, on, row.day, row.name or row.quote, row.speaker))
    else:
        words_.mentions.append(
            Mention(
                f"mention:{row.id}", row.kind, on, row.quote, row.speaker, row.contact_id, row.side, row.day, row.name, row.sure
            )
        )  # fmt: skip


def qualified(ground: Ground) -> dict[str, Qualified]:
    """Return what the calls of each deal have told of its qualification, by the framework in force."""
    framework = frameworks_in(ground.session).current
    labels = {rule.key: rule.label for rule in framework.elements}
    filled: dict[str, set[str]] = defaultdict(set)
    for deal_id, name, element in ground.rows(_elements):
        if name == framework.name:
            filled[deal_id].add(element)
    return {
        deal_id: Qualified(count, frozenset(filled[deal_id]), labels) for deal_id, count in ground.rows(_read_calls)
    }


def _read_calls(shape: Shape) -> Any:
    return (
        select(Activity.deal_id, func.count())
        .join(CallNote, CallNote.activity_id == Activity.id)
        .join(Deal, Deal.id == Activity.deal_id)
        .where(shape.deals(), CallNote.state == "ready", Activity.at <= shape.at)
        .group_by(Activity.deal_id)
    )


def _elements(shape: Shape) -> Any:
    return (
        select(Element.deal_id, Element.framework, Element.element)
        .join(Deal, Deal.id == Element.deal_id)
        .where(shape.deals(), Element.at <= shape.at)
        .distinct()
    )
