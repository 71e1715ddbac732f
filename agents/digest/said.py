"""The objections of the week: how often each was heard, against the week before, and the answer that worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.answer import Action, Evidence
from agents.digest.ground import Ground, ended, section
from agents.digest.record import Line, Section
from agents.objections.library import Before, Reading
from agents.objections.outcomes import Looked
from agents.objections.record import AnswerKind, Heard, TopicCount

MOST = 5
LEAST_TOLD = 3
"""Deals of which it must be known what came of an answer before it is told to have worked, as the library has it."""


@dataclass(frozen=True)
class _Topic:
    counted: TopicCount
    heard: Heard | None
    answer: AnswerKind | None


def said_section(ground: Ground) -> Section | None:
    """Return the objections of the week; nothing where none was heard."""
    reading = Reading(ground.session, ground.who.scope, ground.at, ground.zone, ground.links)
    looked = Looked(since=ground.begin, until=ground.through)
    topics = [one for one in reading.topics(looked, Before(ground.week.before().begin, ground.begin)) if one.count]
    if not topics:
        return None
    newest = {one.topic: one for one in reversed(reading.quotes(looked, each=1))}
    found = [
        _Topic(one, newest.get(one.topic), _worked(reading.answers(Looked(until=ground.through, topic=one.topic), each=1)))
        for one in topics[:MOST]
    ]  # fmt: skip
    lines = [_line(ground, one) for one in found]
    heard = sum(one.count for one in topics)
    return section("said", "Said this week", lines, total=heard)


def _worked(kinds: Sequence[AnswerKind]) -> AnswerKind | None:
    """Return the answer whose deals went on most often, of enough deals; and more often than not."""
    for one in kinds:
        if one.results.told >= LEAST_TOLD and (one.results.went_on_rate or 0) > 50 and one.kind != "other":
            return one
    return None


def _line(ground: Ground, found: _Topic) -> Line:
    one = found.counted
    was = "" if one.before is None or one.before == one.count else f" (the week before: {one.before})"
    said = found.heard
    parts = [f"{one.count} ×{was}"]
    if said is not None and ground.who.names_deals:
        name = " at ".join(filter(None, (said.said.speaker, said.account_name)))
        parts.append(f"{f'{name}: ' if name else ''}“{' '.join(said.said.quote.split())}”")
    if found.answer is not None:
        results = found.answer.results
        parts.append(
            f"answered with {found.answer.label.casefold()}, {results.went_on} of {results.told} deals went on"
        )
    evidence = [_evidence(said)] if said is not None and ground.who.names_deals else []
    if found.answer is not None:
        evidence += [_answer(given) for given in found.answer.examples[:1] if given.answer is not None]
    return Line(
        key=f"said:{one.topic}",
        label=one.label,
        text=ended("; ".join(parts)),
        before=str(one.before) if one.before is not None else None,
        after=str(one.count),
        evidence=tuple(evidence),
        action=Action(label=f"Answers: {one.label}", verb="ask", value=f"What answers worked against {one.label}?"),
        rank=one.count + abs(one.count - (one.before or 0)),
    )


def _evidence(heard: Heard) -> Evidence:
    said = heard.said
    return Evidence(
        source="call",
        id=heard.call,
        quote=said.quote,
        speaker=said.speaker,
        at=heard.at,
        url=said.url,
        turns=(said.turn,) if said.turn else (),
        label=heard.title,
    )


def _answer(heard: Heard) -> Evidence:
    said = heard.answer
    assert said is not None
    return _evidence(heard.model_copy(update={"said": said}))
