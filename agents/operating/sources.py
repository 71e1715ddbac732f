"""The records of each area, read set by set: what waits for a decision, and the figures above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from agents.links import Links
from agents.operating.areas import LEADS_FOR, MEETINGS_FOR, REPLIES_FOR, SHOWN
from agents.operating.record import Figure, Item
from infra.spine.activity import Activity
from infra.spine.business import Account, Deal
from infra.spine.people import Lead, User
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.scope import Scope
from infra.spine.signals import Signal
from infra.spine.spoken import is_word
from infra.spine.touches import Reply, Touch
from infra.spine.touches import Sequence as Course
from infra.spine.watch import OperatingDecision
from sales.silence import HELD
from sales.workflow.rules import Rules

_FRESH = timedelta(days=7)
"""A meeting that is younger may still lead somewhere."""
_POSITIVE, _NEGATIVE = ("positive",), ("objection", "not_now", "opt_out", "complaint")
_NEUTRAL = ("question", "unclear")
_OVER = ("skipped", "qualified", "disqualified", "unqualified", "converted", "closed", "rejected", "lost")


@dataclass(frozen=True)
class Heap:
    """What an area holds: the records shown, how many wait in all, the figures, and what must be said."""

    items: tuple[Item, ...]
    total: int
    figures: tuple[Figure, ...] = ()
    note: str | None = None


class Sources:
    """Reads as of a moment inside a scope; `owner_id` leaves one person's records."""

    def __init__(self, session: Session, scope: Scope, links: Links, as_of: datetime, owner_id: str | None) -> None:
        self._session = session
        self._scope = scope
        self._links = links
        self._as_of = as_of
        self._owner = owner_id

    def leads(self) -> Heap:
        """Signals that nobody has decided on and leads that nobody has worked, with what is missing to route them."""
        since = self._as_of - LEADS_FOR
        signal = [
            Signal.state.in_(("new", "review", "judged")),
            Signal.received_at >= since,
            Signal.received_at <= self._as_of,
            or_(Signal.expires_at.is_(None), Signal.expires_at > self._as_of),
            self._scope.signals(),
            *self._mine(Signal.owner_id),
            self._undecided("leads", Signal.id),
        ]
        lead = [
            or_(Lead.created_at.is_(None), and_(Lead.created_at >= since, Lead.created_at <= self._as_of)),
            Lead.first_touch_at.is_(None),
            or_(Lead.status.is_(None), func.lower(Lead.status).not_in(_OVER)),
            self._scope.leads(),
            *self._mine(Lead.owner_id),
            self._undecided("leads", Lead.id),
        ]
        signals = self._session.execute(
            select(Signal, User.name).outerjoin(User, User.id == Signal.owner_id).where(*signal).order_by(Signal.rank.desc(), Signal.id).limit(SHOWN)
        ).all()  # fmt: skip
        leads = self._session.execute(
            select(Lead, User.name).outerjoin(User, User.id == Lead.owner_id).where(*lead).order_by(Lead.created_at.desc(), Lead.id).limit(SHOWN)
        ).all()  # fmt: skip
        items = [
            *(self._signal(one, owner) for one, owner in signals),
            *(self._lead(one, owner) for one, owner in leads),
        ]
        total = self._count(Signal.id, signal) + self._count(Lead.id, lead)
        ready = sum(1 for one in items if not one.missing)
        return Heap(
            tuple(items[:SHOWN]), total, (Figure(label="with all that routing needs", count=ready, of=len(items)),)
        )

    def _signal(self, one: Signal, owner: str | None) -> Item:
        known = {
            "company": one.company or one.account_id,
            "a person": one.person or one.contact_id or one.person_email,
            "how well they fit": one.fit,
        }
        facts = [f"{one.occurred_at:%Y-%m-%d}", *one.reasons[:2]]
        return Item(
            id=one.id, kind="signal", title=f"{one.company or one.domain or 'Unknown company'}: {one.kind.replace('_', ' ')}",
            facts=tuple(facts), missing=tuple(name for name, value in known.items() if value is None), owner_id=one.owner_id, owner=owner, about=one.kind,
            url=one.url if (one.url or "").startswith("https://") else None,
        )  # fmt: skip

    def _lead(self, one: Lead, owner: str | None) -> Item:
        known = {
            "company": one.company or one.account_id,
            "mail address": one.email,
            "title": one.title,
            "owner": one.owner_id,
        }
        facts = [told for told in (one.title, one.company, one.lead_source and f"from {one.lead_source}") if told]
        return Item(
            id=one.id, kind="lead", title=one.name, facts=tuple(facts), missing=tuple(name for name, value in known.items() if value is None),
            owner_id=one.owner_id, owner=owner, about=one.lead_source, url=self._links.evidence("lead", one.id),
        )  # fmt: skip

    def qualified(self) -> Heap:
        """Cards of outreach that wait, with how many pieces of evidence each rests on."""
        where = [
            Proposal.kind.in_(("outreach", "reactivation")),
            Proposal.state.in_(("pending", "draft")),
            Proposal.created_at <= self._as_of,
            or_(Proposal.expires_at.is_(None), Proposal.expires_at > self._as_of),
            self._scope.proposals(),
            *self._mine(Proposal.owner_id),
            self._undecided("qualified", Proposal.id),
        ]
        rows = self._session.execute(
            select(Proposal, ProposalVersion.evidence, ProposalVersion.risks, User.name)
            .join(ProposalVersion, and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version))
            .outerjoin(User, User.id == Proposal.owner_id)
            .where(*where)
            .order_by(Proposal.created_at, Proposal.id)
            .limit(SHOWN)
        ).all()  # fmt: skip
        items = tuple(self._card(one, evidence, risks, owner) for one, evidence, risks, owner in rows)
        backed = sum(1 for _, evidence, _, _ in rows if evidence)
        return Heap(
            items, self._count(Proposal.id, where), (Figure(label="backed by evidence", count=backed, of=len(rows)),)
        )

    def _card(self, one: Proposal, evidence: list[Any], risks: list[str], owner: str | None) -> Item:
        told = (
            f"{len(evidence)} {'piece' if len(evidence) == 1 else 'pieces'} of evidence" if evidence else "no evidence"
        )
        return Item(
            id=one.id, kind="proposal", title=one.headline, facts=(told, *risks[:2]), missing=() if evidence else ("evidence",),
            owner_id=one.owner_id, owner=owner, about=one.kind, url=f"/approvals/{one.id}",
        )  # fmt: skip

    def outreach(self) -> Heap:
        """Each opener that was sent, with the replies that it drew; automatic mail is none."""
        since = self._as_of - REPLIES_FOR

        def drew(kinds: Sequence[str]) -> Any:
            return func.count(Touch.id.distinct()).filter(Reply.kind.in_(kinds))

        rows = self._session.execute(
            select(
                Touch.variant,
                func.count(Touch.id.distinct()).label("sent"),
                drew(_POSITIVE).label("positive"),
                drew(_NEUTRAL).label("neutral"),
                drew(_NEGATIVE).label("negative"),
            )
            .join(Course, Course.id == Touch.sequence_id)
            .outerjoin(User, User.id == Course.owner_id)
            .outerjoin(Reply, and_(Reply.touch_id == Touch.id, Reply.at <= self._as_of))
            .where(
                Touch.sent_at >= since,
                Touch.sent_at <= self._as_of,
                Touch.variant.is_not(None),
                self._scope.users(),
                *self._mine(Course.owner_id),
            )
            .group_by(Touch.variant)
            .order_by(func.count(Touch.id.distinct()).desc(), Touch.variant)
        ).all()  # fmt: skip
        decided = self._decided_this_week("outreach")
        items = tuple(
            Item(
                id=row.variant, kind="variant", title=f'Opener "{row.variant.replace("_", " ")}"', about=row.variant,
                facts=(f"{row.sent} sent: {row.positive} positive, {row.neutral} neutral, {row.negative} negative",),
            )
            for row in rows
            if row.variant not in decided
        )  # fmt: skip
        sent = sum(row.sent for row in rows)
        figures = tuple(
            Figure(label=name, count=sum(getattr(row, name) for row in rows), of=sent)
            for name in ("positive", "neutral", "negative")
        )
        return Heap(items[:SHOWN], len(items), figures if sent else ())

    def meetings(self, rules: Rules) -> Heap:
        """The deals that met us lately, by where they stand now; those that went nowhere wait for a decision."""
        since = self._as_of - MEETINGS_FOR
        met = aliased(Activity)
        last = (
            select(met.deal_id, func.max(met.at).label("at"), func.count().label("meetings"), func.sum(case((is_word(met), 1), else_=0)).label("held"))
            .where(met.kind.in_(HELD), met.direction == "mutual", met.at >= since, met.at <= self._as_of, met.status.in_(("done", "cancelled")), met.deal_id.is_not(None))
            .group_by(met.deal_id)
            .subquery()
        )  # fmt: skip
        later = aliased(Activity)
        went_on = (
            select(literal(1))
            .where(later.deal_id == Deal.id, is_word(later), later.direction.in_(("inbound", "mutual")), later.at > last.c.at, later.at <= self._as_of)
            .exists()
        )  # fmt: skip
        rows = self._session.execute(
            select(Deal.id, Deal.name, Deal.stage, Deal.status, Deal.closed_at, Deal.amount, Deal.currency, Deal.owner_id, User.name.label("owner"),
                   Account.name.label("account"), last.c.at, last.c.meetings, last.c.held, went_on.label("went_on"))
            .join(last, last.c.deal_id == Deal.id)
            .outerjoin(User, User.id == Deal.owner_id)
            .outerjoin(Account, Account.id == Deal.account_id)
            .where(self._scope.deals(), *self._mine(Deal.owner_id))
            .order_by(last.c.at, Deal.id)
        ).all()  # fmt: skip
        reached = dict.fromkeys(("won", "lost", "proposal", "decision", "still talking", "nothing"), 0)
        stuck = []
        for row in rows:
            outcome = _outcome(row, rules, self._as_of)
            reached[outcome] += 1
            if outcome == "nothing":
                stuck.append(row)
        decided = self._decided_this_week("meetings")
        items = tuple(self._meeting(row) for row in stuck if row.id not in decided)
        figures = tuple(Figure(label=name, count=count, of=len(rows)) for name, count in reached.items())
        return Heap(items[:SHOWN], len(items), figures if rows else ())

    def _meeting(self, row: Any) -> Item:
        told = f"met on {row.at:%Y-%m-%d}" if row.held else f"cancelled on {row.at:%Y-%m-%d}"
        return Item(
            id=row.id, kind="meeting", title=row.name, facts=(f"{told}, no word from them since; in {row.stage or 'no stage'}",), owner_id=row.owner_id,
            owner=row.owner, amount=row.amount, currency=row.currency, about=row.stage, url=self._links.evidence("deal", row.id),
        )  # fmt: skip

    def _mine(self, column: Any) -> list[ColumnElement[bool]]:
        return [column == self._owner] if self._owner is not None else []

    def _undecided(self, area: str, column: Any) -> ColumnElement[bool]:
        done = select(OperatingDecision.item).where(OperatingDecision.area == area, OperatingDecision.at <= self._as_of)
        found: ColumnElement[bool] = column.not_in(done)
        return found

    def _decided_this_week(self, area: str) -> set[str]:
        from agents.operating.areas import week_of

        week = week_of(self._as_of)
        return set(self._session.scalars(select(OperatingDecision.item).where(OperatingDecision.area == area, OperatingDecision.key.endswith(f":{week}"))))  # fmt: skip

    def _count(self, column: Any, where: Sequence[Any]) -> int:
        return self._session.scalar(select(func.count(column)).where(*where)) or 0


def _outcome(row: Any, rules: Rules, as_of: datetime) -> str:
    """Return what a deal reached after its meeting: its end, else a stage from which a proposal is out or a decision near, else whether they still talk."""
    if row.status in ("won", "lost") and (row.closed_at is None or row.closed_at <= as_of):
        return str(row.status)
    stage = rules.stage_of(row.stage)
    if stage is not None and stage.key == "propose":
        return "proposal"
    if stage is not None and stage.key in ("resolve", "close"):
        return "decision"
    return "still talking" if row.went_on or row.at > as_of - _FRESH else "nothing"
