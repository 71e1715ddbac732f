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

    def _loose(self) -> Any:
        """Return for each account the last word in an activity that names no deal: it may be about any of its open deals."""
        last = func.max(case((self._counts(Activity), Activity.at)))
        return (
            select(Activity.account_id, last.label("at"))
            .where(Activity.deal_id.is_(None), Activity.account_id.is_not(None))
            .group_by(Activity.account_id)
            .subquery("loose")
        )

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
        summed, loose, only = self._summed(), self._loose(), self._only_open()
        base = (
            (Deal.__table__ if source is None else source)
            .outerjoin(summed, summed.c.deal_id == Deal.id)
            .outerjoin(loose, loose.c.account_id == Deal.account_id)
            .outerjoin(only, only.c.account_id == Deal.account_id)
        )
        told = or_(func.coalesce(summed.c.talks, 0) > 0, self._known_account())
        if self.rule.by == "either":
            told = or_(told, Deal.last_activity_at.is_not(None))
        # What is known is gathered first and judged above it, so that no expression is written, or worked out, twice.
        known = (
            select(
                Deal.id.label("deal_id"),
                case((told, 1), else_=0).label("told"),
                self._last(summed).label("last_word"),
                summed.c.our_last,
                case((only.c.account_id.is_(None), loose.c.at)).label("unsure"),
                Deal.created_at,
                func.coalesce(summed.c.sent_since, 0).label("sent_since"),
                summed.c.next_meeting,
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

    def _summed(self) -> Any:
        """Return for each deal its last words, what we sent after the last one, and what is booked."""
        touch = self.touches().c
        last = func.max(case((self._counts(touch), touch.at))).over(partition_by=touch.deal_id)
        told = select(touch, last.label("last_word")).subquery("told").c
        ours = self.from_us(told)
        meeting = and_(told.status == "booked", told.kind.in_(HELD), told.at > self.as_of)
        after = or_(told.last_word.is_(None), told.at > told.last_word)
        sent = and_(ours, told.direction == "outbound", after)
        return (
            select(
                told.deal_id,
                func.max(told.last_word).label("last_word"),
                func.max(case((ours, told.at))).label("our_last"),
                func.min(case((meeting, told.at))).label("next_meeting"),
                func.count(case((self._talked(told), 1))).label("talks"),
                func.count(case((sent, 1))).label("sent_since"),
            )
            .group_by(told.deal_id)
            .subquery("summed")
        )

    def _talked(self, touch: Any) -> Any:
        """Return the condition that an activity shows that what passes with this account is recorded at all."""
        past = and_(touch.status == "done", touch.at <= self.as_of)
        talk = and_(touch.kind.in_(TALK), or_(past, touch.status == "booked"))
        return or_(talk, past) if self.rule.by == "either" else talk

    def _last(self, summed: Any) -> Any:
        if self.rule.by != "either":
            return summed.c.last_word
        stated = case((Deal.last_activity_at <= self.as_of, Deal.last_activity_at))
        return case(
            (summed.c.last_word.is_(None), stated),
            (stated.is_(None), summed.c.last_word),
            (stated > summed.c.last_word, stated),
            else_=summed.c.last_word,
        )

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
