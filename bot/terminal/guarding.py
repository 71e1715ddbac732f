"""The commands for guardrails: gate, pause, resume, suppress."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal.data import perform
from bot.terminal.link import existing_path
from bot.terminal.output import EXIT_FAILED, print_json, tell_error
from infra.errors import DealwrightError, Fatal

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]
As = Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Who does it. Default: DEALWRIGHT_USER.")]
_MARKS = {"green": "green", "red": "RED", "unknown": "unknown", "not_needed": "not needed"}
_VERDICTS = {"go": "go", "no_go": "NO GO: nothing is sent", "unknown": "not all is known"}
_suppress = typer.Typer(
    help="The suppression list: people and domains that are not written to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("gate")(gate)
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.add_typer(_suppress, name="suppress")


def gate(
    domain: Annotated[str | None, typer.Argument(help="A sending domain. Default: all that we send from.")] = None,
    as_json: Json = False,
) -> None:
    """Show the go/no-go gate of sending domains, asked anew. Exit status 1 where one is red."""
    gates = perform("gate", {"domain": domain}, as_json=as_json)["gates"]
    if as_json:
        print_json({"gates": gates})
    else:
        _show(gates)
    if any(one["verdict"] == "no_go" for one in gates):
        raise typer.Exit(EXIT_FAILED)


def _show(gates: list[dict[str, Any]]) -> None:
    from bot.terminal.render import safe

    if not gates:
        sys.stdout.write("No domain is known that we send from; set DEALWRIGHT_COMPANY_DOMAIN.\n")
    for one in gates:
        sys.stdout.write(safe(f"{one['domain']}: {_VERDICTS[one['verdict']]}") + "\n")
        for check in one["checks"]:
            sys.stdout.write(safe(f"  {_MARKS[check['state']]:10}  {check['title']}: {check['sentence']}") + "\n")
            if check["fix"] and check["state"] != "green":
                sys.stdout.write(safe(f"              → {check['fix']}") + "\n")


def pause(
    domain: Annotated[str, typer.Argument(help="The sending domain.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Stop all sending from a domain at once. Its cards are frozen until somebody resumes it."""
    _set(domain, reason, asker, paused=True, as_json=as_json)


def resume(
    domain: Annotated[str, typer.Argument(help="The sending domain.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may go on.")],
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Let a paused domain send again: a manager or admin, by name, when the rates are normal."""
    _set(domain, reason, asker, paused=False, as_json=as_json)


def _set(domain: str, reason: str, asker: str | None, *, paused: bool, as_json: bool) -> None:
    body = {"domain": domain, "reason": reason, "paused": paused, "as": _who(asker)}
    told = perform("pause", body, as_json=as_json)
    if as_json:
        print_json(told)
        return
    state = "paused" if told["paused"] else "not paused"
    sys.stdout.write(f"Sending from {told['domain']} is {state}; {told['cards']:,} cards wait.\n")


@_suppress.command("list")
def list_entries(
    containing: Annotated[str, typer.Argument(help="Only what contains this.")] = "", as_json: Json = False
) -> None:
    """Show who is not written to, and why; the newest first."""
    from bot.terminal.render import safe

    entries = perform("suppress-list", {"containing": containing}, as_json=as_json)["entries"]
    if as_json:
        print_json({"entries": entries})
        return
    if not entries:
        sys.stdout.write("Nobody is on the list.\n")
    for one in entries:
        until = f"  until {one['until'][:10]}" if one["until"] else ""
        note = f"  {one['note']}" if one["note"] else ""
        sys.stdout.write(safe(f"{one['value']}  {one['reason']}  since {one['at'][:10]}{until}{note}") + "\n")


@_suppress.command("add")
def add(
    values: Annotated[list[str], typer.Argument(metavar="VALUE...", help="Mail addresses and domains.")],
    reason: Annotated[
        str, typer.Option(help="opt_out, complaint, legal_hold, do_not_contact, bounce, customer or by_hand.")
    ] = "by_hand",
    note: Annotated[str | None, typer.Option(help="A note for whoever reads the list.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="When it ends. An opt-out never does.")] = None,
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Put people and domains on the list. Their sequences stop at once."""
    body = {"values": values, "reason": reason, "note": note, "until": until, "as": _who(asker)}
    told = perform("suppress-add", body, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(f"{told['changed']:,} added or changed, {told['unchanged']:,} as before.\n")


@_suppress.command("remove")
def remove(
    value: Annotated[str, typer.Argument(help="A mail address or domain.")],
    reason: Annotated[str, typer.Option("--reason", help="Why they may be written to again.")],
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Take one off the list: a manager or admin; opt-outs, complaints and legal holds an admin alone."""
    told = perform("suppress-remove", {"value": value, "reason": reason, "as": _who(asker)}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        sys.stdout.write("Taken off the list.\n")


@_suppress.command("import")
def import_list(
    path: Annotated[str, typer.Argument(metavar="FILE", help="A CSV with a column email or domain.")],
    reason: Annotated[str, typer.Option(help="The reason of rows that name none.")] = "do_not_contact",
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Import a list of whom not to write to, from any system's CSV. Exit status 1 where rows could not be read."""
    try:
        text = _read(path)
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    told = perform("suppress-import", {"text": text, "reason": reason, "as": _who(asker)}, as_json=as_json)
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(f"{told['changed']:,} added or changed, {told['unchanged']:,} as before.\n")
        for one in told["refused"][:40]:
            sys.stdout.write(f"  line {one['line']}: {one['why']}\n")
    if told["refused"]:
        raise typer.Exit(EXIT_FAILED)


@_suppress.command("export")
def export_list(
    path: Annotated[str | None, typer.Argument(metavar="FILE", help="Where to write it. Default: stdout.")] = None,
) -> None:
    """Write the list as CSV."""
    text = perform("suppress-export", {}, as_json=False)["csv"]
    if path is None:
        sys.stdout.write(text)
        return
    try:
        Path(path).expanduser().write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        told = Fatal("The file can't be written.", "Check the path.")
        raise typer.Exit(tell_error(told)) from error


def _read(path: str) -> str:
    try:
        return Path(existing_path(path)).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal("The list can't be read.", "It must be a CSV file in UTF-8.") from error


def _who(asker: str | None) -> str | None:
    return asker or os.environ.get("DEALWRIGHT_USER") or None
