"""Where a sequence stands, read from the spine when one of its touches is due: replies, meetings, deals, owners, suppression."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.outreach.ground import suppression_of, waits_until
from agents.outreach.records import Recipient
from agents.outreach.rules import OutreachRules
from agents.proposals.book import content_of
from agents.proposals.record import Content, Mail
from infra.spine.models import (
    Account,
    Activity,
    Contact,
    Deal,
    Proposal,
    ProposalVersion,
    Reply,
    Sequence,
    Signal,
    Touch,
    User,
)
from sales.sequence import Course

AWAY = timedelta(days=7)


@dataclass(frozen=True)
class Sent:
    """A touch that went out: its row and what stood in it."""

    touch: Touch
    content: Content | None

    @property
    def mail(self) -> Mail | None:
        """The mail, where it was one."""
        return self.content.effect if self.content and isinstance(self.content.effect, Mail) else None


def sent_touches(session: Session, sequence_id: str) -> list[Sent]:
    """Return the touches that went out, the first one first, with the version that was sent."""
    rows = session.execute(
        select(Touch, ProposalVersion)
        .outerjoin(Proposal, Proposal.touch_id == Touch.id)
        .outerjoin(
            ProposalVersion,
            (ProposalVersion.proposal_id == Proposal.id) & (ProposalVersion.version == Proposal.version),
        )
        .where(Touch.sequence_id == sequence_id, Touch.state == "sent")
        .order_by(Touch.number)
    ).all()
    return [Sent(touch, content_of(version) if version is not None else None) for touch, version in rows]


def newest_reply(session: Session, sequence_id: str) -> Reply | None:
    """Return what came back last for any touch of a sequence; what ends it for good comes before what is newer."""
    rows = session.scalars(
        select(Reply)
        .join(Touch, Touch.id == Reply.touch_id)
        .where(Touch.sequence_id == sequence_id)
        .order_by(Reply.at.desc(), Reply.id)
    ).all()
    final = ("opt_out", "complaint", "hard_bounce")
    return next((row for row in rows if row.kind in final), rows[0] if rows else None)


def back_at(reply: Reply | None, now: datetime) -> datetime | None:
    """Return when somebody who is away comes back: as their reply told, else a week after it."""
    if reply is None or reply.kind != "out_of_office":
        return None
    told = (reply.detail or {}).get("back_on")
    if isinstance(told, str):
        try:
            return datetime.combine(date.fromisoformat(told[:10]), time(9), now.tzinfo)
        except ValueError:
            return reply.at + AWAY
    return reply.at + AWAY


def course_of(
    session: Session, sequence: Sequence, rules: OutreachRules, now: datetime, *, sent: int, news: bool
) -> Course:
    """Read everything that a rule may stop, pause or skip a touch by."""
    account = session.get(Account, sequence.account_id) if sequence.account_id else None
    reply = newest_reply(session, sequence.id)
    barred = suppression_of(session, sequence.recipient, account.domain if account else None, now)
    who = Recipient(email=sequence.recipient, contact_id=sequence.contact_id)
    return Course(
        now=now,
        started_at=sequence.started_at,
        sent=sent,
        most=sequence.most_touches,
        window_days=rules.window_days,
        reply=reply.kind if reply else None,
        choice=reply.choice if reply else None,
        back_at=back_at(reply, now),
        wait_until=waits_until(session, who, sequence.account_id, now),
        suppressed=barred.reason if barred else None,
        meeting_booked=_meeting(session, sequence, now),
        deal=_deal(session, sequence),
        owner_changed=_owner_changed(session, sequence, account),
        left_company=_left(session, sequence),
        fit=_fit(session, sequence),
        paused=sequence.state == "paused",
        news=news,
    )


def _meeting(session: Session, sequence: Sequence, now: datetime) -> bool:
    if not sequence.account_id:
        return False
    found = session.scalar(
        select(Activity.id)
        .where(
            Activity.account_id == sequence.account_id,
            Activity.kind.in_(("meeting", "call")),
            Activity.status == "booked",
            Activity.at > now,
        )
        .limit(1)
    )
    return found is not None


def _deal(session: Session, sequence: Sequence) -> Literal["none", "open", "won", "lost"]:
    """Return the state of the deal that came up with the account: any that is open, else one decided since the sequence began."""
    if not sequence.account_id:
        return "none"
    rows = session.execute(
        select(Deal.status, Deal.closed_at).where(Deal.account_id == sequence.account_id).order_by(Deal.id)
    ).all()
    if any(row.status == "open" for row in rows):
        return "open"
    decided = [row.status for row in rows if row.closed_at is not None and row.closed_at > sequence.started_at]
    if "won" in decided:
        return "won"
    return "lost" if "lost" in decided else "none"


def _owner_changed(session: Session, sequence: Sequence, account: Account | None) -> bool:
    owner = session.get(User, sequence.owner_id) if sequence.owner_id else None
    if owner is None or not owner.active:
        return True
    return account is not None and account.owner_id is not None and account.owner_id != owner.id


def _left(session: Session, sequence: Sequence) -> bool:
    if not sequence.contact_id:
        return False
    contact = session.get(Contact, sequence.contact_id)
    if contact is None or (sequence.account_id and contact.account_id not in (None, sequence.account_id)):
        return True
    found = session.scalar(
        select(Signal.id)
        .where(
            Signal.contact_id == sequence.contact_id,
            Signal.kind == "champion_left",
            Signal.received_at > sequence.started_at,
        )
        .limit(1)
    )
    return found is not None


def _fit(session: Session, sequence: Sequence) -> float | None:
    if not sequence.account_id:
        return None
    return session.scalar(
        select(Signal.fit)
        .where(Signal.account_id == sequence.account_id, Signal.fit.is_not(None))
        .order_by(func.coalesce(Signal.received_at, Signal.occurred_at).desc())
        .limit(1)
    )
