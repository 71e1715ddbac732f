"""What is ahead: open promises of both sides, objections to expect, customers like them, and the next step to ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Claim, Evidence
from agents.brief.ground import Ground, Raised
from agents.brief.quoting import LEAST_WORDS, MOST_WORDS, said_in, short_quote
from agents.links import Links
from agents.narrative.case import Case, DealNow
from agents.narrative.highlights import chosen, highlights
from agents.narrative.latest import is_late, live, timing_claim
from agents.narrative.phrasing import days, flat, short_day
from agents.narrative.promises import Owed
from agents.narrative.quoting import Citing, quote_at
from agents.narrative.signals import Disagreement, has_left
from agents.notes.record import CallNotes, Commitment
from agents.outreach.peers import similar_customer
from infra.spine.models import Deal, Objection, Turn
from infra.spine.scope import Scope
from sales.cues import Cue
from sales.objections import LABELS, topic_of
from sales.wording import content_stems

MOST_PROMISES = 3
_ENOUGH_LATE = 2
_MOST_OBJECTIONS, _MOST_PEERS = 3, 2
_MOST_ANSWER_WORDS = 45
_LATEST_WITHOUT_DATE, _LATEST_WITH_DATE = timedelta(days=45), timedelta(days=60)
_ASKED_ABOUT = re.compile(r"\b(?:whether|if|unless)\s+(?:I|we)\b", re.I)
_OBJECTS: frozenset[Cue] = frozenset({"objection", "blocker", "refusal"})


@dataclass(frozen=True)
class Expected:
    """An objection to expect, its parts still to be checked."""

    topic: str
    label: str
    here: bool
    open: bool
    claim: Claim
    answer: Claim | None
    raised: Raised


def promises(
    case: Case, citing: Citing, ground: Ground, owed: Sequence[Owed], deal: DealNow | None, links: Links
) -> tuple[list[Claim], list[Claim]]:
    """Return what we owe and what they owe, late ones first: from calls and mails, and from the notes of calls that the case does not hold."""
    waiting = [
        one for one in live(case, list(owed), deal) if one.state != "kept" and _matters(case, one) and _binds(one)
    ]
    waiting.sort(key=lambda one: (not is_late(case, one), one.reminder is None, -one.piece.at.timestamp()))
    if sum(is_late(case, one) for one in waiting) >= _ENOUGH_LATE:
        # Where several wait that are late, a word in passing is none to spend a minute on.
        waiting = [one for one in waiting if is_late(case, one) or one.due is not None or not one.by_us]
    sides: tuple[list[Claim], list[Claim]] = ([], [])
    for one in waiting:
        sides[0 if one.by_us else 1].append(_owed(case, citing, one))
    for notes in ground.notes:
        if notes.call in case.turns or notes.at is None or case.as_of - notes.at > _LATEST_WITHOUT_DATE:
            continue
        for noted in notes.commitments:
            side = sides[0 if noted.side == "seller" else 1]
            claim = _noted(case, notes, noted, links)
            if noted.side != "unknown" and not any(_same(claim, other) for other in side):
                side.append(claim)
    return sides[0][:MOST_PROMISES], sides[1][:MOST_PROMISES]


def _matters(case: Case, owed: Owed) -> bool:
    if owed.reminder is not None or (owed.due is not None and owed.due >= case.today):
        return True
    return case.as_of - owed.piece.at <= (_LATEST_WITH_DATE if owed.due is not None else _LATEST_WITHOUT_DATE)


def _binds(owed: Owed) -> bool:
    """Whether somebody is held by it: not what they were only asked about, nor what somebody promised who has left."""
    person = owed.piece.person
    return not (_ASKED_ABOUT.search(owed.promise.sentence.text) or (person is not None and has_left(person)))


def _owed(case: Case, citing: Citing, owed: Owed) -> Claim:
    """Say one promise shortly: the words, whose, since when, how late, and who asked again."""
    quote = quote_at(owed.piece, owed.promise.sentence, least=LEAST_WORDS, most=MOST_WORDS)
    maker = owed.piece.person.name if owed.piece.person else owed.piece.speaker or "Somebody"
    evidence = [citing.words(quote)]
    text = f"“{flat(quote.sentence.text)}” ({maker}, {short_day(case.day(owed.piece.at), case.today)})"
    if owed.due is not None:
        evidence += [citing.words(owed.dated_by)] if owed.dated_by is not None else []
        late = (case.today - owed.due).days
        text += f", due {short_day(owed.due, case.today)}" + (f", {days(late)} late" if late > 0 else "")
    if (asked := owed.reminder) is not None:
        evidence.append(citing.words(asked))
        who = asked.piece.person.name if asked.piece.person else asked.piece.speaker or "they"
        text += f"; {who} on {short_day(case.day(asked.piece.at), case.today)}: “{flat(asked.sentence.text)}”"
    trouble = owed.state == "overdue" or owed.reminder is not None
    return Claim(text=text, evidence=tuple(evidence), tone="trouble" if trouble else "plain")


def _noted(case: Case, notes: CallNotes, noted: Commitment, links: Links) -> Claim:
    said = said_in(notes, noted.said[0], links)
    day = f", {short_day(case.day(notes.at), case.today)}" if notes.at else ""
    late = noted.due is not None and noted.due < case.today
    text = f"“{flat(said.quote)}” ({said.speaker or noted.by or 'they'}{day})"
    return Claim(text=text, evidence=(said,), tone="trouble" if late else "plain")


def _same(one: Claim, other: Claim) -> bool:
    a, b = (content_stems(claim.evidence[0].quote) for claim in (one, other))
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= 0.6


def objections(
    session: Session, case: Case, citing: Citing, ground: Ground, links: Links, taken: Sequence[str] = ()
) -> list[Expected]:
    """Return the objections to expect: those raised here, open ones first, then those that others raise most; each with what worked elsewhere."""
    newest: dict[str, Objection] = {}
    for one in ground.objections:
        newest.setdefault(one.topic, one)
    cited = [*newest.values(), *ground.answers.values()]
    turns = _turns(session, cited)
    made = [
        Expected(
            topic, LABELS.get(topic, topic), True, one.handled != "answered",
            _raised_claim(case, one, turns, links), _answer_claim(case, ground.answers.get(topic), turns, links),
            ground.raised.get(topic, Raised(topic, 0, 0, 0)),
        )
        for topic, one in newest.items()
    ]  # fmt: skip
    made.sort(key=lambda one: not one.open)
    for topic, raised in ground.raised.items():
        answer = ground.answers.get(topic)
        if topic in newest or answer is None:
            continue
        claim = _raised_claim(case, answer, turns, links)
        made.append(Expected(topic, LABELS.get(topic, topic), False, False, claim, _answer_claim(case, answer, turns, links), raised))  # fmt: skip
    return (made or _from_words(case, citing, taken))[:_MOST_OBJECTIONS]


def _turns(session: Session, cited: Sequence[Objection]) -> dict[tuple[str, int], str]:
    """Return the ids of the turns that objections and answers stand in, by call and position."""
    ids = sorted({one.activity_id for one in cited})
    positions = {place for one in cited for place in (one.position, one.answer_position) if place is not None}
    if not ids:
        return {}
    rows = session.execute(
        select(Turn.activity_id, Turn.position, Turn.turn_id).where(
            Turn.activity_id.in_(ids), Turn.position.in_(positions)
        )
    ).all()
    return {(row.activity_id, row.position): row.turn_id for row in rows}


def _cited(one: Objection, quote: str, position: int | None, speaker: str | None, turns: dict[tuple[str, int], str], links: Links) -> Evidence:  # fmt: skip
    turn = turns.get((one.activity_id, position if position is not None else -1))
    place = (turn,) if turn is not None else ()
    url = links.evidence("call", one.activity_id, place)
    return Evidence(source="call", id=one.activity_id, quote=quote, speaker=speaker, at=one.at, url=url, turns=place)


def _raised_claim(case: Case, one: Objection, turns: dict[tuple[str, int], str], links: Links) -> Claim:
    said = _cited(one, one.quote, one.position, one.speaker, turns, links)
    text = f"{short_day(case.day(one.at), case.today)} · {one.speaker or 'They'}: “{flat(one.quote)}”"
    return Claim(text=text, evidence=(said,), tone="trouble" if one.handled == "open" else "plain")


def _answer_claim(case: Case, won: Objection | None, turns: dict[tuple[str, int], str], links: Links) -> Claim | None:
    """Return the answer that was given in a deal that was won."""
    if won is None or not won.answer or len(won.answer.split()) > _MOST_ANSWER_WORDS:
        return None
    said = _cited(won, won.answer, won.answer_position, won.answered_by, turns, links)
    where = f"{won.answered_by or 'We'}, {short_day(case.day(won.at), case.today)}"
    return Claim(text=f"{where}: “{flat(won.answer)}”", evidence=(said,))


def _from_words(case: Case, citing: Citing, taken: Sequence[str]) -> list[Expected]:
    """Return what their own words hold against it, where no notes of calls were made."""
    pieces = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    found = [one for one in highlights(case, pieces, half_life=60, only=_OBJECTS) if topic_of(one.sentence.text)]
    made = []
    for one in chosen(found, _MOST_OBJECTIONS, taken=taken):
        topic = topic_of(one.sentence.text) or ""
        claim = citing.said(short_quote(one))
        made.append(Expected(topic, LABELS.get(topic, topic), True, True, claim, None, Raised(topic, 0, 0, 0)))
    return made


def _planned(case: Case, day: date) -> str:
    return f" ({'was planned for' if day < case.today else 'planned for'} {short_day(day, case.today)})"


def similar(session: Session, scope: Scope, ground: Ground, case: Case, links: Links) -> list[Claim]:
    """Return customers like them that were won by then: of the same industry or size."""
    found: list[Claim] = []
    named: frozenset[str] = frozenset()
    while len(found) < _MOST_PEERS:
        peer = similar_customer(session, scope, ground.account, leave_out=named, as_of=case.as_of)
        if peer is None:
            break
        named |= {peer.account_id}
        deal = session.get(Deal, peer.evidence[0].id)
        assert deal is not None
        won = f"won {short_day(case.day(deal.closed_at), case.today)}" if deal.closed_at else "won"
        what = f", {peer.product}" if peer.product else ""
        alike = f"the same industry ({ground.account.industry})" if peer.likeness == "industry" else "of a like size"
        shown = tuple(one.model_copy(update={"url": links.evidence(one.source, one.id)}) for one in peer.evidence)
        found.append(Claim(text=f"{peer.name}: {won}{what} — {alike}", evidence=shown))
    return found


def next_step(
    case: Case, citing: Citing, ground: Ground, deal: DealNow | None, timing: Disagreement | None, links: Links
) -> Claim | None:
    """Return what to ask for: the date that the CRM and the buyer disagree about, the step that is planned, what they agreed to last, or the next meeting."""
    if deal is not None and deal.status == "open":
        if timing is not None:
            told = timing_claim(case, citing, timing)
            _, _, words = told.text.partition(" · ")
            return told.model_copy(update={"text": f"Which date holds? {words[:1].upper()}{words[1:]}"})
        if deal.next_step:
            due = _planned(case, deal.next_step_date) if deal.next_step_date else ""
            dated = (
                (citing.field(deal, "Next step date", deal.next_step_date.isoformat()),) if deal.next_step_date else ()
            )
            return Claim(
                text=f"{deal.next_step}{due}", evidence=(citing.field(deal, "Next step", deal.next_step), *dated)
            )
    for notes in ground.notes[:1]:
        for step in notes.next_steps:
            if step.side == "buyer":
                said = said_in(notes, step.said[0], links)
                return Claim(text=f"What they took on: “{flat(said.quote)}”", evidence=(said,))
    return None
