"""`dealwright people`: who chat accounts are, and fixing it."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bot.terminal.data import Json, perform
from bot.terminal.output import print_json

Surface = Annotated[str, typer.Argument(help="slack or teams.")]
Account = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT",
        help="The chat account, with its workspace or tenant in front, as `dealwright people` lists it.",
    ),
]
_people = typer.Typer(
    help="Who asks in Slack and Teams: known accounts and strangers, and mappings that hold whatever the mail address.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_people, name="people")


@_people.callback()
def people(context: typer.Context, as_json: Json = False) -> None:
    """Show who chat accounts are, and the strangers who asked and were refused."""
    if context.invoked_subcommand is not None:
        return
    told = perform("people", {}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    _show_known(told["known"])
    _show_strangers(told["strangers"])


@_people.command("pin")
def pin(
    surface: Surface,
    account: Account,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Mail address of the user that it is.")],
) -> None:
    """Say for good who a chat account is. It holds at once, also for guests and for accounts with another mail address."""
    user = perform("pin", {"surface": surface, "account": account, "email": email}, as_json=False)
    sys.stdout.write(f"{account} is {user['name']} from now on.\n")


@_people.command("unpin")
def unpin(surface: Surface, account: Account) -> None:
    """Take a mapping back: the account is who its mail address says again."""
    perform("unpin", {"surface": surface, "account": account}, as_json=False)
    sys.stdout.write(f"{account} is who its mail address says again.\n")


def _show_known(known: list[dict[str, Any]]) -> None:
    from bot.terminal.render import safe

    if not known:
        sys.stdout.write("Nobody has asked in Slack or Teams yet.\n")
    for one in known:
        how = "by mail address" if one["learned_at"] else "pinned"
        inactive = "" if one["active"] else ", inactive: can't ask"
        sys.stdout.write(
            safe(f"{one['surface']:6} {one['external_id']:30} {one['email'] or '–':40} {one['name']} ({how}{inactive})")
            + "\n"
        )


def _show_strangers(strangers: list[dict[str, Any]]) -> None:
    from bot.terminal.render import safe

    if not strangers:
        return
    sys.stdout.write("\nRefused, as they are nobody's:\n")
    for one in strangers:
        times = "once" if one["times"] == 1 else f"{one['times']} times"
        sys.stdout.write(
            safe(f"{one['surface']:6} {one['external_id']:30} {one['reason']}, {times}, last {one['last_at'][:10]}")
            + "\n"
        )
    sys.stdout.write("To let one in: `dealwright people pin SURFACE ACCOUNT EMAIL`.\n")
