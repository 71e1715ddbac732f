"""Finding the touch that a mail answers: by Message-IDs, by the way out that was in our mail, and last by whom it was for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from agents.guard.unsubscribing import read_token
from infra.sealing import Sealer
from infra.spine.proposals import Effect, Proposal, ProposalVersion
from infra.spine.touches import Sequence, Touch
from sales.addresses import compared_address
from sales.mail.incoming import Incoming, Verdict

RECENT = timedelta(days=30)
"""A mail without any id of ours is taken for the answer to a touch that went to its sender within these days."""

_ID = re.compile(r"<?([^<>\s]{1,240}@[^<>\s]{1,240})>?")
_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_\-=]{20,2000})")
_MOST_IDS = 60


@dataclass(frozen=True)
class Match:
    """The touch that a mail belongs to, its sequence, the address we sent from and the text that we sent."""

    touch: Touch
    sequence: Sequence
    sender: str | None
    sent: str
    subject: str
    by: str


def ids_of(mail: Incoming) -> list[str]:
    """Return the Message-IDs, without brackets, by which a mail names ours: the nearest first."""
    texts = [
        mail.returned.get("message-id", ""),
        mail.header("x-original-message-id"),
        mail.feedback.get("original-message-id", ""),
        mail.in_reply_to or "",
        *reversed(mail.references),
        *(group.get("x-original-message-id", "") for group in mail.delivery),
        *(mail.returned.get(name, "") for name in ("in-reply-to", "references")),
    ]
    found = [one for text in texts for one in _ID.findall(text)]
    return list(dict.fromkeys(found))[:_MOST_IDS]


def match(session: Session, sealer: Sealer, mail: Incoming, now: datetime) -> Match | None:
    """Return the touch that a mail answers by the ids in it, or None. Ids are unguessable, so they outweigh who the sender is."""
    ids = ids_of(mail)
    touch = _by_ids(session, ids) if ids else None
    if touch is None and (token := _TOKEN.search(mail.returned.get("list-unsubscribe", "") or mail.text[:50_000])):
        touch = _by_token(session, sealer, token.group(1))
        return _matched(session, touch, "token") if touch is not None else None
    return _matched(session, touch, "id") if touch is not None else None


def match_by_address(session: Session, verdict: Verdict, mail: Incoming, now: datetime) -> Match | None:
    """Return the newest touch that went to the recipient who failed, or to the sender, within `RECENT` before the mail; None where there is none."""
    if verdict.failures:
        told: Iterable[str | None] = (one.recipient for one in verdict.failures)
    elif verdict.kind == "complaint":
        told = (mail.feedback.get("original-rcpt-to", "").strip("<> "), mail.header("x-hmxmroriginalrecipient"), mail.returned.get("to", ""))  # fmt: skip
    else:
        told = (mail.sender.email if mail.sender else None,)
    addresses = [address for one in told if one and (address := compared_address(_bare(one)))]
    if not addresses:
        return None
    at = min(mail.sent_at or now, now)
    touch = session.scalars(
        select(Touch)
        .join(Sequence, Sequence.id == Touch.sequence_id)
        .where(
            func.lower(Sequence.recipient).in_(addresses),
            Touch.state == "sent",
            Touch.sent_at > at - RECENT,
            Touch.sent_at <= at + timedelta(minutes=5),
        )
        .order_by(Touch.sent_at.desc(), Touch.id)
        .limit(1)
    ).first()
    return _matched(session, touch, "address") if touch is not None else None


def _bare(text: str) -> str:
    found = _ID.search(text)
    return found.group(1) if found else text


def _by_ids(session: Session, ids: list[str]) -> Touch | None:
    spelled = [form for one in ids for form in (one, f"<{one}>")]
    touches = {touch.marker.strip("<>"): touch for touch in session.scalars(select(Touch).where(Touch.marker.in_(spelled))) if touch.marker}  # fmt: skip
    for one in ids:
        if one in touches:
            return touches[one]
    # A mail that is known to have left, but whose touch was not yet written down.
    rows = session.execute(
        select(Effect.marker, Proposal.touch_id)
        .join(Proposal, Proposal.id == Effect.proposal_id)
        .where(Effect.marker.in_(spelled), Proposal.touch_id.is_not(None))
    ).all()
    known = {marker.strip("<>"): touch for marker, touch in rows if marker}
    found = next((known[one] for one in ids if one in known), None)
    return session.get(Touch, found) if found else None


def _by_token(session: Session, sealer: Sealer, token: str) -> Touch | None:
    way_out = read_token(sealer, token)
    if way_out is None or way_out.proposal_id is None:
        return None
    proposal = session.get(Proposal, way_out.proposal_id)
    return session.get(Touch, proposal.touch_id) if proposal is not None and proposal.touch_id else None


def _matched(session: Session, touch: Touch, by: str) -> Match | None:
    sequence = session.get(Sequence, touch.sequence_id)
    if sequence is None:
        return None
    effect = session.execute(
        select(ProposalVersion.effect)
        .join(Effect, (Effect.proposal_id == ProposalVersion.proposal_id) & (Effect.version == ProposalVersion.version))
        .join(Proposal, Proposal.id == Effect.proposal_id)
        .where(or_(Effect.marker == touch.marker, Proposal.touch_id == touch.id), Effect.kind == "mail")
        .order_by((Effect.marker == touch.marker).desc())
        .limit(1)
    ).scalar_one_or_none()
    told = effect or {}
    sender = told.get("sender")
    if not sender and touch.marker:
        sender = None
    return Match(touch, sequence, sender, str(told.get("body") or ""), str(told.get("subject") or ""), by)
