"""The commands for buying signals: signals, feed, icp."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal.data import perform
from bot.terminal.link import existing_path
from bot.terminal.output import EXIT_FAILED, print_json, tell_error
from infra.errors import DealwrightError, Fatal

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="EMAIL",
        help="Mail address of whoever asks. Default: DEALWRIGHT_USER, else everybody's are shown.",
    ),
]
_ROWS_TOLD = 40
_signals = typer.Typer(
    help="Buying signals: take them in, look at them, settle what they ask.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_icp = typer.Typer(
    help="Whom we sell to (icp.toml): check, show, edit, its changes, and back to an earlier one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_signals, name="signals")
    app.command("feed")(feed)
    app.add_typer(_icp, name="icp")


@_signals.command("import")
def import_signals(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files or folders: CSV, JSON lines, RSS, Atom, Form D.")
    ],
    source: Annotated[
        str | None, typer.Option("--source", help="Name of the source, where ids of several would clash.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take in signals from files. The same again changes nothing."""
    try:
        found = [existing_path(path) for path in paths]
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    result = perform("signals-import", {"paths": found, "source": source}, as_json=as_json)
    if as_json:
        print_json(result)
    else:
        _show_taken(result)


@_signals.command("fetch")
def fetch(
    source: Annotated[str | None, typer.Argument(help="One source of signals.toml. Default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Ask the sources of signals.toml for what is new. Exit status 1 where one failed."""
    found = perform("signals-fetch", {"source": source}, as_json=as_json)["sources"]
    if as_json:
        print_json({"sources": found})
    else:
        if not found:
            sys.stdout.write("No source is set up: name some in signals.toml.\n")
        for one in found:
            told = one["trouble"] or (
                "nothing new" if one["unchanged"] else f"{one['new']:,} new, {one['merged']:,} known"
            )
            sys.stdout.write(f"{one['source']:24} {told}\n")
    if any(one["trouble"] for one in found):
        raise typer.Exit(EXIT_FAILED)


@_signals.command("list")
def list_signals(
    state: Annotated[list[str] | None, typer.Option("--state", help="Only in this state; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 100,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """List signals, the newest first."""
    found = perform("signals-list", {"as": _named(as_), "states": state or [], "limit": limit}, as_json=as_json)
    _show_signals(found, as_json)


@_signals.command("decide")
def decide(
    signal: str,
    decision: Annotated[str, typer.Argument(help="pursue, nurture or skip.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="When to come back to it; needed for nurture.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Settle what a signal asks: pursue it, put it off, or let it go."""
    body = {"as": _named(as_), "signal": signal, "decision": decision, "until": until, "reason": reason}
    found = perform("signals-decide", body, as_json=as_json)
    if as_json:
        print_json(found)
    else:
        sys.stdout.write(f"{found['state']}: {_safe(found['headline'])}\n")


def feed(
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many at most.")] = 20,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Show your feed: what is most worth your time now, best first, each with its reasons."""
    _show_signals(perform("feed", {"as": _named(as_), "k": k}, as_json=as_json), as_json)


@_icp.command("check")
def check(
    path: Annotated[str | None, typer.Argument(metavar="FILE", help="Another file than the one in force.")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="How far to look back.")] = 4,
    as_json: Json = False,
) -> None:
    """Tell what is wrong with the profile, or what it would have let through in the last weeks. Exit status 1 where it has faults."""
    try:
        text = Path(existing_path(path)).read_text(encoding="utf-8") if path else None
    except (DealwrightError, OSError, UnicodeDecodeError) as error:
        told = (
            error
            if isinstance(error, DealwrightError)
            else Fatal("The file can't be read.", "It must be TOML in UTF-8.")
        )
        raise typer.Exit(tell_error(told, as_json=as_json)) from error
    found = perform("icp-check", {"text": text, "weeks": weeks}, as_json=as_json)
    if as_json:
        print_json(found)
    elif found["valid"]:
        _show_preview(found["preview"])
    else:
        _show_faults(found["faults"])
    if not found["valid"]:
        raise typer.Exit(EXIT_FAILED)


@_icp.command("show")
def show(as_json: Json = False) -> None:
    """Show the profile in force."""
    found = perform("icp-show", {}, as_json=as_json)
    if as_json:
        print_json(found)
        return
    said = (
        f"version {found['version']}"
        if found["version"]
        else "nothing is written yet; this is what a new file starts with"
    )
    sys.stderr.write(f"{found['path']}: {said}\n")
    sys.stdout.write(found["text"].rstrip("\n") + "\n")
    _show_faults(found["faults"])


@_icp.command("edit")
def edit(
    path: Annotated[
        str | None, typer.Argument(metavar="FILE", help="Take this file's text, instead of opening $EDITOR.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="Why it is changed.")] = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Change the profile: it is checked before it comes into force, and the change is kept."""
    before = perform("icp-show", {}, as_json=as_json)
    try:
        text = Path(existing_path(path)).read_text(encoding="utf-8") if path else _edited(before["text"])
    except (DealwrightError, OSError, UnicodeDecodeError) as error:
        told = (
            error
            if isinstance(error, DealwrightError)
            else Fatal("The file can't be read.", "It must be TOML in UTF-8.")
        )
        raise typer.Exit(tell_error(told, as_json=as_json)) from error
    body = {"as": _named(as_), "text": text, "note": note, "expected": before["version"]}
    made = perform("icp-save", body, as_json=as_json)
    if as_json:
        print_json(made)
    else:
        sys.stdout.write(
            "Nothing has changed.\n"
            if made["version"] == before["version"]
            else f"Version {made['version']} is in force.\n"
        )


@_icp.command("log")
def log(as_json: Json = False) -> None:
    """List the versions of the profile, the newest first."""
    found = perform("icp-log", {}, as_json=as_json)["versions"]
    if as_json:
        print_json({"versions": found})
        return
    for one in found:
        sys.stdout.write(
            f"{one['version']:4} {one['at'][:16]} {_safe(one['by'] or '–'):32} {_safe(one['note'] or '')}\n"
        )


@_icp.command("rollback")
def rollback(version: int, as_: As = None, as_json: Json = False) -> None:
    """Put an earlier version in force again, as a new one."""
    made = perform("icp-rollback", {"as": _named(as_), "version": version}, as_json=as_json)
    if as_json:
        print_json(made)
    else:
        sys.stdout.write(f"Version {made['version']} is in force.\n")


def _named(as_: str | None) -> str | None:
    from infra.settings import load_settings

    return as_ or load_settings().user


def _edited(text: str) -> str:
    """Let the person change a text in their editor."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not sys.stdin.isatty():
        raise Fatal("There is no editor to open.", "Set EDITOR, or name a file: `dealwright icp edit FILE`.")
    with tempfile.TemporaryDirectory(prefix="dealwright-icp-") as folder:
        path = Path(folder) / "icp.toml"
        path.write_text(text, encoding="utf-8")
        subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - the person's own editor
        return path.read_text(encoding="utf-8")


def _show_taken(result: dict[str, Any]) -> None:
    sys.stdout.write(
        f"{result['new']:,} new, {result['merged']:,} told before by another source, {result['duplicates']:,} known, {result['refused_count']:,} refused\n"
    )
    for state, count in result["states"].items():
        sys.stdout.write(f"  {state:12} {count:,}\n")
    for one in result["refused"][:_ROWS_TOLD]:
        sys.stdout.write(f"  {_safe(one['id'])}: {_safe(one['reason'])}\n")


def _show_signals(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    if not found["signals"]:
        sys.stdout.write("Nothing to show.\n")
    for one in found["signals"]:
        fit = "fit ?" if one["fit"] is None else f"fit {one['fit']:.2f}"
        sys.stdout.write(f"{one['rank']:.2f}  {_safe(one['headline'])}\n")
        sys.stdout.write(f"      {one['state']} · {fit} · {one['owner'] or 'nobody’s'} · {one['id']}\n")
        sys.stdout.write(f"      {_safe(' · '.join(one['reasons']))}\n")
        for risk in one["risks"]:
            sys.stdout.write(f"      ? {_safe(risk)}\n")


def _show_faults(faults: list[dict[str, Any]]) -> None:
    for one in faults:
        place = f"line {one['line']}: " if one["line"] else ""
        sys.stdout.write(f"{place}{_safe(one['message'])}\n")


def _show_preview(found: dict[str, Any]) -> None:
    sys.stdout.write(
        f"Last {found['weeks']} weeks: {found['total']:,} signals; {found['through']:,} fit, {found['out']:,} do not, "
        f"{found['unknown']:,} can't be told. {found['changes']:,} come to another end than by the profile in force.\n"
    )
    for name, count in list(found["missing"].items())[:5]:
        sys.stdout.write(f"  not known: {name} ({count:,} times)\n")
    for title, examples in (("Let through:", found["let_through"]), ("Kept out:", found["kept_out"])):
        if examples:
            sys.stdout.write(f"{title}\n")
        for one in examples:
            told = "; ".join(one["reasons"]) or "nothing known"
            sys.stdout.write(
                f"  {'  ? ' if one['fit'] is None else format(one['fit'], '.2f')}  {_safe(one['headline'])}: {_safe(told)}\n"
            )


def _safe(text: str) -> str:
    from bot.terminal.render import safe

    return safe(text)
