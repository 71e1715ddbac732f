"""Movement, forecast and likelihood as answers, for every surface that shows answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Action, Answer, Cell, Column, Figure, Table
from agents.likelihood.record import Likelihood
from agents.narrative.phrasing import calendar_day
from agents.pipeline.asked import Wish
from agents.pipeline.record import MOVE_KINDS, Forecast, ForecastLine, Move, MoveKind, Movement
from agents.structured.wording import money
from infra.spine.models import Deal
from sales.attainment import attainment

_MOST_LISTED = 50
_WORDS = {
    "won": "won", "lost": "lost", "new": "new", "reopened": "reopened", "slipped": "slipped", "pulled_in": "pulled in", "stage_forward": "stage forward",
    "stage_back": "stage back", "amount_up": "amount up", "amount_down": "amount down",
}  # fmt: skip
MOVED_RULE = "Each deal as it stood at both ends: won, lost and new by the day; close date, stage and amount by what differs; by who owns it at the end"
FORECAST_RULE = (
    "Won in the fiscal quarter, and open deals whose close date is in it, by the team's own forecast category"
)
_MORE = (
    Action(label="Deals that got worse", verb="ask", value="Which deals got worse this week?"),
    Action(label="The week's review", verb="ask", value="Review of this week"),
)


def moved_answer(movement: Movement, wish: Wish, as_of: datetime, zone: ZoneInfo) -> Answer:
    """Return what moved: the counts in one line, every move in a table, the worthiest first."""
    whose = f" · {wish.about_name}" if wish.about_name else ""
    if not movement.moves:
        return Answer(
            kind="not_found",
            headline=f"Nothing moved in {wish.label}{whose}.",
            rule=f"{MOVED_RULE}.",
            notes=movement.notes,
            actions=_MORE,
            as_of=as_of,
        )
    told = [_counted(movement, kind) for kind in MOVE_KINDS if movement.of(kind)]
    figures = tuple(
        Figure(key=one.kind, value=one.amount, unit=one.currency, label=f"{_WORDS[one.kind]}: {one.deals}")
        for one in movement.sums
    )
    begin, end = (
        " and ".join(money(one.amount, one.currency) for one in side) or "none"
        for side in (movement.begin, movement.end)
    )
    cut = (
        (f"Shown are the {_MOST_LISTED} worthiest of {len(movement.moves)} moves.",)
        if len(movement.moves) > _MOST_LISTED
        else ()
    )
    return Answer(
        kind="structured",
        headline=f"{wish.label[:1].upper()}{wish.label[1:]}{whose}: {' · '.join(told)}",
        table=_moves(movement.moves[:_MOST_LISTED], zone),
        figures=figures,
        rule=f"{MOVED_RULE}. Open at the beginning {begin}, at the end {end}: the moves are the difference, exactly.",
        checked=len({one.deal_id for one in movement.moves}),
        notes=(*cut, *movement.notes),
        actions=(*_MORE, Action(label="Forecast against target", verb="ask", value="How is the forecast against target?")),
        as_of=as_of,
    )  # fmt: skip


def _counted(movement: Movement, kind: MoveKind) -> str:
    sums = [one for one in movement.sums if one.kind == kind]
    by_delta = kind in ("amount_up", "amount_down")
    amounts = (_signed(one.delta if by_delta else one.amount, one.currency, plus=by_delta) for one in sums)
    return f"{_WORDS[kind]} {sum(one.deals for one in sums)} ({' and '.join(amounts)})"


def _moves(moves: Sequence[Move], zone: ZoneInfo) -> Table:
    codes = {one.currency for one in moves}
    unit = next(iter(codes)) if len(codes) == 1 else None
    columns = [
        Column(key="deal", label="Deal", type="text"),
        Column(key="move", label="Moved", type="text"),
        Column(key="amount", label="Amount", type="money", unit=unit),
        Column(key="old", label="From", type="text"),
        Column(key="new", label="To", type="text"),
        Column(key="owner", label="Owner", type="text"),
        Column(key="day", label="On", type="date"),
    ]
    if unit is None:
        columns.insert(3, Column(key="currency", label="Currency", type="text"))
    rows: list[dict[str, Cell]] = []
    for one in moves:
        row: dict[str, Cell] = {
            "record_id": one.deal_id, "deal": one.deal, "move": _WORDS[one.kind], "amount": one.amount, "old": one.old, "new": one.new,
            "owner": one.owner, "day": one.at.astimezone(zone).date(),
        }  # fmt: skip
        if unit is None:
            row["currency"] = one.currency
        rows.append(row)
    return Table(columns=tuple(columns), rows=tuple(rows))


def forecast_answer(forecast: Forecast, wish: Wish) -> Answer:
    """Return the forecast: what to expect, against the target and a week before."""
    whose = f" · {wish.about_name}" if wish.about_name else ""
    if not forecast.lines:
        return Answer(
            kind="not_found",
            headline=f"Nothing is won, due or targeted in {forecast.period}{whose} among what you can see.",
            rule=f"{FORECAST_RULE}.",
            notes=forecast.notes,
            as_of=forecast.as_of,
        )
    notes = list(forecast.notes)
    if forecast.undated:
        notes.append(f"{forecast.undated} open deals have no close date and are in no quarter.")
    if forecast.overdue:
        notes.append(f"{forecast.overdue} open deals are past their close date.")
    figures = []
    for line in forecast.lines:
        figures.append(Figure(key="forecast", value=line.call, unit=line.currency, label=forecast.call_of))
        if line.change is not None:
            figures.append(Figure(key="change", value=line.change, unit=line.currency, label="in a week"))
        if line.target is not None:
            figures.append(Figure(key="target", value=line.target, unit=line.currency))
    return Answer(
        kind="structured",
        headline=f"{forecast.period}{whose}: {'; '.join(_expected(line) for line in forecast.lines[:3])}",
        table=_lines(forecast.lines),
        figures=tuple(figures),
        rule=f"{FORECAST_RULE}. Expected is {forecast.call_of}; weighted by {forecast.weighted_of}. Compared with what stood seven days before.",
        checked=sum(line.open_deals + line.closed_deals for line in forecast.lines),
        notes=tuple(notes),
        actions=(Action(label="What moved", verb="ask", value="What moved in the last 7 days?"),),
        as_of=forecast.as_of,
    )


def _expected(line: ForecastLine) -> str:
    parts = [f"{money(line.call, line.currency)} expected"]
    if line.change:
        parts.append(f"{_signed(line.change, line.currency, plus=True)} in a week")
    elif line.before is not None:
        parts.append("as a week ago")
    if line.target is not None:
        share = attainment(line.call, line.target)
        parts.append(
            f"target {money(line.target, line.currency)}"
            + (f" ({share.quantize(Decimal(1))} %)" if share is not None else "")
        )
    return ", ".join(parts)


def _lines(lines: Sequence[ForecastLine]) -> Table:
    keys = (("call", "Expected"), ("before", "A week ago"), ("target", "Target"), ("closed", "Won"), ("commit", "Commit"), ("best", "Best case"), ("pipeline", "Pipeline"), ("weighted", "Weighted"))  # fmt: skip
    unit = lines[0].currency if len(lines) == 1 else None
    columns = [Column(key=key, label=label, type="money", unit=unit) for key, label in keys]
    if unit is None:
        columns.insert(0, Column(key="currency", label="Currency", type="text"))
    rows: list[dict[str, Cell]] = []
    for line in lines:
        row: dict[str, Cell] = {"record_id": line.currency, **{key: getattr(line, key) for key, _ in keys}}
        if unit is None:
            row["currency"] = line.currency
        rows.append(row)
    return Table(columns=tuple(columns), rows=tuple(rows))


def likely_answer(
    session: Session, found: Mapping[str, Likelihood], wish: Wish, as_of: datetime, zone: ZoneInfo
) -> Answer:
    """Return how likely the open deals that are meant are to be won, the worthiest first."""
    deals = list(session.execute(select(Deal.id, Deal.name, Deal.amount, Deal.currency).where(Deal.id.in_(found))))
    order = {identity: place for place, identity in enumerate(wish.deal_ids)}
    deals.sort(key=lambda one: order.get(one.id, len(order)))
    if not deals:
        return Answer(
            kind="not_found", headline=f"{wish.name} has no open deal, so there is no likelihood to tell.", as_of=as_of
        )
    first = found[deals[0].id]
    today = as_of.astimezone(zone).date()
    if first.p is None:
        headline = f"{deals[0].name}: how likely it is to be won can't be told, as no deal has been decided yet"
    else:
        closes = f", most likely by {calendar_day(first.expected_close, today)}" if first.expected_close else ""
        bounds = (
            f" ({_percent(first.low)} to {_percent(first.high)})"
            if first.low is not None and first.high is not None
            else ""
        )
        headline = f"{deals[0].name}: {_percent(first.p)} likely to be won{bounds}{closes}"
    columns = (
        Column(key="deal", label="Deal", type="text"),
        Column(key="likely", label="Likely to be won", type="percent", unit="percent"),
        Column(key="by", label="Most likely by", type="date"),
    )
    rows: list[dict[str, Cell]] = [
        {"record_id": one.id, "deal": one.name, "likely": None if found[one.id].p is None else (found[one.id].p or Decimal(0)) * 100, "by": found[one.id].expected_close}
        for one in deals
    ]  # fmt: skip
    figures = (
        () if first.p is None else (Figure(key="likelihood", value=first.p * 100, unit="percent", label=deals[0].name),)
    )
    return Answer(
        kind="structured",
        headline=headline,
        table=Table(columns=columns, rows=tuple(rows)) if len(deals) > 1 else None,
        figures=figures,
        rule=f"How likely it is to be won once it is decided: {first.of}. The day is the one by which half of the won deals that had come as far were won.",
        checked=first.sample,
        actions=(Action(label="Why?", verb="ask", value=f"How healthy is {wish.name}?"),),
        as_of=as_of,
    )


def _percent(share: Decimal | None) -> str:
    return "?" if share is None else f"{(share * 100).quantize(Decimal(1))} %"


def _signed(value: Decimal, currency: str, *, plus: bool) -> str:
    return f"+{money(value, currency)}" if plus and value > 0 else money(value, currency)
