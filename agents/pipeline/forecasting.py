"""Where a fiscal quarter will land: what is won, what is open by its category, and the target, in one statement for everybody who is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import CTE, ColumnElement, String, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from agents.pipeline.owners import just_after, name_of, owned
from agents.pipeline.record import COMPANY, About, Forecast, ForecastLine
from agents.pipeline.standing import money, standing
from agents.structured.columns import Columns
from agents.structured.target_sql import Standing, TargetSql
from infra.settings import Settings
from infra.spine.scope import Scope
from sales.fiscal import FiscalCalendar, Window
from sales.forecast import category_of

if TYPE_CHECKING:
    from agents.likelihood.service import Likelihoods

ForecastBy = Literal["rep", "team"]
WEEK = timedelta(days=7)
_CENT = Decimal("0.01")
_COUNTS = ("closed_deals", "open_deals", "unpriced", "undated", "overdue", "hindsight", "uncategorized")


@dataclass
class _Bucket:
    """What one group has in one currency."""

    closed: Decimal = Decimal(0)
    commit: Decimal = Decimal(0)
    best: Decimal = Decimal(0)
    pipeline: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    closed_deals: int = 0
    open_deals: int = 0
    unpriced: int = 0
    undated: int = 0
    overdue: int = 0
    hindsight: int = 0
    uncategorized: int = 0

    def call(self, by_category: bool) -> Decimal:
        return self.closed + (self.commit if by_category else self.weighted)


@dataclass
class _Read:
    """Everything of one moment: group → currency → bucket. `categorized` where any open deal bears a category that the team forecasts by."""

    groups: dict[str, dict[str, _Bucket]] = field(default_factory=dict)
    categorized: bool = False

    def bucket(self, group: str, currency: str) -> _Bucket:
        return self.groups.setdefault(group, {}).setdefault(currency, _Bucket())

    @property
    def known(self) -> bool:
        """Whether the category that each deal bore then is known. Closing a deal writes over it: what was committed then can't be told by what is still open."""
        return not any(one.uncategorized for group in self.groups.values() for one in group.values())

    @property
    def by_category(self) -> bool:
        return self.categorized and self.known


