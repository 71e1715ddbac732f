"""`dealwright pipeline` and `dealwright likelihood`: what moved and where the quarter will land; and what the likelihoods rest on."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.figures import Calendar, counted, money
from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json

_SHOWN = 12
_KINDS = {
    "won": "won",
    "lost": "lost",
    "new": "new",
    "reopened": "reopened",
    "slipped": "slipped",
    "pulled_in": "pulled in",
    "stage_forward": "stage forward",
    "stage_back": "stage back",
    "amount_up": "amount up",
    "amount_down": "amount down",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("pipeline")(pipeline)
    app.command("likelihood")(likelihood)


def pipeline(
    week: Annotated[str | None, typer.Option("--week", metavar="WEEK", help="An ISO week: 2026-W47.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Up to and with this day.")] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="NAME", help="One team's deals alone.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Your own deals alone.")] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what moved in the pipeline (the last seven days, if not said otherwise), the forecast of the quarter, conversion, and patterns of winning."""
    body = {"week": week, "from": since, "to": until, "team": team, "mine": mine, "as": asker, "as_of": as_of}
    told = perform("pipeline", body, as_json=as_json)
    if as_json:
        print_json(told["pipeline"])
        return
    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    _print(_lines(told["pipeline"], calendar))


def likelihood(asker: Asker = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show what the likelihoods to close rest on: the method, its sample, how it did on past quarters against the plain win rate, and its calibration."""
    told = perform("likelihood", {"as": asker, "as_of": as_of}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _print(_rests_on(told))


def _print(lines: Iterable[str]) -> None:
    from bot.terminal.render import safe

    for line in lines:
        sys.stdout.write(safe(line) + "\n")


def _lines(told: dict[str, Any], calendar: Calendar) -> Iterator[str]:
    movement, forecast = told["movement"], told["forecast"]
    first, last = (datetime.fromisoformat(movement["window"][end]) for end in ("begin", "end"))
    about = f" · {told['about']}" if told["about"] else ""
    yield f"Pipeline {calendar.day(first)} to {calendar.moment(last)}{about}"
    yield f"  open      {_sums(movement['begin'])} → {_sums(movement['end'])}"
    for one in movement["sums"]:
        amount = money(Decimal(one["amount"]), one["currency"])
        effect = f", {_signed(Decimal(one['delta']), one['currency'])}" if one["kind"].startswith("amount") else ""
        yield f"  {_KINDS[one['kind']]:14} {one['deals']:>4} · {amount}{effect}"
    if not movement["moves"]:
        yield "  nothing moved"
    for one in movement["moves"][:_SHOWN]:
        yield f"    {_KINDS[one['kind']]:14} {_move(one, calendar)}"
    if len(movement["moves"]) > _SHOWN:
        yield f"    and {len(movement['moves']) - _SHOWN} more: --json shows all"
    yield from (f"  {note}" for note in movement["notes"])
    yield from _forecast(forecast)
    yield from _conversion(told["conversion"])
    if told["patterns"]:
        yield f"Patterns that are more than chance, of {told['patterns'][0]['compared']} compared"
    for one in told["patterns"]:
        yield f"  {one['sentence']} (p {one['adjusted']})"


def _sums(side: list[dict[str, Any]]) -> str:
    if not side:
        return "none"
    return " and ".join(
        f"{money(Decimal(one['amount']), one['currency'])} ({counted(one['deals'], 'deal')})" for one in side
    )


def _signed(value: Decimal, currency: str) -> str:
    return f"+{money(value, currency)}" if value > 0 else money(value, currency)


def _move(one: dict[str, Any], calendar: Calendar) -> str:
    amount = money(Decimal(one["amount"]), one["currency"]) if one["amount"] is not None else "no amount"
    change = ""
    if one["kind"] in ("slipped", "pulled_in"):
        change = f" · {calendar.day(date.fromisoformat(one['old']))} → {calendar.day(date.fromisoformat(one['new']))}"
    elif one["kind"].startswith("stage"):
        change = f" · {one['old']} → {one['new']}"
    elif one["kind"].startswith("amount"):
        change = f" · {_signed(Decimal(one['delta']), one['currency'])}"
    owner = f" · {one['owner']}" if one["owner"] else ""
    return f"{one['deal']} · {amount}{change}{owner} · {calendar.day(datetime.fromisoformat(one['at']))}"


def _in_a_week(line: dict[str, Any]) -> str:
    if line["before"] is None:
        return ""
    change = Decimal(line["call"]) - Decimal(line["before"])
    return f", {_signed(change, line['currency'])} in a week" if change else ", as a week ago"


def _forecast(told: dict[str, Any]) -> Iterator[str]:
    yield f"Forecast {told['period']} ({told['call_of']}; weights: {told['weighted_of']})"
    if not told["lines"]:
        yield "  nothing won yet, nothing due to close in it, and no target"
    for one in told["lines"]:
        code = one["currency"]
        week = _in_a_week(one)
        target = f" · target {money(Decimal(one['target']), code)}" if one["target"] is not None else ""
        yield f"  {money(Decimal(one['call']), code)}{week}{target}"
        parts = " · ".join(
            f"{name} {money(Decimal(one[key]), code)}"
            for key, name in (
                ("closed", "won"),
                ("commit", "commit"),
                ("best", "best case"),
                ("pipeline", "pipeline"),
                ("weighted", "weighted"),
            )
        )
        yield f"    {parts}"
    if told["undated"] or told["overdue"]:
        yield f"  {counted(told['undated'], 'open deal')} without a close date, {counted(told['overdue'], 'open deal')} past it"
    yield from (f"  {note}" for note in told["notes"])


def _conversion(told: dict[str, Any]) -> Iterator[str]:
    decided = told["won"] + told["lost"]
    yield (
        f"Conversion: {told['won']} won of {decided} decided"
        + (f" ({told['win_rate']} %)" if decided else "")
        + f", {told['created']} new"
    )
    for key, name in (("median_days_won", "won"), ("median_days_lost", "lost")):
        if told[key] is not None:
            yield f"  {name} after {told[key]} days (median)"
    for one in told["stages"]:
        rate = f"{one['share']} %" if one["share"] is not None else "–"
        days = f", {one['median_days']} days (median)" if one["median_days"] is not None else ""
        yield f"  {one['stage']:20} {one['entered']:>4} entered, {one['went_on']} went on, {one['fell']} fell, {one['open']} still there: {rate}{days}"
    yield from (f"  {note}" for note in told["notes"])


def _rests_on(told: dict[str, Any]) -> Iterator[str]:
    yield f"Likelihood to close: {told['how']}, from {told['won']} won and {told['lost']} lost deals"
    yield f"  {told['why']}"
    if told["features"]:
        yield f"  learned from: {', '.join(told['features'])}"
    if told["left_out"]:
        yield f"  {counted(told['left_out'], 'decided deal')} left out: when they were created is not known, or only after they were decided"
    if not told["trials"]:
        yield "  No past quarter had open deals that were decided in it, so it can't be tried."
    for one in told["trials"]:
        verdict = (
            "it is the win rate"
            if one["how"] == "win rate"
            else "beats it"
            if one["beats"]
            else "does not beat it for certain"
        )
        bounds = f"margin {one['margin']}, {one['margin_low']} to {one['margin_high']}"
        yield f"  Tried from {one['cutoff'][:10]} to {one['until'][:10]}: {one['deals']} deals, {one['won']} won; Brier {one['brier']} ({one['how']}) against {one['base_brier']} of the win rate: {verdict} ({bounds})"
    if told["calibration"]:
        yield "  Given      deals  on average  won"
    for one in told["calibration"]:
        yield f"  {_percent(one['low']):>4}–{_percent(one['high']):<5} {one['deals']:>5} {_percent(one['given']):>10} {_percent(one['won']):>6}"


def _percent(share: str) -> str:
    return f"{(Decimal(share) * 100).quantize(Decimal(1))} %"
