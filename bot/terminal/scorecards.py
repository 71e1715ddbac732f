"""`dealwright scorecard`: how a call was led, for whoever led it and their manager."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.terminal.asking import Asker
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("scorecard")(scorecard)


def scorecard(
    call: Annotated[str, typer.Argument(help="The call's id.")], asker: Asker = None, as_json: Json = False
) -> None:
    """Show talk share, longest monologue, questions, the talk track, and two or three moments worth looking at again."""
    from infra.settings import load_settings

    told = perform("scorecard", {"call": call, "as": asker or load_settings().user}, as_json=as_json)
    if as_json:
        print_json({"scorecards": told["scorecards"]})
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    for message in told["messages"]:
        renderer = Renderer(console_on(), calendar, everything=True, number_buttons=False)
        renderer.show(message_from_wire(message))
