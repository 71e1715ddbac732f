"""`dealwright workflow`: what the stages' rules ask for, what is late, and saying that it is done."""

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
    app.command("workflow")(workflow)


def workflow(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    mine: Annotated[bool, typer.Option("--mine", help="Only what I own.")] = False,
    done: Annotated[str | None, typer.Option(metavar="ID", help="Say that one is done.")] = None,
    drop: Annotated[str | None, typer.Option(metavar="ID", help="Say that one need not be done.")] = None,
    pause: Annotated[str | None, typer.Option(metavar="ID", help="Ask for one later: until it is resumed.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Ask for a paused one again.")] = None,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what is asked for on open deals because of what happened, with what started it and until when; the late ones first."""
    given = {"done": done, "drop": drop, "pause": pause, "resume": resume}
    acts = [{"id": id, "doing": doing} for doing, id in given.items() if id]
    if len(acts) > 1:
        raise typer.BadParameter("Say one thing at a time: --done, --drop, --pause or --resume.")
    body = {"overdue": overdue, "mine": mine, "act": acts[0] if acts else None, "as": asker, "as_of": as_of}
    told = perform("workflow", body, as_json=as_json)
    if as_json:
        print_json(told["workflow"])
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    console = console_on()
    if told["said"]:
        console.print(told["said"])
    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    Renderer(console, calendar, everything=True, number_buttons=False).show(message_from_wire(told["message"]))
