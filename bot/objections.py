"""What every surface can have of the objection library: the record inside the asker's scope, and messages that tell it. It blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agents.objections.record import Library
from agents.objections.service import Objections
from bot.addresses import ConsoleLinks
from bot.app import App
from bot.asker import Door, find_asker
from bot.compose import compose, view_at
from bot.jobs import Job
from bot.message import Message
from bot.moments import read_moment
from infra.errors import Fatal
from infra.spine.scope import Scope

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Wanted:
    """Which part of the library: ISO days (both inside), a topic by its key or by what buyers say, and the moment that it speaks for."""

    since: str | None = None
    until: str | None = None
    topic: str | None = None
    as_of: str | None = None


def read_library(app: App, email: str | None, door: Door, wanted: Wanted) -> Library:
    """Return the library for somebody. Raises Denied, and Fatal (422) for what can't be read."""
    return _library(app).read(
        find_asker(app, email, door).scope,
        _moment(app, wanted),
        since=_day(wanted.since),
        until=_day(wanted.until),
        topic=wanted.topic,
    )


def messages_in(app: App, scope: Scope, wanted: Wanted, *, folded: bool = True) -> tuple[Message, ...]:
    """Return the library inside a scope as messages: the counts, then the answers of one topic, or what loses deals. Raises Fatal (422)."""
    told = _library(app).told(
        scope, _moment(app, wanted), since=_day(wanted.since), until=_day(wanted.until), topic=wanted.topic
    )
    view = view_at(app.settings, app.clock.now())
    return tuple(compose(one, view, folded=folded) for one in told)


def perform_objections(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Read the library for the command line: as a record and as messages."""
    from bot.terminal.wire import to_wire

    wanted = Wanted(body.get("since"), body.get("until"), body.get("topic"), body.get("as_of"))
    email = body.get("as") or app.settings.user
    asker = find_asker(app, email, "terminal")
    return {
        "library": read_library(app, email, "terminal", wanted).public(),
        "messages": [to_wire(one) for one in messages_in(app, asker.scope, wanted)],
        "zone": app.settings.time_zone,
        "now": app.clock.now().isoformat(),
    }


def _library(app: App) -> Objections:
    return Objections(app.database, app.settings, ConsoleLinks())


def _moment(app: App, wanted: Wanted) -> datetime:
    return read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else app.clock.now()


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise Fatal("That is no day.", "Write it as 2026-11-01.", status=422)
