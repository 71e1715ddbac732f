"""The follow-up mail of a call, in the rep's voice: what we promised, what they did, and when we speak again. A line that its words don't carry goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from agents.answer import Evidence
from agents.closing.facts import Facts, Shelf
from agents.closing.tasks import Undertaking
from agents.closing.wording import can_be_told, capital, dated, day_words, flipped
from agents.outreach.checking import Line
from agents.outreach.voice import closing_lines, greeting_line
from agents.proposals.record import Correspondents, Mail
from sales.mail_words import person_name
from sales.voice import Voice, spoken

Stands = Callable[[Line], bool]
_MOST_LINES = 6
_THANKS = "Thank you for the time {when}. Here is what we agreed, so that nothing gets lost."
_ASK = "If I got something wrong, just tell me."


@dataclass(frozen=True)
class Written:
    """The mail and the numbers of its evidence."""

    mail: Mail
    evidence: tuple[int, ...]


def written(
    facts: Facts,
    shelf: Shelf,
    made: Sequence[Undertaking],
    between: Correspondents,
    voice: Voice,
    stands: Stands,
    today: date,
) -> Written | None:
    """Return the mail, None where nothing was promised that it could hold. `today` tells whether the call was today."""
    again = _again(facts, shelf, made)
    held = {one.text for one in made if again is not None and one.starts(facts) is not None}
    ours = _lines(
        facts, shelf, [one for one in made if one.side == "seller" and one.text not in held], stands, theirs=False
    )
    theirs = _lines(
        facts, shelf, [one for one in made if one.side == "buyer" and one.text not in held], stands, theirs=True
    )
    if not (ours or again):
        return None
    when = "today" if facts.day == today else f"on {day_words(facts.day)}"
    parts = [greeting_line(voice, between.to_name), spoken(_THANKS.format(when=when), voice)]
    parts += [_listed(head, lines) for head, lines in (("From us:", ours), ("From you:", theirs)) if lines]
    if again is not None:
        parts.append(again.text)
    parts += [spoken(_ASK, voice), closing_lines(voice, between.sender_name)]
    cited = {piece.quote for line in (*ours, *theirs, *((again,) if again else ())) for piece in line.evidence}
    evidence = shelf.cite(*(said for one in made for said in one.said if said.quote in cited))
    mail = Mail(
        sender=between.sender,
        sender_name=between.sender_name,
        to=between.to,
        to_name=person_name(between.to_name) or "",
        subject=f"Our call on {facts.day.day} {facts.day:%B}: next steps",
        body="\n\n".join(parts),
        variant="closing",
    )
    return Written(mail, evidence)


def _lines(
    facts: Facts, shelf: Shelf, made: Sequence[Undertaking], stands: Stands, *, theirs: bool
) -> tuple[Line, ...]:
    lines: list[Line] = []
    for one in [each for each in made if can_be_told(each.text, theirs=theirs)][:_MOST_LINES]:
        told = flipped(one.text) if theirs else one.text
        line = Line("promise", dated(told, one.due, facts.day), _pieces(shelf, one))
        if stands(line):
            lines.append(line)
    return tuple(lines)


def _again(facts: Facts, shelf: Shelf, made: Sequence[Undertaking]) -> Line | None:
    """Return when we speak again, where day and hour were agreed."""
    for one in made:
        starts = one.starts(facts)
        if starts is not None and starts.date() > facts.day:
            return Line("next", f"We speak again on {day_words(starts.date())} at {starts:%H:%M}.", _pieces(shelf, one))
    return None


def _pieces(shelf: Shelf, one: Undertaking) -> tuple[Evidence, ...]:
    return shelf.looked_at(*one.said)


def _listed(head: str, lines: Sequence[Line]) -> str:
    return "\n".join([head, *(f"- {capital(line.text)}" for line in lines)])
