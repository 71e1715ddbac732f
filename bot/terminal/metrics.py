"""`dealwright metrics`: the figures of selling, each with what it was counted over."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.metrics.record import Report

_COLUMNS = (
    "key", "split", "team", "user", "window", "value", "unit", "currency", "numerator", "denominator", "unknown", "target",
    "better", "label", "counted", "source", "target_source",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("metrics")(metrics)


def metrics(
    week: Annotated[str | None, typer.Option("--week", metavar="WEEK", help="An ISO week: 2026-W47.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="From this day on: 2026-11-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Up to and with this day.")] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3660, help="How many days back from --as-of.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Only the people of this team.")] = None,
    rep: Annotated[
        str | None,
        typer.Option("--rep", metavar="EMAIL", help="Only this person: for themselves and whoever leads them."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="team|rep", help="Tell each team or person besides.")
    ] = None,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
) -> None:
    """Show how selling goes, each figure with what it was counted over and its target: of the last complete week and the quarter to date.

    A person's own figures are for them and whoever leads them; docs/metrics.md defines each.
    """
    body = {"week": week, "from": first, "to": last, "days": days, "team": team, "rep": rep, "by": by, "as_of": as_of}
    if asker is not None:
        body["as"] = asker
    told = perform("metrics", body, as_json=as_json)
    if as_json:
        print_json(told)
    elif as_csv:
        _write(told)
    else:
        from agents.metrics.record import Report

        found = Report.model_validate({name: value for name, value in told.items() if name not in ("begin", "end")})
        for line in _lines(found):
            sys.stdout.write(line + "\n")


def _write(told: dict[str, Any]) -> None:
    writer = csv.DictWriter(sys.stdout, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(told["metrics"])


def _lines(found: Report) -> Iterator[str]:
    """Yield the report for people: each metric on one line, with each window beside the other."""
    from agents.metrics.wording import advice_of, name_of, sample_of, sign_of, span_of, target_of, value_of
    from bot.terminal.render import safe

    labels = [one.label for one in found.windows]
    yield safe(f"{found.about} · {' · '.join(span_of(label) for label in labels)}")
    rows: dict[str, dict[str, str]] = {}
    targets: dict[str, str] = {}
    for one in found.metrics:
        name = name_of(one)
        told = value_of(one) if one.value is None else f"{sign_of(one)} {value_of(one)} ({sample_of(one)})".strip()
        rows.setdefault(name, {})[one.window or ""] = told
        if one.target is not None and one.team is None and one.user_id is None:
            targets[name] = f"target {target_of(one)}"
    widths = [max([len(label), *(len(row.get(label, "")) for row in rows.values())]) for label in labels]
    longest = max((len(name) for name in rows), default=0)
    for name, row in rows.items():
        cells = [row.get(label, "–").ljust(width) for label, width in zip(labels, widths, strict=True)]
        yield safe(f"{name.ljust(longest)}  {'  '.join(cells)}  {targets.get(name, '')}".rstrip())
    labels_of = {one.key: one.label for one in found.metrics}
    for trend in found.trends:
        if advice := advice_of(labels_of.get(trend.key, trend.key), trend):
            yield safe(f"▲ {advice}")
