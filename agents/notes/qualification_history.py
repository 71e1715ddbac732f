"""How a deal is qualified over all its calls: the newest statement of each element counts unless it is much weaker than an earlier one, and every one is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, exists, func, select, true
from sqlalchemy.orm import Session

from agents.notes.call import Call, load
from agents.notes.qualification import frameworks_in, qualify
from agents.notes.qualification_conflicts import Earlier
from agents.notes.record import Disagreement, ElementNote, Qualification, Said, Side
from infra.spine.models import Activity, CallNote, Element, Turn
from infra.spine.scope import Scope
from sales.qualifying.extract import FILLED, LIKELY, chance, strength
from sales.qualifying.frameworks import ElementRule, Framework
from sales.transcripts import trouble_of

MOST_CALLS = 12
"""So many calls are read anew by another framework than the one in force, the newest."""

_MUCH_WEAKER = 0.6
"""Below this share of an earlier statement's strength a newer one does not take its place."""

_ANSWERS = 8

_SIDES: dict[str, Side] = {"buyer": "buyer", "seller": "seller"}


@dataclass(frozen=True)
class Statement:
    """What one call left of an element, and when it was."""

    call: str
    title: str | None
    at: datetime
    note: ElementNote


def standing(
    session: Session, deal_id: str, framework: Framework | None = None, *, scope: Scope | None = None
) -> Qualification:
    """Return how a deal stands over all its calls: each element by the statement that counts (`counting`), open where no call speaks of it.

    `scope` holds it to what somebody may see.
    """
    used = framework or frameworks_in(session).current
    told = histories(session, deal_id, framework=used, scope=scope)
    elements = [
        counting(rule, told[rule.key]).note
        if told[rule.key]
        else ElementNote(element=rule.key, label=rule.label, state="open")
        for rule in used.elements
    ]
    return Qualification(framework=used.name, elements=tuple(elements))


def counting(rule: ElementRule, statements: Sequence[Statement]) -> Statement:
    """Return which of an element's statements (newest first, at least one) counts: the newest, unless an earlier one says it much more strongly.

    A newest one that stands against the CRM or an earlier call counts however weak it is.
    """
    newest = statements[0]
    if newest.note.state == "contradicted" or not rule.kinds:
        return newest
    weights = [max(_weight(rule, said.quote) for said in one.note.said) for one in statements]
    strongest = max(range(len(statements)), key=lambda place: weights[place])
    if weights[0] >= _MUCH_WEAKER * weights[strongest]:
        return newest
    taught, other = (max(chance(rule.kinds, said.quote) for said in one.note.said) for one in (newest, statements[strongest]))  # fmt: skip
    return statements[strongest] if taught < max(LIKELY, _MUCH_WEAKER * other) else newest


def _weight(rule: ElementRule, quote: str) -> float:
    # A few words fill an element only as the answer to a question for it, which isn't kept with them.
    return max(strength(rule.kinds, quote), FILLED if len(quote.split()) <= _ANSWERS else 0.0)


def history(session: Session, deal_id: str, element: str, *, scope: Scope | None = None) -> list[Statement]:
    """Return every call's statement of an element, the newest first."""
    used = frameworks_in(session).current
    wanted = and_(Element.deal_id == deal_id, Element.framework == used.name, Element.element == element)
    return _statements(_rows(session, wanted, scope), used)


def histories(
    session: Session,
    deal_id: str,
    *,
    framework: Framework | None = None,
    scope: Scope | None = None,
    until: datetime | None = None,
) -> dict[str, list[Statement]]:
    """Return every call's statements by element, the newest first; `until` leaves out what was said later.

    Notes hold the elements of the framework in force; by another one the deal's calls are read on the spot.
    """
    used = frameworks_in(session).current
    asked = framework or used
    made: dict[str, list[Statement]] = {rule.key: [] for rule in asked.elements}
    if asked.name != used.name:
        found = _read_anew(session, deal_id, asked, scope)
    else:
        wanted = and_(Element.deal_id == deal_id, Element.framework == asked.name)
        found = _statements(_rows(session, wanted, scope), asked)
    for statement in found:
        if until is None or statement.at <= until:
            made[statement.note.element].append(statement)
    return made


