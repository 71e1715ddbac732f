"""The figures behind the review's pictures, from what the review was made of: a picture never tells another figure than the lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from agents.digest.ground import Ground, told
from agents.digest.pictures import (  # fmt: skip
    ConversionPicture,
    ConversionRow,
    MovementPicture,
    MovementStep,
    RiskMapPicture,
    RiskPoint,
)
from agents.health.record import Health
from agents.pipeline.record import Conversion, Movement, Sum

MOST_POINTS = 400
"""Dots on the risk map: more can't be told apart."""

_STEPS = {
    "new": "New",
    "reopened": "Reopened",
    "amount_up": "Worth more",
    "amount_down": "Worth less",
    "won": "Won",
    "lost": "Lost",
}


def movement_picture(ground: Ground, movement: Movement) -> MovementPicture | None:
    """Return the waterfall of the currency with most deals, None where there is no pipeline to show."""
    currency = _main(movement.begin, movement.end)
    if currency is None:
        return None
    begin, end = _of(movement.begin, currency), _of(movement.end, currency)
    steps = tuple(
        MovementStep(label=label, kind=kind, amount=found.delta, deals=found.deals)
        for kind, label in _STEPS.items()
        for found in movement.sums
        if found.kind == kind and found.currency == currency and (found.delta or found.deals)
    )
    others = sorted({one.currency for one in (*movement.begin, *movement.end)} - {currency})
    notes = [f"Not shown: deals in {', '.join(others)}."] if others else []
    if end.unpriced:
        notes.append(f"{told(end.unpriced, 'open deal')} without an amount.")
    return MovementPicture(
        currency=currency,
        begin=begin.amount,
        end=end.amount,
        begin_label=ground.day(movement.window.begin),
        end_label=ground.day(movement.window.end),
        begin_deals=begin.deals,
        end_deals=end.deals,
        steps=steps,
        notes=tuple(notes),
    )


def risk_picture(ground: Ground, health: Sequence[Health]) -> RiskMapPicture | None:
    """Return the risk map of the currency with most deals, the weightiest deals first."""
    known = [one for one in health if one.score is not None and one.amount is not None]
    counts: dict[str, int] = {}
    for one in known:
        counts[one.currency] = counts.get(one.currency, 0) + 1
    if not counts:
        return None
    currency = max(counts, key=lambda name: (counts[name], name))
    shown = sorted(
        (one for one in known if one.currency == currency),
        key=lambda one: -ground.value(one.amount, currency) * (101 - (one.score or 0)),
    )
    left_out = len(health) - min(len(shown), MOST_POINTS)
    notes = (f"Not shown: {told(left_out, 'deal')} in another currency, without an amount, of unknown health or too small to tell apart.",) if left_out else ()  # fmt: skip
    points = tuple(
        RiskPoint(
            deal_id=one.deal_id,
            deal=one.deal,
            amount=max(one.amount or Decimal(0), Decimal(0)),
            risk=100 - (one.score or 0),
            band=one.band,
            url=ground.deal_url(one.deal_id),
        )
        for one in shown[:MOST_POINTS]
    )
    return RiskMapPicture(currency=currency, points=points, notes=notes)


def conversion_picture(ground: Ground, conversion: Conversion) -> ConversionPicture | None:
    """Return the stages of the pipeline with most deals, None where no deal entered any."""
    by: dict[str, int] = {}
    for row in conversion.stages:
        by[row.pipeline] = by.get(row.pipeline, 0) + row.entered
    main = max(by, key=lambda name: by[name], default=None)
    rows = tuple(
        ConversionRow(stage=row.stage, entered=row.entered, went_on=row.went_on, lost=row.fell, open=row.open, median_days=row.median_days)
        for row in sorted(conversion.stages, key=lambda row: row.position)
        if row.pipeline == main and row.entered
    )  # fmt: skip
    if not rows:
        return None
    days = (conversion.window.end - conversion.window.begin).days
    others = sorted(name for name in by if name != main and by[name])
    notes = (f"Not shown: {', '.join(others)}.",) if others else ()
    return ConversionPicture(window=f"last {days} days", rows=rows, notes=(*conversion.notes, *notes))


def _main(begin: Sequence[Sum], end: Sequence[Sum]) -> str | None:
    deals: dict[str, int] = {}
    for one in (*begin, *end):
        deals[one.currency] = deals.get(one.currency, 0) + one.deals
    return max((name for name in deals if deals[name]), key=lambda name: (deals[name], name), default=None)


def _of(sums: Sequence[Sum], currency: str) -> Sum:
    return next((one for one in sums if one.currency == currency), Sum(currency=currency, deals=0, amount=Decimal(0)))
