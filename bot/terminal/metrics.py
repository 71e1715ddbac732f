"""`dealwright metrics`: the figures of selling, each with what it was counted over."""

from __future__ import annotations

import csv
import sys
from typing import Annotated, Any

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json

_COLUMNS = ("key", "split", "value", "unit", "numerator", "denominator", "target", "label", "counted", "source")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("metrics")(metrics)


def metrics(
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How many days back from --as-of.")] = 28,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
) -> None:
    """Show what outreach led to: time from signal to mail, approvals, replies, bounces, meetings. For yourself and those whose manager you are."""
    from infra.settings import load_settings

    told = perform("metrics", {"days": days, "as": asker or load_settings().user, "as_of": as_of}, as_json=as_json)
    if as_json:
        print_json(told)
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(told["metrics"])
    else:
        for one in told["metrics"]:
            sys.stdout.write(_line(one) + "\n")


def _line(one: dict[str, Any]) -> str:
    from bot.terminal.render import safe

    label = f"{one['label']}: {one['split']}" if one["split"] else one["label"]
    counted = f"{one['numerator']} of {one['denominator']}" if one["numerator"] is not None else f"{one['denominator']}"
    target = f", target {_figure(one['target'], one['unit'])}" if one["target"] is not None else ""
    value = "nothing yet" if one["value"] is None else f"{_figure(one['value'], one['unit'])} ({counted}{target})"
    return safe(f"{label:44} {value}")


def _figure(value: str, unit: str) -> str:
    if unit != "seconds":
        return f"{value} %" if unit == "percent" else value
    minutes = int(float(value) // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
