"""`dealwright brief`: one page before a call."""

from __future__ import annotations

import sys
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json
from infra.errors import Fatal


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("brief")(brief)


def brief(
    account: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT", help="The account: its name or id; a deal or a person of theirs names it too."
        ),
    ],
    deal: Annotated[str | None, typer.Option(help="Lead with this deal: its id.")] = None,
    meeting: Annotated[
        str | None, typer.Option(help="Who comes is read from this meeting: its id. Default: the next one booked.")
    ] = None,
    pdf: Annotated[str | None, typer.Option("--pdf", metavar="FILE", help="Write it as PDF to this file.")] = None,
    sources: Annotated[bool, typer.Option("--sources", help="Show the evidence under it, quote by quote.")] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what to know, to ask and to ask for before a call with an account."""
    from infra.settings import load_settings

    body: dict[str, Any] = {"account": account, "deal": deal, "meeting": meeting, "as_of": as_of}
    body["as"] = asker or load_settings().user
    body |= {"pdf": pdf is not None, "sources": sources}
    told = perform("brief", body, as_json=as_json)
    if pdf is not None:
        _write(Path(pdf), b64decode(told["pdf"]))
    if as_json:
        print_json(told["brief"])
    elif pdf is None:
        _show(told, sources=sources)
    else:
        sys.stdout.write(f"Written: {pdf}\n")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Fatal(
            "The PDF can't be written there.", "Name a file in a folder that exists and may be written."
        ) from error


def _show(told: dict[str, Any], *, sources: bool) -> None:
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    Renderer(console_on(), calendar, everything=sources).show(message_from_wire(told["message"]))
