"""All rules in one place: what they find on a deal, its score, what can't be told, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sales.health import course, owed, people, said, talk
from sales.health.facts import Facts
from sales.health.reason import Finding, Score, score

VERSION = "1"
"""Raise it with every change of what a rule finds, so that healths are made anew."""

RULES: dict[str, Callable[[Facts], Finding | None]] = {
    "champion_left": people.champion_left,
    "refusal": said.refusal,
    "silence": talk.silence,
    "date_contradicted": course.date_contradicted,
    "on_hold": said.on_hold,
    "close_date_passed": course.close_date_passed,
    "close_date_slips": course.close_date_slips,
    "legal_silent": said.legal_silent,
    "security_review": said.security_review,
    "competitor": said.competitor,
    "promise_broken_by_us": owed.promise_broken_by_us,
    "promise_broken_by_buyer": owed.promise_broken_by_buyer,
    "sceptic": people.sceptic,
    "sentiment_falls": said.sentiment_falls,
    "budget": said.budget,
    "meeting_cancelled": talk.meeting_cancelled,
    "meeting_cadence": talk.meeting_cadence,
    "slow_replies": talk.slow_replies,
    "stage_age": course.stage_age,
    "no_next_step": course.no_next_step,
    "next_step_overdue": course.next_step_overdue,
    "few_contacts": people.few_contacts,
    "no_senior_contact": people.no_senior_contact,
    "no_champion": people.no_champion,
    "qualification_gap": owed.qualification_gap,
    "meeting_booked": talk.meeting_booked,
    "replies_fast": talk.replies_fast,
    "champion_active": people.champion_active,
    "buyer_confirmed": course.buyer_confirmed,
    "next_step_dated": course.next_step_dated,
    "many_contacts": people.many_contacts,
}
"""Every rule by the kind of reason that it gives."""

_UNKNOWN = (talk.silence_unknown, course.stage_age_unknown, owed.qualification_unknown)


@dataclass(frozen=True)
class Judged:
    """What the rules say of a deal: findings worst first, those that speak for it last; the score; what can't be told, in sentences."""

    findings: tuple[Finding, ...]
    score: Score
    unknown: tuple[str, ...]


def judge(facts: Facts) -> Judged:
    """Apply every rule. Where nothing of what passes with the buyer is known, what was found is told without weight: the deal is unknown."""
    found = [one for rule in RULES.values() if (one := rule(facts)) is not None]
    scored = score(found, told=facts.told)
    if scored.points is None:
        found = [replace(one, weight=0, tone="unknown") for one in found]
    order = {kind: place for place, kind in enumerate(RULES)}
    found.sort(key=lambda one: (one.tone == "good", -one.weight, order[one.kind]))
    unknown = tuple(sentence for rule in _UNKNOWN if (sentence := rule(facts)) is not None)
    return Judged(tuple(found), scored, unknown)
