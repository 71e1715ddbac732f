"""The silence of open deals as one SQL statement: `sales.silence` for thousands of deals at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from agents.structured.plan import Silence
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.base import Instant
from infra.spine.business import Deal
from infra.spine.scope import Scope
from infra.spine.spoken import from_buyer, from_us, is_booked, is_open, is_talk
from sales.days import DaysAgo

# Made once: an alias costs a millisecond.
_OPEN_DEAL, _COUNTED_DEAL, _SIBLING_DEAL = (
    aliased(Deal, name=name) for name in ("open_deal", "counted_deal", "sibling_deal")
)
_LOOSE_TOUCH, _OWN_TOUCH, _SHARED_TOUCH, _ANY_TOUCH, _ACCOUNT_TOUCH, _SIBLING_TOUCH = (
    aliased(Activity, name=name)
    for name in ("loose_touch", "own_touch", "shared_touch", "any_touch", "account_touch", "sibling_touch")
)
_TOUCH = (
    Activity.id.label("activity_id"),
    Activity.kind,
    Activity.direction,
    Activity.automatic,
    Activity.status,
    Activity.at,
)
_EVER = datetime(1, 1, 2, tzinfo=UTC)
_SHOWN: dict[str, Any] = {
    "deal_id": Deal.id,
    "account_id": Deal.account_id,
    "owner_id": Deal.owner_id,
    "name": Deal.name,
    "amount": Deal.amount,
    "currency": Deal.currency,
    "created_at": Deal.created_at,
}


def booked_meetings(scope: Scope, settings: Settings, as_of: datetime) -> Any:
    """Return the next booked meeting or call of each open deal that has one."""
    touch = SilenceSql(Silence(), scope, settings, as_of).touches().c
    ahead = and_(is_booked(touch), touch.at > as_of)
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
        self.days = DaysAgo(as_of, settings.zone)

    def touches(self, deals: Sequence[str] | None = None) -> Any:
        """Return a row for each activity of an open deal: its own, and those of its account that name no deal where it is the only open one."""
        deal = _OPEN_DEAL
        own = (
            select(deal.id.label("deal_id"), *_TOUCH)
            .join(Activity, Activity.deal_id == deal.id)
            .where(is_open(deal), *([deal.id.in_(deals)] if deals is not None else []))
        )
        return union_all(own, self.shared_touches(deals)).subquery("touches")

    def shared_touches(self, deals: Sequence[str] | None = None) -> Any:
        """Return the touches that are of a deal only because it is its account's one open deal: they name none."""
        only = self._only_open()
        return (
            select(only.c.deal_id, *_TOUCH)
            .join(Activity, and_(Activity.account_id == only.c.account_id, Activity.deal_id.is_(None)))
            .where(*([only.c.deal_id.in_(deals)] if deals is not None else []))
        )

    @staticmethod
    def _only_open() -> Any:
        """Return the accounts that have one open deal, as far as anything of theirs names no deal: only there does it matter."""
        deal, touch = _COUNTED_DEAL, _LOOSE_TOUCH
        loose = select(touch.account_id).where(touch.deal_id.is_(None), touch.account_id.is_not(None))
        return (
            select(deal.account_id, func.min(deal.id).label("deal_id"))
            .where(is_open(deal), deal.account_id.in_(loose))
            .group_by(deal.account_id)
            .having(func.count() == 1)
            .subquery("only_open")
        )

    def from_buyer(self, touch: Any) -> Any:
        """Return the condition that the buyer spoke."""
        return and_(from_buyer(touch), touch.at <= self.as_of)

    def _counts(self, touch: Any) -> Any:
        if self.rule.by == "us":
            return and_(from_us(touch), touch.at <= self.as_of)
        if self.rule.by == "either":
            return and_(touch.status == "done", touch.automatic.is_(False), touch.at <= self.as_of)
        return self.from_buyer(touch)

    def states(self, where: list[Any] | None = None, source: Any = None) -> Any:
        """Return for each open deal inside: its verdict, the moment of the last word, since when the clock runs, the next meeting, and what a list shows of it.

        What a deal's own activities tell is one step into an index each, so that it takes no longer where histories are long.
        """
        shared, only = self._of_accounts(), self._only_open()
        base = (
            (Deal.__table__ if source is None else source)
            .outerjoin(shared, shared.c.account_id == Deal.account_id)
            .outerjoin(only, only.c.account_id == Deal.account_id)
        )
        sure = only.c.account_id.is_not(None)
        told = or_(func.coalesce(shared.c.talks, 0) > 0, self._recorded_at_all())
        if self.rule.by == "either":
            told = or_(told, Deal.last_activity_at.is_not(None))
        # Gathered first and judged above it: the planner would else write, and work out, each step once for every mention.
        gathered = (
            select(
                *(column.label(name) for name, column in _SHOWN.items()),
                case((sure, 1), else_=0).label("sure"),
                case((told, 1), else_=0).label("told"),
                self._own(func.max, self._counts).label("own_last"),
                self._own(func.min, self._meets).label("own_meeting"),
                self._own(func.max, self._we_spoke).label("own_ours") if self.rule.by == "reply" else _none("own_ours"),
                *(shared.c[name].label(f"shared_{name}") for name in ("last_word", "our_last", "next_meeting")),
                case((Deal.last_activity_at <= self.as_of, Deal.last_activity_at)).label("crm_last")
                if self.rule.by == "either"
                else _none("crm_last"),
            )
            .select_from(base)
            .where(is_open(Deal), self.scope.deals(), *(where or []))
            .cte("gathered")
            .prefix_with("MATERIALIZED")
        )
        known = self._known(gathered.c).subquery("known")
        return select(known, self._verdict(known.c).label("verdict"))

    def _known(self, one: Any) -> Any:
        """Return each deal's clocks from what its own activities tell and, where it is its account's only open deal, those that name no deal."""
        sure = one.sure == 1
        last = later_of(one.own_last, case((sure, one.shared_last_word)))
        if self.rule.by == "either":
            last = later_of(last, one.crm_last)
        return select(
            *(one[name] for name in _SHOWN),
            one.sure,
            one.told,
            last.label("last_word"),
            later_of(one.own_ours, case((sure, one.shared_our_last))).label("our_last"),
            func.coalesce(last, one.created_at).label("since"),
            case((~sure, one.shared_last_word)).label("unsure"),
            _earlier(one.own_meeting, case((sure, one.shared_next_meeting))).label("next_meeting"),
        )

    @staticmethod
    def _own(of: Any, condition: Callable[[Any], Any]) -> Any:
        """Return the first or last moment of the deal's own activities of a kind."""
        touch = _OWN_TOUCH
        return select(of(touch.at)).where(touch.deal_id == Deal.id, condition(touch)).correlate(Deal).scalar_subquery()

    def _meets(self, touch: Any) -> Any:
        return and_(is_booked(touch), touch.at > self.as_of)

    def _we_spoke(self, touch: Any) -> Any:
        return and_(from_us(touch), touch.at <= self.as_of)

    def _of_accounts(self) -> Any:
        """Return for each account what its activities tell that name no deal: of its only open deal, or of any of several."""
        return (
            select(
                Activity.account_id,
                func.max(case((self._counts(Activity), Activity.at))).label("last_word"),
                func.max(case((self._we_spoke(Activity), Activity.at))).label("our_last"),
                func.min(case((self._meets(Activity), Activity.at))).label("next_meeting"),
                func.count(case((self._talked(Activity), 1))).label("talks"),
            )
            .where(Activity.deal_id.is_(None), Activity.account_id.is_not(None))
            .group_by(Activity.account_id)
            .subquery("shared")
        )

    def sent_since(self, state: Any) -> Any:
        """Return how often we wrote or called after the last word of a row of `states`."""
        own, shared = _OWN_TOUCH, _SHARED_TOUCH

        def counted(touch: Any, place: Any) -> Any:
            after = touch.at > func.coalesce(state.last_word, literal(_EVER, Instant()))
            sent = and_(self._we_spoke(touch), touch.direction == "outbound", after)
            return select(func.count()).select_from(touch).where(place, sent).correlate(state_table).scalar_subquery()

        state_table = state.deal_id.table
        of_account = counted(shared, and_(shared.deal_id.is_(None), shared.account_id == state.account_id))
        return counted(own, own.deal_id == state.deal_id) + case((state.sure == 1, of_account), else_=0)

    def _talked(self, touch: Any) -> Any:
        """Return the condition that an activity shows that what passes with this account is recorded at all."""
        past = and_(touch.status == "done", touch.at <= self.as_of)
        talk = and_(is_talk(touch), or_(past, touch.status == "booked"))
        return or_(talk, past) if self.rule.by == "either" else talk

    def _verdict(self, known: Any) -> Any:
        # Days are calendar days, so that a bound in days is the first moment of one: no day is worked out for a row.
        bound = literal(self.days.start(self.rule.at_least_days), Instant())
        if self.rule.by == "reply":
            open_word = and_(
                known.last_word.is_not(None), or_(known.our_last.is_(None), known.our_last < known.last_word)
            )
            return case((known.told == 0, "unknown"), (and_(open_word, known.since < bound), "silent"), else_="heard")
        with_meeting = [] if self.rule.with_meeting else [(known.next_meeting.is_not(None), "meeting")]
        return case(
            (or_(known.told == 0, known.since.is_(None)), "unknown"), (known.since >= bound, "heard"),
            (known.unsure >= bound, "unclear"), *with_meeting, else_="silent",
        )  # fmt: skip

    def _recorded_at_all(self) -> Any:
        """Return the condition that any talk of the deal or of its account is recorded, on whichever of the account's deals."""
        own = _ANY_TOUCH
        around = _ACCOUNT_TOUCH
        other, sibling = _SIBLING_TOUCH, _SIBLING_DEAL
        recorded = [
            select(literal(1)).select_from(around).where(around.account_id == Deal.account_id, self._recorded(around)),
            select(literal(1)).select_from(own).where(own.deal_id == Deal.id, self._talked(own)),
            select(literal(1))
            .select_from(other)
            .join(sibling, sibling.id == other.deal_id)
            .where(sibling.account_id == Deal.account_id, self._recorded(other)),
        ]
        return or_(*(found.correlate(Deal).exists() for found in recorded))

    def _recorded(self, touch: Any) -> Any:
        return and_(is_talk(touch), or_(and_(touch.status == "done", touch.at <= self.as_of), touch.status == "booked"))


def _none(name: str) -> Any:
    return literal(None, Instant()).label(name)


def later_of(left: Any, right: Any) -> Any:
    """Return the later of two moments, the one that there is where the other is NULL."""
    return case((or_(left.is_(None), right > left), right), else_=left)


def _earlier(left: Any, right: Any) -> Any:
    return case((or_(left.is_(None), right < left), right), else_=left)
