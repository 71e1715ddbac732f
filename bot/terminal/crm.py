"""The commands for systems of record: sync, fields, letters, crm."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bot.terminal.data import Json, perform
from bot.terminal.output import EXIT_FAILED, print_json

System = Annotated[str | None, typer.Option("--system", help="Which system. Default: the CRM that is connected.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
_fields = typer.Typer(help="Who writes which field of the CRM (fields.toml), and whether the CRM bears it out.", no_args_is_help=True, rich_markup_mode=None)  # fmt: skip
_letters = typer.Typer(help="Dead letters: what could not be read or written. List, replay, drop.", invoke_without_command=True, rich_markup_mode=None)  # fmt: skip
_crm = typer.Typer(help="Connecting a CRM by consent, disconnecting it, writing now.", no_args_is_help=True, rich_markup_mode=None)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("sync")(sync)
    app.add_typer(_fields, name="fields")
    app.add_typer(_letters, name="letters")
    app.add_typer(_crm, name="crm")


def sync(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which system: hubspot, …")] = None,
    status: Annotated[bool, typer.Option("--status", help="Show how far each system is, and read nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Read what is new of a system. Stopped or killed, the same command goes on where it was."""
    if status or name is None:
        told = perform("crm-status", {}, as_json=as_json)
        if as_json:
            print_json(told)
        else:
            _show_status(told)
        return
    told = perform("crm-sync", {"system": name}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        for one in told["streams"]:
            _say(f"{one['name']:12} {_counts(one)}{_trouble(one)}")
        _say(f"{told['requests']:,} requests.")
    if any(one["state"] == "failed" for one in told["streams"]):
        raise typer.Exit(EXIT_FAILED)


def _show_status(told: dict[str, Any]) -> None:
    for one in told["systems"]:
        state = one["state"].replace("_", " ")
        _say(f"{one['title']}: {state}{_trouble(one)}{'. ' + one['next_step'] if one['next_step'] else ''}")
        for stream in one["streams"]:
            when = (stream["finished_at"] or stream["started_at"] or "")[:16].replace("T", " ")
            _say(f"  {stream['stream']:12} {stream['state']:8} {when:16} {_counts(stream)}{_trouble(stream)}")
        if one["writes"]:
            _say("  writes: " + ", ".join(f"{count:,} {state}" for state, count in sorted(one["writes"].items())))
        if one["dead_letters"]:
            _say(f"  {one['dead_letters']:,} dead letters: `dealwright letters` lists them.")
    if told["writes_waiting_for_a_crm"]:
        _say(f"{told['writes_waiting_for_a_crm']:,} writes wait for a CRM.")


def _counts(one: dict[str, Any]) -> str:
    return f"{one['read']:,} read, {one['applied']:,} applied, {one['set_aside']:,} set aside"


def _trouble(one: dict[str, Any]) -> str:
    return f" – {one['trouble']}" if one["trouble"] else ""


def _say(line: str) -> None:
    from bot.terminal.render import safe

    sys.stdout.write(safe(line) + "\n")


@_fields.command("check")
def check(system: System = None, as_json: Json = False) -> None:
    """Compare fields.toml with the CRM's schema, and name what differs. Exit status 1 where something does."""
    told = perform("crm-check", {"system": system}, as_json=as_json)
    if as_json:
        print_json(told)
    elif not told["drift"]:
        _say("The CRM has every field as fields.toml says.")
    else:
        for one in told["drift"]:
            _say(one["sentence"])
    if told["drift"]:
        raise typer.Exit(EXIT_FAILED)


@_fields.command("create")
def create(system: System = None, yes: Yes = False, as_json: Json = False) -> None:
    """Add the fields that the CRM lacks, after showing them and asking."""
    wanted = perform("crm-create", {"system": system, "agreed": False}, as_json=as_json)
    if wanted["fields"] and not as_json:
        for one in wanted["fields"]:
            _say(f"{one['kind']}: {one['name']} ({one['label']}, {one['type']})")
    if not wanted["fields"]:
        told = wanted
    elif yes or (sys.stdin.isatty() and not as_json and typer.confirm("Add these to the CRM?", default=False)):
        told = perform("crm-create", {"system": system, "agreed": True}, as_json=as_json)
    else:
        sys.stderr.write("Nothing was added: say --yes.\n")
        raise typer.Exit(EXIT_FAILED)
    if as_json:
        print_json(told)
    else:
        _say("Added." if told["created"] and told["fields"] else "Nothing is missing.")


@_letters.callback()
def letters(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="waiting, replayed or dropped.")] = "waiting",
    system: Annotated[str | None, typer.Option("--system", help="Only of this system.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    if context.invoked_subcommand is not None:
        return
    told = perform("crm-letters", {"state": state, "system": system, "limit": limit}, as_json=as_json)
    if as_json:
        print_json(told)
        return
    if not told["letters"]:
        _say("There are none.")
    for one in told["letters"]:
        _say(f"{one['id']}  {one['system']} {one['direction']} {one['kind']} {one['key']}: {one['reason']}")


@_letters.command("replay")
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which ones. Default: all that wait.")
    ] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="You have looked: what is of unknown outcome is not there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Try dead letters again. What is done already is found, not done twice."""
    told = perform("crm-replay", {"ids": ids or None, "absent": absent}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _say(f"{told['read']:,} read, {told['planned']:,} written anew, {told['still_dead']:,} still dead.")


@_letters.command("drop")
def drop(letter: Annotated[str, typer.Argument(metavar="ID", help="Which one.")], as_json: Json = False) -> None:
    """Let a dead letter go: what it held stays undone."""
    told = perform("crm-drop", {"id": letter}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _say("Dropped.")


@_crm.command("connect")
def connect(system: Annotated[str, typer.Argument(help="hubspot, …")], as_json: Json = False) -> None:
    """Show the link by which an admin connects a CRM in a browser; it is good for 15 minutes."""
    told = perform("crm-connect", {"system": system}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _say(told["url"])


@_crm.command("disconnect")
def disconnect(system: Annotated[str, typer.Argument(help="hubspot, …")], as_json: Json = False) -> None:
    """Forget a CRM's tokens. What was read stays; what is to be written waits."""
    told = perform("crm-disconnect", {"system": system}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _say("Disconnected.")


@_crm.command("write")
def write(system: Annotated[str, typer.Argument(help="hubspot, …")], as_json: Json = False) -> None:
    """Carry out now what is due; a running server does so by itself."""
    told = perform("crm-carry", {"system": system}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        _say(
            f"{told['done']:,} done, {told['conflicts']:,} in conflict, {told['later']:,} put off, {told['dead']:,} dead."
        )
