"""The commands for mailboxes and mail that comes in: mailbox, mail."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from bot.terminal.data import Json, perform
from bot.terminal.link import existing_path
from bot.terminal.output import EXIT_FAILED, print_json, tell_error
from infra.errors import DealwrightError

SECRET = "DEALWRIGHT_MAILBOX_SECRET"  # noqa: S105 - the name of a variable
As = Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Whose mailbox, or who asks. Default: DEALWRIGHT_USER.")]  # fmt: skip
_mailbox = typer.Typer(
    help="Mailboxes and calendars of the reps: connect, list, disconnect, read now.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_mail = typer.Typer(help="Mail that came in: take it, see the replies, choose what follows.", no_args_is_help=True, rich_markup_mode=None)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_mailbox, name="mailbox")
    app.add_typer(_mail, name="mail")


def _asker(named: str | None) -> str | None:
    return named or os.environ.get("DEALWRIGHT_USER") or None


@_mailbox.command("connect")
def connect(
    kind: Annotated[str, typer.Argument(help="imap, gmail, graph or ics.")],
    asker: As = None,
    address: Annotated[str | None, typer.Option(help="Its address. Default: the person's own.")] = None,
    host: Annotated[str | None, typer.Option(help="IMAP: the server.")] = None,
    port: Annotated[int | None, typer.Option(help="IMAP: the port. Default: 993, else 143.")] = None,
    security: Annotated[str | None, typer.Option(help="IMAP: tls, starttls or plain (loopback only).")] = None,
    login: Annotated[str | None, typer.Option(help="IMAP: the login name. Default: the address.")] = None,
    place: Annotated[str | None, typer.Option(help="ics: the calendar's address or file.")] = None,
    tenant: Annotated[str | None, typer.Option(help="graph: the tenant. Default: common.")] = None,
    base_url: Annotated[str | None, typer.Option(help="gmail and graph: another address of the API.")] = None,
    as_json: Json = False,
) -> None:
    """Connect a mailbox or calendar. Password or token are asked for, or taken from DEALWRIGHT_MAILBOX_SECRET: never an argument."""
    config = {"host": host, "port": port, "security": security, "user": login, "place": place, "tenant": tenant, "base_url": base_url}  # fmt: skip
    if place is not None and "://" not in place:
        try:
            config["place"] = existing_path(place)
        except DealwrightError as error:
            raise typer.Exit(tell_error(error, as_json=as_json)) from error
    secret = os.environ.get(SECRET) or ""
    if not secret and kind != "ics":
        secret = typer.prompt("Password" if kind == "imap" else "Token (or JSON with refresh_token and client_id)", hide_input=True, err=True)  # fmt: skip
    body = {"kind": kind, "address": address, "config": config, "secret": secret, "as": _asker(asker)}
    told = perform("mailbox-connect", body, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(f"Connected {told['address']}. It is read while the server runs, and by `dealwright mailbox sync`.\n")  # fmt: skip


@_mailbox.command("link")
def link(asker: As = None, as_json: Json = False) -> None:
    """Show links by which the person connects their Google or Microsoft mailbox and calendar in a browser: each good once, for 15 minutes."""
    told = perform("mailbox-links", {"as": _asker(asker)}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    for one in told["links"]:
        sys.stdout.write(f"{one['title']}: {one['url']}\n")


@_mailbox.command("alias")
def alias(
    person: Annotated[str, typer.Argument(metavar="EMAIL", help="The person, by the address that we know.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Another address that is theirs.")],
    asker: As = None,
) -> None:
    """Let a person connect a mailbox under another address. Only an admin may."""
    told = perform("mailbox-alias", {"person": person, "address": address, "as": _asker(asker)}, as_json=False)
    sys.stdout.write(f"{told['person']} may connect {told['address']}.\n")


@_mailbox.command("list")
def list_mailboxes(asker: As = None, as_json: Json = False) -> None:
    """Show the connected mailboxes, when each was read, and what keeps one from being read."""
    told = perform("mailbox-list", {"as": _asker(asker)}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    if not told["mailboxes"]:
        sys.stdout.write("No mailbox is connected. `dealwright mailbox connect` connects one.\n")
    for box in told["mailboxes"]:
        read = f"read {box['read_at'][:16].replace('T', ' ')} UTC" if box["read_at"] else "not read yet"
        trouble = f"  {box['trouble']}" if box["trouble"] else ""
        sys.stdout.write(f"{box['address']}  {box['kind']}  {read}{trouble}\n")


@_mailbox.command("disconnect")
def disconnect(
    name: Annotated[str, typer.Argument(metavar="ADDRESS", help="Its address or id.")],
    asker: As = None,
) -> None:
    """Forget a mailbox and its secret. What was read from it stays."""
    told = perform("mailbox-disconnect", {"name": name, "as": _asker(asker)}, as_json=False)
    sys.stdout.write(f"Disconnected {told['disconnected']}.\n")


@_mailbox.command("sync")
def sync(
    name: Annotated[str | None, typer.Argument(metavar="ADDRESS", help="One mailbox. Default: all.")] = None,
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Read mailboxes now. Exit status 1 where one could not be read."""
    told = perform("mailbox-sync", {"name": name, "as": _asker(asker)}, as_json=as_json)
    if as_json:
        print_json(told)
    elif not told["mailboxes"]:
        sys.stdout.write("No mailbox is connected. `dealwright mailbox connect` connects one.\n")
    else:
        for box in told["mailboxes"]:
            sys.stdout.write(f"{box['address']}: {_read(box)}\n")
    if any(box["trouble"] for box in told["mailboxes"]):
        raise typer.Exit(EXIT_FAILED)


