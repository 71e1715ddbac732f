"""`dealwright notes`: what was said in a call, what is to happen, and the words that it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("notes")(notes)


def notes(
    call: Annotated[str, typer.Argument(metavar="CALL", help="Id of the call or meeting.")],
    asker: Asker = None,
    as_of: AsOf = None,
    quotes: Annotated[bool, typer.Option("--quotes", help="Show the words under every line.")] = False,
    as_json: Json = False,
) -> None:
    """Show the notes of a call: summary, next steps, objections, competitors, qualification and risks."""
    from infra.settings import load_settings

    told = perform("notes", {"call": call, "as": asker or load_settings().user, "as_of": as_of}, as_json=as_json)
    if as_json:
        print_json(told["notes"])
    else:
        _show(told, quotes=quotes)


def _show(told: dict[str, Any], *, quotes: bool) -> None:
    from agents.notes.record import CallNotes
    from bot.figures import Calendar
    from bot.notes import sections_of
    from bot.terminal.render import console_on, safe

    console = console_on()
    found = CallNotes.model_validate(told["notes"])
    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    at = f" · {calendar.moment(found.at)}" if found.at else ""
    console.print(safe(f"{found.title or found.call}{at}"), style="bold", highlight=False)
    for side, label in (("buyer", "Their side"), ("seller", "Our side"), ("unknown", "Also there")):
        there = [
            f"{one.name or one.email}{' (new)' if one.proposed else ''}"
            for one in found.participants
            if one.side == side and (one.name or one.email)
        ]
        if there:
            console.print(safe(f"{label}: {', '.join(there)}"), style="dim", highlight=False)
    if found.trouble:
        console.print(safe(found.trouble), highlight=False)
    for section in sections_of(found, calendar):
        console.print()
        console.print(safe(section.title), style="bold", highlight=False)
        for row in section.rows:
            _show_row(console, row, quotes=quotes)


def _show_row(console: Any, row: Any, *, quotes: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from bot.notes import clock
    from bot.terminal.render import safe

    line = Text("· ")
    lead = ", ".join(part for part in (row.who, row.due) if part)
    for part in (row.label, lead):
        if part:
            line.append(safe(f"{part}: "), style="bold")
    line.append(safe(row.text))
    place = clock(row.said[0].start_s) if row.said else None
    if place:
        line.append(f"  {place}", style="dim")
    console.print(Padding(line, (0, 0, 0, 2), expand=False))
    for said in row.said if quotes else ():
        if said.quote not in row.text:
            words = f"“{' '.join(said.quote.split())}” {said.speaker or ''}"
            console.print(Padding(Text(safe(words), style="dim"), (0, 0, 0, 4), expand=False))
    if row.reply is not None:
        answer = f"{row.reply.speaker or 'Answer'}: “{' '.join(row.reply.quote.split())}”"
        console.print(Padding(Text(safe(answer), style="dim"), (0, 0, 0, 4), expand=False))
