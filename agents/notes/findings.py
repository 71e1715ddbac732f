"""What a call tells beside its next steps: objections with their answers, competitors, pains, how they decide, risks, and how each stands to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from agents.notes.house import House
from agents.notes.quoting import Quoting
from agents.notes.record import Feeling, Line, Mentioned, ObjectionNote, Qualification, Risk, Said, Stance
from sales.decision_words import process_weight
from sales.names import account_key
from sales.objections import LABELS as OBJECTIONS
from sales.objections import objections_in
from sales.pains import pain_weight
from sales.qualifying.extract import strength
from sales.qualifying.sides import is_sales_talk
from sales.qualifying.talk import Spoken
from sales.risks import LABELS as RISKS
from sales.risks import risk_of
from sales.rivals import rivals_in
from sales.sentences import Sentence, sentences
from sales.sentiment import feelings_of
from sales.speech import readable

MOST_LINES = 6
_MOST_QUOTES = 3
_TOO_MUCH_AGAINST = 1.4
_HURTS = 0.9
_ADDED = 3
_OF_PAIN = frozenset({"identify_pain", "pain", "problem", "need", "implication"})
_OF_DECIDING = frozenset({"decision_process", "paper_process", "economic_buyer", "authority"})
_OF_RIVALS = frozenset({"competition"})
_OF_CHAMPIONS = frozenset({"champion"})
_STANCES: dict[str, Stance] = {"supporter": "supporter", "neutral": "neutral", "against": "against"}


def objections(quoting: Quoting) -> tuple[ObjectionNote, ...]:
    """Return the buyer's objections with the answer that was given; none where nothing is being sold."""
    if not sells(quoting):
        return ()
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


def sells(quoting: Quoting) -> bool:
    """Whether a call shows that one side sells to the other, so that words against something may be against buying it."""
    turns = quoting.call.turns
    return is_sales_talk([Spoken(turn.position, turn.speaker, turn.side, turn.text) for turn in turns])


def competitors(quoting: Quoting, house: House, qualification: Qualification | None = None) -> tuple[Mentioned, ...]:
    """Return the competitors that the buyer spoke of; where nothing is being sold, those alone that deals have named."""
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
        beside=[(said.position, _and_on(quoting, said)) for said in _filled_by(qualification, _OF_RIVALS)],
    )
    if not sells(quoting):
        known = {account_key(name) for name in (*told, *house.rivals)}
        found = [one for one in found if account_key(one.name) in known]
    return tuple(Mentioned(name=one.name, said=quoting.each(one.words[:_MOST_QUOTES])) for one in found)


def _and_on(quoting: Quoting, said: Said) -> str:
    """Return a quote with the few words that follow it in its turn: a name is often added (`They have one too. Plateful.`)."""
    text = quoting.turns[said.position].text
    end = text.find(said.quote) + len(said.quote)
    following = next((one.text for one in sentences(text) if one.start >= end), "")
    return f"{said.quote} {following}" if 0 < len(following.split()) <= _ADDED else said.quote


def _companies(title: Sequence[str]) -> list[str]:
    """Return the companies that a title such as `Acme <> Tallyport - intro` names: neither is a competitor."""
    return [part.split(" - ")[0].strip() for part in title] if len(title) > 1 else []


def pains(quoting: Quoting, qualification: Qualification | None = None) -> tuple[Line, ...]:
    """Return what hurts the buyer, the weightiest words in the order of the call; nothing where nothing is being sold."""
    if not sells(quoting):
        return ()
    first = {
        one.said[0] for one in (qualification.elements if qualification else ()) if one.element in _OF_PAIN and one.said
    }
    lines = _with_elements(_lines(quoting, _hurting), qualification, _OF_PAIN)
    return tuple(line for line in lines if line.said[0] in first or strength(("pain",), line.said[0].quote) >= _HURTS)


def _hurting(text: str) -> float:
    """Return how much a sentence tells of what hurts; nothing where the qualification's rules, which know more of what takes words back, see no pain in it."""
    return pain_weight(text) if strength(("pain",), text) >= _HURTS else 0.0


def decision_process(quoting: Quoting, qualification: Qualification | None = None) -> tuple[Line, ...]:
    """Return how the buyer decides, the weightiest words in the order of the call; nothing where nothing is being sold."""
    if not sells(quoting):
        return ()
    return _with_elements(_lines(quoting, process_weight), qualification, _OF_DECIDING)


def _with_elements(
    lines: tuple[Line, ...], qualification: Qualification | None, elements: frozenset[str]
) -> tuple[Line, ...]:
    """Add what fills these elements of the qualification and doesn't stand among the lines already, in the order of the call."""
    made = list(lines)
    for said in _filled_by(qualification, elements):
        if len(said.quote.split()) >= 3 and not any(_overlaps(said, line.said[0]) for line in made):
            made.append(Line(text=readable(said.quote), said=(said,)))
    return tuple(sorted(made, key=lambda line: line.said[0].position))[: MOST_LINES + 2]


def _filled_by(qualification: Qualification | None, elements: frozenset[str]) -> list[Said]:
    found = qualification.elements if qualification else ()
    return [said for one in found if one.element in elements for said in one.said if said.side == "buyer"]


def _overlaps(a: Said, b: Said) -> bool:
    return a.position == b.position and (a.quote in b.quote or b.quote in a.quote)


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
    """Return the buyer's words that put the deal at risk, one entry a kind; none where nothing is being sold."""
    if not sells(quoting):
        return ()
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


def sentiment(
    quoting: Quoting, before: Mapping[str, str], qualification: Qualification | None = None
) -> tuple[Feeling, ...]:
    """Return how each of the buyer's side who spoke stands to it. `before` holds the stance at their last call, by contact id or `name:…`.

    Whoever the qualification finds to stand up for us is a supporter, unless they spoke against it as well. Where nothing is being sold there is nothing to stand to.
    """
    made = []
    selling = sells(quoting)
    champions = _filled_by(qualification, _OF_CHAMPIONS)
    for label, feelings in feelings_of(quoting.call.turns).items():
        turn = next(one for one in quoting.call.turns if one.speaker == label)
        name = quoting.name_of(turn) or label
        earlier = before.get(turn.contact_id or "") or before.get(f"name:{name.casefold()}")
        stance, said = _STANCES.get(feelings.stance, "unknown"), quoting.each(feelings.telling())
        if not selling:
            stance, said = "unknown", ()
        theirs = tuple(one for one in champions if one.speaker == name)
        if stance == "neutral" and theirs and not feelings.opposed and feelings.against < _TOO_MUCH_AGAINST:
            stance, said = "supporter", theirs[:_MOST_QUOTES]
        made.append(
            Feeling(name=name, contact=turn.contact_id, stance=stance, before=_STANCES.get(earlier or ""), said=said)
        )
    return tuple(made)
