"""The operations behind the commands for signals, from JSON to JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

from bot import signals
from bot.app import App
from bot.jobs import Job
from bot.moments import read_moment
from infra.errors import Fatal

Body = dict[str, Any]


def _import(app: App, body: Body, job: Job) -> Body:
    return signals.import_signals(app, [Path(path) for path in body["paths"]], body.get("source"), job)


def _fetch(app: App, body: Body, job: Job) -> Body:
    return {"sources": signals.fetch_signals(app, body.get("source"), job)}


def _list(app: App, body: Body, job: Job) -> Body:
    states = tuple(body.get("states") or ())
    if unknown := [state for state in states if state not in signals.STATES]:
        raise Fatal(f"No state is called {unknown[0][:40]}.", f"There are {', '.join(signals.STATES)}.", status=422)
    found = signals.list_signals(app, *_asker(body), states=states, limit=int(body.get("limit") or 100))
    return {"signals": [one.public() for one in found]}


def _decide(app: App, body: Body, job: Job) -> Body:
    decision = body["decision"]
    if decision not in ("pursue", "nurture", "skip"):
        raise Fatal("That can't be decided.", "Say pursue, nurture or skip.", status=422)
    until = read_moment(body["until"], app.settings.zone) if body.get("until") else None
    chosen = cast(Literal["pursue", "nurture", "skip"], decision)
    return signals.decide_signal(app, *_asker(body), body["signal"], chosen, until, body.get("reason")).public()


def _feed(app: App, body: Body, job: Job) -> Body:
    return {"signals": [one.public() for one in signals.feed(app, *_asker(body), k=body.get("k"))]}


def _asker(body: Body) -> tuple[str | None, Literal["api", "terminal"]]:
    # Nobody named: whoever holds the home folder holds the data, and sees all of it.
    return (body["as"], "terminal") if body.get("as") else (None, "api")


def _icp_show(app: App, body: Body, job: Job) -> Body:
    return signals.icp_state(app)


def _icp_check(app: App, body: Body, job: Job) -> Body:
    return signals.icp_check(app, body.get("text"), int(body.get("weeks") or 4))


def _icp_save(app: App, body: Body, job: Job) -> Body:
    return signals.icp_save(app, body.get("as"), "terminal", body["text"], body.get("note"), body.get("expected"))


def _icp_log(app: App, body: Body, job: Job) -> Body:
    return {"versions": signals.icp_log(app)}


def _icp_rollback(app: App, body: Body, job: Job) -> Body:
    return signals.icp_rollback(app, body.get("as"), "terminal", int(body["version"]))


OPERATIONS: dict[str, Callable[[App, Body, Job], Body]] = {
    "signals-import": _import,
    "signals-fetch": _fetch,
    "signals-list": _list,
    "signals-decide": _decide,
    "feed": _feed,
    "icp-show": _icp_show,
    "icp-check": _icp_check,
    "icp-save": _icp_save,
    "icp-log": _icp_log,
    "icp-rollback": _icp_rollback,
}
