"""The silence of open deals as one SQL statement: `sales.silence` for thousands of deals at once."""

from __future__ import annotations

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
    ahead = and_(touch.status == "booked", touch.kind.in_(HELD), touch.at > as_of, touch.sure == 1)
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

    def touches(self) -> Any:
        """Return a row for each activity of an open deal: its own, and those of its account that name no deal (`sure` where it is the only open one)."""
        deal = aliased(Deal, name="open_deal")
        only = self._only_open()
        fields = (
            Activity.id.label("activity_id"),
            Activity.kind,
            Activity.direction,
            Activity.automatic,
            Activity.status,
            Activity.at,
        )
        own = (
            select(deal.id.label("deal_id"), literal(1).label("sure"), *fields)
            .join(Activity, Activity.deal_id == deal.id)
            .where(deal.status == "open")
        )
        sure = case((only.c.account_id.is_not(None), 1), else_=0)
        shared = (
            select(deal.id.label("deal_id"), sure.label("sure"), *fields)
            .join(Activity, and_(Activity.account_id == deal.account_id, Activity.deal_id.is_(None)))
            .outerjoin(only, only.c.account_id == deal.account_id)
            .where(deal.status == "open")
        )
        return union_all(own, shared).cte("touches")

    @staticmethod
    def _only_open() -> Any:
        deal = aliased(Deal, name="counted_deal")
        return (
            select(deal.account_id)
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
        summed, known = self._summed(), self._known_accounts()
        base = (
            (Deal.__table__ if source is None else source)
            .outerjoin(summed, summed.c.deal_id == Deal.id)
            .outerjoin(known, known.c.account_id == Deal.account_id)
        )
        last = self._last(summed)
        since = func.coalesce(self._day(last), self._day(Deal.created_at), type_=Date())
        days = DaysBetween(literal(self.today, Date()), since)
        return (
            select(
                Deal.id.label("deal_id"),
                self._verdict(summed, known, since, days).label("verdict"),
                since.label("since"),
                days.label("days"),
                last.label("last_word"),
                func.coalesce(summed.c.sent_since, 0).label("sent_since"),
                summed.c.next_meeting,
            )
            .select_from(base)
            .where(Deal.status == "open", self.scope.deals(), *(where or []))
        )

    def _summed(self) -> Any:
        """Return for each deal its last words, what we sent after the last one, and what is booked."""
        touch = self.touches().c
        sure = touch.sure == 1
        last = func.max(case((and_(self._counts(touch), sure), touch.at))).over(partition_by=touch.deal_id)
        told = select(touch, last.label("last_word")).subquery("told").c
        word, ours = self._counts(told), self.from_us(told)
        meeting = and_(told.status == "booked", told.kind.in_(HELD), told.at > self.as_of, told.sure == 1)
        talked = and_(
            told.kind.in_(TALK), or_(and_(told.status == "done", told.at <= self.as_of), told.status == "booked")
        )
        if self.rule.by == "either":
            talked = or_(talked, and_(told.status == "done", told.at <= self.as_of))
        after = or_(told.last_word.is_(None), told.at > told.last_word)
        sent = and_(ours, told.direction == "outbound", told.sure == 1, after)
        return (
            select(
                told.deal_id,
                func.max(told.last_word).label("last_word"),
                func.max(case((and_(word, told.sure == 0), told.at))).label("loose"),
                func.max(case((and_(ours, told.sure == 1), told.at))).label("our_last"),
                func.min(case((meeting, told.at))).label("next_meeting"),
                func.count(case((talked, 1))).label("talks"),
                func.count(case((sent, 1))).label("sent_since"),
            )
            .group_by(told.deal_id)
            .subquery("summed")
        )

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

    def _verdict(self, summed: Any, known: Any, since: Any, days: Any) -> Any:
        least = self.rule.at_least_days
        told = or_(func.coalesce(summed.c.talks, 0) > 0, known.c.account_id.is_not(None))
        if self.rule.by == "either":
            told = or_(told, Deal.last_activity_at.is_not(None))
        if self.rule.by == "reply":
            open_word = and_(
                summed.c.last_word.is_not(None),
                or_(summed.c.our_last.is_(None), summed.c.our_last < summed.c.last_word),
            )
            return case((~told, "unknown"), (and_(open_word, days >= least), "silent"), else_="heard")
        loose_days = DaysBetween(literal(self.today, Date()), self._day(summed.c.loose))
        with_meeting = [] if self.rule.with_meeting else [(summed.c.next_meeting.is_not(None), "meeting")]
        return case(
            (or_(~told, since.is_(None)), "unknown"), (days < least, "heard"), (and_(summed.c.loose.is_not(None), loose_days < least), "unclear"),
            *with_meeting, else_="silent",
        )  # fmt: skip

    def _known_accounts(self) -> Any:
        """Return the accounts of which any talk is recorded, on whichever of their deals."""
        deal = aliased(Deal, name="talked_deal")
        account = func.coalesce(Activity.account_id, deal.account_id)
        talked = and_(
            Activity.kind.in_(TALK),
            or_(and_(Activity.status == "done", Activity.at <= self.as_of), Activity.status == "booked"),
        )
        return (
            select(account.label("account_id"))
            .select_from(Activity.__table__.outerjoin(deal, deal.id == Activity.deal_id))
            .where(talked, account.is_not(None))
            .distinct()
            .subquery("known_account")
        )

    def _day(self, moment: Any) -> Any:
        return LocalDay(moment, self.settings.time_zone)
