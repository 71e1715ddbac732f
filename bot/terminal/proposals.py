"""`dealwright proposals`: what waits for a decision, one of them, and deciding on it."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bot.terminal.data import perform
from bot.terminal.editing import edit_text
from bot.terminal.output import EXIT_LATER, EXIT_REFUSED, print_json
from infra.errors import Fatal

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="EMAIL", help="Who looks or decides. Default: DEALWRIGHT_USER, else an admin."),
]
_proposals = typer.Typer(
    help="Proposals: what waits for a person's decision, and deciding on it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_STATUS = {"denied": EXIT_REFUSED, "blocked": EXIT_REFUSED, "stale": EXIT_LATER, "not_found": 1, "expired": 1}
_SUBJECT = "Subject: "


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(_proposals, name="proposals")


@_proposals.command("list")
def list_proposals(
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only of this owner.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ID", help="Only of this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 100,
    asker: As = None,
    as_json: Json = False,
) -> None:
    """List proposals, the newest first."""
    body = {"states": state, "owner": owner, "account": account, "limit": limit, "as": _who(asker)}
    found = perform("proposals-list", body, as_json=as_json)
    if as_json:
        print_json({"proposals": found["proposals"]})
        return
    from bot.terminal.render import safe

    if not found["proposals"]:
        sys.stdout.write("No proposals.\n")
    for one in found["proposals"]:
        to = one["effect"].get("to") or one["effect"].get("title") or ""
        sys.stdout.write(safe(f"{one['id']}  v{one['version']}  {one['state']:9}  {one['headline']}  → {to}") + "\n")


@_proposals.command("show")
def show(proposal: Annotated[str, typer.Argument(help="Its id.")], asker: As = None, as_json: Json = False) -> None:
    """Show a proposal as its card stands now, with its evidence."""
    found = perform("proposals-show", {"proposal": proposal, "as": _who(asker)}, as_json=as_json)
    if as_json:
        print_json(found["proposal"])
        return
    _show_card(found)
    sys.stdout.write(f"\n{found['proposal']['id']} · version {found['proposal']['version']}\n")


@_proposals.command("decide")
def decide(
    proposal: Annotated[str, typer.Argument(help="Its id.")],
    action: Annotated[
        str, typer.Argument(help="approve, edit, snooze, reject, undo; sent or resend where nobody can tell.")
    ],
    version: Annotated[
        int | None, typer.Option(min=1, help="The version that was seen. Default: the present one.")
    ] = None,
    seen: Annotated[str | None, typer.Option("--hash", help="The hash of that version.")] = None,
    now: Annotated[bool, typer.Option("--now", help="Approve: send at once, not in the recipient's hours.")] = False,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="When a snooze ends, or when an approved mail goes.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for a rejection.")] = None,
    subject: Annotated[str | None, typer.Option(help="Edit: the new subject.")] = None,
    text: Annotated[str | None, typer.Option(help="Edit: the new text. Without it $EDITOR opens.")] = None,
    tick: Annotated[
        list[str] | None, typer.Option(metavar="LINES", help="Submit: these lines too, such as r4,r5; may be repeated.")
    ] = None,
    untick: Annotated[list[str] | None, typer.Option(metavar="LINES", help="Submit: without these lines.")] = None,
    asker: As = None,
    as_json: Json = False,
) -> None:
    """Decide on a proposal. Exit status 2 where you may not or a guardrail forbids it, 3 where it was changed meanwhile.

    Where no server runs the decision is kept, and the mail goes when one does.
    """
    body: dict[str, Any] = {"proposal": proposal, "action": action, "version": version, "hash": seen}
    body |= {"until": until, "reason": reason, "as": _who(asker)}
    if action == "edit":
        body |= _edited(body, subject, text, as_json=as_json)
    elif action == "approve":
        body |= _submitted(body, tick, untick, as_json=as_json)
        if now:
            body["edit"] = {**(body.get("edit") or {}), "send": "now"}
    outcome = perform("proposals-decide", body, as_json=as_json)
    serving = outcome.pop("serving")
    if as_json:
        print_json(outcome)
    else:
        sys.stdout.write(outcome["sentence"] + "\n")
    if outcome["outcome"] in ("approved", "resent") and not serving:
        sys.stderr.write("No server runs here: it goes when one does (`dealwright serve`).\n")
    if outcome["outcome"] in _STATUS:
        raise typer.Exit(_STATUS[outcome["outcome"]])


def _edited(body: dict[str, Any], subject: str | None, text: str | None, *, as_json: bool) -> dict[str, Any]:
    """Return the edit and the version that it was made on."""
    edit: dict[str, Any] = {}
    if subject is not None:
        edit["subject"] = subject
    if text is not None:
        edit["body"] = text
    if edit:
        return {"edit": edit}
    present = perform("proposals-show", {"proposal": body["proposal"], "as": body["as"]}, as_json=as_json)["proposal"]
    if present["effect"]["kind"] != "mail":
        raise Fatal("Only a mail is edited here.", "Edit the task on its card.", status=422)
    before = f"{_SUBJECT}{present['effect']['subject']}\n\n{present['effect']['body']}\n"
    head, _, rest = edit_text(before, suffix=".txt").partition("\n")
    if not head.startswith(_SUBJECT.strip()):
        raise Fatal("The first line must be the subject.", f"Begin it with “{_SUBJECT}”.", status=422)
    edit = {"subject": head.removeprefix(_SUBJECT.strip()).strip(), "body": rest.strip("\n")}
    return {"edit": edit, "version": body["version"] or present["version"]}


def _submitted(
    body: dict[str, Any], tick: list[str] | None, untick: list[str] | None, *, as_json: bool
) -> dict[str, Any]:
    """Return the lines of a call's card that are submitted, and the version that they stand on; asked for at a terminal where nobody named any."""
    more, less = _listed(tick), _listed(untick)
    asks = not (more or less or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
    if not (more or less or asks):
        return {}
    found = perform("proposals-show", {"proposal": body["proposal"], "as": body["as"]}, as_json=as_json)
    card = found["proposal"]
    if card["effect"]["kind"] != "closing":
        if more or less:
            raise Fatal("This card has no lines to tick.", "Approve it as a whole.", status=422)
        return {}
    lines = lines_of(card["effect"])
    ticked = {name for name, beforehand in lines.items() if beforehand}
    if asks:
        _show_card(found)
        told = typer.prompt("Lines to tick or untick, such as r4,t1 (Enter submits)", default="", show_default=False)
        for name in _listed([told]):
            ticked ^= {name}
    ticked = (ticked | set(more)) - set(less)
    if strange := sorted((ticked | set(less)) - set(lines)):
        raise Fatal(f"There is no line {strange[0][:20]} on this card.", f"There are {', '.join(lines)}.", status=422)
    chosen = [name for name in lines if name in ticked]
    return {"edit": {"ticked": chosen}, "version": body["version"] or card["version"]}


def lines_of(effect: dict[str, Any]) -> dict[str, bool]:
    """Return the lines of a call's card as JSON tells it, each with whether it is ticked beforehand."""
    lines = {one["id"]: True for one in effect["tasks"]}
    if effect["mail"] is not None:
        lines["mail"] = True
    return lines | {one["id"]: not one["forecast"] for one in effect["changes"]}


def _listed(told: list[str] | None) -> list[str]:
    return [name for one in told or () for name in one.replace(" ", "").split(",") if name]


def _show_card(found: dict[str, Any]) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(found["zone"]), datetime.fromisoformat(found["now"]))
    Renderer(console_on(), calendar, everything=True, number_buttons=False).show(message_from_wire(found["message"]))


def _who(asker: str | None) -> str | None:
    from infra.settings import load_settings

    return asker or load_settings().user
