"""The commands that fill and tend the spine: import, sample, index, joins, forget, users."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from bot.terminal.link import Link, existing_path
from bot.terminal.output import EXIT_FAILED, EXIT_INTERRUPTED, print_json, progress, tell_error
from infra.errors import DealwrightError, Fatal

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]
_ROWS_TOLD = 40
_sample = typer.Typer(
    help="The sample company that a newcomer starts with.", no_args_is_help=True, rich_markup_mode=None
)
_joins = typer.Typer(
    help="Records that may be one: look at them, join them or keep them apart.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
_forget = typer.Typer(
    help="Remove an account or a person for good, from spine, index and vectors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("import")(import_files)
    app.add_typer(_sample, name="sample")
    app.command("index")(index)
    app.add_typer(_joins, name="joins")
    app.add_typer(_forget, name="forget")
    app.command("users")(users)


def _link() -> Link:
    from infra.settings import load_settings

    return Link(load_settings())


def perform(operation: str, body: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Return the result of one operation, done with progress; Ctrl-C stops it at the next safe point, a second one at once."""
    link = _link()

    def stop(_number: int, _frame: FrameType | None) -> None:
        link.stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        with progress(quiet=as_json) as say:
            result = link.perform(operation, body, say)
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    finally:
        signal.signal(signal.SIGINT, before)
        link.close()
    if link.stop.is_set():
        sys.stderr.write("Stopped. What was done is kept; the same command takes it up again.\n")
        raise typer.Exit(EXIT_INTERRUPTED)
    return result


