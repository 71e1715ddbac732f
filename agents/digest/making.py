"""Making one review: every section from its own source, in the order in which they are read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Claim
from agents.coaching.record import Scorecard
from agents.digest.ahead import ahead_section
from agents.digest.arranging import KEPT, arranged
from agents.digest.coaching import coaching_section
from agents.digest.drawn import conversion_picture, movement_picture, risk_picture
from agents.digest.duties import alerts_section, overdue_section
from agents.digest.ground import Ground, typical_amounts
from agents.digest.hot import hot_section
from agents.digest.learned import LATELY, learned_section, weightiest
from agents.digest.money import forecast_section, headline, headline_facts
from agents.digest.moved import each_move, moved_section
from agents.digest.quality import NAMED, quality_section
from agents.digest.record import Digest, Section, review_id
from agents.digest.risk import Change, changes, chosen_reasons, risk_section
from agents.digest.said import said_section
from agents.digest.standings import HealthReading, standings, with_reasons
from agents.digest.stories import Stories
from agents.freshness import freshness_of
from agents.health.next_step import NextSteps, with_next_steps
from agents.health.record import Health
from agents.hygiene.findings import examine_deals
from agents.metrics.metric import Window
from agents.pipeline.record import Forecast, Movement
from agents.pipeline.service import Pipeline
from agents.workflow.record import Due
from infra.spine.models import Deal, User
from infra.spine.scope import Scope
from infra.spine.spoken import is_open

MOST_SPLIT = 2_000
"""Open deals up to which the forecast is told for each team or person besides: each of theirs tells it as well, and it costs as much as the whole."""

_ENDED_TOLD = 4
"""Deals won or lost in the week whose reasons are read, the worthiest."""


class DueReading(NextSteps, Protocol):
    """What the workflow asks for: `agents.workflow.service.Workflows`."""

    def overdue(self, session: Session, scope: Scope, as_of: datetime | None = None) -> Sequence[Due]:
        """Return what is late."""
        ...


@dataclass(frozen=True)
class Sources:
    """Where the sections come from."""

    health: HealthReading
    pipeline: Pipeline
    workflow: DueReading


def make_review(ground: Ground, sources: Sources, cards: Sequence[Scorecard]) -> Digest:
    """Return the review, its first screen chosen for a reader who has judged nothing."""
    started = time.perf_counter()
    session, who = ground.session, ground.who
    as_of = ground.at if ground.past else None
    health = standings(ground, sources.health)
    ground = replace(ground, typical=typical_amounts((one.currency, one.amount) for one in health if one.amount is not None))  # fmt: skip
    scope, whose = who.whose
    window = Window(begin=ground.begin, end=ground.through)
    movement = sources.pipeline.movement(session, scope, window, whose)
    forecast = sources.pipeline.forecast(session, scope, ground.at, whose)
    stories = Stories(ground)
    ended, lately = _ended(ground, stories, movement)
    moved = moved_section(ground, movement, ended)
    if moved is not None and who.names_deals:
        moved = moved.model_copy(update={"more": each_move(ground, movement)[:KEPT]})
    quality = quality_section(ground, examine_deals(session, ground.settings, who.scope, ground.at, NAMED)) if not ground.past else None  # fmt: skip
    promised = {
        (row.deal_id, row.account or row.deal, row.account_id): claims
        for row, _ in lately.values()
        if (claims := stories.owed_by_us(row.deal_id, row.account_id))
    }
    found = changes(ground, health, sources.health.before(session, who.scope, ground.begin))[:KEPT]
    found = _in_full(ground, sources, found, as_of)
    sections = [
        forecast_section(ground, forecast, _parts(ground, sources.pipeline) if len(health) <= MOST_SPLIT else None),
        risk_section(ground, health, found),
        moved,
        ahead_section(ground, stories, _told_of_dates(found)),
        hot_section(ground),
        said_section(ground),
        overdue_section(ground, sources.workflow.overdue(session, who.scope, as_of), promised),
        coaching_section(ground, cards),
        learned_section(ground, sources.pipeline.patterns(session, scope, ground.at, whose), lately),
        alerts_section(ground),
        quality,
    ]
    conversion = sources.pipeline.conversion(session, scope, Window(begin=ground.at - LATELY, end=ground.at), whose)
    pictures = (movement_picture(ground, movement), risk_picture(ground, health), conversion_picture(ground, conversion))  # fmt: skip
    digest = Digest(
        id=review_id(ground.week.name, who.audience, who.about),
        week=ground.week.name,
        audience=who.audience,
        about=who.about,
        about_name=who.about_name,
        begin=ground.begin,
        end=ground.week.end,
        through=ground.through,
        zone=ground.zone.key,
        headline=headline(who.about_name, ground.week.number, forecast),
        headline_facts=headline_facts(forecast),
        quiet=_is_quiet(sections),
        open_deals=_open_deals(ground, health),
        sections=tuple(one for one in sections if one is not None),
        pictures=tuple(one for one in pictures if one is not None),
        freshness=freshness_of(session, who.reach, as_of=ground.at),
        as_of=ground.at,
        took_ms=round((time.perf_counter() - started) * 1000),
    )
    return arranged(digest)


def _in_full(ground: Ground, sources: Sources, found: Sequence[Change], as_of: datetime | None) -> list[Change]:
    """Return the changes with all that is told of their deals: the reasons and the next step; without those that have none any more."""
    whole = with_reasons(ground, sources.health, [one.health for one in found])
    stepped = with_next_steps(sources.workflow, ground.session, list(whole.values()), as_of)
    told = {one.deal_id: one for one in stepped}
    return [replace(one, health=told[one.health.deal_id]) for one in found if one.health.deal_id in told]


def _told_of_dates(found: Sequence[Change]) -> frozenset[str]:
    """Return the deals whose line at risk says already that the buyer names another date."""
    told = {one.health.deal_id: chosen_reasons(one.told) for one in found}
    return frozenset(deal for deal, reasons in told.items() if any(one.kind == "date_contradicted" for one in reasons))


def _open_deals(ground: Ground, health: Sequence[Health]) -> int:
    if ground.past:
        return len(health)
    held = ground.who.scope.deals()
    return ground.session.scalar(select(func.count()).select_from(Deal).where(is_open(Deal), held)) or 0


def _ended(
    ground: Ground, stories: Stories, movement: Movement
) -> tuple[dict[str, Sequence[Claim]], dict[str, tuple[Any, Sequence[Claim]]]]:
    """Return why the worthiest deals of the week ended so, and the weightiest win and loss of late where the week has not told them."""
    over = sorted(movement.of("won", "lost"), key=lambda one: -ground.value(one.amount, one.currency))
    week = {one.deal_id: stories.ended(one.deal_id, one.account_id) for one in over[:_ENDED_TOLD]}
    lately: dict[str, tuple[Any, Sequence[Claim]]] = {}
    for status in ("won", "lost"):
        row = weightiest(ground, status)
        if row is not None:
            claims = () if row.deal_id in week else stories.ended(row.deal_id, row.account_id)
            lately[status] = (row, claims)
    return {deal: claims for deal, claims in week.items() if claims}, lately


def _parts(ground: Ground, pipeline: Pipeline) -> dict[str, Forecast]:
    """Return the forecasts that make up this one: of the teams in the company's review, of each of a manager's people in theirs."""
    who = ground.who
    if who.audience == "company":
        return dict(sorted(pipeline.forecasts(ground.session, who.reach, ground.at, "team").items()))
    if who.audience != "manager":
        return {}
    people = ground.session.execute(select(User.id, User.name).where(User.id.in_(who.coached - {who.reader_id or ""})).order_by(User.name))  # fmt: skip
    found = pipeline.forecasts(ground.session, who.reach, ground.at, "rep")
    return {name: found[user_id] for user_id, name in people if user_id in found}


def _is_quiet(sections: Sequence[Section | None]) -> bool:
    """Whether nothing changed: no deal moved or changed its health, and nothing was heard, came in or is due."""
    news = {"moved", "hot", "said", "overdue", "coaching", "closing"}
    for one in sections:
        if one is None:
            continue
        if one.key in news or (
            one.key == "risk" and any(line.label not in ("Still", "At risk", "Also") for line in one.lines)
        ):
            return False
    return True


def window_of(begin: datetime, end: datetime, at: datetime) -> tuple[datetime, datetime]:
    """Return until when a week is told at `at`, and the moment that states are told of: now in the days after it, else its end."""
    through = max(begin, min(end, at))
    return through, at if at < end + timedelta(days=7) else end
