"""Metrics that the pipeline tells: conversion from stage to stage, coverage of the target, and how a quarter's forecast turned out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from agents.metrics.definition import Part, Whose
from agents.metrics.ground import Ground
from agents.metrics.metric import Window, percent
from agents.pipeline.record import About
from sales.fiscal import FiscalCalendar

if TYPE_CHECKING:
    from agents.pipeline.forecasting import ForecastBy
    from agents.pipeline.record import Forecast

_TICK = timedelta(microseconds=1)
_HUNDREDTH = Decimal("0.01")


def stage_conversion(session: Session, ground: Ground, whose: Whose) -> list[Part]:
    """Return for each stage how many of the deals that entered it in a span went on."""
    if ground.pipeline is None:
        return []
    parts: list[Part] = []
    for place, span in enumerate(ground.spans):
        window = Window(begin=span.window.begin, end=_until(ground, span.window.end))
        found = ground.pipeline.conversion(session, ground.scope, window, _about(ground, whose))
        several = len({one.pipeline for one in found.stages}) > 1
        for one in found.stages:
            name = f"{one.pipeline}: {one.stage}" if several and one.pipeline else one.stage
            decided = one.went_on + one.fell
            parts.append(Part(place, name, percent(one.went_on, decided), one.went_on, decided, one.open))
    return parts


def coverage(session: Session, ground: Ground, whose: Whose) -> list[Part]:
    """Return for each currency how often the open deals of the quarter cover what is still to be won of its target, as of each span's end."""

    def parts(place: int, found: Forecast) -> Iterator[Part]:
        for line in found.lines:
            left = line.target - line.closed if line.target is not None else Decimal(0)
            if left > 0:
                total = line.commit + line.best + line.pipeline
                yield Part(place, line.currency, (total / left).quantize(_HUNDREDTH), total, left, line.unpriced)

    return _told(session, ground, whose, _last_moment, parts)


def variance(session: Session, ground: Ground, whose: Whose) -> list[Part]:
    """Return for each currency by how much the last quarter that was over by a span's end differs from the call at its start."""
    calendar = FiscalCalendar(ground.settings.fiscal_year_start, ground.settings.zone)

    def quarter(ground: Ground, place: int) -> tuple[datetime, datetime]:
        until = _until(ground, ground.spans[place].window.end)
        last = calendar.quarter_of(calendar.day_of(until - _TICK))
        window = calendar.quarter(last)
        window = window if window.end <= until else calendar.quarter(last.shift(-1))
        return window.start, window.end - _TICK

    def parts(place: int, found: Forecast) -> Iterator[Part]:
        came = _forecast(session, ground, quarter(ground, place)[1], whose)
        closed = {line.currency: line.closed for line in came.lines} if came is not None else {}
        for line in found.lines:
            if line.call > 0:
                off = closed.get(line.currency, Decimal(0)) - line.call
                yield Part(place, line.currency, (abs(off) * 100 / line.call).quantize(Decimal("0.1")), off, line.call, line.unpriced)  # fmt: skip

    return _told(session, ground, whose, lambda one, place: quarter(one, place)[0], parts)


def _told(
    session: Session,
    ground: Ground,
    whose: Whose,
    moment: Callable[[Ground, int], datetime],
    parts: Callable[[int, Forecast], Iterator[Part]],
) -> list[Part]:
    if ground.pipeline is None:
        return []
    made: list[Part] = []
    for place in range(len(ground.spans)):
        found = _forecast(session, ground, moment(ground, place), whose)
        made += parts(place, found) if found is not None else ()
    return made


def _forecast(session: Session, ground: Ground, at: datetime, whose: Whose) -> Forecast | None:
    """Return a forecast, reckoned once for all teams or persons; None for one who has neither deals nor a target."""
    assert ground.pipeline is not None
    by: ForecastBy | None = "team" if whose.team is not None else "rep" if whose.user_id is not None else None
    if (at, by) not in ground.forecasts:
        if by is None:
            ground.forecasts[at, by] = {"": ground.pipeline.forecast(session, ground.scope, at, _about(ground, whose))}
        else:
            ground.forecasts[at, by] = ground.pipeline.forecasts(session, ground.scope, at, by)
    found: Forecast | None = ground.forecasts[at, by].get(whose.team or whose.user_id or "")
    return found


def _last_moment(ground: Ground, place: int) -> datetime:
    return _until(ground, ground.spans[place].window.end) - _TICK


def _until(ground: Ground, end: datetime) -> datetime:
    return min(end, ground.as_of + _TICK)


def _about(ground: Ground, whose: Whose) -> About:
    return About(team=whose.team or ground.team, user_id=whose.user_id or ground.user_id)
