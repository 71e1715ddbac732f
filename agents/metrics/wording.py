"""How a metric is told to people: the same words on every surface."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from agents.metrics.metric import Metric, Unit
from agents.metrics.record import Trend
from agents.structured.wording import money

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
NOTHING = "nothing yet"
_SIGNS = {True: "✓", False: "▲", None: ""}
COURSES = {"met": "met", "better": "getting better", "flat": "flat", "worse": "getting worse"}


def span_of(label: str) -> str:
    """Return what a span is called among people: `week of 9 November (2026-W46)`, where the bracket asks for it again; any other span by its own name."""
    found = _WEEK.fullmatch(label)
    if found is None:
        return label
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return f"week of {monday.day} {monday:%B} ({label})"


def figure(value: Decimal | None, unit: Unit, currency: str | None = None) -> str:
    """Return a figure as people read it: `12.5 %`, `47 min`, `3 h 20 min`, `2 days 4 h`, `3.2 ×`; `nothing yet` for None."""
    if value is None:
        return NOTHING
    if unit == "seconds":
        return _time(int(value))
    if unit == "money":
        return money(value, currency)
    number = _number(value)
    if unit == "days":
        return f"{number} {'day' if value == 1 else 'days'}"
    return number + {"percent": " %", "minutes": " min", "times": " ×", "count": ""}[unit]


def _number(value: Decimal) -> str:
    if value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value:,f}".rstrip("0")


def _time(seconds: int) -> str:
    if seconds < 60:
        return "under a minute"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest:02d} min" if rest else f"{hours} h"
    return f"{hours // 24} days {hours % 24} h" if hours % 24 else f"{hours // 24} days"


def value_of(one: Metric) -> str:
    """Return a metric's value as people read it."""
    return figure(one.value, one.unit, one.currency)


def sample_of(one: Metric) -> str:
    """Return what a figure was counted over: `29 of 41`, `41`, and how many besides can't be told."""
    if one.unit in ("percent", "count") and one.numerator is not None and isinstance(one.numerator, int):
        told = f"{one.numerator:,} of {_number(Decimal(one.denominator))}"
    elif one.unit in ("times", "percent"):
        told = f"{_number(Decimal(one.numerator or 0))} to {_number(Decimal(one.denominator))}"
    else:
        told = _number(Decimal(one.denominator))
    return f"{told}, {one.unknown:,} unknown" if one.unknown else told


def target_of(one: Metric) -> str | None:
    """Return a target as people read it: `below 4 h`, `at least 90 %`; None where there is none."""
    if one.target is None:
        return None
    return f"{'at least' if one.better == 'higher' else 'below'} {figure(one.target, one.unit, one.currency)}"


def sign_of(one: Metric) -> str:
    """Return the sign of a target that is met or missed, "" where there is none."""
    return _SIGNS[one.met]


def name_of(one: Metric) -> str:
    """Return what a figure is called: the metric, and for whom or what it is told."""
    told = [one.label, one.split.replace("_", " ") if one.split else None, one.currency, one.team, one.user]
    return ": ".join(part for part in told if part)


def advice_of(label: str, trend: Trend) -> str | None:
    """Return where to look for a metric that does not move towards its target; None where it does."""
    if trend.course not in ("flat", "worse") or trend.where is None:
        return None
    return f"{label} is {COURSES[trend.course]} against its target. Look at the stage “{trend.where}”: {trend.look_at}."
