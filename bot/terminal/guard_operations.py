"""The operations behind the commands for guardrails, from JSON to JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import guarding
from bot.app import App
from bot.jobs import Job

Body = dict[str, Any]


def _gate(app: App, body: Body, job: Job) -> Body:
    job.say("Asking the DNS…")
    return {"gates": guarding.gates(app, body.get("domain"))}


def _pause(app: App, body: Body, job: Job) -> Body:
    who = guarding.user_of(app, body.get("as"), "terminal")
    return guarding.set_paused(
        app,
        body["domain"],
        paused=bool(body["paused"]),
        reason=body.get("reason") or "",
        user_id=who,
        surface="terminal",
    )


def _list(app: App, body: Body, job: Job) -> Body:
    return {"entries": guarding.listed(app, body.get("containing") or "")}


def _add(app: App, body: Body, job: Job) -> Body:
    who = guarding.user_of(app, body.get("as"), "terminal")
    return guarding.suppress(
        app,
        body["values"],
        reason=body["reason"],
        note=body.get("note"),
        until=body.get("until"),
        user_id=who,
        surface="terminal",
    )


def _remove(app: App, body: Body, job: Job) -> Body:
    who = guarding.user_of(app, body.get("as"), "terminal")
    return guarding.unsuppress(app, body["value"], reason=body.get("reason") or "", user_id=who, surface="terminal")


def _import(app: App, body: Body, job: Job) -> Body:
    who = guarding.user_of(app, body.get("as"), "terminal")
    return guarding.import_list(app, body["text"], reason=body["reason"], user_id=who, surface="terminal")


def _export(app: App, body: Body, job: Job) -> Body:
    return {"csv": guarding.export_list(app)}


OPERATIONS: dict[str, Callable[[App, Body, Job], Body]] = {
    "gate": _gate,
    "pause": _pause,
    "suppress-list": _list,
    "suppress-add": _add,
    "suppress-remove": _remove,
    "suppress-import": _import,
    "suppress-export": _export,
}
