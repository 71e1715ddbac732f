"""The commands of Microsoft Teams: `dealwright teams package`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.terminal.output import tell_error
from infra.errors import DealwrightError, Fatal

_OUT = Path("dealwright-teams.zip")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(
        name="teams",
        help="Set Microsoft Teams up.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    commands.callback()(_teams)
    commands.command("package")(package)
    app.add_typer(commands)


def _teams() -> None:
    """Set Microsoft Teams up."""


def package(
    out: Annotated[Path, typer.Option(help="File to write.")] = _OUT,
    follow_threads: Annotated[
        bool,
        typer.Option(
            "--follow-threads",
            help="Also ask for channel messages without a mention, so that a thread goes on without one. A team's owner must consent.",
        ),
    ] = False,
    find_doubles: Annotated[
        bool,
        typer.Option(
            "--find-doubles",
            help="Also ask to read channels and group chats, so that what a kill left twice there is found and removed. Their owners must consent.",
        ),
    ] = False,
) -> None:
    """Make the app package that an admin uploads to Teams: the manifest and two icons in one zip."""
    from importlib.metadata import version

    from bot.teams.package import make_package
    from infra.settings import load_settings

    try:
        packed = make_package(
            load_settings(), version("dealwright"), follow_threads=follow_threads, find_doubles=find_doubles
        )
        try:
            out.write_bytes(packed)
        except OSError as error:
            raise Fatal(f"{out} can't be written.", "Name another file with --out.") from error
    except DealwrightError as error:
        raise typer.Exit(tell_error(error)) from error
    sys.stdout.write(f"Wrote {out}: upload it in the Teams admin center, under Manage apps.\n")
