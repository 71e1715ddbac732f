"""How an alert ends by itself: what the buyer did, or what is put right, in fixed words with the words that were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from agents.alerts.record import Ending
from agents.alerts.titles import label_of
from agents.alerts.watched import Watched
from agents.answer import Evidence
from agents.links import Links, NoLinks
from infra.spine.activity import Activity, Participant, Turn
from infra.spine.business import Deal, DealChange
from infra.spine.people import Contact
from infra.spine.spoken import from_buyer, is_booked
from infra.spine.watch import Alert
from sales.sentences import sentences

_REPLY = frozenset({"silence", "slow_replies", "legal_silent", "promise_broken_by_buyer", "meeting_cadence"})
_MEETING = frozenset(
    {"silence", "meeting_cadence", "meeting_cancelled", "no_next_step", "renewal_near", "contract_end"}
)
_STEP = frozenset({"no_next_step", "next_step_overdue"})
_DATES = frozenset({"close_date_passed", "close_date_slips", "date_contradicted"})
_QUOTED = 200


@dataclass(frozen=True)
class Ended:
    """What is told of an ending, and by what it ended: an activity's or change's id, or a word."""

    told: Ending
    by: str


class Endings:
    """Finds what ended an alert."""

    def __init__(self, zone: ZoneInfo, links: Links | None = None) -> None:
        self._zone = zone
        self._links = links or NoLinks()

    def of(self, session: Session, one: Watched, row: Alert, gone: Sequence[str], now: datetime) -> Ended:
        """Return what ended an alert: `gone` are the causes that do not stand any more."""
        lost = set(gone)
        found = None
        if lost & _REPLY or not lost:
            found = self._reply(session, one, row, now)
        if found is None and (lost & _MEETING or not lost):
            found = self._meeting(session, one, row, now)
        if found is None and lost & _STEP:
            found = self._step(session, one, now)
        if found is None and lost & _DATES:
            found = self._dated(session, one, row, now)
        return found or self._plainly(one, lost, now)

    def closed(self, deal: Deal, now: datetime) -> Ended:
        """Return the ending of an alert whose deal is decided."""
        return Ended(Ending(sentence=f"The deal is {deal.status}.", at=deal.closed_at or now), deal.status)

    def _reply(self, session: Session, one: Watched, row: Alert, now: datetime) -> Ended | None:
        found = session.scalars(
            select(Activity)
            .where(
                _of_deal(one),
                from_buyer(Activity),
                Activity.at <= now,
                or_(Activity.at > row.raised_at, Activity.source_at > row.raised_at),
            )
            .order_by(Activity.at.desc(), Activity.id)
            .limit(1)
        ).first()
        if found is None or found.at is None:
            return None
        evidence = self._said(session, found)
        what = {"call": "A call", "meeting": "A meeting"}.get(found.kind, "They wrote")
        told = Ending(sentence=f"{what} on {self._moment(found.at)}.", at=found.at, evidence=evidence)
        return Ended(told, found.id)

    def _said(self, session: Session, found: Activity) -> tuple[Evidence, ...]:
        """Return the buyer's first sentence of a mail, or their first turn that says something."""
        speaker = session.scalar(
            select(Contact.name)
            .join(Participant, Participant.contact_id == Contact.id)
            .where(Participant.activity_id == found.id, Participant.role == "from")
            .limit(1)
        )
        words = found.body or ""
        turns: tuple[str, ...] = ()
        if found.kind in ("call", "meeting"):
            turn = session.scalars(
                select(Turn)
                .where(Turn.activity_id == found.id, Turn.side == "buyer")
                .order_by(Turn.position.desc())
                .limit(1)
            ).first()
            if turn is None:
                return ()
            words, speaker, turns = turn.text, turn.speaker, (turn.turn_id,)
        spoken = [one.text for one in sentences(words) if len(one.text.split()) >= 2]
        if not spoken:
            return ()
        quote = spoken[0] if len(spoken[0]) <= _QUOTED else spoken[0][:_QUOTED].rsplit(" ", 1)[0]
        return (
            Evidence(
                source=found.kind,
                id=found.id,
                quote=quote,
                speaker=speaker,
                at=found.at,
                url=self._links.evidence(found.kind, found.id, turns),
                turns=turns,
                label=found.subject,
            ),
        )

    def _meeting(self, session: Session, one: Watched, row: Alert, now: datetime) -> Ended | None:
        found = session.scalars(
            select(Activity)
            .where(_of_deal(one), is_booked(Activity), Activity.at > now, Activity.source_at >= row.raised_at)
            .order_by(Activity.at, Activity.id)
            .limit(1)
        ).first()
        if found is None or found.at is None:
            return None
        quote = found.subject or "a meeting"
        evidence = Evidence(
            source=found.kind,
            id=found.id,
            quote=quote,
            at=found.at,
            url=self._links.evidence(found.kind, found.id),
            label=found.subject,
        )
        told = Ending(
            sentence=f"A meeting is booked for {self._moment(found.at)}.",
            at=now,
            evidence=(evidence,) if found.subject else (),
        )
        return Ended(told, found.id)

    def _step(self, session: Session, one: Watched, now: datetime) -> Ended | None:
        deal = session.get(Deal, one.subject.deal_id)
        if deal is None or deal.next_step_date is None:
            return None
        day = deal.next_step_date
        dated = f"{day.day} {day:%b %Y}"
        evidence: tuple[Evidence, ...] = ()
        if deal.next_step:
            evidence = (
                Evidence(
                    source="deal",
                    id=deal.id,
                    quote=deal.next_step,
                    url=self._links.evidence("deal", deal.id),
                    label=deal.name,
                ),
            )
        return Ended(Ending(sentence=f"The next step has a date: {dated}.", at=now, evidence=evidence), "next_step")

    def _dated(self, session: Session, one: Watched, row: Alert, now: datetime) -> Ended | None:
        found = session.scalars(
            select(DealChange)
            .where(
                DealChange.deal_id == one.subject.deal_id,
                DealChange.field == "close_date",
                DealChange.at > row.raised_at,
            )
            .order_by(DealChange.at.desc(), DealChange.id)
            .limit(1)
        ).first()
        if found is None:
            return None
        told = Ending(sentence=f"The close date was changed from {found.old} to {found.new}.", at=found.at)
        return Ended(told, found.id)

    def _plainly(self, one: Watched, gone: set[str], now: datetime) -> Ended:
        if gone:
            said = ", ".join(label_of(cause) for cause in sorted(gone))
            return Ended(Ending(sentence=f"What it was raised for is gone: {said}.", at=now), "gone")
        return Ended(Ending(sentence=f"The deal has recovered to {one.score} of 100.", at=now), "recovered")

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return f"{local:%a} {local.day} {local:%b} at {local:%H:%M}"


def _of_deal(one: Watched) -> ColumnElement[bool]:
    deal, account = one.subject.deal_id, one.subject.account_id
    if account is None:
        return Activity.deal_id == deal
    return or_(Activity.deal_id == deal, and_(Activity.deal_id.is_(None), Activity.account_id == account))
