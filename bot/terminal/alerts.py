"""`dealwright alerts`: which deals are at risk, what was told of them and what was held, and what people think of the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.terminal.asking import Asker, AsOf
from bot.terminal.data import Json, perform
from bot.terminal.output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("alerts")(alerts)


def alerts(
    work: Annotated[str | None, typer.Option(metavar="ID", help="Take an alert on; its draft is ready then.")] = None,
    useful: Annotated[str | None, typer.Option(metavar="ID", help="Say that an alert was useful.")] = None,
    snooze: Annotated[str | None, typer.Option(metavar="ID", help="Put an alert off; --until says to when.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Until the morning of this day: 2026-11-26.")] = None,
    no_risk: Annotated[
        str | None, typer.Option("--no-risk", metavar="ID", help="Say that it is not a risk; --because says why.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Why it is not a risk, in your own words.")] = None,
    mute: Annotated[str | None, typer.Option(metavar="RULE", help="Tell no alerts of this cause any more.")] = None,
    unmute: Annotated[str | None, typer.Option(metavar="RULE", help="Tell a muted cause again.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show what is folded: what is held, and what ended.")
    ] = False,
    asker: Asker = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show the alerts that stand, what would be raised, what was held and why, and the precision of every rule."""
    body: dict[str, Any] = {"as": asker, "as_of": as_of}
    for action, alert in (("work", work), ("useful", useful), ("snooze", snooze), ("dismiss", no_risk)):
        if alert is not None:
            body |= {"alert": alert, "action": action}
    if body.get("action") == "snooze":
        body["fields"] = {"until": until or ""}
    elif body.get("action") == "dismiss":
        body["fields"] = {"words": because or "", "reason": "other"}
    if mute is not None or unmute is not None:
        body |= {"rule": mute or unmute, "muted": mute is not None}
    told = perform("alerts", body, as_json=as_json)
    if as_json:
        print_json(told.get("alert") or told["alerts"])
        return
    from bot.figures import Calendar
    from bot.terminal.render import Renderer, console_on
    from bot.terminal.wire import message_from_wire

    calendar = Calendar(ZoneInfo(told["zone"]), datetime.fromisoformat(told["now"]))
    renderer = Renderer(console_on(), calendar, everything=everything, number_buttons=False)
    renderer.show(message_from_wire(told["message"]))
