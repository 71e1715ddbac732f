"""Next steps and commitments of a call: who does what by when, worded from what was said."""

from __future__ import annotations

import re
from datetime import date

from agents.notes.quoting import Quoting
from agents.notes.record import Commitment, NextStep, Said, Side
from sales.sentences import sentences
from sales.speech import cleaned, readable, risen, without_opening
from sales.transcripts import is_generic
from sales.undertakings import Undertaking, undertakings_in

MOST_STEPS = 14
_MOST_WORDS = 34
_SIDES: dict[str, Side] = {"buyer": "buyer", "seller": "seller"}
_CUT = re.compile(r"(?<=[a-z])(?:[,;]\s+(?:and |but |so |because |'cause |cause )?(?:I|we|you|it|that|if|which|they|he|she)\b|\s+(?:because|'cause|although|though|which)\b)", re.I)  # fmt: skip


def steps_and_commitments(quoting: Quoting, day: date) -> tuple[tuple[NextStep, ...], tuple[Commitment, ...]]:
    """Return the next steps and, of them, what one side promised the other, in the order of the call."""
    found = undertakings_in(quoting.call.turns, day, _first_names(quoting))
    steps = tuple(_step(quoting, one) for one in found)[:MOST_STEPS]
    promised = tuple(_commitment(quoting, one) for one in found if one.kind not in ("meeting", "plan"))
    return steps, promised[:MOST_STEPS]


def _first_names(quoting: Quoting) -> list[tuple[str, str, str]]:
    """Return the first names that only one of the talk has, with the speaker's label and side."""
    named: dict[str, list[tuple[str, str, str]]] = {}
    labels = {turn.speaker: turn for turn in quoting.call.turns if turn.speaker and not is_generic(turn.speaker)}
    for label, turn in labels.items():
        name = quoting.named(turn)
        if name and len(name.split()) > 1:
            first = name.split()[0]
            named.setdefault(first.casefold(), []).append((first, label, turn.side))
    return [found[0] for found in named.values() if len(found) == 1]


def _step(quoting: Quoting, one: Undertaking) -> NextStep:
    return NextStep(
        text=worded(one),
        owner=quoting.name_of_label(one.owner),
        side=_SIDES.get(one.side, "unknown"),
        due=one.due.last if one.due else None,
        due_words=one.due_words,
        said=_said(quoting, one),
    )


def _commitment(quoting: Quoting, one: Undertaking) -> Commitment:
    return Commitment(
        text=worded(one),
        by=quoting.name_of_label(one.owner),
        side=_SIDES.get(one.side, "unknown"),
        due=one.due.last if one.due else None,
        said=_said(quoting, one),
    )


def _said(quoting: Quoting, one: Undertaking) -> tuple[Said, ...]:
    places = [(one.position, one.sentence)]
    places += [place for place in (one.about, one.agreed) if place is not None]
    said = quoting.each(places)
    if one.due_words and not any(one.due_words in words.quote for words in said):
        turn = quoting.turns[one.due_position if one.due_position is not None else one.position]
        dated = next((part for part in sentences(turn.text) if one.due_words in part.text), None)
        said = (*said, *((quoting.said(turn.position, dated),) if dated else ()))
    return said


def worded(one: Undertaking) -> str:
    """Return an undertaking in words: what is to be done, cut from what was said; what was asked for beside it where it names nothing itself."""
    act = _short(cleaned(one.act))
    if one.kind == "request":
        act = re.sub(r"^(?:please|just|then|maybe|also)\s+", "", act, flags=re.I)
    text = risen(act.rstrip(" .,;!?"))
    if one.about is not None:
        asked = _short(readable(one.about[1].text)).rstrip(" .,;!")
        if asked and asked.rstrip("?").casefold() not in text.casefold():
            text = f"{text}: “{asked}”"
    if one.due_words and one.due_words.casefold() not in text.casefold():
        text = f"{text} ({cleaned(one.due_words)})"
    return text


def _short(text: str) -> str:
    """Leave off what only explains, where words of doing go on and on."""
    text = without_opening(text)
    words = text.split()
    if len(words) <= _MOST_WORDS // 2:
        return text
    cut = next((found.start() for found in _CUT.finditer(text) if len(text[: found.start()].split()) >= 5), None)
    if cut is not None and len(words) > _MOST_WORDS // 2:
        text = text[:cut]
    return " ".join(text.split()[:_MOST_WORDS])
