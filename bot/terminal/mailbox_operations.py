"""The operations behind the commands for mailboxes and mail, from JSON to JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import mailboxes
from bot.app import App
from bot.asker import Door
from bot.jobs import Job

Body = dict[str, Any]


def _asker(body: Body) -> tuple[str | None, Door]:
    # Nobody named: whoever holds the home folder holds the data, and sees all of it.
    return (body["as"], "terminal") if body.get("as") else (None, "api")


def _connect(app: App, body: Body, job: Job) -> Body:
    return mailboxes.connect(
        app,
        *_asker(body),
        kind=body["kind"],
        address=body.get("address"),
        config=body.get("config") or {},
        secret=body.get("secret") or "",
    )


def _list(app: App, body: Body, job: Job) -> Body:
    return {"mailboxes": mailboxes.connected(app, *_asker(body))}


def _disconnect(app: App, body: Body, job: Job) -> Body:
    return mailboxes.disconnect(app, *_asker(body), body["name"])


def _sync(app: App, body: Body, job: Job) -> Body:
    return {"mailboxes": mailboxes.sync(app, *_asker(body), body.get("name"), job)}


def _take(app: App, body: Body, job: Job) -> Body:
    return {"mails": mailboxes.take(app, [Path(path) for path in body["paths"]], job)}


def _replies(app: App, body: Body, job: Job) -> Body:
    waiting = bool(body.get("waiting"))
    return {"replies": mailboxes.replies(app, *_asker(body), waiting=waiting, limit=int(body.get("limit") or 50))}


def _choose(app: App, body: Body, job: Job) -> Body:
    return mailboxes.choose(app, *_asker(body), body["reply"], body["choice"])


def _links(app: App, body: Body, job: Job) -> Body:
    return {"links": mailboxes.own_links(app, *_asker(body))}


def _alias(app: App, body: Body, job: Job) -> Body:
    return mailboxes.let_alias(app, *_asker(body), body["person"], body["address"])


OPERATIONS: dict[str, Callable[[App, Body, Job], Body]] = {
    "mailbox-connect": _connect,
    "mailbox-links": _links,
    "mailbox-alias": _alias,
    "mailbox-list": _list,
    "mailbox-disconnect": _disconnect,
    "mailbox-sync": _sync,
    "mail-take": _take,
    "mail-replies": _replies,
    "mail-choose": _choose,
}
