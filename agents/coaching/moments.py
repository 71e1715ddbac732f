"""Two or three moments of a call that are worth looking at again, each with its words and what would have been stronger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.coaching.record import Clip
from agents.notes.call import SpokenTurn
from agents.notes.quoting import Quoting
from agents.notes.record import CallNotes, Said
from sales.conduct import LONG_MONOLOGUE_S, Conduct, asks_something
from sales.sentences import sentences
from sales.talk import answers_after

MOST = 3
_BY_TOPIC = {
    "price": "Ask what they compare it with and what the problem costs them before you speak of price.",
    "timing": "Ask what would have to be true for an earlier start, and what waiting costs.",
    "competitor": "Ask what they like about the other one before you answer: it tells what they decide by.",
    "security": "Ask who has to be convinced and what they need to see, and name the day on which they get it.",
    "authority": "Ask who decides and offer to help prepare that conversation.",
}
_OBJECTION = "Ask what is behind it before answering, then check that the answer did it."
_MONOLOGUE = "Stop after about a minute and ask which part of it matters to them."
_PAIN = "Stay with it: ask how often it happens, what it costs, and who feels it."
_NO_STEP = "Before hanging up, name one next step, its day, and who does it; have them say yes to it."


@dataclass(frozen=True)
class _Candidate:
    weight: float
    clip: Clip


def moments(quoting: Quoting, notes: CallNotes, counted: Conduct, labels: frozenset[str]) -> tuple[Clip, ...]:
    """Return the weightiest moments in the order of the call, one of a kind at most twice, none where nothing calls for it."""
    found = sorted(_found(quoting, notes, counted, labels), key=lambda one: -one.weight)
    chosen: list[_Candidate] = []
    for one in found:
        alike = sum(other.clip.kind == one.clip.kind for other in chosen)
        overlapping = any(other.clip.first <= one.clip.last and one.clip.first <= other.clip.last for other in chosen)
        if alike < 2 and not overlapping:
            chosen.append(one)
        if len(chosen) == MOST:
            break
    return tuple(sorted((one.clip for one in chosen), key=lambda clip: clip.first))


def _found(quoting: Quoting, notes: CallNotes, counted: Conduct, labels: frozenset[str]) -> Iterator[_Candidate]:
    call = quoting.call
    places = {turn.position: place for place, turn in enumerate(call.turns)}
    longest = counted.longest
    if longest is not None and longest.seconds > LONG_MONOLOGUE_S:
        said = _first_words(quoting, longest.first)
        if said is not None:
            label = f"{round(longest.seconds / 60, 1):g} minutes without a break"
            yield _Candidate(
                min(3.0, 2 * longest.seconds / LONG_MONOLOGUE_S),
                _clip(quoting, "monologue", label, longest.first, longest.last, said, _MONOLOGUE),
            )
    for objection in notes.objections:
        place = places[objection.said[0].position]
        reply = next(answers_after(call.turns, place, 1), None)
        asked_back = reply is not None and asks_something(reply.text)
        if objection.handled == "open" or (objection.handled == "unknown" and not asked_back):
            last = call.turns[min(place + 2, len(call.turns) - 1)].position
            stronger = _BY_TOPIC.get(objection.topic, _OBJECTION)
            label = f"Objection left open: {objection.label}"
            if objection.handled == "unknown":
                label = f"Objection not asked about: {objection.label}"
            first = objection.said[0].position
            yield _Candidate(
                2.5 if objection.handled == "open" else 1.8,
                _clip(quoting, "objection", label, first, last, objection.said[0], stronger),
            )
    for pain in notes.pains:
        reply = next(answers_after(call.turns, places[pain.said[0].position], 1), None)
        if reply is not None and reply.speaker in labels and not asks_something(reply.text):
            first = pain.said[0].position
            yield _Candidate(
                1.5,
                _clip(
                    quoting,
                    "pain",
                    "A problem was named and not asked about",
                    first,
                    reply.position,
                    pain.said[0],
                    _PAIN,
                ),
            )
    if not notes.next_steps:
        last_of_ours = next((turn for turn in reversed(call.turns) if turn.speaker in labels), None)
        said = _first_words(quoting, last_of_ours.position) if last_of_ours is not None else None
        if said is not None and last_of_ours is not None:
            end = call.turns[-1].position
            yield _Candidate(
                2.8,
                _clip(
                    quoting, "no_next_step", "The call ended without a next step", said.position, end, said, _NO_STEP
                ),
            )


def _clip(quoting: Quoting, kind: str, label: str, first: int, last: int, said: Said, stronger: str) -> Clip:
    begin, end = quoting.turns[first], quoting.turns[last]
    return Clip(
        kind=kind,
        label=label,
        start_s=begin.start_s,
        end_s=end.end_s if begin.start_s is not None else None,
        first=first,
        last=last,
        said=said,
        stronger=stronger,
    )


def _first_words(quoting: Quoting, position: int) -> Said | None:
    turn: SpokenTurn = quoting.turns[position]
    one = next(iter(sentences(turn.text)), None)
    return quoting.said(position, one) if one is not None else None
