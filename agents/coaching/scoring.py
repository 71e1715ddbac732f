"""From a call and its notes to the scorecard of each of ours who spoke in it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.coaching.moments import moments
from agents.coaching.record import Estimate, Measure, Scorecard, Standing, Step
from agents.coaching.track import TrackStep
from agents.notes.call import Call
from agents.notes.quoting import Quoting
from agents.notes.record import CallNotes, Said
from sales.call_outcome import LABELS, Ground, estimate
from sales.conduct import LONG_MONOLOGUE_S, QUESTIONS_AN_HOUR, TALK_SHARE, Conduct, conduct, range_of
from sales.forecast_words import move_in
from sales.sentences import sentences

READER = "conduct-1"
"""The version of the rules. Raise it with every change of what they count."""
_SHORTEST_S = 60.0
_FEWEST_TURNS = 6
_RATE_FROM_S = 600.0
_GONG = "Gong Labs"
_TOO_SHORT = "This call is too short, or nobody of the other side is known in it, so nothing is counted."


def scorecards(call: Call, notes: CallNotes, track: Sequence[TrackStep]) -> tuple[Scorecard, ...]:
    """Return a scorecard for each user of ours who spoke in a recognised call. One whose transcript went to review has a reason instead of counts."""
    speakers: dict[str, set[str]] = {}
    for turn in call.turns:
        if turn.user_id is not None and turn.speaker:
            speakers.setdefault(turn.user_id, set()).add(turn.speaker)
    quoting = Quoting(call)
    names = {guest.user_id: guest.name for guest in call.participants if guest.user_id}
    return tuple(
        _scorecard(quoting, notes, track, user, names.get(user) or user, frozenset(labels))
        for user, labels in sorted(speakers.items())
    )


def _scorecard(
    quoting: Quoting, notes: CallNotes, track: Sequence[TrackStep], user: str, name: str, labels: frozenset[str]
) -> Scorecard:
    call = quoting.call
    counted = conduct(call.turns, labels)
    card = Scorecard(call=call.id, title=call.title, at=call.at, user=user, name=name, timed=counted.timed)
    few = counted.seconds < _SHORTEST_S or len(call.turns) < _FEWEST_TURNS or counted.talk_share is None
    if notes.state == "review" or few:
        return card.model_copy(update={"reason": notes.trouble or _TOO_SHORT})
    elements = notes.qualification.elements if notes.qualification is not None else ()
    return card.model_copy(
        update={
            "measures": _measures(counted, conduct(call.turns)),
            "next_step": notes.next_steps[0].said[0] if notes.next_steps else None,
            "covered": tuple(one.label for one in elements if one.state != "open"),
            "elements": len(elements),
            "track": tuple(_taken(quoting, labels, step) for step in track),
            "moments": moments(quoting, notes, counted, labels),
            "estimate": _estimate(call, notes),
        }
    )


def _measures(counted: Conduct, side: Conduct) -> tuple[Measure, ...]:
    longest = counted.longest.seconds if counted.longest else None
    # A rate of a few minutes says nothing about an hour.
    long_enough = counted.seconds >= _RATE_FROM_S
    per_hour = round(len(counted.questions) * 3600 / counted.seconds, 1) if long_enough else None
    return (
        _measure("side_share", "Our side's talk share", side.talk_share, "percent", TALK_SHARE, _GONG),
        Measure(key="talk_share", label="Own talk share", value=counted.talk_share, unit="percent"),
        _measure("longest_monologue", "Longest monologue", longest, "seconds", (0.0, LONG_MONOLOGUE_S), "ours"),
        Measure(key="questions", label="Questions asked", value=len(counted.questions), unit="count"),
        _measure("questions_per_hour", "Questions an hour", per_hour, "per hour", QUESTIONS_AN_HOUR, _GONG),
        Measure(
            key="interactivity",
            label="Changes of speaker an hour",
            value=counted.switches_an_hour if long_enough else None,
            unit="per hour",
        ),
        Measure(key="fillers", label="Filler words", value=counted.fillers_per_100, unit="per 100 words"),
    )


def _measure(
    key: str, label: str, value: float | None, unit: str, low_high: tuple[float, float], source: str
) -> Measure:
    standing: Standing = "unknown" if value is None else range_of(value, low_high)
    return Measure.model_validate(
        {
            "key": key,
            "label": label,
            "value": value,
            "unit": unit,
            "standing": standing,
            "low": low_high[0],
            "high": low_high[1],
            "source": source,
        }
    )


def _taken(quoting: Quoting, labels: frozenset[str], step: TrackStep) -> Step:
    for turn in quoting.call.turns:
        if turn.side == "seller" and turn.speaker in labels:
            for one in sentences(turn.text):
                if step.says.search(one.text):
                    return Step(key=step.key, label=step.label, taken=True, said=quoting.said(turn.position, one))
    return Step(key=step.key, label=step.label, taken=False)


def _estimate(call: Call, notes: CallNotes) -> Estimate:
    said = (move_in(turn.text) for turn in call.turns if turn.side == "buyer")
    moves = {found.move for found in said if found is not None}
    steps = notes.next_steps
    ground = Ground(
        said_yes="won" in moves,
        said_no="lost" in moves,
        steps_of_buyer=sum(one.side == "buyer" for one in steps),
        dated_steps=sum(one.due is not None for one in steps),
        meetings_agreed=sum(_is_meeting(one.said) for one in steps),
        open_objections=sum(one.handled == "open" for one in notes.objections),
    )
    outcome, reasons = estimate(ground)
    return Estimate(outcome=outcome, label=LABELS[outcome], reasons=reasons)


def _is_meeting(said: tuple[Said, ...]) -> bool:
    words = " ".join(one.quote.lower() for one in said)
    return any(word in words for word in ("call", "meet", "session", "workshop", "demo", "speak", "talk again"))
