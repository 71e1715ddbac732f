"""The operations behind `dealwright proposals`, from JSON to JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bot import proposals
from bot.app import App
from bot.asker import find_asker
from bot.jobs import Job
from bot.moments import read_moment
from infra.errors import Fatal
from infra.spine.scope import EVERYTHING

Body = dict[str, Any]


def _list(app: App, body: Body, job: Job) -> Body:
    states = tuple(body.get("states") or ())
    if unknown := [state for state in states if state not in proposals.STATES]:
        raise Fatal(f"No state is called {unknown[0][:40]}.", f"There are {', '.join(proposals.STATES)}.", status=422)
    found = proposals.list_proposals(
        app,
        body.get("as"),
        "terminal",
        states=states,
        owner=body.get("owner"),
        account=body.get("account"),
        limit=int(body.get("limit") or 100),
    )
    return {"proposals": [one.public() for one in found], **_shown(app)}


def _show(app: App, body: Body, job: Job) -> Body:
    from bot.cards import card
    from bot.compose import view_at
    from bot.terminal.wire import to_wire

    found = proposals.show_proposal(app, body.get("as"), "terminal", body["proposal"])
    view = view_at(app.settings, app.clock.now())
    return {
        "proposal": found.public(),
        "message": to_wire(card(found, view, may_decide=found.effect.kind == "closing")),
        **_shown(app),
    }


def _decide(app: App, body: Body, job: Job) -> Body:
    if body["action"] not in proposals.ACTIONS:
        raise Fatal("That can't be decided.", f"Say {', '.join(proposals.ACTIONS)}.", status=422)
    until = read_moment(body["until"], app.settings.zone) if body.get("until") else None
    version = body.get("version")
    if version is None:
        # At the terminal one decides on what one was just shown; `--version` binds a script to what it saw.
        present = app.proposals.get(body["proposal"], EVERYTHING)
        version = present.version if present is not None else 1
    wish = proposals.Wish(body["action"], int(version), body.get("hash"), body.get("edit"), until, body.get("reason"))
    outcome = proposals.decide_proposal(app, body.get("as"), "terminal", body["proposal"], wish)
    return {**asdict(outcome), "serving": app.owner_token is not None}


def _away(app: App, body: Body, job: Job) -> Body:
    from bot.absences import come_back, set_away
    from bot.commands import away_told

    user_id = find_asker(app, body.get("as"), "terminal").user_id
    if user_id is None:
        raise Fatal("I don't know who is away.", "Name yourself with --as EMAIL, or set DEALWRIGHT_USER.", status=422)
    if body.get("back"):
        told = come_back(app, user_id, "terminal")
        return {**told, "sentence": "Your cards come to you again." if told["back"] else "You were not away."}
    if not body.get("delegate"):
        raise Fatal("Somebody has to decide meanwhile.", "Name them with --delegate EMAIL.", status=422)
    until = read_moment(body["until"], app.settings.zone) if body.get("until") else None
    told = set_away(app, user_id, until, str(body["delegate"]), "terminal")
    return {**told, "sentence": away_told(told, app.settings.zone.key)}


def _shown(app: App) -> Body:
    return {"zone": app.settings.time_zone, "now": app.clock.now().isoformat()}


OPERATIONS: dict[str, Callable[[App, Body, Job], Body]] = {
    "proposals-list": _list,
    "proposals-show": _show,
    "proposals-decide": _decide,
    "away": _away,
}
