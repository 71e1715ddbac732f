"""What a reply does: to its sequence, to the list of those we do not write to, to the signal behind it, and to what is known of the address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from agents.guard.suppressing import Entry, suppress
from agents.notices import NewNotice, put
from infra.settings import Settings
from infra.spine.proposals import Effect, Proposal
from infra.spine.signals import Signal
from infra.spine.touches import Reply, Sequence, Touch, Verification
from sales.addresses import compared_address
from sales.mail.incoming import Verdict
from sales.sequence import after_reply

LATER_DAYS = 90
"""Somebody who said "not now" without a day is asked again after so many days."""

AWAY_DAYS = 7
"""Somebody away who named no day of return is not written to for so many days."""

SOFT_LIMIT = 3
SOFT_DAYS = 30
"""So many soft bounces of one address within these days rest it for as long."""

_RESTED = "its mails bounced softly again and again"
_WAITING = ("draft", "pending", "snoozed", "approved")
_MORNING = time(9, 0)
_HEADLINES = {
    "positive": "is interested",
    "question": "asks a question",
    "objection": "has an objection",
    "not_now": "says not now",
    "unclear": "answered",
    "opt_out": "asked not to be written to",
    "hard_bounce": "can't be reached: the address is dead",
    "complaint": "reported the mail as spam",
}

_ON_CARD = {
    "positive": "replied: interested",
    "question": "replied with a question",
    "objection": "replied with an objection",
    "not_now": "replied: not now",
    "unclear": "replied",
    "out_of_office": "out of office",
    "opt_out": "asked not to be written to",
    "hard_bounce": "bounced: the address is dead",
    "soft_bounce": "bounced for now",
    "complaint": "reported as spam",
}
"""What the card of a mail says of its answer, by class; the words themselves go to the owner alone."""


def morning(day: date, settings: Settings) -> datetime:
    """Return nine o'clock of a day where the company is."""
    return datetime.combine(day, _MORNING, tzinfo=settings.zone)


def move_sequence(session: Session, settings: Settings, sequence: Sequence, verdict: Verdict, now: datetime) -> str:
    """Do to a sequence what the reply demands at once; return go_on, pause or stop. A sequence that is over stays so."""
    step = after_reply(verdict.kind if not verdict.left else "unclear")
    if verdict.kind == "automatic" or sequence.state not in ("active", "paused"):
        return "go_on"
    if step.movement == "stop":
        stop(session, sequence, step.reason, now)
        return "stop"
    if verdict.kind == "out_of_office" and not verdict.left:
        _put_off(session, sequence, morning(_back_on(verdict, now, settings), settings))
        return "go_on"
    if step.movement == "pause":
        reason = "They are no longer at the company." if verdict.left else step.reason
        pause(session, sequence, reason)
        if verdict.kind == "not_now":
            _nurture(session, sequence, morning(revisit_day(verdict, now, settings), settings))
        return "pause"
    return "go_on"


def _back_on(verdict: Verdict, now: datetime, settings: Settings) -> date:
    return verdict.back_on or now.astimezone(settings.zone).date() + timedelta(days=AWAY_DAYS)


def revisit_day(verdict: Verdict, now: datetime, settings: Settings) -> date:
    """Return the day from which somebody who said "not now" may be asked again."""
    today = now.astimezone(settings.zone).date()
    told = verdict.revisit_on
    return told if told is not None and told > today else today + timedelta(days=LATER_DAYS)


def pause(session: Session, sequence: Sequence, reason: str) -> None:
    """Pause a sequence; what waits to be approved or to leave in it is held."""
    if sequence.state == "active":
        sequence.state, sequence.reason = "paused", reason
    _hold(session, sequence, reason)


def stop(session: Session, sequence: Sequence, reason: str, now: datetime) -> None:
    """Stop a sequence for good: planned touches are dropped, what waits in it is held."""
    sequence.state, sequence.reason, sequence.ended_at = "stopped", reason, now
    session.execute(
        update(Touch)
        .where(Touch.sequence_id == sequence.id, Touch.state.in_(("planned", "proposed")))
        .values(state="dropped")
    )
    _hold(session, sequence, reason)


def go_on(session: Session, sequence: Sequence, now: datetime) -> None:
    """Let a paused sequence go on, with what was held in it."""
    sequence.state, sequence.reason = "active", None
    session.execute(
        update(Touch)
        .where(Touch.sequence_id == sequence.id, Touch.state == "planned", Touch.due_at < now)
        .values(due_at=now)
    )
    _hold(session, sequence, None)


def cards_of(sequence_id: str) -> Select[str]:
    """Select the ids of the cards that wait in a sequence; an answer to a reply is no part of it."""
    touches = select(Touch.id).where(Touch.sequence_id == sequence_id)
    return select(Proposal.id).where(
        Proposal.touch_id.in_(touches), Proposal.state.in_(_WAITING), Proposal.kind.in_(("outreach", "follow_up"))
    )


