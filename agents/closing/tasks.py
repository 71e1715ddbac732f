"""What we do after a call: our next steps and promises, each once, with its day; and a hold in the calendar where an hour was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.closing.facts import Facts, Shelf
from agents.closing.wording import capital, dated, is_deed, parted, told_of
from agents.notes.record import Commitment, NextStep, Said, Side
from agents.proposals.record import ClosingTask
from sales.agreed_times import hour_in
from sales.commitments import same_object, topic_stems

HELD_FOR = timedelta(minutes=30)
"""How long a hold is where nobody said."""

_MOST = 12


@dataclass(frozen=True)
class Undertaking:
    """Something that one side will do: its words from the verb on, its day, and the words that it rests on. `about` are words said beside it that name its object."""

    text: str
    about: str | None
    side: Side
    by: str | None
    due: date | None
    said: tuple[Said, ...]

    @property
    def names_something(self) -> bool:
        """Whether its own words say what it is about."""
        return bool(topic_stems(self.text))

    def starts(self, facts: Facts) -> datetime | None:
        """Return when it happens where day and hour were agreed."""
        if self.due is None:
            return None
        hours = {hour for one in self.said if (hour := hour_in(one.quote)) is not None}
        return datetime.combine(self.due, hours.pop(), facts.zone) if len(hours) == 1 else None


def undertakings(facts: Facts) -> tuple[Undertaking, ...]:
    """Return what both sides will do, each once, in the order of the call."""
    found: list[Undertaking] = []
    steps: Sequence[NextStep | Commitment] = (*facts.notes.next_steps, *facts.notes.commitments)
    for step in sorted(steps, key=lambda one: one.said[0].position):
        owner = step.owner if isinstance(step, NextStep) else step.by
        made = Undertaking(*parted(step.text), step.side, owner, step.due, step.said)
        if not made.text or (made.due is None and not made.names_something):
            # "I'll take it": nobody could be reminded of that.
            continue
        if made.side == "unknown" and not is_deed(made.text):
            # Nobody knows whose it would be, nor that it is anything to do.
            continue
        if not any(_same(made, other) for other in found):
            found.append(made)
    return tuple(found)


def _same(one: Undertaking, other: Undertaking) -> bool:
    if one.side != other.side:
        return False
    if one.text.casefold() == other.text.casefold() or {said.quote for said in one.said} & {
        said.quote for said in other.said
    }:
        return one.due == other.due or one.due is None or other.due is None
    return one.due == other.due and same_object(topic_stems(one.text), topic_stems(other.text))


def tasks_of(facts: Facts, shelf: Shelf, made: Sequence[Undertaking]) -> tuple[ClosingTask, ...]:
    """Return our tasks, and a hold for whatever was agreed on for an hour, whoever said it."""
    tasks: list[ClosingTask] = []
    for one in made:
        starts = one.starts(facts)
        if one.side != "seller" and starts is None:
            continue
        told = dated(one.text, one.due, facts.day) if starts is None else one.text
        if one.about and not one.names_something:
            told = f"{told} (“{one.about}”)"
        title = capital(told_of(told, facts.who)) if one.side == "seller" else f"{facts.who}: {told}"
        tasks.append(
            ClosingTask(
                id=f"t{len(tasks) + 1}",
                title=title,
                due=one.due,
                starts_at=starts,
                ends_at=starts + HELD_FOR if starts else None,
                evidence=shelf.cite(*one.said),
            )
        )
    return tuple(tasks[:_MOST])
