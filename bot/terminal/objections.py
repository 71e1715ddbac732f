"""`dealwright objections`: what buyers held against buying, how often, what was answered, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("objections")(objections)


def objections(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="From this day on: 2026-11-01. Default: the last 90 days.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Up to and with this day.")] = None,
    topic: Annotated[
        str | None, typer.Option(help='One kind, with the answers given to it: "price", "too expensive", "security", …')
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show what is folded: the evidence.")] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show which objections came up, with the change against the time before, their words, and which answers worked."""
    body = {"since": since, "until": until, "topic": topic, "as": asker, "as_of": as_of}
    told = perform("objections", body, as_json=as_json)
    if as_json:
        print_json(told["library"])
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    for message in told["messages"]:
        Renderer(console_on(), calendar, everything=everything, number_buttons=False).show(message_from_wire(message))