def _read(box: dict[str, Any]) -> str:
    if box["trouble"]:
        return str(box["trouble"])
    answers = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(box["replies"].items()))
    return f"{box['read']} read, {box['activities']} new activities{f'; answers: {answers}' if answers else ''}"


@_mail.command("take")
def take(
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails as .eml files.")], as_json: Json = False
) -> None:
    """Take in mails as if a mailbox had brought them: sort them, match them to their touch, do what they must. Twice is once."""
    try:
        found = [existing_path(path) for path in paths]
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    told = perform("mail-take", {"paths": found}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    for mail in told["mails"]:
        sys.stdout.write(f"{mail['file']}: {_taken(mail)}\n")


_KEPT = {"nothing": "concerns nobody we know; left out", "known": "known already"}
_MOVED = {"pause": "the sequence is paused", "stop": "the sequence is stopped", "go_on": "the sequence goes on"}


def _taken(mail: dict[str, Any]) -> str:
    if mail["kept"] in _KEPT or mail["trouble"]:
        return mail["trouble"] or _KEPT[mail["kept"]]
    parts = [mail["kind"].replace("_", " ")]
    parts += [_MOVED[mail["movement"]]] if mail["sequence"] else []
    parts += [f"back on {mail['back_on']}"] if mail["back_on"] else []
    parts += [f"not written to any more ({', '.join(mail['suppressed'])})"] if mail["suppressed"] else []
    parts += [f"SENDING IS PAUSED: {mail['paused']}"] if mail["paused"] else []
    parts += ["a call is proposed"] if mail["proposal"] else []
    return "; ".join(parts)


@_mail.command("replies")
def replies(
    asker: As = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that nobody has chosen about.")] = False,
    as_json: Json = False,
) -> None:
    """Show what came back for touches, the newest first."""
    told = perform("mail-replies", {"as": _asker(asker), "waiting": waiting}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    if not told["replies"]:
        sys.stdout.write("Nothing came back yet.\n")
    for one in told["replies"]:
        words = f"  “{one['words'][:80]}”" if one["words"] else ""
        sys.stdout.write(
            f"{one['id']}  {one['for']}  {one['kind'].replace('_', ' ')}  sequence {one['state']}{words}\n"
        )


@_mail.command("choose")
def choose(
    reply: Annotated[str, typer.Argument(metavar="REPLY", help="Its id, as `dealwright mail replies` shows it.")],
    choice: Annotated[str, typer.Argument(help="stop, pause or continue.")],
    asker: As = None,
) -> None:
    """Choose what follows a reply. An opt-out always stops."""
    told = perform("mail-choose", {"reply": reply, "choice": choice, "as": _asker(asker)}, as_json=False)
    sys.stdout.write(f"The sequence is {told['state']}.\n")
