"""What waits on us: overdue actions of the workflow, promises that we made and did not keep, and alerts that were held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from agents.answer import Action, Claim, Evidence
from agents.digest.ground import Ground, section, told
from agents.digest.record import Line, Section
from agents.workflow.record import TASK, Due
from infra.spine.models import Deal
from infra.spine.watch import Alert

NAMED = 2


def overdue_section(
    ground: Ground, overdue: Sequence[Due], promised: Mapping[tuple[str, str, str | None], Sequence[Claim]]
) -> Section | None:
    """Return what is overdue: one line a kind of action, the longest waiting named, and one for each promise. `promised` is by deal id, name and account."""
    lines = [_rule_line(ground, found) for found in _by_rule(overdue).values()]
    if ground.who.names_deals:
        lines += [_promise_line(ground, deal, claim) for deal, claims in promised.items() for claim in claims[:1]]
    lines.sort(key=lambda one: -one.rank)
    return section("overdue", "Overdue", lines, total=len(overdue) + sum(len(one[:1]) for one in promised.values()))


def _by_rule(overdue: Sequence[Due]) -> dict[str, list[Due]]:
    by: dict[str, list[Due]] = {}
    for one in overdue:
        by.setdefault(one.rule, []).append(one)
    return by


def _counted(count: int, label: str) -> str:
    """Return what a rule asks for on several deals: what it is about stands behind a colon, and is another thing on each."""
    what = label.partition(": ")[0]
    return f"{count:,} tasks" if label.startswith(TASK) else f"{count:,} × {what[:1].lower()}{what[1:]}"


def _rule_line(ground: Ground, found: Sequence[Due]) -> Line:
    ranked = sorted(found, key=lambda one: -_weight(ground, one))
    first = ranked[0]
    named = ranked[:NAMED] if ground.who.names_deals else []
    parts = [f"{one.deal}{_for(one)}{_owner(ground, one)}" for one in named]
    more = len(found) - len(named)
    if named and more:
        parts.append(f"{more:,} more")
    label = first.label.removeprefix(TASK) if len(found) == 1 else _counted(len(found), first.label)
    alone = len(found) == 1 and ground.who.names_deals
    return Line(
        key=f"overdue:{first.rule}",
        text=f"{label}{': ' + ', '.join(parts) if parts else ''}.",
        deal_id=first.deal_id if alone else None,
        account_id=first.account_id if alone else None,
        tone="trouble",
        evidence=tuple(_evidence(ground, one) for one in named),
        action=_action(first, alone=alone),
        rank=sum(_weight(ground, one) for one in found),
    )


def _action(first: Due, *, alone: bool) -> Action:
    if alone:
        return Action(label=f"Do it: {first.account or first.deal}", verb="ask", value=f"Draft a mail to {first.account or first.deal}")  # fmt: skip
    return Action(label="Clear them now", verb="ask", value="What is overdue?")


def _for(one: Due) -> str:
    if one.late is None:
        return ""
    hours = int(one.late.total_seconds() // 3600)
    return f" ({told(hours // 24, 'day')} late)" if hours >= 24 else f" ({told(max(1, hours), 'hour')} late)"


def _owner(ground: Ground, one: Due) -> str:
    owner = ground.owner(one.owner)
    return f", {owner}" if owner else ""


def _weight(ground: Ground, one: Due) -> float:
    late = one.late.total_seconds() / 86_400 if one.late is not None else 0.0
    return ground.value(one.amount, one.currency) * (0.2 + min(1.0, late / 7))


def _evidence(ground: Ground, one: Due) -> Evidence:
    if one.evidence is not None:
        return one.evidence
    return Evidence(source="deal", id=one.deal_id, quote=one.why, at=one.triggered_at, url=ground.deal_url(one.deal_id), label=one.deal)  # fmt: skip


def _promise_line(ground: Ground, deal: tuple[str, str, str | None], claim: Claim) -> Line:
    deal_id, name, account_id = deal
    _, dot, words = claim.text.partition(" · ")
    return Line(
        key=f"overdue:promise:{deal_id}",
        label="Promised, not done",
        subject=name,
        text=words if dot else claim.text,
        url=ground.deal_url(deal_id),
        deal_id=deal_id,
        account_id=account_id,
        tone="trouble",
        evidence=claim.evidence,
        action=Action(label=f"What we owe {name}", verb="ask", value=f"What have we promised {name} that is still open?"),
        rank=0.8,
    )  # fmt: skip


def alerts_section(ground: Ground) -> Section | None:
    """Return how many alerts were held back in the week, and why: nothing that was not told is lost."""
    if ground.past:
        return None
    owners = ground.who.owners
    rows = ground.session.execute(
        select(Alert.state, func.count())
        .join(Deal, Deal.id == Alert.deal_id)
        .where(Alert.state.in_(("held", "muted")), Alert.raised_at >= ground.begin, ground.who.scope.deals())
        .where(Alert.user_id.in_(owners) if owners is not None else Alert.id.is_not(None))
        .group_by(Alert.state)
    )
    counts: Counter[str] = Counter(dict(rows.all()))
    if not counts:
        return None
    why = [
        f"{told(counts[state], 'alert')} {words}"
        for state, words in (("held", "did not fit the day's budget"), ("muted", "came of a rule that was called useless too often"))
        if counts[state]
    ]  # fmt: skip
    line = Line(
        key="alerts:held",
        text=f"{' and '.join(why)}.",
        action=Action(label="Show them", verb="ask", value="Which alerts were held back?"),
        rank=float(sum(counts.values())),
    )
    return section("alerts", "Held alerts", (line,), total=sum(counts.values()))
