"""The metrics of selling for whoever asks: their own figures, and those of the people whose manager they are. It blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from agents.metrics.record import Report
from agents.metrics.service import NOT_YOURS, NOT_YOURS_NEXT, Metrics, Wanted
from agents.metrics.spans import Asked
from bot.app import App
from bot.asker import Door, find_asker
from bot.jobs import Job
from bot.moments import read_moment
from infra.errors import Denied, Fatal
from infra.spine.people import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from infra.spine.scope import Scope

_BY = ("team", "rep")


def metrics_of(app: App) -> Metrics:
    """Return what reads metrics."""
    return Metrics(app.settings, lambda: app.pipeline)


def report(
    app: App, email: str | None, door: Door, wanted: Wanted, *, as_of: str | None = None, rep: str | None = None
) -> Report:
    """Return the metrics that somebody may see; of one person where `rep` names one by mail address. Raises Denied, and Fatal (404, 422) for what there is not."""
    asker = find_asker(app, email, door)
    moment = read_moment(as_of, app.settings.zone) if as_of else app.clock.now()
    with app.database.session() as session:
        if rep is not None:
            wanted = Wanted(
                wanted.asked, wanted.team, _person(session, asker.scope, rep), wanted.by, wanted.keys, wanted.trend
            )
        return metrics_of(app).report(session, asker.scope, moment, wanted)


def _person(session: Session, scope: Scope, words: str) -> str:
    """Return the id of somebody by mail address or id. Who is not known and who may not be looked at are told in the same words."""
    said = words.strip().lower()
    found = session.scalar(select(User.id).where(or_(func.lower(User.email) == said, User.id == words.strip())))
    if found is None or found not in Metrics.seen(session, scope):
        raise Denied(NOT_YOURS, NOT_YOURS_NEXT)
    return found


def wanted_of(body: dict[str, Any]) -> Wanted:
    """Return what a request asks for. Raises Fatal (422) for a split that there is not."""
    by = body.get("by")
    if by is not None and by not in _BY:
        raise Fatal("Figures are told by team or by rep.", "Say one of the two.", status=422)
    asked = Asked(body.get("week"), body.get("from"), body.get("to"), body.get("days"))
    keys = tuple(body["keys"]) if body.get("keys") else None
    return Wanted(asked, body.get("team"), None, by, keys)


def measure(app: App, body: dict[str, Any], job: Job) -> dict[str, Any]:
    """Return the metrics that the asker may see, as JSON. Raises as `report` does."""
    found = report(
        app,
        body.get("as") or app.settings.user,
        "terminal",
        wanted_of(body),
        as_of=body.get("as_of"),
        rep=body.get("rep"),
    )
    return public(found)


def public(found: Report) -> dict[str, Any]:
    """Return a report for programs; `begin` and `end` are of its first window."""
    told = found.model_dump(mode="json")
    first = told["windows"][0]["window"]
    return {"begin": first["begin"], "end": first["end"], **told}
