"""`dealwright operating`: the operating review, and deciding on its records from the command line."""

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
    app.command("operating")(operating)


def operating(
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="Of one team that you lead.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you own.")] = False,
    decide: Annotated[
        tuple[str, str, str] | None,
        typer.Option(metavar="AREA DECISION ID", help="Decide on one record: overdue pause due-…"),
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="USER", help="The new owner's id, for overdue owner.")] = None,
    adopt: Annotated[str | None, typer.Option(metavar="CHANGE", help="Adopt the proposed change.")] = None,
    refuse: Annotated[str | None, typer.Option(metavar="CHANGE", help="Not now.")] = None,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what the team must decide, area by area with the question and the records, and the one change that the figures argue for."""
    if adopt and refuse:
        raise typer.BadParameter("Say one: --adopt or --refuse.")
    change = {"id": adopt or refuse, "adopt": adopt is not None} if adopt or refuse else None
    chosen = {"area": decide[0], "choice": decide[1], "item": decide[2], "to": to} if decide else None
    body = {"team": team, "mine": mine, "decide": chosen, "change": change, "as": asker, "as_of": as_of}
    told = perform("operating", body, as_json=as_json)
    if as_json:
        print_json(told["operating"])
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    console = console_on()
    if told["said"]:
        console.print(told["said"])
    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    Renderer(console, calendar, everything=True, number_buttons=False).show(message_from_wire(told["message"]))
