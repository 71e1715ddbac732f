"""Deals at high risk: which are new there, which got worse and which better since the week began, and why, in facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.answer import Action
from agents.digest.ground import Ground, section, told, worth
from agents.digest.record import Line, Section
from agents.health.record import Health, Reason

MOST_REASONS = 3
LONGEST = 300
"""Characters of a line's reasons: what doesn't fit stands on the deal's page."""

WORSE_BY, BETTER_BY = 5, 10
"""Points by which a score must change to be told. Better must be clearer: one answered mail is not yet a saved deal. Ours."""

_TITLE = "Deals at risk"


class Mark(Protocol):
    """How a deal stood at a moment, as `infra.spine.watch.HealthMark` keeps it."""

    score: int | None
    band: str
    reasons: list[str]


@dataclass(frozen=True)
class _Change:
    """A deal whose health is worth a line: `label` says how it changed, `change` by how much, from 0 to 1."""

    label: str
    health: Health
    before: int | None
    change: float
    told: tuple[Reason, ...]


def risk_section(ground: Ground, health: Sequence[Health], before: Mapping[str, Mark]) -> Section | None:
    """Return the deals at risk as a diff. One that is as it was a week ago stands behind the button; one that is well is not named unless it was at risk.

    Nothing is told as new or worse of a deal whose health was not known before.
    """
    changes = [found for one in health if (found := _change(one, before.get(one.deal_id), bool(before))) is not None]
    unknown = sum(one.band == "unknown" for one in health)
    note = f"Of {told(unknown, 'open deal')} too little is known to tell." if unknown and changes else None
    lines = sorted((_line(ground, one) for one in changes), key=lambda line: -line.rank)
    at_risk = sum(one.band == "at_risk" for one in health)
    return section("risk", _TITLE, lines, total=at_risk, note=note)


def _change(one: Health, mark: Mark | None, kept: bool) -> _Change | None:
    if one.score is None or one.band == "unknown":
        return None
    bad = one.bad
    if mark is None or mark.score is None:
        if one.band != "at_risk":
            return None
        # Where no health was kept a week ago, nobody can say what is new.
        label = "New" if kept and one.trend == "new" and mark is not None else "At risk"
        return _Change(label, one, None, (100 - one.score) / 100, bad)
    fell = mark.score - one.score
    if one.band == "at_risk" and mark.band != "at_risk":
        return _Change("New", one, mark.score, max(fell, WORSE_BY) / 100, _newest_first(bad, mark))
    if one.band == "at_risk" and fell >= WORSE_BY:
        return _Change("Worse", one, mark.score, fell / 100, _newest_first(bad, mark))
    if mark.band == "at_risk" and one.band != "at_risk" and -fell >= BETTER_BY:
        return _Change("Better", one, mark.score, -fell / 100, one.good or bad)
    if one.band == "at_risk":
        return _Change("Still", one, mark.score, 0.01, bad)
    return None


def _newest_first(bad: tuple[Reason, ...], mark: Mark) -> tuple[Reason, ...]:
    fresh = tuple(one for one in bad if one.kind not in mark.reasons)
    return fresh + tuple(one for one in bad if one.kind in mark.reasons)


def _line(ground: Ground, found: _Change) -> Line:
    one = found.health
    chosen = chosen_reasons(found.told)
    score = f"{found.before} → {one.score}" if found.before is not None else f"{one.score} of 100"
    because = ". ".join(reason.sentence.strip().rstrip(".") for reason in chosen)
    owner = ground.owner(one.owner)
    named = f"{worth(one.amount, one.currency)}{f', {owner}' if owner else ''}"
    return Line(
        key=f"risk:{one.deal_id}",
        label=found.label,
        subject=one.deal,
        text=f"{named}, {score}: {because}." if because else f"{named}, {score}.",
        url=ground.deal_url(one.deal_id),
        deal_id=one.deal_id,
        account_id=one.account_id,
        owner_id=one.owner_id if ground.who.personal else None,
        owner=owner,
        amount=one.amount,
        currency=one.currency,
        before=str(found.before) if found.before is not None else None,
        after=str(one.score),
        tone="good" if found.label == "Better" else "trouble",
        evidence=tuple(piece for reason in chosen for piece in reason.evidence[:1]),
        action=action_of(one),
        rank=ground.value(one.amount, one.currency) * found.change,
    )


def chosen_reasons(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the first reasons that fit a line together, one of a family at most: two rules that see the same thing say it once. At least one."""
    chosen: list[Reason] = []
    length = 0
    for reason in reasons:
        if any(reason.family == other.family for other in chosen):
            continue
        length += len(reason.sentence)
        if chosen and length > LONGEST:
            break
        chosen.append(reason)
        if len(chosen) == MOST_REASONS:
            break
    return tuple(chosen)


def action_of(one: Health) -> Action:
    """Return the one thing to do about a deal: what its health puts first, else asking why."""
    step = one.next_action
    if step is not None and step.verb == "ask":
        return Action(label=step.label, verb="ask", value=step.value)
    if step is not None and step.verb == "draft":
        return Action(label=step.label, verb="ask", value=f"Draft a mail to {one.account or one.deal}")
    return Action(label="Why?", verb="ask", value=f"Why is {one.deal} at risk?")
