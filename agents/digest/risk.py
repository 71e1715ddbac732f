"""Deals at high risk: which are new there, which got worse and which better since the week began, and why, in facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.answer import Action
from agents.digest.ground import Ground, ended, section, told, worth
from agents.digest.record import Line, Section
from agents.digest.standings import Mark
from agents.health.record import Health, Reason
from sales.health.reason import AT_RISK_BELOW

MOST_REASONS = 3
LONGEST = 300
"""Characters of a line's reasons: what doesn't fit stands on the deal's page."""

WORSE_BY, BETTER_BY = 5, 10
"""Points by which a score must change to be told. Better must be clearer: one answered mail is not yet a saved deal. Ours."""

FRESH = 1.5
"""How much more a reason tells that did not hold when the week began, for the order in which reasons are told: ours."""

_TITLE = "Deals at risk"
_COUNTED = {"New": "new", "Worse": "worse", "At risk": "standing for the first time", "Still": "as last week", "Better": "better, and at risk no more"}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A deal whose health is worth a line: `label` says how it changed, `change` by how much, from 0 to 1; `known` are the reasons that stood before."""

    label: str
    health: Health
    before: int | None
    change: float
    known: frozenset[str] | None = None

    @property
    def told(self) -> tuple[Reason, ...]:
        """The reasons that tell of the change, the first the most."""
        one = self.health
        if self.label == "Better":
            return one.good or one.bad
        return tuple(sorted(one.bad, key=lambda reason: -reason.weight * (FRESH if self._is_new(reason) else 1.0)))

    def _is_new(self, reason: Reason) -> bool:
        return reason.new if self.known is None else reason.kind not in self.known


def changes(ground: Ground, health: Sequence[Health], before: Mapping[str, Mark]) -> list[Change]:
    """Return the deals that are or were at risk, with what became of them since the week began, by value × change; the weightiest first."""
    found = [change for one in health if (change := _change(one, before.get(one.deal_id))) is not None]
    return sorted(found, key=lambda one: (-_rank(ground, one), one.health.deal_id))


def risk_section(ground: Ground, health: Sequence[Health], found: Sequence[Change]) -> Section | None:
    """Return the deals at risk as a diff, a line each of `found`, whose healths are whole. One that is well is not named unless it was at risk."""
    at_risk = sum(one.band == "at_risk" for one in health)
    if not ground.who.names_deals:
        return _figures(found, at_risk)
    unknown = sum(one.band == "unknown" for one in health)
    note = f"Of {told(unknown, 'open deal')} too little is known to tell." if unknown and found else None
    return section("risk", _TITLE, (_line(ground, one) for one in found), total=at_risk, note=note)


def _change(one: Health, mark: Mark | None) -> Change | None:
    if one.score is None or one.band == "unknown":
        return None
    # Where no mark was kept, the records tell how the deal stood seven days ago.
    before = mark.score if mark is not None else one.before
    known = frozenset(mark.reasons) if mark is not None else None
    if before is None:
        return Change("At risk", one, None, (100 - one.score) / 100, known) if one.band == "at_risk" else None
    was_at_risk = before < AT_RISK_BELOW
    fell = before - one.score
    if one.band == "at_risk" and not was_at_risk:
        return Change("New", one, before, max(fell, WORSE_BY) / 100, known)
    if one.band == "at_risk" and fell >= WORSE_BY:
        return Change("Worse", one, before, fell / 100, known)
    if was_at_risk and one.band != "at_risk" and -fell >= BETTER_BY:
        return Change("Better", one, before, -fell / 100, known)
    return Change("Still", one, before, 0.01, known) if one.band == "at_risk" else None


def _rank(ground: Ground, found: Change) -> float:
    return ground.value(found.health.amount, found.health.currency) * found.change


def _figures(found: Sequence[Change], at_risk: int) -> Section | None:
    """Return figures alone, for readers who may not see every deal."""
    counts = Counter(one.label for one in found)
    if not counts:
        return None
    parts = [f"{counts[label]} {words}" for label, words in _COUNTED.items() if counts[label]]
    line = Line(
        key="risk:figures",
        text=f"{told(at_risk, 'deal')} at risk: {', '.join(parts)}.",
        tone="trouble" if counts["New"] or counts["Worse"] else "plain",
        action=Action(label="Mine", verb="ask", value="Which of my deals are at risk?"),
        rank=1.0,
    )
    return section("risk", _TITLE, (line,), total=at_risk)


def _line(ground: Ground, found: Change) -> Line:
    one = found.health
    chosen = chosen_reasons(found.told)
    score = (
        f"{found.before} → {one.score}"
        if found.before is not None and found.label != "Still"
        else f"health {one.score} of 100"
    )
    because = ". ".join(reason.sentence.strip().rstrip(".") for reason in chosen)
    owner = ground.owner(one.owner)
    named = f"{worth(one.amount, one.currency)}{f', {owner}' if owner else ''}"
    return Line(
        key=f"risk:{one.deal_id}",
        label=found.label,
        subject=one.deal,
        text=ended(f"{named}, {score}: {because}" if because else f"{named}, {score}"),
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
        rank=_rank(ground, found),
    )  # fmt: skip


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
    name = one.account or one.deal
    step = one.next_action
    if step is None:
        return Action(label=f"Why {name}?", verb="ask", value=f"Why is {one.deal} at risk?")
    label = f"{name}: {step.label[:1].lower()}{step.label[1:]}"
    if step.verb == "draft":
        return Action(label=label, verb="ask", value=f"Draft a mail to {name}")
    return Action(label=label, verb="ask", value=step.value if step.verb == "ask" else f"Why is {one.deal} at risk?")
