"""Reasons in what the buyer says and writes: a rival, money, their legal and security, a refusal, and how calls feel."""

from __future__ import annotations

from collections.abc import Iterable

from sales.health.facts import Facts, Feeling, Mention
from sales.health.reason import Finding
from sales.health.wording import day, days, listed, short, times

FAMILY = "words"
RIVAL_FRESH, FRESH = 60, 45
"""A rival who was named within two months is still there; other words hold for six weeks. Ours."""
LEGAL_DAYS, LEGAL_LONG_DAYS = 5, 8
"""Their legal is silent from five calendar days on: a working week; from eight on it weighs more. Ours."""
FALLS_BY = 0.5
"""A mean stance that falls by half the way from neutral to against is a fall. Ours: one lukewarm person among four is none."""
AGAINST = -0.34
"""From a third of the speakers against on, a call was against it as a whole."""
FEELINGS_FRESH = 90


def competitor(facts: Facts) -> Finding | None:
    """The buyer names somebody else who might get the business. 12 points, 18 where they lean that way; 5 for a single mention of a name that no deal knows."""
    named = _lately(facts, ("competitor", "rival"), RIVAL_FRESH)
    if not named:
        return None
    leaning = next((one for one in named if one.kind == "rival"), None)
    firm = [one for one in named if one.sure and one.name]
    names = list(dict.fromkeys(one.name for one in firm or named if one.name))
    last = leaning or (firm or named)[0]
    weight = 18 if leaning else 12 if firm or len(named) > 1 else 5
    who = listed(names[:3]) if names else "somebody else"
    lead = "The buyer leans elsewhere" if leaning else f"{who} {'is' if len(names) < 2 else 'are'} in the running"
    return Finding(
        "competitor",
        FAMILY,
        weight,
        "bad",
        f"{lead}: {_quoted(last, facts)}",
        min(one.on for one in named),
        _ids([last, *named]),
    )


def budget(facts: Facts) -> Finding | None:
    """The buyer doubts the money: a budget that is cut or not there, a price that is too high and was not answered. 10 points."""
    said = _lately(facts, ("budget", "price"), FRESH)
    if not said:
        return None
    what = "The budget is in doubt" if said[0].kind == "budget" else "The price is held against us"
    return Finding(
        "budget", FAMILY, 10, "bad", f"{what}: {_quoted(said[0], facts)}", min(one.on for one in said), _ids(said)
    )


def legal_silent(facts: Facts) -> Finding | None:
    """Their legal has our paper and doesn't answer for five days or longer. 12 points, 16 from eight days on."""
    waits = facts.legal
    if waits is not None and (silent := facts.days_since(waits.since)) >= LEGAL_DAYS:
        wrote = f"; we wrote {times(waits.count)}" if waits.count > 1 else ""
        sentence = f"No answer from {waits.to} (legal) for {days(silent)}{wrote}"
        return Finding(
            "legal_silent",
            FAMILY,
            16 if silent >= LEGAL_LONG_DAYS else 12,
            "bad",
            sentence,
            waits.since,
            (waits.id,),
        )
    stuck = _open(facts, "legal", "legal_done")
    if not stuck:
        return None
    return Finding(
        "legal_silent",
        FAMILY,
        10,
        "bad",
        f"It waits for their legal: {_quoted(stuck[0], facts)}",
        stuck[-1].on,
        _ids(stuck),
    )


def security_review(facts: Facts) -> Finding | None:
    """Their security must pass it first, and nobody said since that it is through. 10 points."""
    needs = _open(facts, "security", "security_done")
    if not needs:
        return None
    return Finding(
        "security_review",
        FAMILY,
        10,
        "bad",
        f"Their security must pass it first: {_quoted(needs[0], facts)}",
        needs[-1].on,
        _ids(needs),
    )


def refusal(facts: Facts) -> Finding | None:
    """The buyer says that they go another way. 40 points."""
    said = _lately(facts, ("refusal",), FRESH)
    if not said:
        return None
    return Finding(
        "refusal",
        FAMILY,
        40,
        "bad",
        f"The buyer says that they go another way: {_quoted(said[0], facts)}",
        said[-1].on,
        _ids(said),
    )


def on_hold(facts: Facts) -> Finding | None:
    """The buyer puts it off: on hold, no priority, a reorganisation. 20 points where it is put on hold, else 12."""
    said = _lately(facts, ("hold", "priority", "reorganisation"), FRESH)
    if not said:
        return None
    held = next((one for one in said if one.kind == "hold"), None)
    last = held or said[0]
    lead = {
        "hold": "It is put on hold",
        "priority": "It has no priority",
        "reorganisation": "The company is being reorganised",
    }[last.kind]
    return Finding(
        "on_hold",
        FAMILY,
        20 if held else 12,
        "bad",
        f"{lead}: {_quoted(last, facts)}",
        said[-1].on,
        _ids([last, *said]),
    )


def sentiment_falls(facts: Facts) -> Finding | None:
    """The last call felt clearly worse than those before, or was against it as a whole. 10 points."""
    calls = _calls(facts)
    if not calls:
        return None
    last = calls[-1]
    before = calls[:-1]
    mean = sum(one.mean for one in before) / len(before) if before else None
    falls = mean is not None and last.mean <= mean - FALLS_BY
    if not falls and last.mean > AGAINST:
        return None
    sentence = f"The call of {day(last.on, facts.today)} felt {'worse than those before' if falls else 'against it'}"
    return Finding("sentiment_falls", FAMILY, 10, "bad", sentence, last.on, (last.id,))


def sentiment(facts: Facts) -> str | None:
    """Return how the last call felt: positive, neutral or negative; None where no call's notes tell it."""
    calls = _calls(facts)
    if not calls:
        return None
    return "positive" if calls[-1].mean >= -AGAINST else "negative" if calls[-1].mean <= AGAINST else "neutral"


def _calls(facts: Facts) -> list[Feeling]:
    return sorted(
        (one for one in facts.feelings if facts.days_since(one.on) <= FEELINGS_FRESH), key=lambda one: (one.on, one.id)
    )


def _lately(facts: Facts, kinds: tuple[str, ...], within: int) -> list[Mention]:
    """Return the buyer's words of these kinds, newest first."""
    found = [
        one
        for one in facts.mentions
        if one.kind in kinds and one.side == "buyer" and 0 <= facts.days_since(one.on) <= within
    ]
    return sorted(found, key=lambda one: (one.on, one.sure, one.id), reverse=True)


def _open(facts: Facts, kind: str, done: str) -> list[Mention]:
    """Return the buyer's words of a kind that no later word of anybody settled, newest first."""
    settled = max((one.on for one in facts.mentions if one.kind == done), default=None)
    return [one for one in _lately(facts, (kind,), FRESH) if settled is None or one.on > settled]


def _quoted(said: Mention, facts: Facts) -> str:
    who = f"{said.speaker}, " if said.speaker else ""
    return f"“{short(said.quote)}” ({who}{day(said.on, facts.today)})"


def _ids(said: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.id for one in said))[:3]
