"""Which elements of the qualification are open, and what to ask for them: at most three questions, the gaps that stop a deal first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agents.answer import Claim, Evidence
from agents.brief.quoting import said_in
from agents.links import Links
from agents.narrative.phrasing import calendar_day, flat
from agents.notes.record import CallNotes, ElementNote

MOST_QUESTIONS = 3

_ORDER = (
    "economic_buyer", "authority", "decision_process", "metrics", "implication", "need_payoff", "decision_criteria", "timing", "paper_process",
    "budget", "champion", "pain", "need", "problem", "competition", "situation",
)  # fmt: skip
_QUESTIONS = {
    "economic_buyer": "Who releases the money for this, and what do they need to see before they do?",
    "authority": "Who besides you has to say yes, and who can say no?",
    "decision_process": "What happens on your side between a yes from you and a signed order, and who is in each step?",
    "decision_criteria": "When you compare the options, what must the right one do, and what would rule one out?",
    "paper_process": "Which papers have to be through legal, security and purchasing, and how long does each take here?",
    "metrics": "If this works, which number moves, from what to what, and who watches it?",
    "pain": "What happens today when it goes wrong, and whom does it hit?",
    "champion": "Who on your side loses most if nothing changes, and would they speak for it when we are not in the room?",
    "competition": "What else is on the table, doing nothing and building it yourselves included?",
    "budget": "Is there money set aside for this, how much, and in whose budget?",
    "timing": "By when must it run, and what happens if it doesn't?",
    "need": "What do you have to be able to do that you can't do today?",
    "situation": "How do you do it today, step by step, and with what?",
    "problem": "Where in that does it get stuck most often?",
    "implication": "What does that cost you when it happens: in time, in money, in customers?",
    "need_payoff": "If that were gone tomorrow, what would you do that you can't do now?",
}


@dataclass(frozen=True)
class Open:
    """An element that is open or contradicted. `claim` tells what contradicts it; an open one claims nothing."""

    element: str
    label: str
    claim: Claim | None

    @property
    def text(self) -> str:
        """What the gap is, in words."""
        return self.claim.text if self.claim is not None else f"{self.label}: nobody has said it yet"


@dataclass(frozen=True)
class Asked:
    """A question for a gap, with the words that it leans on."""

    gap: Open
    text: str
    evidence: tuple[Evidence, ...]


def standing_in(notes: Sequence[CallNotes]) -> list[tuple[CallNotes, ElementNote]] | None:
    """Return how each element of the team's framework stands over the calls, newest words first; None where no call was read for it.

    `notes` are newest first. An element that any call filled is filled, unless a newer one contradicts it.
    """
    read = [one for one in notes if one.qualification is not None]
    if not read:
        return None
    newest = read[0].qualification
    assert newest is not None
    found = []
    for element in newest.elements:
        told = [
            (one, other)
            for one in read
            if one.qualification is not None
            for other in one.qualification.elements
            if other.element == element.element and other.state != "open"
        ]
        found.append(told[0] if told else (read[0], element))
    return found


def gaps(notes: Sequence[CallNotes], deal_id: str | None, links: Links) -> list[Open] | None:
    """Return the open and contradicted elements of a deal in the order in which they are asked after; None where no call was read for it."""
    standing = standing_in([one for one in notes if one.deal in (deal_id, None)])
    if standing is None:
        return None
    found = []
    for call, element in standing:
        if element.state == "open":
            found.append(Open(element.element, element.label, None))
        elif element.state == "contradicted" and element.against is not None and element.said:
            said = said_in(call, element.said[0], links)
            evidence = [said]
            against = element.against
            if against.source == "crm":
                evidence.append(Evidence(source="deal", id=against.id, quote=against.value, url=links.evidence("deal", against.id), label=against.label))  # fmt: skip
            text = f"{element.label}: {said.speaker or 'they'} said “{flat(said.quote)}”; {against.label}: {_told(against.value, call.at)}"
            found.append(
                Open(element.element, element.label, Claim(text=text, evidence=tuple(evidence), tone="trouble"))
            )
    return sorted(found, key=lambda one: (one.claim is None, _place(one.element)))


def _told(value: str, at: datetime | None) -> str:
    """Write a day as people do; anything else as it stands."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return calendar_day(day, at.date() if at else day)


def _place(element: str) -> int:
    return _ORDER.index(element) if element in _ORDER else len(_ORDER)


def _is_asked(gap: Open, step: Claim | None) -> bool:
    """Whether the step to ask for asks already what a contradiction is about: the same value of the same record."""
    if gap.claim is None or step is None:
        return False
    asked = {(one.source, one.id, one.quote) for one in step.evidence if one.source == "deal"}
    return any((one.source, one.id, one.quote) in asked for one in gap.claim.evidence)


def questions(open_ones: Sequence[Open], pains: Sequence[Claim], step: Claim | None = None) -> list[Asked]:
    """Return the questions for the first gaps. What a loss costs is asked of the pain that they named; what is the `step` to ask for is not asked twice."""
    made = []
    for gap in [one for one in open_ones if not _is_asked(one, step)][:MOST_QUESTIONS]:
        text = _QUESTIONS.get(gap.element, f"How does this stand on your side: {gap.label}?")
        leans: tuple[Evidence, ...] = ()
        if gap.claim is not None:
            _, _, told = gap.text.partition(": ")
            text, leans = f"Which holds now? {told[:1].upper()}{told[1:]}", gap.claim.evidence
        elif gap.element in ("metrics", "implication") and pains:
            said = pains[0].evidence[0]
            text, leans = f"You said “{flat(said.quote)}” — what does that cost you in a month?", (said,)
        made.append(Asked(gap, text, leans))
    return made