class _Reader:
    def __init__(
        self,
        session: Session,
        scope: Scope,
        quarter: Window,
        today: str,
        about: About,
        by: ForecastBy | None,
        now: datetime,
    ) -> None:
        self.session, self.scope, self.quarter, self.today = session, scope, quarter, today
        self.about, self.by, self.now = about, by, now

    def read(self, at: datetime, chances: Mapping[str, Decimal | None]) -> _Read:
        made = _Read()
        for row in self.session.execute(self._statement(standing(self.scope, just_after(at), self.now, "forecast"))):
            bucket = made.bucket(row.group, row.currency)
            if row.deal_id is not None:
                share = chances.get(row.deal_id)
                bucket.weighted += row.amount * share if share is not None else 0
                continue
            meaning = category_of(row.category)
            made.categorized |= bool(row.still_open) and meaning in ("commit", "best")
            if meaning != "omitted":
                part = meaning if meaning in ("commit", "best") else "pipeline"
                setattr(bucket, part, getattr(bucket, part) + row.amount)
            for name in ("closed", *_COUNTS):
                setattr(bucket, name, getattr(bucket, name) + getattr(row, name))
        return made

    def _group(self, rows: Subquery) -> ColumnElement[Any]:
        if self.by is None:
            return literal("", String())
        return func.coalesce(rows.c.owner_id if self.by == "rep" else rows.c.team, "")

    def _statement(self, rows: Subquery) -> Any:
        """Return the sums by the team's words for categories, whose `deal_id` is NULL, and the open deals that are weighed one by one; the standing is made once for both."""
        told = self._told(rows)
        of = told.c

        def total(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
            return money(case((condition, value)))

        counts = [func.coalesce(func.sum(of[name]), 0).label(name) for name in (*_COUNTS, "still_open")]
        sums = select(
            of.group, of.currency, of.category, literal(None, String()).label("deal_id"),
            total(of.counted == 1, of.amount).label("amount"), total(of.closed_deals == 1, of.amount).label("closed"), *counts,
        ).group_by(of.group, of.currency, of.category)  # fmt: skip
        nothing = [literal(0).label(name) for name in ("closed", *_COUNTS, "still_open")]
        weighed = select(
            of.group, of.currency, literal(None, String()).label("category"), of.deal_id, of.amount, *nothing
        ).where(of.counted == 1, of.amount.is_not(None))
        return union_all(sums, weighed)

    def _told(self, rows: Subquery) -> CTE:
        """Every deal of whoever is asked for, with what it counts for as 0 or 1."""
        of = rows.c
        is_open = of.state == "open"
        won = and_(
            of.state == "won",
            func.coalesce(of.closed_at >= self.quarter.start, False),
            func.coalesce(of.closed_at < self.quarter.end, False),
        )
        dated = and_(is_open, of.close_told == 1, of.close_day.is_not(None))
        first, until = self.quarter.first.isoformat(), self.quarter.until.isoformat()
        inside = and_(dated, of.close_day >= first, of.close_day < until)
        priced = of.amount_told == 1
        flags = {
            "counted": and_(inside, priced),
            "closed_deals": won,
            "open_deals": inside,
            "unpriced": and_(inside, or_(of.amount.is_(None), ~priced)),
            "undated": and_(is_open, ~dated),
            "overdue": and_(dated, of.close_day < self.today),
            "hindsight": and_(is_open, of.close_told == 0),
            "uncategorized": and_(inside, of.category_told == 0),
            "still_open": is_open,
        }
        return (
            select(
                self._group(rows).label("group"), of.currency, of.category, of.deal_id, of.amount,
                *(case((condition, 1), else_=0).label(name) for name, condition in flags.items()),
            )
            .where(owned(rows, self.about))
            .cte("told")
            .prefix_with("MATERIALIZED")
        )  # fmt: skip


class _Targets:
    """What is to be won in the quarter, by person and by team, as the asker may see it."""

    def __init__(
        self, session: Session, scope: Scope, settings: Settings, as_of: datetime, calendar: FiscalCalendar
    ) -> None:
        quarter = calendar.quarter_of(calendar.day_of(as_of))
        window = calendar.quarter(quarter)
        sql = TargetSql(session, scope, settings, Columns("deal", scope, settings, as_of))
        self.every = sql.standings([quarter.year * 10 + quarter.number], window.first, window.until)

    def of(self, about: About) -> dict[str, Decimal]:
        if about.user_id is not None:
            return _add(one for one in self.every if one.kind == "person" and one.id == about.user_id)
        teams = [one for one in self.every if one.kind == "team"]
        if about.team is not None:
            return _add(one for one in teams if one.id.casefold() == about.team.casefold())
        named = {one.id.casefold() for one in teams}
        alone = [one for one in self.every if one.kind == "person" and (one.team or "").casefold() not in named]
        return _add([*teams, *alone])


def _add(found: Any) -> dict[str, Decimal]:
    made: dict[str, Decimal] = {}
    one: Standing
    for one in found:
        made[one.currency] = made.get(one.currency, Decimal(0)) + one.target
    return made


@dataclass(frozen=True)
class _Told:
    """What is said of every forecast of one reading."""

    quarter: Window
    label: str
    as_of: datetime
    by_category: bool
    comparable: bool
    weighted_of: str


def forecast_of(
    session: Session, scope: Scope, as_of: datetime, about: About, settings: Settings, now: datetime, likelihoods: Likelihoods
) -> Forecast:  # fmt: skip
    """Return the forecast of the fiscal quarter that `as_of` is in, for one of whom it is about."""
    present, before, told, targets = _both(session, scope, as_of, about, None, settings, now, likelihoods)
    buckets = present.groups.get("", {})
    return _made(told, about, name_of(session, about), buckets, before.groups.get("", {}), targets.of(about))


def forecasts_by(
    session: Session, scope: Scope, as_of: datetime, by: ForecastBy, settings: Settings, now: datetime, likelihoods: Likelihoods
) -> dict[str, Forecast]:  # fmt: skip
    """Return a forecast for each owner (by user id) or team (by name) who has a deal or a target, read in one go."""
    present, before, told, targets = _both(session, scope, as_of, COMPANY, by, settings, now, likelihoods)
    kind = "person" if by == "rep" else "team"
    keys = {*present.groups, *(one.id for one in targets.every if one.kind == kind)} - {""}
    made: dict[str, Forecast] = {}
    for key in sorted(keys):
        about = About(user_id=key) if by == "rep" else About(team=key)
        buckets = present.groups.get(key, {})
        made[key] = _made(told, about, name_of(session, about), buckets, before.groups.get(key, {}), targets.of(about))
    return made


def _both(
    session: Session, scope: Scope, as_of: datetime, about: About, by: ForecastBy | None, settings: Settings, now: datetime, likelihoods: Likelihoods
) -> tuple[_Read, _Read, _Told, _Targets]:  # fmt: skip
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    quarter = calendar.quarter(calendar.quarter_of(today))
    reader = _Reader(session, scope, quarter, today.isoformat(), about, by, now)
    # Both weeks are weighed by the model of today: a change of the forecast is then one of the deals, not of the model.
    present = reader.read(as_of, likelihoods.shares(session, scope, as_of, as_of))
    before = reader.read(as_of - WEEK, likelihoods.shares(session, scope, as_of - WEEK, as_of))
    comparable = before.known or not present.by_category
    told = _Told(quarter, quarter.label, as_of, present.by_category, comparable, likelihoods.described(session, as_of))
    return present, before, told, _Targets(session, scope, settings, as_of, calendar)


def _made(
    told: _Told,
    about: About,
    name: str | None,
    buckets: Mapping[str, _Bucket],
    before: Mapping[str, _Bucket],
    targets: Mapping[str, Decimal],
) -> Forecast:
    lines: list[ForecastLine] = []
    for currency in sorted({*buckets, *before, *targets}):
        now, then = buckets.get(currency, _Bucket()), before.get(currency, _Bucket())
        call, earlier = now.call(told.by_category), then.call(told.by_category)
        target = targets.get(currency)
        if not (now.closed_deals or now.open_deals or then.closed_deals or then.open_deals or target):
            continue
        lines.append(
            ForecastLine(
                currency=currency, closed=now.closed, closed_deals=now.closed_deals, commit=now.commit, best=now.best, pipeline=now.pipeline,
                open_deals=now.open_deals, unpriced=now.unpriced, weighted=_cents(now.weighted), call=_cents(call), target=target,
                before=_cents(earlier) if told.comparable else None,
            )
        )  # fmt: skip
    lines.sort(key=lambda line: (-(line.call + (line.target or 0)), line.currency))
    return Forecast(
        period=told.label,
        first=told.quarter.first,
        until=told.quarter.until,
        as_of=told.as_of,
        about=about,
        about_name=name,
        lines=tuple(lines),
        call_of="won + commit" if told.by_category else "won + weighted",
        weighted_of=told.weighted_of,
        undated=sum(one.undated for one in buckets.values()),
        overdue=sum(one.overdue for one in buckets.values()),
        notes=tuple(_notes(told, list(buckets.values()))),
    )


def _notes(told: _Told, buckets: Sequence[_Bucket]) -> list[str]:
    made: list[str] = []
    uncategorized = sum(one.uncategorized for one in buckets)
    if uncategorized:
        made.append(
            f"{'1 deal' if uncategorized == 1 else f'{uncategorized} deals'} decided since then with no history of the forecast category, so what was open is weighted instead of committed."
        )
    elif not told.by_category:
        made.append("No open deal bears a forecast category, so what is open is weighted instead of committed.")
    hindsight = sum(one.hindsight for one in buckets)
    if hindsight:
        made.append(
            f"{'1 deal' if hindsight == 1 else f'{hindsight} deals'} decided since then with no history of the close date: what was expected of them is not known, so they are left out."
        )
    unpriced = sum(one.unpriced for one in buckets)
    if unpriced:
        made.append(
            f"{'1 deal' if unpriced == 1 else f'{unpriced} deals'} of the quarter without a known amount: counted, worth nothing here."
        )
    return made


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
