"""`dealwright ask` and `dealwright search`, and the chat in the terminal."""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.terminal.link import Link
from bot.terminal.output import EXIT_REFUSED, print_json, progress, tell_error
from infra.errors import DealwrightError

Asker = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="EMAIL", help="Who asks: the answer holds only what they may see. Default: DEALWRIGHT_USER."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="The moment it speaks for: an ISO date (the end of that day in the company's zone) or an instant.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("ask")(ask)
    app.command("search")(search)


def ask(
    question: Annotated[str | None, typer.Argument(help="The question. Without one: a chat.")] = None,
    asker: Asker = None,
    as_of: AsOf = None,
    thread: Annotated[
        str | None, typer.Option(help='Name of a conversation, so that a follow-up may say "their".')
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show what is folded: whole tables.")] = False,
    as_json: Json = False,
) -> None:
    """Ask about accounts, deals and people. Without a question: a chat."""
    link, body = _prepared(asker, as_of)
    if question is None:
        if as_json:
            raise typer.BadParameter("--json needs a question.")
        _chat(link, body, everything)
        return
    try:
        with progress(quiet=as_json) as say:
            result = link.perform("ask", {**body, "question": question, "thread": thread}, say)
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    finally:
        link.close()
    if as_json:
        print_json(result["answer"])
    else:
        _show(result, everything=everything, number_buttons=False)
    if result["answer"]["kind"] == "refused":
        raise typer.Exit(EXIT_REFUSED)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    account: Annotated[str | None, typer.Option(help="Only in this account: its id or its name.")] = None,
    call: Annotated[str | None, typer.Option(help="Only in this call: its id as imported.")] = None,
    k: Annotated[int, typer.Option("-k", "--count", min=1, max=500, help="How many passages at most.")] = 10,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Find the passages of calls, mails and notes that fit best."""
    link, body = _prepared(asker, as_of)
    try:
        with progress(quiet=as_json) as say:
            result = link.perform("search", {**body, "query": query, "account": account, "call": call, "k": k}, say)
    except DealwrightError as error:
        raise typer.Exit(tell_error(error, as_json=as_json)) from error
    finally:
        link.close()
    if as_json:
        print_json(result)
    else:
        _show_passages(result["passages"])


def _prepared(asker: str | None, as_of: str | None) -> tuple[Link, dict[str, Any]]:
    from infra.settings import load_settings

    settings = load_settings()
    return Link(settings), {"as": asker or settings.user, "as_of": as_of}


def _show(result: dict[str, Any], *, everything: bool, number_buttons: bool) -> Any:
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(result["zone"]), datetime.fromisoformat(result["now"]))
    renderer = Renderer(console_on(), calendar, everything=everything, number_buttons=number_buttons)
    return renderer.show(message_from_wire(result["message"]))


def _show_passages(passages: list[dict[str, Any]]) -> None:
    from bot.terminal.render import console_on, safe

    console = console_on()
    if not passages:
        console.print("Nothing found.")
    for number, one in enumerate(passages, 1):
        turns = one["turns"]
        place = f"turns {turns[0]}–{turns[-1]}" if len(turns) > 1 else f"turn {turns[0]}" if turns else one["kind"]
        told = [
            safe(str(one["call"])),
            place,
            safe(one["speaker"] or ""),
            (one["at"] or "")[:10],
            f"{one['score']:.2f}",
        ]
        console.print(f"[{number}] " + " · ".join(part for part in told if part), style="bold")
        console.print(safe(one["text"]).strip() + "\n")


def _chat(link: Link, body: dict[str, Any], everything: bool) -> None:
    """Answer one line after the other, until the end of the input. A number chooses what was offered."""
    thread = "terminal:" + secrets.token_hex(8)
    talking = sys.stdin.isatty()
    if talking:
        sys.stdout.write("Ask about accounts, deals and people. A number takes what is offered; Ctrl-D ends.\n")
    offered: tuple[Any, ...] = ()
    try:
        link.keep_open()
        while True:
            try:
                line = input("› " if talking else "").strip()
            except EOFError:
                break
            if line.isdigit() and 0 < int(line) <= len(offered):
                line = offered[int(line) - 1].value
                sys.stdout.write(f"{line}\n")
            if not line:
                continue
            try:
                with progress() as say:
                    result = link.perform("ask", {**body, "question": line, "thread": thread, "chat": True}, say)
            except DealwrightError as error:
                tell_error(error)
                continue
            offered = _show(result, everything=everything, number_buttons=True).questions
            sys.stdout.write("\n")
            if result["answer"]["kind"] == "refused":
                raise typer.Exit(EXIT_REFUSED)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        link.close()