def import_files(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files or folders: CSV, VTT, SRT, TXT, JSON, JSON lines, EML, mbox."),
    ],
    column_map: Annotated[
        str | None, typer.Option("--map", metavar="FILE", help="A TOML file that says what columns mean.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask after the columns were shown.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be understood, and import nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import accounts, people, deals, activities, calls and mails. Importing twice changes nothing."""
    body: dict[str, Any] = {"paths": [existing_path(path) for path in paths], "map": _text_of(column_map)}
    asking = sys.stdin.isatty() and not yes and not as_json
    if preview or not as_json:
        shown = perform("preview", body, as_json=as_json)
        if preview and as_json:
            print_json(shown)
        else:
            _show_preview(shown["files"])
        if preview:
            return
    if asking and not typer.confirm("Import this?", default=True):
        sys.stdout.write("Nothing was imported.\n")
        return
    result = perform("import", body, as_json=as_json)
    if as_json:
        print_json(result)
    else:
        _show_import(result)


def _text_of(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(existing_path(path)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal("The column map can't be read.", "It must be a TOML file in UTF-8.") from error


def _show_preview(files: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from bot.terminal.render import console_on, safe

    console = console_on()
    plain = [one for one in files if not one["columns"]]
    for one in files:
        if not one["columns"]:
            continue
        console.print(Text(f"{safe(one['file'])}: {one['label']}", style="bold"))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading in ("column", "is", "for example", ""):
            table.add_column(heading, overflow="fold")
        for column in one["columns"]:
            meaning = column["label"] if column["field"] else "kept as a named field"
            table.add_row(
                *(
                    Text(safe(str(cell)))
                    for cell in (column["header"], meaning, ", ".join(column["samples"][:2])[:40], column["note"] or "")
                )
            )
        console.print(table)
        for note in one["notes"]:
            console.print(Text(safe(note), style="dim"))
        console.print()
    for one in plain[:_ROWS_TOLD]:
        console.print(Text(f"{safe(one['file'])}: {safe(one['label'])}"))
    if len(plain) > _ROWS_TOLD:
        console.print(f"… and {len(plain) - _ROWS_TOLD} more files")


def _show_import(result: dict[str, Any]) -> None:
    from rich.text import Text

    from bot.terminal.render import console_on, safe

    console = console_on()
    for kind, counts in result["counts"].items():
        told = [
            f"{counts[name]:,} {name.replace('_', ' ')}"
            for name in ("added", "changed", "unchanged", "kept_aside")
            if counts[name]
        ]
        if told:
            console.print(Text(f"{kind:10} {', '.join(told)}"))
    if not result["counts"]:
        console.print("Nothing was found to import.")
    known = [one["file"] for one in result["files"] if one["already_in"]]
    if known:
        console.print(
            Text(f"In already: {safe(', '.join(known[:5]))}{f' and {len(known) - 5:,} more' if len(known) > 5 else ''}")
        )
    for one in result["joined"][:_ROWS_TOLD]:
        console.print(Text(safe(f"Taken as one: {one['kind']} “{one['written']}” is “{one['taken_as']}”")))
    if result["offers"]:
        console.print(Text(f"{len(result['offers']):,} pairs may be one: `dealwright joins` shows them."))
    if result["waiting"]:
        console.print(
            Text(
                f"{result['waiting']:,} references have nothing that answers to them yet; a later import may bring it."
            )
        )
    aside = result["kept_aside"]
    if aside:
        console.print(Text(f"{len(aside):,} could not be read and are kept aside:", style="bold"))
    for one in aside[:_ROWS_TOLD]:
        place = f"{one['file']}:{one['line']}" if one["line"] else one["file"]
        console.print(Text(safe(f"  {place}  {one['reason']}")))
    if len(aside) > _ROWS_TOLD:
        console.print(f"  … and {len(aside) - _ROWS_TOLD:,} more; --json lists all")


@_sample.command("load")
def load_sample(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The day that the sample is laid around. Default: today."),
    ] = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only where nothing is imported yet.")] = False,
    as_json: Json = False,
) -> None:
    """Load the sample company: 25 accounts, 60 deals, six stories told in depth."""
    result = perform("sample", {"as_of": as_of, "if_empty": if_empty}, as_json=as_json)
    if as_json:
        print_json(result)
    elif not result["loaded"]:
        sys.stdout.write("There is data already; the sample was not loaded.\n")
    else:
        _show_import(result)


@_sample.callback()
def _sample_group() -> None:
    """The sample company that a newcomer starts with."""


def index(as_json: Json = False) -> None:
    """Bring the index up to date: cut and embed what is new."""
    result = perform("index", {}, as_json=as_json)
    if as_json:
        print_json(result)
    else:
        sys.stdout.write(f"{result['embedded']:,} passages embedded, {result['removed']:,} removed.\n")


@_joins.callback()
def joins(context: typer.Context, as_json: Json = False) -> None:
    """Show the records that may be one."""
    if context.invoked_subcommand is not None:
        return
    offers = perform("joins", {}, as_json=as_json)["offers"]
    if as_json:
        print_json({"offers": offers})
        return
    if not offers:
        sys.stdout.write("Nothing to join.\n")
    from bot.terminal.render import safe

    for one in offers:
        sys.stdout.write(
            safe(
                f"{one['kind']} {one['left_id']} {one['right_id']}: “{one['left']}” and “{one['right']}”, {one['reason']}"
            )
            + "\n"
        )


@_joins.command("accept")
def accept_join(kind: str, left: str, right: str) -> None:
    """Join two records: the second becomes part of the first."""
    perform("join", {"kind": kind, "left": left, "right": right, "join": True}, as_json=False)
    sys.stdout.write("Joined.\n")


@_joins.command("refuse")
def refuse_join(kind: str, left: str, right: str) -> None:
    """Keep two records apart, and don't offer them again."""
    perform("join", {"kind": kind, "left": left, "right": right, "join": False}, as_json=False)
    sys.stdout.write("Kept apart.\n")


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@_forget.command("account")
def forget_account(name: Annotated[str, typer.Argument(help="Its id or its name.")], yes: Yes = False) -> None:
    """Remove an account with its deals, people, calls and mails."""
    _forget_one("account", name, yes)


@_forget.command("person")
def forget_person(
    name: Annotated[str, typer.Argument(help="Their id, mail address or name.")], yes: Yes = False
) -> None:
    """Remove a person and what they said."""
    _forget_one("person", name, yes)


def _forget_one(kind: str, name: str, yes: bool) -> None:
    found = perform("find", {"kind": kind, "name": name}, as_json=False)
    if not yes:
        if not sys.stdin.isatty():
            sys.stderr.write("That can't be undone: say --yes.\n")
            raise typer.Exit(EXIT_FAILED)
        typer.confirm(f"Remove {found['name']} for good?", abort=True)
    gone = perform("forget", {"kind": kind, "name": found["id"]}, as_json=False)
    sys.stdout.write(
        f"{gone['name']} is gone, with {gone['deals']:,} deals, {gone['contacts']:,} people, "
        f"{gone['activities']:,} activities and {gone['passages']:,} passages.\n"
    )


def users(as_json: Json = False) -> None:
    """List the people of our side, with role and team: who can ask."""
    known = perform("users", {}, as_json=as_json)["users"]
    if as_json:
        print_json({"users": known})
        return
    for one in known:
        sys.stdout.write(f"{one['email'] or '–':40} {one['role']:8} {one['team'] or '–':12} {one['name']}\n")
