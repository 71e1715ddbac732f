"""What a call tells beside its next steps: objections with their answers, competitors, pains, how they decide, risks, and how each stands to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from agents.notes.house import House
from agents.notes.quoting import Quoting
from agents.notes.record import Feeling, Line, Mentioned, ObjectionNote, Risk, Stance
from sales.decision_words import process_weight
from sales.objections import LABELS as OBJECTIONS
from sales.objections import objections_in
from sales.pains import pain_weight
from sales.risks import LABELS as RISKS
from sales.risks import risk_of
from sales.rivals import rivals_in
from sales.sentences import Sentence, sentences
from sales.sentiment import feelings_of
from sales.speech import readable

MOST_LINES = 6
_MOST_QUOTES = 3
_STANCES: dict[str, Stance] = {"supporter": "supporter", "neutral": "neutral", "against": "against"}


def objections(quoting: Quoting) -> tuple[ObjectionNote, ...]:
    """Return the buyer's objections with the answer that was given."""
    return tuple(
        ObjectionNote(
            topic=one.topic,
            label=OBJECTIONS[one.topic],
            text=readable(one.words[0].sentence.text),
            said=quoting.each((words.position, words.sentence) for words in one.words[:_MOST_QUOTES]),
            answer=quoting.said(one.answer.position, one.answer.sentence) if one.answer else None,
            handled=one.handled,
        )
        for one in objections_in(quoting.call.turns)
    )


def competitors(quoting: Quoting, house: House) -> tuple[Mentioned, ...]:
    """Return the competitors that the buyer spoke of."""
    call = quoting.call
    people = [guest.name for guest in chain(call.participants, call.people) if guest.name]
    speakers = [turn.speaker for turn in call.turns if turn.speaker]
    own = [call.account_name or "", *house.names, *(domain.split(".")[0] for domain in house.domains)]
    own += [(guest.email or "").rpartition("@")[2].split(".")[0] for guest in call.participants]
    title = (call.title or "").replace("<>", " | ").split(" | ")
    told = [call.deal.competitor] if call.deal and call.deal.competitor else []
    found = rivals_in(
        call.turns,
        (*told, *house.rivals),
        never=[name for name in (*people, *speakers, *own, *(_companies(title))) if name],
    )
    return tuple(Mentioned(name=one.name, said=quoting.each(one.words[:_MOST_QUOTES])) for one in found)


def _companies(title: Sequence[str]) -> list[str]:
    """Return the companies that a title such as `Acme <> Tallyport - intro` names: neither is a competitor."""
    return [part.split(" - ")[0].strip() for part in title] if len(title) > 1 else []


def pains(quoting: Quoting) -> tuple[Line, ...]:
    """Return what hurts the buyer, the weightiest words in the order of the call."""
    return _lines(quoting, pain_weight)


def decision_process(quoting: Quoting) -> tuple[Line, ...]:
    """Return how the buyer decides, the weightiest words in the order of the call."""
    return _lines(quoting, process_weight)


def _lines(quoting: Quoting, weight: Callable[[str], float]) -> tuple[Line, ...]:
    weighed: list[tuple[float, int, Sentence]] = []
    for turn in quoting.call.turns:
        if turn.side == "buyer":
            weighed += [(weight(one.text), turn.position, one) for one in sentences(turn.text)]
    best = sorted((one for one in weighed if one[0] >= 1.0), key=lambda one: -one[0])[:MOST_LINES]
    lines = []
    for _, position, sentence in sorted(best, key=lambda one: (one[1], one[2].start)):
        text = readable(sentence.text)
        if len(text.split()) >= 3:
            lines.append(Line(text=text, said=(quoting.said(position, sentence),)))
    return tuple(lines)


def risks(quoting: Quoting) -> tuple[Risk, ...]:
    """Return the buyer's words that put the deal at risk, one entry a kind."""
    found: dict[str, list[tuple[int, Sentence]]] = {}
    for turn in quoting.call.turns:
        if turn.side == "buyer":
            for one in sentences(turn.text):
                kind = risk_of(one.text)
                if kind is not None:
                    found.setdefault(kind, []).append((turn.position, one))
    return tuple(
        Risk(kind=kind, label=RISKS[kind], said=quoting.each(places[:_MOST_QUOTES])) for kind, places in found.items()
    )


def sentiment(quoting: Quoting, before: Mapping[str, str]) -> tuple[Feeling, ...]:
    """Return how each of the buyer's side who spoke stands to it. `before` holds the stance at their last call, by contact id or `name:…`."""
    made = []
    for label, feelings in feelings_of(quoting.call.turns).items():
        turn = next(one for one in quoting.call.turns if one.speaker == label)
        name = quoting.name_of(turn) or label
        earlier = before.get(turn.contact_id or "") or before.get(f"name:{name.casefold()}")
        made.append(
            Feeling(
                name=name,
                contact=turn.contact_id,
                stance=_STANCES.get(feelings.stance, "unknown"),
                before=_STANCES.get(earlier or ""),
                said=quoting.each(feelings.telling()),
            )
        )
    return tuple(made)
