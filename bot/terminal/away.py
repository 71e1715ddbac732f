"""`dealwright away`: who decides on somebody's cards while they are away."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.terminal.data import Json, perform
from bot.terminal.output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("away")(away)


def away(
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day; without one, until you are back.")
    ] = None,
    delegate: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Who is shown your cards and decides on them meanwhile.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="You are back: your cards come to you again.")] = False,
    asker: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="Who is away. Default: DEALWRIGHT_USER.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say that you are away, and who decides for you."""
    from infra.settings import load_settings

    body = {"as": asker or load_settings().user, "until": until, "delegate": delegate, "back": back}
    told = perform("away", body, as_json=as_json)
    sentence = told.pop("sentence")
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(sentence + "\n")
