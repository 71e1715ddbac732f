"""`dealwright digest`: the weekly deal review."""

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
    app.command("digest")(digest)


def digest(
    week: Annotated[
        str | None, typer.Option(metavar="WEEK", help="The week: 2026-W47. Default: the last one that is over.")
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="A team's review, as its channel gets it.")] = None,
    company: Annotated[
        bool, typer.Option("--company", help="The whole company's, for those who may see every deal.")
    ] = False,
    html: Annotated[bool, typer.Option("--html", help="Print it as an HTML page, as it is mailed.")] = False,
    pdf: Annotated[
        str | None, typer.Option("--pdf", metavar="FILE", help="Write it as PDF to this file; - prints it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show what is folded as well: all lines, and the evidence.")
    ] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what changed in a week, why, and the one thing to do: your own review, your people's, a team's or the company's."""
    from infra.settings import load_settings

    body: dict[str, Any] = {"week": week, "team": team, "company": company, "as_of": as_of}
    body["as"] = asker or load_settings().user
    body |= {"html": html, "pdf": pdf is not None, "all": everything}
    told = perform("digest", body, as_json=as_json or html or pdf == "-")
    if pdf is not None:
        _write(pdf, b64decode(told["pdf"]))
    if as_json:
        print_json(told["digest"])
    elif html:
        sys.stdout.write(told["html"])
    elif pdf is None:
        _show(told, everything=everything)


def _write(name: str, content: bytes) -> None:
    if name == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise Fatal(
            "The PDF can't be written there.", "Name a file in a folder that exists and may be written."
        ) from error
    sys.stderr.write(f"Written: {name}\n")


def _show(told: dict[str, Any], *, everything: bool) -> None:
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    Renderer(console_on(), calendar, everything=everything).show(message_from_wire(told["message"]))
