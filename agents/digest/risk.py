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
from agents.workflow.record import TASK
from sales.health.reason import AT_RISK_BELOW

MOST_REASONS = 3
LONGEST = 300
"""Characters of a line's reasons: what doesn't fit stands on the deal's page."""

WORSE_BY, BETTER_BY = 5, 10
"""Points by which a score must change to be told. Better must be clearer: one answered mail is not yet a saved deal. Ours."""

FRESH = 1.5
"""How much more a reason tells that did not hold when the week began, for the order in which reasons are told: ours."""

_EXPLAINED = 12
"""Deals whose other reasons are told behind the button."""

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
    made = section("risk", _TITLE, (_line(ground, one) for one in found), total=at_risk, note=note)
    return made.model_copy(update={"more": other_reasons(ground, found)}) if made is not None else None


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
    """Return the first reasons that fit a line together, at least one. A second one of a family comes after the first of another: a line tells different things."""
    seen: Counter[str] = Counter()
    placed = []
    for place, reason in enumerate(reasons):
        placed.append((seen[reason.family], place, reason))
        seen[reason.family] += 1
    chosen: list[Reason] = []
    length = 0
    for _, _, reason in sorted(placed, key=lambda one: one[:2]):
        length += len(reason.sentence)
        if chosen and (length > LONGEST or len(chosen) == MOST_REASONS):
            break
        chosen.append(reason)
    return tuple(chosen)


def other_reasons(ground: Ground, found: Sequence[Change]) -> tuple[Line, ...]:
    """Return, for the deals of the section, what speaks against them besides what their line tells: it stands behind the button."""
    lines = []
    for change in found[:_EXPLAINED]:
        one = change.health
        told_already = chosen_reasons(change.told)
        rest = [reason for reason in change.told if reason not in told_already]
        if rest and ground.who.names_deals:
            lines.append(
                Line(
                    key=f"risk:{one.deal_id}:also",
                    label="Also",
                    subject=one.deal,
                    text=ended(". ".join(reason.sentence.strip().rstrip(".") for reason in rest)),
                    url=ground.deal_url(one.deal_id),
                    deal_id=one.deal_id,
                    account_id=one.account_id,
                    evidence=tuple(piece for reason in rest for piece in reason.evidence[:1]),
                    action=action_of(one),
                    rank=-1.0,
                )
            )
    return tuple(lines)


def action_of(one: Health) -> Action:
    """Return the one thing to do about a deal: what its health puts first, else asking why."""
    name = one.account or one.deal
    step = one.next_action
    if step is None:
        return Action(label=f"Why {name}?", verb="ask", value=f"Why is {one.deal} at risk?")
    told = step.label.removeprefix(TASK)
    label = f"{name}: {told[:1].lower()}{told[1:]}"
    if step.verb == "draft":
        return Action(label=label, verb="ask", value=f"Draft a mail to {name}")
    return Action(label=label, verb="ask", value=step.value if step.verb == "ask" else f"Why is {one.deal} at risk?")
