"""From the notes of a call to its one card."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from agents.closing.changes import changes_of
from agents.closing.facts import Facts, Shelf, facts_of
from agents.closing.mail import written
from agents.closing.tasks import tasks_of, undertakings
from agents.crm.qualified import qualified
from agents.crm.rules import ownership_in_force
from agents.crm.spine_side import shown
from agents.intake.identity import fitted
from agents.links import Links
from agents.notes.record import CallNotes, Line, Said
from agents.outreach.case import sender_address
from agents.outreach.checking import Line as Sentence
from agents.outreach.checking import LineCheck
from agents.outreach.voice import voice_of
from agents.proposals.record import Closing, ClosingElement, ClosingLine, Content, Correspondents, NewProposal
from infra.settings import Settings
from infra.spine.scope import EVERYTHING
from sales.addresses import written_address
from sales.mail_words import plain_line

EXPIRES_AFTER = timedelta(days=14)
"""How long a card waits: what was agreed two weeks ago is told better by a new call."""

_MOST_SUMMARY, _LINES_A_TOPIC = 8, 2
_KEY_LENGTH = 150
PREFIX = "call:"


def card_key(call_id: str) -> str:
    """Return the key of the card of a call. What comes of the card has keys that begin with it."""
    return PREFIX + fitted("call", call_id, _KEY_LENGTH)


def drafted(session: Session, notes: CallNotes, settings: Settings, links: Links, now: datetime) -> NewProposal | None:
    """Return the card of a call, None where the call is gone."""
    today = now.astimezone(settings.zone).date()
    facts = facts_of(session, notes, settings, today)
    if facts is None:
        return None
    shelf = Shelf(facts, links)
    closing = _read(session, facts, shelf, settings, now) if notes.state == "ready" else _unread(session, facts, links)
    return NewProposal(
        key=card_key(notes.call),
        kind="call",
        headline=_headline(facts, closing),
        content=Content(effect=closing, evidence=tuple(shelf.pieces), why=_why(closing)),
        owner_id=facts.owner.id if facts.owner else None,
        account_id=facts.call.account_id,
        deal_id=facts.call.deal_id,
        call_id=notes.call,
        expires_at=now + EXPIRES_AFTER,
    )


def _bare(session: Session, facts: Facts, links: Links) -> Closing:
    call, deal = facts.call, facts.call.deal
    step_day = shown(deal.next_step_date) if deal else None
    return Closing(
        call=call.id,
        title=call.title or "",
        at=call.at,
        url=links.evidence(facts.kind, call.id) or call.url,
        between=_between(session, facts),
        deal_id=deal.id if deal else None,
        deal_name=deal.name if deal else "",
        deal_next_step=deal.next_step if deal else None,
        deal_next_step_date=str(step_day) if step_day else None,
    )


def _unread(session: Session, facts: Facts, links: Links) -> Closing:
    return _bare(session, facts, links).model_copy(update={"trouble": facts.notes.trouble or "It can't be read."})


def _read(session: Session, facts: Facts, shelf: Shelf, settings: Settings, now: datetime) -> Closing:
    today = now.astimezone(settings.zone).date()
    check = LineCheck(session, EVERYTHING, settings.zone, today)
    made = undertakings(facts)
    summary = _summary(facts, shelf, check)
    tasks = tasks_of(facts, shelf, made)
    bare = _bare(session, facts, shelf.links)
    mail = (
        written(facts, shelf, made, bare.between, voice_of(session, facts.owner), check.stands, today)
        if bare.between is not None
        else None
    )
    rules = ownership_in_force(session)
    known = qualified(session, rules, facts.call.deal.id if facts.call.deal else None)
    changes, by_hand = changes_of(facts, shelf, made, rules, known)
    return bare.model_copy(
        update={
            "summary": summary,
            "framework": facts.notes.qualification.framework if facts.notes.qualification else "",
            "qualification": _qualification(facts, shelf),
            "tasks": tasks,
            "mail": mail.mail if mail else None,
            "mail_evidence": mail.evidence if mail else (),
            "changes": changes,
            "by_hand": by_hand,
        }
    )


def _summary(facts: Facts, shelf: Shelf, check: LineCheck) -> tuple[ClosingLine, ...]:
    """Return the notes' main lines by topic, objections and risks among them; none whose words don't carry it."""
    notes = facts.notes
    marked = [("Pain", line.text, line.said) for line in _first(notes.pains)]
    marked += [
        (f"Objection, {one.handled}" if one.handled != "unknown" else "Objection", one.text, one.said)
        for one in notes.objections[:2]
    ]
    marked += [("Risk", one.label, one.said) for one in notes.risks[:1]]
    marked = [one for one in marked if _carried(shelf, check, one[1], one[2])]
    quoted = {said.quote for _, _, words in marked for said in words}
    topics = [
        (topic.label, line.text, line.said)
        for topic in notes.summary
        for line in topic.lines[:_LINES_A_TOPIC]
        if not {said.quote for said in line.said} <= quoted and _carried(shelf, check, line.text, line.said)
    ]
    chosen = [*topics[: _MOST_SUMMARY - len(marked)], *marked]
    return tuple(ClosingLine(label=label, text=text, evidence=shelf.cite(*said)) for label, text, said in chosen)


def _qualification(facts: Facts, shelf: Shelf) -> tuple[ClosingElement, ...]:
    """Return every element of the team's framework in its order; one without words is open."""
    found = facts.notes.qualification.elements if facts.notes.qualification else ()
    return tuple(
        ClosingElement(
            label=plain_line(one.label),
            state=one.state if one.said else "open",
            text=one.said[0].quote if one.said else "",
            against=plain_line(f"{one.against.label}: {one.against.value}") if one.against and one.said else "",
            evidence=shelf.cite(*one.said[:1]),
        )
        for one in found
    )


def _carried(shelf: Shelf, check: LineCheck, text: str, said: tuple[Said, ...]) -> bool:
    return check.stands(Sentence("summary", text, shelf.looked_at(*said)))


def _first(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return lines[:2]


def _between(session: Session, facts: Facts) -> Correspondents | None:
    to, sender = facts.addressee(), sender_address(session, facts.owner)
    if to is None or sender is None or facts.owner is None or not to.email:
        return None
    if written_address(to.email) is None or written_address(sender) is None:
        return None
    return Correspondents(sender=sender, sender_name=facts.owner.name, to=to.email, to_name=to.name or "")


def _headline(facts: Facts, closing: Closing) -> str:
    day = f"{facts.day.day} {facts.day:%b}"
    if closing.trouble:
        return plain_line(f"{facts.who}: the transcript of {day} can't be read")[:120]
    return plain_line(f"Close the call with {facts.who} of {day}")[:120]


def _why(closing: Closing) -> tuple[str, ...]:
    if closing.trouble:
        return ()
    counts = (
        (len(closing.tasks), "task", "tasks"),
        (1 if closing.mail else 0, "mail", "mails"),
        (len(closing.changes), "CRM change", "CRM changes"),
    )
    told = tuple(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
    return told or ("nothing was agreed that we could tell",)
