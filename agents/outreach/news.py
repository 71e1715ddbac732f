"""What is new since the last touch and so a reason to write again: their open question, something that happened, an example not yet named."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.outreach.course import Sent
from agents.outreach.peers import similar_customer
from agents.outreach.records import Peer
from infra.spine.compared import is_person
from infra.spine.models import Account, Activity, Deal, Participant, Proposal, Sequence, Signal
from infra.spine.scope import Scope
from sales.sentences import sentences

_LONGEST_QUESTION = 30


@dataclass(frozen=True)
class News:
    """One reason to write. `words` says it for people; exactly one of question, signal and peer is set."""

    words: str
    question: Evidence | None = None
    signal: Signal | None = None
    peer: Peer | None = None


def find_news(
    session: Session, scope: Scope, sequence: Sequence, sent: Many[Sent], now: datetime, *, name_customers: bool
) -> News | None:
    """Return the best reason that is really new, or None: then there is nothing to write."""
    since = max((one.touch.sent_at for one in sent if one.touch.sent_at), default=sequence.started_at)
    return (
        _question(session, sequence, since)
        or _event(session, sequence, since, now)
        or (_case(session, scope, sequence, sent) if name_customers else None)
    )


def _question(session: Session, sequence: Sequence, since: datetime) -> News | None:
    """Return a question in their last mail that nobody of ours has answered."""
    mail = session.execute(
        select(Activity)
        .join(Participant, Participant.activity_id == Activity.id)
        .where(
            Activity.kind == "mail",
            Activity.direction == "inbound",
            Activity.automatic.is_(False),
            Participant.role == "from",
            or_(
                is_person(Participant.email, sequence.recipient),
                *((Participant.contact_id == sequence.contact_id,) if sequence.contact_id else ()),
            ),
            Activity.at > since,
        )
        .order_by(Activity.at.desc(), Activity.id)
        .limit(1)
    ).scalar_one_or_none()
    if mail is None or not mail.body or _answered(session, sequence, mail):
        return None
    asked = [
        one.text
        for one in sentences(mail.body)
        if one.text.endswith("?") and len(one.text.split()) <= _LONGEST_QUESTION
    ]
    if not asked:
        return None
    quote = asked[0]
    return News(
        "their question is open", question=Evidence(source="mail", id=mail.id, quote=quote, at=mail.at, url=mail.url)
    )


def _answered(session: Session, sequence: Sequence, mail: Activity) -> bool:
    found = session.scalar(
        select(Activity.id)
        .join(Participant, Participant.activity_id == Activity.id)
        .where(
            Activity.direction == "outbound",
            Activity.at > mail.at,
            or_(
                is_person(Participant.email, sequence.recipient),
                *((Participant.contact_id == sequence.contact_id,) if sequence.contact_id else ()),
            ),
        )
        .limit(1)
    )
    return found is not None


def _event(session: Session, sequence: Sequence, since: datetime, now: datetime) -> News | None:
    """Return a signal that came after the last touch, about the person or their company, that no mail has used."""
    same = [Signal.account_id == sequence.account_id] if sequence.account_id else []
    same += [Signal.contact_id == sequence.contact_id] if sequence.contact_id else []
    same.append(is_person(Signal.person_email, sequence.recipient))
    used = select(Proposal.signal_id).where(
        Proposal.signal_id.is_not(None), Proposal.kind.in_(("outreach", "follow_up", "reply", "reactivation"))
    )
    signal = session.scalars(
        select(Signal)
        .where(
            or_(*same),
            Signal.received_at > since,
            Signal.state.not_in(("new", "expired", "review")),
            or_(Signal.expires_at.is_(None), Signal.expires_at > now),
            Signal.id.not_in(used),
            Signal.id != (sequence.signal_id or ""),
            or_(Signal.title.is_not(None), Signal.text.is_not(None)),
        )
        .order_by(Signal.rank.desc(), Signal.received_at.desc(), Signal.id)
        .limit(1)
    ).one_or_none()
    if signal is None or (signal.judgement or {}).get("hard"):
        return None
    return News(f"something new happened ({signal.kind.replace('_', ' ')})", signal=signal)


def _case(session: Session, scope: Scope, sequence: Sequence, sent: Many[Sent]) -> News | None:
    """Return a similar customer whom no touch of this sequence has named."""
    account = session.get(Account, sequence.account_id) if sequence.account_id else None
    if account is None:
        return None
    deals = {one.id for touch in sent if touch.content for one in touch.content.evidence if one.source == "deal"}
    named = frozenset(
        one for one in session.scalars(select(Deal.account_id).where(Deal.id.in_(deals))).all() if one is not None
    )
    peer = similar_customer(session, scope, account, leave_out=named)
    return News(f"an example not named before ({peer.name})", peer=peer) if peer is not None else None