def _read_anew(session: Session, deal_id: str, framework: Framework, scope: Scope | None) -> list[Statement]:
    """Read the deal's calls by a framework that its notes were not made by, the newest first."""
    spoken = exists().where(Turn.activity_id == Activity.id)
    seen = scope.activities() if scope is not None else true()
    ids = session.scalars(
        select(Activity.id)
        .where(
            Activity.deal_id == deal_id, Activity.kind.in_(("call", "meeting")), Activity.at.is_not(None), spoken, seen
        )
        .order_by(Activity.at.desc(), Activity.id)
        .limit(MOST_CALLS)
    ).all()
    made = []
    for call_id in ids:
        call = load(session, call_id, ZoneInfo("UTC"))
        if call is not None and call.at is not None and trouble_of(call.turns) is None:
            notes = qualify(call, framework).elements
            made += [Statement(call.id, call.title, call.at, note) for note in notes if note.state != "open"]
    return made


def unread(session: Session, deal_id: str, scope: Scope) -> int:
    """Return how many of the deal's calls have words, but no notes yet: what they say of its qualification isn't known."""
    spoken = exists().where(Turn.activity_id == Activity.id)
    noted = exists().where(CallNote.activity_id == Activity.id)
    return (
        session.scalar(
            select(func.count())
            .select_from(Activity)
            .where(
                Activity.deal_id == deal_id, Activity.kind.in_(("call", "meeting")), spoken, ~noted, scope.activities()
            )
        )
        or 0
    )


def earlier_of(session: Session, call: Call, framework: Framework) -> dict[str, Earlier]:
    """Return what the deal's calls before this one left, by element: its newest statement."""
    if call.deal_id is None or call.at is None:
        return {}
    wanted = and_(Element.deal_id == call.deal_id, Element.framework == framework.name, Element.at < call.at)
    made: dict[str, Earlier] = {}
    for one in _statements(_rows(session, wanted, None), framework):
        said = one.note.said
        made.setdefault(
            one.note.element,
            Earlier(one.call, one.at, one.note.text or "", tuple(part.quote for part in said), said[0].speaker),
        )
    return made


_Row = Row[Element, str | None, str | None, str, str, float | None]


def _rows(session: Session, wanted: ColumnElement[bool], scope: Scope | None) -> Sequence[_Row]:
    seen = scope.activities() if scope is not None else true()
    return session.execute(
        select(Element, Activity.subject, Activity.url, Turn.turn_id, Turn.side, Turn.start_s)
        .join(Activity, Activity.id == Element.activity_id)
        .join(Turn, and_(Turn.activity_id == Element.activity_id, Turn.position == Element.position))
        .where(wanted, seen)
        .order_by(Element.at.desc(), Element.activity_id, Element.element, Element.position)
    ).all()


def _statements(rows: Sequence[_Row], framework: Framework) -> list[Statement]:
    """Gather rows into one statement a call and element, in the order of the rows."""
    grouped: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        grouped.setdefault((row[0].activity_id, row[0].element), []).append(row)
    rules = {rule.key: rule for rule in framework.elements}
    return [
        Statement(call, listed[0][1], listed[0][0].at, _note(rules[element], listed))
        for (call, element), listed in grouped.items()
        if element in rules
    ]


def _note(rule: ElementRule, rows: Sequence[_Row]) -> ElementNote:
    # What the text was cut from comes first, as in the notes of the call.
    ordered = sorted(rows, key=lambda row: (row[0].text not in row[0].quote, row[0].position))
    first = ordered[0][0]
    return ElementNote(
        element=rule.key,
        label=rule.label,
        state="contradicted" if first.state == "contradicted" else "filled",
        text=first.text,
        said=tuple(
            Said(
                quote=row.quote,
                position=row.position,
                turn=turn,
                speaker=row.speaker,
                side=_SIDES.get(side, "unknown"),
                start_s=start,
                url=url,
            )
            for row, _, url, turn, side, start in ordered
        ),
        against=Disagreement.model_validate(first.contradicts) if first.contradicts else None,
    )
