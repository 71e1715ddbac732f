"""The pipeline over time for whoever asks: what moved, the forecast, conversion and patterns in one reading; and what the likelihoods rest on. It blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from agents.digest.audience import sees_team
from agents.metrics.metric import Window
from agents.pipeline.owners import just_after, name_of
from agents.pipeline.record import COMPANY, About
from bot.app import App
from bot.asker import Asker, Door, find_asker
from bot.jobs import Job
from bot.moments import read_moment
from infra.errors import Fatal
from sales.fiscal import FiscalCalendar

_WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})")
_DAYS = 7
_NO_TEAM = (
    "There is no team of that name for you.",
    "A team's figures are for those who may see all of its deals; leave the team out for yours.",
)


@dataclass(frozen=True)
class Wanted:
    """Which part of the pipeline, and when: an ISO week, or days (both inside), else the seven days up to `as_of`; one team's, or the asker's own."""

    week: str | None = None
    since: str | None = None
    until: str | None = None
    team: str | None = None
    mine: bool = False
    as_of: str | None = None


def read_pipeline(app: App, email: str | None, door: Door, wanted: Wanted) -> dict[str, Any]:
    """Return movement, forecast, conversion and patterns as JSON. Raises Denied, and Fatal: 404 for a team that is not theirs to see, 422 for what can't be read."""
    asker = find_asker(app, email, door)
    as_of = read_moment(wanted.as_of, app.settings.zone) if wanted.as_of else app.clock.now()
    window = _window(app, wanted, as_of)
    about = _about(asker, wanted)
    with app.database.session() as session:
        if about.team is not None and not sees_team(session, about.team, asker.scope):
            raise Fatal(*_NO_TEAM, status=404)
        made = {
            "movement": app.pipeline.movement(session, asker.scope, window, about),
            "forecast": app.pipeline.forecast(session, asker.scope, as_of, about),
            "conversion": app.pipeline.conversion(session, asker.scope, window, about),
        }
        patterns = app.pipeline.patterns(session, asker.scope, as_of, about)
        name = name_of(session, about)
    told: dict[str, Any] = {key: one.model_dump(mode="json") for key, one in made.items()}
    told["patterns"] = [one.model_dump(mode="json") for one in patterns]
    return {"as_of": as_of.isoformat(), "about": name, **told}


def read_likelihoods(app: App, email: str | None, door: Door, as_of: str | None) -> dict[str, Any]:
    """Return what the likelihoods rest on, as JSON. It holds figures of the whole company alone, of no deal and no person."""
    find_asker(app, email, door)
    moment = read_moment(as_of, app.settings.zone) if as_of else app.clock.now()
    with app.database.session() as session:
        return app.likelihoods.report(session, moment).model_dump(mode="json")


def perform_pipeline(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Read the pipeline for the command line."""
    wanted = Wanted(body.get("week"), body.get("from"), body.get("to"), body.get("team"), bool(body.get("mine")), body.get("as_of"))  # fmt: skip
    told = read_pipeline(app, body.get("as") or app.settings.user, "terminal", wanted)
    return {"pipeline": told, "zone": app.settings.time_zone, "now": app.clock.now().isoformat()}


def perform_likelihoods(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Read what the likelihoods rest on for the command line."""
    return read_likelihoods(app, body.get("as") or app.settings.user, "terminal", body.get("as_of"))


def _about(asker: Asker, wanted: Wanted) -> About:
    if wanted.mine:
        if asker.user_id is None:
            raise Fatal("A program has no deals of its own.", "Name a person with `as`.", status=422)
        return About(user_id=asker.user_id)
    return About(team=wanted.team) if wanted.team else COMPANY


def _window(app: App, wanted: Wanted, as_of: datetime) -> Window:
    calendar = FiscalCalendar(app.settings.fiscal_year_start, app.settings.zone)
    today = calendar.day_of(as_of)
    if wanted.week:
        first = _monday(wanted.week)
        days = calendar.days(first, first + timedelta(days=6))
    else:
        last = _day(wanted.until) or today
        first = _day(wanted.since) or last - timedelta(days=_DAYS - 1)
        if last < first:
            raise Fatal("The last day can't be before the first.", "Turn --from and --to round.", status=422)
        days = calendar.days(first, last)
    # What was not known yet at `as_of` has not moved.
    return Window(begin=min(days.start, just_after(as_of)), end=min(days.end, just_after(as_of)))


def _monday(text: str) -> date:
    found = _WEEK.fullmatch(text.strip())
    try:
        if found is not None:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise Fatal("That is no week.", "Write it as 2026-W47.", status=422)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Fatal("That is no day.", "Write it as 2026-11-01.", status=422) from None
