"""The facts of open deals, put together: a fixed number of statements, however many deals there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agents.health.course_sql import Stays, late_tasks, slips, stage_since
from agents.health.deals_sql import Standing, standing_deals, steps_kept
from agents.health.ground import Ground
from agents.health.people_sql import People, legal_waits, people
from agents.health.talk_sql import clocks, meetings, replies
from agents.health.words_sql import Words, qualified, words
from sales.health.facts import Facts, Meetings


@dataclass(frozen=True)
class Gathered:
    """One deal as it stood, the facts about it, and the moment of the buyer's last word."""

    deal: Standing
    facts: Facts
    last_from_buyer: datetime | None


def gather(ground: Ground, stays: Stays) -> dict[str, Gathered]:
    """Return what is known of each deal of the ground, by its id."""
    deals = standing_deals(ground)
    if not deals:
        return {}
    ticking = clocks(ground)
    met, answered = meetings(ground, ticking), replies(ground)
    there = people(ground, {one.id: one.account_id for one in deals.values()})
    lawyers = legal_waits(ground)
    entered, usual, moved, tasks = stage_since(ground), stays.of(ground), slips(ground), late_tasks(ground)
    heard, told, kept = words(ground), qualified(ground), steps_kept(ground)
    made = {}
    for id_, deal in deals.items():
        clock = ticking[id_]
        who = there.get(id_, People())
        said = heard.get(id_, Words())
        since, since_id = entered.get(id_, (None, None))
        if since is None and deal.stage_entered_at is not None and deal.stage_entered_at <= ground.as_of:
            since, since_id = ground.day(deal.stage_entered_at), "field:stage_entered_at"
        facts = Facts(
            today=ground.today,
            told=clock.told,
            stage=deal.stage,
            place=deal.place,
            created=deal.created,
            stage_since=since,
            stage_id=since_id,
            close_date=deal.close_date,
            next_step=deal.next_step,
            next_step_date=deal.next_step_date,
            fields_known=ground.fields_known,
            steps_kept=kept,
            quiet=clock.quiet,
            replies=answered.get(id_),
            meetings=met.get(id_, Meetings()),
            people=who.people,
            people_known=who.known,
            roles_kept=who.roles,
            mentions=tuple(said.mentions),
            owed=tuple(said.owed),
            moves=moved.get(id_, ()),
            stay=usual.get(deal.stage or ""),
            legal=lawyers.get(id_),
            tasks=tasks.get(id_, ()),
            qualified=told.get(id_),
            feelings=tuple(said.feelings),
        )
        made[id_] = Gathered(deal, facts, clock.last_at)
    return made
