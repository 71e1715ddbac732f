"""The forecast against target and against last week: of the company, of a team, or of one person where the review is for them and their manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from agents.answer import Action, Evidence
from agents.digest.ground import Ground, section, told
from agents.digest.record import Line, Section
from agents.narrative.phrasing import short_money
from agents.pipeline.record import Forecast, ForecastLine

_TITLE = "Forecast"


def forecast_section(ground: Ground, forecast: Forecast, parts: Mapping[str, Forecast] | None = None) -> Section | None:
    """Return the forecast by currency; `parts` are those of the teams, or of a manager's people, by name: the manager's eyes only."""
    many = len(forecast.lines) > 1
    lines = [
        _line(ground, forecast, one, f"{forecast.period}, {one.currency}" if many else forecast.period)
        for one in forecast.lines
    ]
    lines += [_part(name, one) for name, one in (parts or {}).items() if one.lines]
    notes = [f"The forecast is {forecast.call_of}", f"Weighted: {forecast.weighted_of}", *forecast.notes]
    if forecast.undated:
        notes.append(f"{told(forecast.undated, 'open deal')} without a close date.")
    if forecast.overdue:
        notes.append(f"{told(forecast.overdue, 'open deal')} with a close date that has passed.")
    note = " ".join(f"{one.rstrip('.')}." for one in notes if one)
    return section("forecast", _TITLE, lines, note=note or None)


def headline(name: str, number: int, forecast: Forecast) -> str:
    """Return the review's first line: whose it is, the week, and where the quarter will land."""
    calls = " + ".join(f"{_rounded(one.call, one.currency)}{_change(one)}" for one in _main(forecast.lines))
    return f"{name}, week {number}" + (f" · forecast {calls}" if calls else "")


def headline_facts(forecast: Forecast) -> tuple[str, ...]:
    """Return what stands beside the headline: the targets."""
    aims = [one for one in _main(forecast.lines) if one.target is not None]
    return tuple(f"target {_rounded(one.target or Decimal(0), one.currency)}{_reached(one)}" for one in aims)


def _line(ground: Ground, forecast: Forecast, one: ForecastLine, label: str) -> Line:
    parts = [f"expected {_rounded(one.call, one.currency)}{_change(one)}"]
    if one.target is not None:
        gap = _thousands(one.target) - _thousands(one.call)
        parts.append(f"{_rounded(gap, one.currency)} short of the target of {_rounded(one.target, one.currency)}" if gap > 0 else f"target {_rounded(one.target, one.currency)} covered")  # fmt: skip
    made = [f"won {_rounded(one.closed, one.currency)}"]
    if one.commit or one.best:
        made += [f"commit {_rounded(one.commit, one.currency)}", f"best case {_rounded(one.best, one.currency)}"]
    else:
        made.append(f"weighted {_rounded(one.weighted, one.currency)}")
    parts.append(", ".join(made))
    if one.unpriced:
        parts.append(f"{told(one.unpriced, 'deal')} without an amount")
    asked = f" of {forecast.about_name}" if forecast.about_name and ground.who.audience != "rep" else ""
    return Line(
        key=f"forecast:{one.currency}",
        label=label,
        text=f"{'; '.join(parts)}.",
        amount=one.call,
        currency=one.currency,
        before=str(one.before) if one.before is not None else None,
        after=str(one.call),
        tone="trouble" if (one.change or 0) < 0 else "plain",
        evidence=_evidence(forecast, one),
        action=Action(label="Deals behind it", verb="ask", value=f"Which open deals{asked} close this quarter?"),
        rank=float(one.closed_deals + one.open_deals),
    )


def _part(name: str, forecast: Forecast) -> Line:
    said = " + ".join(f"{_rounded(one.call, one.currency)}{_change(one)}{_of_target(one)}" for one in _main(forecast.lines))  # fmt: skip
    return Line(
        key=f"forecast:of:{name}",
        label=name,
        text=f"{said}.",
        evidence=tuple(piece for one in forecast.lines for piece in _evidence(forecast, one)),
        action=Action(label="Deals behind it", verb="ask", value=f"Which open deals of {name} close this quarter?"),
        rank=-1.0,
    )


def _evidence(forecast: Forecast, one: ForecastLine) -> tuple[Evidence, ...]:
    """Return what a figure was counted from: the records, in words; no single one of them says it."""
    counted = f"{one.closed_deals} won and {one.open_deals} open deals with a close date in {forecast.period}, in {one.currency}"
    return (Evidence(source="deal", id=f"forecast:{forecast.period}:{one.currency}", quote=counted, at=forecast.as_of, label="Counted from the deals"),)  # fmt: skip


def _main(lines: Sequence[ForecastLine]) -> list[ForecastLine]:
    """Return the currencies that a line names: those with something in them, the largest business first, three at most."""
    full = [one for one in lines if one.call or one.target or one.open_deals]
    return sorted(full, key=lambda one: -(one.closed_deals + one.open_deals))[:3]


def _change(one: ForecastLine) -> str:
    if one.change is None:
        return ""
    if not one.change:
        return " (as last week)"
    return f" ({_signed(one.change, one.currency)} in a week)"


def _signed(amount: Decimal, currency: str) -> str:
    sign = "+" if amount > 0 else "−"
    return f"{sign}{_rounded(abs(amount), currency)}"


def _reached(one: ForecastLine) -> str:
    return f", {round(one.call / one.target * 100)} %" if one.target else ""


def _of_target(one: ForecastLine) -> str:
    return f" of {_rounded(one.target, one.currency)}" if one.target else ""


def _rounded(amount: Decimal, currency: str) -> str:
    """Return a sum as people speak of it; the exact one stands in the record."""
    return short_money(_thousands(amount), currency)


def _thousands(amount: Decimal) -> Decimal:
    """Return a sum to the thousand from ten thousand on, else to the unit."""
    if abs(amount) >= 10_000:
        return (amount / 1000).quantize(Decimal(1), ROUND_HALF_UP) * 1000
    return amount.quantize(Decimal(1), ROUND_HALF_UP)
