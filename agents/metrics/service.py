"""The metrics of selling for whoever asks: inside their scope, as of a moment, for the spans that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.metrics.baseline import with_baselines
from agents.metrics.catalog import CATALOG
from agents.metrics.definition import Definition
from agents.metrics.figuring import By, figures, placed_figures
from agents.metrics.ground import Ground, PipelineOverTime, Span
from agents.metrics.metric import Metric
from agents.metrics.record import NamedWindow, Report, Trend
from agents.metrics.spans import Asked, spans_asked, trend_spans
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.people import User
from infra.spine.scope import Scope, coached_by
from sales.flat import course

NOT_YOURS = "What one person does is for that person and for whoever leads them."
NOT_YOURS_NEXT = "Ask for the team's figures instead."
NO_TEAM = "There is no such team among the people whose figures you may see."


@dataclass(frozen=True)
class Wanted:
    """Which metrics: of a team or a person, told by team or by rep besides, only some `keys`, with the weeks of their trend or without. `spans` stand for what is `asked`."""

    asked: Asked = field(default_factory=Asked)
    team: str | None = None
    user_id: str | None = None
    by: By | None = None
    keys: tuple[str, ...] | None = None
    trend: bool = True
    spans: tuple[Span, ...] | None = None


class Metrics:
    """Reads metrics. Blocks: call it from a thread. `pipeline` gives who tells what is not counted from rows."""

    def __init__(self, settings: Settings, pipeline: Callable[[], PipelineOverTime] | None = None) -> None:
        self._settings = settings
        self._pipeline = pipeline

    def report(self, session: Session, scope: Scope, as_of: datetime, wanted: Wanted | None = None) -> Report:
        """Return the metrics inside a scope. Raises Denied for a person's figures to somebody else than them and their managers, Fatal (404, 422) for what there is not.

        `scope.user_id` is the asker in private; a channel's scope and a program's are nobody's own, and are told no person's figures.
        """
        wanted = wanted or Wanted()
        seen = self.seen(session, scope)
        if wanted.user_id is not None and wanted.user_id not in seen:
            raise Denied(NOT_YOURS, NOT_YOURS_NEXT)
        if wanted.by == "rep" and not seen:
            raise Denied(NOT_YOURS, NOT_YOURS_NEXT)
        spans = wanted.spans or spans_asked(wanted.asked, as_of, self._settings)
        pipeline = self._pipeline() if self._pipeline is not None else None
        team = self._team(session, scope, wanted.team)
        ground = Ground(scope, self._settings, as_of, spans, team, wanted.user_id, pipeline)
        chosen = [one for one in CATALOG if wanted.keys is None or one.key in wanted.keys]
        weeks = trend_spans(as_of, self._settings) if wanted.trend else ()
        found, trends = self._told(session, ground, chosen, weeks)
        if wanted.by is not None:
            first = replace(ground, spans=spans[:1])
            for one in chosen:
                found += figures(session, first, one, by=wanted.by, seen=seen)
        return Report(
            as_of=as_of,
            about=self._about(session, ground),
            by=wanted.by,
            windows=tuple(NamedWindow(label=one.label, window=one.window) for one in spans),
            metrics=tuple(found),
            trends=tuple(trends),
        )

    @staticmethod
    def seen(session: Session, scope: Scope) -> frozenset[str]:
        """Return the people whose own figures the scope's owner may see: themselves and those who report to them; nobody for a channel."""
        asker = session.get(User, scope.user_id) if scope.user_id is not None else None
        return coached_by(session, asker) if asker is not None else frozenset()

    def _told(
        self, session: Session, ground: Ground, chosen: Sequence[Definition], weeks: tuple[Span, ...]
    ) -> tuple[list[Metric], list[Trend]]:
        """Return the figures of the spans, and the weeks of those that have a trend: one statement a metric, two where a week that is over is counted from something else."""
        found: list[Metric] = []
        trends: list[Trend] = []
        count = len(ground.spans)
        both = replace(ground, spans=(*ground.spans, *weeks))
        for one in chosen:
            if not weeks or not one.trend:
                found += figures(session, ground, one)
                continue
            if one.weekly is not None:
                found += figures(session, ground, one)
                weekly = figures(session, replace(ground, spans=weeks), replace(one, rows=one.weekly))
            else:
                told = placed_figures(session, both, one)
                found += [made for place, made in told if place < count]
                weekly = [made for place, made in told if place >= count]
            trends.append(_trend(one, [week.label for week in weeks], weekly))
        based = with_baselines(session, ground, found)
        targets = {one.key: one for one in based if one.target is not None}
        return based, [_judged(one, targets.get(one.key)) for one in trends]

    def _team(self, session: Session, scope: Scope, name: str | None) -> str | None:
        if name is None:
            return None
        known = select(User.team).where(func.lower(User.team) == name.strip().lower(), scope.users()).limit(1)
        team = session.scalar(known)
        if team is None:
            raise Fatal(NO_TEAM, "`dealwright users` lists people with their teams.", status=404)
        return team

    @staticmethod
    def _about(session: Session, ground: Ground) -> str:
        if ground.user_id is not None:
            return session.scalar(select(User.name).where(User.id == ground.user_id)) or ground.user_id
        if ground.team is not None:
            return f"{ground.team} team"
        return "The whole company" if ground.scope.everything else "You and those whose figures you may see"


def _trend(one: Definition, weeks: list[str], weekly: list[Metric]) -> Trend:
    """Return the weeks of a metric. One that is told in several currencies has none: its weeks would be of different money."""
    by_week = {made.window: made for made in weekly}
    several = len(by_week) < len(weekly)
    values = tuple(None if several else by_week[week].value if week in by_week else None for week in weeks)
    counted = tuple(by_week[week].denominator if week in by_week else 0 for week in weeks)
    return Trend(key=one.key, weeks=tuple(weeks), values=values, counted=counted, course=None, where=one.where, look_at=one.look_at)  # fmt: skip


def _judged(trend: Trend, whole: Metric | None) -> Trend:
    """Return a trend with how it goes against its target, and where to look only where it does not go well."""
    way = None
    if whole is not None and whole.target is not None:
        way = course(trend.values, whole.target, higher_is_better=whole.better == "higher")
    stuck = way in ("flat", "worse")
    return trend.model_copy(
        update={"course": way, "where": trend.where if stuck else None, "look_at": trend.look_at if stuck else None}
    )
