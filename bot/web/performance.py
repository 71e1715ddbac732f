"""The page of metrics: each figure of the last week and the quarter beside its target and its weeks, and where to look when one does not move."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.metrics.catalog import BY_KEY, FAMILIES
from agents.metrics.figuring import By
from agents.metrics.metric import Metric
from agents.metrics.record import Report, Trend
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from agents.metrics.wording import advice_of, name_of, sample_of, span_of, target_of, value_of
from bot import admin_minutes
from bot.metrics import metrics_of
from bot.web.addresses import with_query
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import DealwrightError, Denied, Fatal
from infra.spine.people import User
from infra.spine.scope import Scope
from sales.admin_asking import minutes_said

WINDOWS = {"": "Last week and quarter", "28": "28 days", "90": "90 days"}
_SAID = {
    "noted": "Noted: your minutes of administration.",
    "unread": "I can't read that: write it as 45, or “an hour”.",
}
_CHOOSING = {"days": "Window", "team": "Team", "by": "Split"}
_WIDTH, _HEIGHT, _EDGE = 120, 28, 3
_LONGEST = 60


@dataclass(frozen=True)
class Row:
    """One line of the page: a metric for one split, team or person, with its figure in each window. `points` draw its weeks, `weeks` tell them."""

    name: str
    cells: tuple[Metric | None, ...]
    target: str | None
    met: bool | None
    counted: str
    points: str
    weeks: str

    @property
    def told(self) -> bool:
        """Whether there is a figure in any window."""
        return any(one is not None and one.value is not None for one in self.cells)


def performance_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page: `/performance`, with `days`, `team` and `by`, and what is told of one's own day on it."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/performance")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/performance")
    async def told(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_told, desk, request, text_of(form, "minutes")[:_LONGEST])

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor, asked = visitor_of(request), request.query_params
    days = asked.get("days", "") if asked.get("days", "") in WINDOWS else ""
    now = desk.app.clock.now()
    trouble: DealwrightError | None = None
    found: Report | None = None
    with desk.app.database.session() as session:
        teams = _teams(session, visitor.scope)
        seen = Metrics.seen(session, visitor.scope)
        by: By | None = "team" if asked.get("by") == "team" else "rep" if asked.get("by") == "rep" and seen else None
        wanted = Wanted(Asked(days=int(days) if days else None), asked.get("team", "")[:_LONGEST] or None, None, by)
        try:
            found = metrics_of(desk.app).report(session, visitor.scope, now, wanted)
        except (Fatal, Denied) as error:
            trouble = error
    splits = {"": "Together", "team": "By team"} | ({"rep": "By person"} if len(seen) > 1 else {})
    return outreach_page(
        desk,
        request,
        "performance.html",
        said=_SAID,
        status=trouble.status if trouble else 200,
        trouble=trouble,
        found=found,
        families=_families(found) if found else (),
        advice=_advice(found) if found else (),
        choices=_choices(
            {"days": days, "team": wanted.team or "", "by": by or ""},
            {"days": WINDOWS, "team": {"": "All teams"} | {team: team for team in teams}, "by": splits},
        ),
        by=by,
        question=admin_minutes.QUESTION if visitor.user_id and visitor.viewing_as is None else None,
        value_of=value_of,
        sample_of=sample_of,
        span_of=span_of,
    )


def _choices(
    chosen: dict[str, str], offered: dict[str, dict[str, str]]
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Return what may be chosen: for each question its answers, with the address of each and whether it is chosen."""
    return [
        (
            _CHOOSING[key],
            [(with_query("/performance", **{**chosen, key: name}), words, name.lower() == chosen[key].lower()) for name, words in answers.items()],
        )
        for key, answers in offered.items()
        if len(answers) > 1
    ]  # fmt: skip


def _teams(session: Session, scope: Scope) -> list[str]:
    rows = session.scalars(
        select(User.team).where(User.team.is_not(None), scope.users()).distinct().order_by(User.team)
    )
    return [team for team in rows if team]


def _families(found: Report) -> tuple[tuple[str, tuple[Row, ...], tuple[Row, ...]], ...]:
    """Return the rows under their families; those of which nothing is counted in any window apart from the others."""
    labels = [one.label for one in found.windows]
    grouped: dict[tuple[str, str], dict[str, Metric]] = {}
    for one in found.metrics:
        grouped.setdefault((one.key, name_of(one)), {})[one.window or ""] = one
    trends = {one.key: one for one in found.trends}
    rows: dict[str, list[Row]] = {family: [] for family in FAMILIES}
    for (key, name), cells in grouped.items():
        first = next(iter(cells.values()))
        whole = first.team is None and first.user_id is None
        trend = (
            trends.get(key)
            if whole and first.split is None and first.currency in (None, _currency(found, key))
            else None
        )
        told = tuple(cells.get(label) for label in labels)
        shown = next((one for one in told if one is not None), first)
        rows[BY_KEY[key].family].append(
            Row(name, told, target_of(first) if whole else None, shown.met, first.counted, _points(trend), _weeks(trend, first))
        )  # fmt: skip
    return tuple(
        (family, tuple(one for one in ones if one.told), tuple(one for one in ones if not one.told))
        for family, ones in rows.items()
        if ones
    )


def _currency(found: Report, key: str) -> str | None:
    """Return the currency of a metric that is told in only one: only then are its weeks of one money."""
    held = {one.currency for one in found.metrics if one.key == key}
    return held.pop() if len(held) == 1 else None


def _points(trend: Trend | None) -> str:
    """Return the points of the line through the weeks that have a value, "" for fewer than two."""
    if trend is None:
        return ""
    known = [(place, value) for place, value in enumerate(trend.values) if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    span = high - low or Decimal(1)
    step = (_WIDTH - 2 * _EDGE) / (len(trend.values) - 1)
    return " ".join(
        f"{_EDGE + place * step:.1f},{_HEIGHT - _EDGE - float((value - low) / span) * (_HEIGHT - 2 * _EDGE):.1f}"
        for place, value in known
    )


def _weeks(trend: Trend | None, one: Metric) -> str:
    """Return the weeks in words, for those who don't see the line."""
    if trend is None:
        return ""
    told = [
        f"{span_of(week)}: {value_of(one.model_copy(update={'value': value}))} ({counted})"
        for week, value, counted in zip(trend.weeks, trend.values, trend.counted, strict=True)
        if value is not None
    ]
    return "; ".join(told)


def _advice(found: Report) -> tuple[str, ...]:
    labels = {one.key: one.label for one in found.metrics}
    return tuple(told for one in found.trends if (told := advice_of(labels.get(one.key, one.key), one)))


def _told(desk: Desk, request: Request, words: str) -> Response:
    visitor = visitor_of(request)
    if visitor.user_id is None or visitor.viewing_as is not None:
        raise Denied("Only you can tell of your own day.", "Sign in as yourself.")
    minutes = minutes_said(words, asked=True)
    if minutes is None:
        return after_press("/performance", "unread")
    with desk.app.database.session() as session:
        user = session.get_one(User, visitor.user_id)
    admin_minutes.keep(desk.app, user, minutes)
    return after_press("/performance", "noted")
