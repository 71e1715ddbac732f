"""The silence of open deals as one SQL statement: `sales.silence` for thousands of deals at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Date, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from agents.structured.plan import Silence
from agents.structured.sql_time import DaysBetween, LocalDay
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.business import Deal
from infra.spine.scope import Scope
from sales.fiscal import FiscalCalendar
from sales.silence import HELD, TALK


def booked_meetings(scope: Scope, settings: Settings, as_of: datetime) -> Any:
    """Return the next booked meeting or call of each open deal that has one."""
    touch = SilenceSql(Silence(), scope, settings, as_of).touches().c
    ahead = and_(touch.status == "booked", touch.kind.in_(HELD), touch.at > as_of)
    return (
        select(touch.deal_id, func.min(touch.at).label("next_meeting"))
        .where(ahead)
        .group_by(touch.deal_id)
        .subquery("booked")
    )


class SilenceSql:
    """The touches of open deals and what follows from them, as of a moment."""

    def __init__(self, rule: Silence, scope: Scope, settings: Settings, as_of: datetime) -> None:
        self.rule = rule
        self.scope = scope
        self.settings = settings
        self.as_of = as_of
        self.today = FiscalCalendar(settings.fiscal_year_start, settings.zone).day_of(as_of)

    def touches(self, deals: Sequence[str] | None = None) -> Any:
        """Return a row for each activity of an open deal: its own, and those of its account that name no deal where it is the only open one."""
        deal, only = aliased(Deal, name="open_deal"), self._only_open()
        fields = (
            Activity.id.label("activity_id"),
            Activity.kind,
            Activity.direction,
            Activity.automatic,
            Activity.status,
            Activity.at,
        )
        own = (
            select(deal.id.label("deal_id"), *fields)
            .join(Activity, Activity.deal_id == deal.id)
            .where(deal.status == "open", *([deal.id.in_(deals)] if deals is not None else []))
        )
        shared = (
            select(only.c.deal_id, *fields)
            .join(Activity, and_(Activity.account_id == only.c.account_id, Activity.deal_id.is_(None)))
            .where(*([only.c.deal_id.in_(deals)] if deals is not None else []))
        )
        return union_all(own, shared).subquery("touches")

    @staticmethod
    def _only_open() -> Any:
        deal = aliased(Deal, name="counted_deal")
        return (
            select(deal.account_id, func.min(deal.id).label("deal_id"))
            .where(deal.status == "open", deal.account_id.is_not(None))
            .group_by(deal.account_id)
            .having(func.count() == 1)
            .subquery("only_open")
        )

    def from_buyer(self, touch: Any) -> Any:
        """Return the condition that the buyer spoke."""
        return and_(
            self._spoken(touch),
            or_(touch.direction == "inbound", and_(touch.direction == "mutual", touch.kind.in_(HELD))),
        )

    def from_us(self, touch: Any) -> Any:
        """Return the condition that we spoke."""
        return and_(
            self._spoken(touch),
            or_(touch.direction == "outbound", and_(touch.direction == "mutual", touch.kind.in_(HELD))),
        )

    def _spoken(self, touch: Any) -> Any:
        return and_(touch.status == "done", touch.automatic.is_(False), touch.kind.in_(TALK), touch.at <= self.as_of)

    def _counts(self, touch: Any) -> Any:
        if self.rule.by == "us":
            return self.from_us(touch)
        if self.rule.by == "either":
            return and_(touch.status == "done", touch.automatic.is_(False), touch.at <= self.as_of)
        return self.from_buyer(touch)

    def states(self, where: list[Any] | None = None, source: Any = None) -> Any:
        """Return for each open deal inside: its verdict, the day and moment of the last word, the days since, what we sent since, and the next meeting."""
        own, shared, only = self._of_deals(), self._of_accounts(), self._only_open()
        base = (
            (Deal.__table__ if source is None else source)
            .outerjoin(own, own.c.deal_id == Deal.id)
            .outerjoin(shared, shared.c.account_id == Deal.account_id)
            .outerjoin(only, only.c.account_id == Deal.account_id)
        )
        sure = only.c.account_id.is_not(None)
        last = _later(own.c.last_word, case((sure, shared.c.last_word)))
        told = or_(func.coalesce(own.c.talks, 0) > 0, func.coalesce(shared.c.talks, 0) > 0, self._known_account())
        if self.rule.by == "either":
            told = or_(told, Deal.last_activity_at.is_not(None))
        # What is known is gathered first and judged above it, so that no expression is written, or worked out, twice.
        known = (
            select(
                Deal.id.label("deal_id"),
                Deal.account_id,
                case((told, 1), else_=0).label("told"),
                case((sure, 1), else_=0).label("sure"),
                self._last(last).label("last_word"),
                _later(own.c.our_last, case((sure, shared.c.our_last))).label("our_last"),
                case((~sure, shared.c.last_word)).label("unsure"),
                Deal.created_at,
                _earlier(own.c.next_meeting, case((sure, shared.c.next_meeting))).label("next_meeting"),
            )
            .select_from(base)
            .where(Deal.status == "open", self.scope.deals(), *(where or []))
            .subquery("known")
        )
        since = self._day(func.coalesce(known.c.last_word, known.c.created_at))
        dated = select(known, since.label("since"), self._day(known.c.unsure).label("unsure_day")).subquery("dated")
        counted = select(dated, DaysBetween(literal(self.today, Date()), dated.c.since).label("days")).subquery(
            "counted"
        )
        return select(counted, self._verdict(counted.c).label("verdict"))

    def _of_deals(self) -> Any:
        """Return for each open deal what its own activities tell."""
        deal = aliased(Deal, name="open_deal")
        return (
            select(Activity.deal_id, *self._gathered())
            .join(deal, deal.id == Activity.deal_id)
            .where(deal.status == "open")
            .group_by(Activity.deal_id)
            .subquery("own")
        )

    def _of_accounts(self) -> Any:
        """Return for each account what its activities tell that name no deal: of its only open deal, or of any of several."""
        return (
            select(Activity.account_id, *self._gathered())
            .where(Activity.deal_id.is_(None), Activity.account_id.is_not(None))
            .group_by(Activity.account_id)
            .subquery("shared")
        )

    def _gathered(self) -> tuple[Any, ...]:
        touch = Activity
        meeting = and_(touch.status == "booked", touch.kind.in_(HELD), touch.at > self.as_of)
        return (
            func.max(case((self._counts(touch), touch.at))).label("last_word"),
            func.max(case((self.from_us(touch), touch.at))).label("our_last"),
            func.min(case((meeting, touch.at))).label("next_meeting"),
            func.count(case((self._talked(touch), 1))).label("talks"),
        )

    def sent_since(self, state: Any) -> Any:
        """Return how often we wrote or called after the last word of a row of `states`."""
        own, shared = aliased(Activity, name="own_touch"), aliased(Activity, name="shared_touch")

        def counted(touch: Any, place: Any) -> Any:
            after = or_(state.last_word.is_(None), touch.at > state.last_word)
            sent = and_(self.from_us(touch), touch.direction == "outbound", after)
            return select(func.count()).select_from(touch).where(place, sent).correlate(state_table).scalar_subquery()

        state_table = state.deal_id.table
        of_account = and_(shared.deal_id.is_(None), shared.account_id == state.account_id, state.sure == 1)
        return counted(own, own.deal_id == state.deal_id) + counted(shared, of_account)

    def _talked(self, touch: Any) -> Any:
        """Return the condition that an activity shows that what passes with this account is recorded at all."""
        past = and_(touch.status == "done", touch.at <= self.as_of)
        talk = and_(touch.kind.in_(TALK), or_(past, touch.status == "booked"))
        return or_(talk, past) if self.rule.by == "either" else talk

    def _last(self, last: Any) -> Any:
        if self.rule.by != "either":
            return last
        return _later(last, case((Deal.last_activity_at <= self.as_of, Deal.last_activity_at)))

    def _verdict(self, known: Any) -> Any:
        least = self.rule.at_least_days
        if self.rule.by == "reply":
            open_word = and_(
                known.last_word.is_not(None), or_(known.our_last.is_(None), known.our_last < known.last_word)
            )
            return case((known.told == 0, "unknown"), (and_(open_word, known.days >= least), "silent"), else_="heard")
        unsure_days = DaysBetween(literal(self.today, Date()), known.unsure_day)
        with_meeting = [] if self.rule.with_meeting else [(known.next_meeting.is_not(None), "meeting")]
        return case(
            (or_(known.told == 0, known.since.is_(None)), "unknown"), (known.days < least, "heard"),
            (and_(known.unsure_day.is_not(None), unsure_days < least), "unclear"), *with_meeting, else_="silent",
        )  # fmt: skip

    def _known_account(self) -> Any:
        """Return the condition that any talk of the deal's account is recorded, on whichever of its deals."""
        own = aliased(Activity, name="account_activity")
        other, sibling = aliased(Activity, name="sibling_activity"), aliased(Deal, name="sibling_deal")
        recorded = [
            select(literal(1)).select_from(own).where(own.account_id == Deal.account_id, self._recorded(own)),
            select(literal(1))
            .select_from(other)
            .join(sibling, sibling.id == other.deal_id)
            .where(sibling.account_id == Deal.account_id, self._recorded(other)),
        ]
        return or_(*(one.correlate(Deal).exists() for one in recorded))

    def _recorded(self, touch: Any) -> Any:
        return and_(
            touch.kind.in_(TALK), or_(and_(touch.status == "done", touch.at <= self.as_of), touch.status == "booked")
        )

    def _day(self, moment: Any) -> Any:
        return LocalDay(moment, self.settings.time_zone)


def _later(left: Any, right: Any) -> Any:
    return case((left.is_(None), right), (right.is_(None), left), (left > right, left), else_=right)


def _earlier(left: Any, right: Any) -> Any:
    return case((left.is_(None), right), (right.is_(None), left), (left < right, left), else_=right)