def tell_card(session: Session, touch: Touch | None, verdict: Verdict) -> str | None:
    """Let the card of the mail that was answered say so; return the card's id, or None where there is nothing to say."""
    said = _ON_CARD.get(verdict.kind)
    if touch is None or touch.marker is None or said is None:
        return None
    card = session.scalars(
        select(Proposal).join(Effect, Effect.proposal_id == Proposal.id).where(Effect.marker == touch.marker).limit(1)
    ).first()
    if card is None:
        return None
    card.outcome = {**card.outcome, "reply": said}
    return card.id


def _hold(session: Session, sequence: Sequence, reason: str | None) -> None:
    waiting = list(session.scalars(cards_of(sequence.id)))
    session.execute(update(Proposal).where(Proposal.id.in_(waiting)).values(held=reason))


def _put_off(session: Session, sequence: Sequence, until: datetime) -> None:
    session.execute(
        update(Touch)
        .where(Touch.sequence_id == sequence.id, Touch.state == "planned", Touch.due_at < until)
        .values(due_at=until)
    )


def _nurture(session: Session, sequence: Sequence, until: datetime) -> None:
    """The signal comes back on that day; until then nothing is drafted for the person."""
    if sequence.signal_id is not None:
        session.execute(
            update(Signal).where(Signal.id == sequence.signal_id).values(state="nurtured", revisit_at=until)
        )
    _put_off(session, sequence, until)


def suppressions_of(
    session: Session, verdict: Verdict, concerned: Iterable[str], source: str, now: datetime
) -> tuple[str, ...]:
    """Put on the list whom a reply says that we must not, or can't, write to; return the reasons. `concerned` are their addresses."""
    addresses = list(dict.fromkeys(found for one in concerned if (found := compared_address(one))))
    entries: list[Entry] = []
    if verdict.kind == "opt_out":
        entries = [Entry("person", one, "opt_out") for one in addresses]
    elif counts_as_complaint(verdict):
        entries = [Entry("person", one, "complaint") for one in addresses]
    elif verdict.kind == "hard_bounce":
        dead = [compared_address(one.recipient) for one in verdict.failures if one.hard and one.recipient]
        entries = [Entry("person", one, "bounce") for one in dict.fromkeys(dead or addresses) if one]
    elif verdict.kind == "soft_bounce":
        until = now + timedelta(days=SOFT_DAYS)
        entries = [Entry("person", one, "bounce", _RESTED, until) for one in addresses[:1] if _tired(session, one, now)]
    done = [one for one in entries if suppress(session, one, source=source, by=None, surface="machine", now=now)]
    return tuple(dict.fromkeys(entry.reason for entry in done))


def counts_as_complaint(verdict: Verdict) -> bool:
    """Whether a person complained. A report on authentication (RFC 6591) is a machine's, about DMARC."""
    return verdict.kind == "complaint" and verdict.feedback != "auth-failure"


def _tired(session: Session, address: str, now: datetime) -> bool:
    counted = session.scalar(
        select(func.count())
        .select_from(Reply)
        .where(
            Reply.kind == "soft_bounce",
            func.lower(Reply.recipient) == address,
            Reply.at > now - timedelta(days=SOFT_DAYS),
            Reply.detail["reason"].as_string() != "delayed",
        )
    )
    return (counted or 0) >= SOFT_LIMIT


def learn_of_address(session: Session, verdict: Verdict, sender: str | None, now: datetime) -> None:
    """Write down what a reply says of addresses: somebody wrote from there, or there is nobody."""
    told: list[tuple[str | None, str, str | None]] = [
        (one.recipient, "bad", one.reason) for one in verdict.failures if one.hard and one.recipient
    ]
    if verdict.human and sender:
        told.append((sender, "good", None))
    for address, status, detail in told:
        compared = compared_address(address or "")
        if compared is None:
            continue
        known = session.get(Verification, compared)
        if known is None:
            session.add(Verification(address=compared, status=status, method="reply", detail=detail, at=now))
        elif known.at <= now:
            known.status, known.method, known.detail, known.at = status, "reply", detail, now


def tell_owner(session: Session, reply: Reply, sequence: Sequence | None, name: str, now: datetime) -> None:
    """Let the owner know, where a person has to look: interest at once, the others in their turn."""
    owner = sequence.owner_id if sequence is not None else None
    headline = _HEADLINES.get(reply.kind)
    if owner is None or headline is None:
        return
    payload: dict[str, Any] = {
        "headline": f"{name} {headline}",
        "text": str(reply.detail.get("words") or ""),
        "reply": reply.id,
        "sequence": sequence.id if sequence else None,
        "kind": reply.kind,
        "choices": ["stop"] if reply.kind in ("opt_out", "hard_bounce", "complaint") else ["stop", "pause", "continue"],
    }
    put(session, NewNotice(f"reply:{reply.id}"[:200], owner, "reply", payload, urgent=reply.kind == "positive"), now)
