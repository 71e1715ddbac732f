"""`dealwright health`: how a deal stands, why, and the one thing to do."""

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
    app.command("health")(health)


def health(
    deal: Annotated[
        str | None,
        typer.Argument(metavar="DEAL", help="The deal: its id or name; an account's name names its worst open deal."),
    ] = None,
    sources: Annotated[bool, typer.Option("--sources", help="Show the evidence under it, quote by quote.")] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show how a deal stands: its score, the reasons with their evidence, the trend, and what to do. Without DEAL: the deals at risk."""
    from infra.settings import load_settings

    body = {"deal": deal, "as": asker or load_settings().user, "as_of": as_of}
    told = perform("health", body, as_json=as_json)
    if as_json:
        print_json(told["health"])
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    Renderer(console_on(), calendar, everything=sources).show(message_from_wire(told["message"]))
