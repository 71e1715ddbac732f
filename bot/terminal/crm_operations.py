"""The operations behind the commands for systems of record, from JSON to JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import crm
from bot.app import App
from bot.jobs import Job

Body = dict[str, Any]


def _sync(app: App, body: Body, job: Job) -> Body:
    return app.crm.read(body["system"], job)


def _status(app: App, body: Body, job: Job) -> Body:
    return crm.status(app)


def _check(app: App, body: Body, job: Job) -> Body:
    return crm.check_fields(app, body.get("system"))


def _create(app: App, body: Body, job: Job) -> Body:
    return crm.create_fields(app, body.get("system"), agreed=bool(body.get("agreed")), by=body.get("as"))


def _letters(app: App, body: Body, job: Job) -> Body:
    state, limit = body.get("state") or "waiting", int(body.get("limit") or 200)
    return {"letters": crm.list_letters(app, state=state, system=body.get("system"), limit=limit)}


def _replay(app: App, body: Body, job: Job) -> Body:
    return dict(crm.replay_letters(app, body.get("ids") or None, absent=bool(body.get("absent"))))


def _drop(app: App, body: Body, job: Job) -> Body:
    return crm.drop_letter(app, body["id"], by=body.get("as"), surface="terminal")


def _carry(app: App, body: Body, job: Job) -> Body:
    return dict(app.crm.carry(body["system"]))


def _connect(app: App, body: Body, job: Job) -> Body:
    from bot.crm_connecting import consent_link

    return consent_link(app, body["system"], body.get("as"))


def _disconnect(app: App, body: Body, job: Job) -> Body:
    app.crm.systems.disconnect(body["system"])
    return {"system": body["system"]}


OPERATIONS: dict[str, Callable[[App, Body, Job], Body]] = {
    "crm-sync": _sync,
    "crm-status": _status,
    "crm-check": _check,
    "crm-create": _create,
    "crm-letters": _letters,
    "crm-replay": _replay,
    "crm-drop": _drop,
    "crm-carry": _carry,
    "crm-connect": _connect,
    "crm-disconnect": _disconnect,
}
