"""What moved in the week: won, lost, new, slipped, pulled in, changed stage or amount. One line a kind; what ended says why, in the buyer's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from agents.answer import Action, Claim, Evidence
from agents.digest.ground import Ground, ended, section, told, worth
from agents.digest.record import Line, Section
from agents.narrative.phrasing import short_money
from agents.pipeline.record import Move, MoveKind, Movement

NAMED = 3
"""Deals that a line names; the others stand behind the button, one by one."""

_LABELS: dict[MoveKind, str] = {
    "won": "Won",
    "lost": "Lost",
    "slipped": "Slipped",
    "pulled_in": "Pulled in",
    "new": "New",
    "reopened": "Reopened",
    "amount_down": "Worth less",
    "amount_up": "Worth more",
    "stage_back": "Back a stage",
    "stage_forward": "Forward a stage",
}
_TONES = {"won": "good", "lost": "trouble", "slipped": "trouble", "stage_back": "trouble", "amount_down": "trouble"}
_WEIGHT: dict[MoveKind, float] = {
    "won": 3.0,
    "lost": 3.0,
    "slipped": 1.5,
    "reopened": 1.2,
    "pulled_in": 1.0,
    "new": 1.0,
    "amount_down": 1.0,
    "amount_up": 1.0,
    "stage_back": 0.8,
    "stage_forward": 0.4,
}
"""How much a move of each kind matters beside the deal's worth: what is decided most, a step forward on the usual road least. Ours."""


def moved_section(ground: Ground, movement: Movement, reasons: Mapping[str, Sequence[Claim]]) -> Section | None:
    """Return what moved. `reasons` are the buyer's words on why a deal was won or lost, by its id."""
    lines: list[Line] = []
    for kind, label in _LABELS.items():
        moves = sorted(movement.of(kind), key=lambda one: -ground.value(one.amount, one.currency))
        if moves:
            lines.append(_kind_line(ground, kind, label, moves, reasons))
    lines.sort(key=lambda line: -line.rank)
    return section("moved", "Moved", lines, total=len(movement.moves), note=" ".join(movement.notes) or None)


def each_move(ground: Ground, movement: Movement) -> tuple[Line, ...]:
    """Return the moves that share their kind's line with others, each as a line of its own, the weightiest first."""
    counts = Counter(one.kind for one in movement.moves)
    moves = sorted(
        [one for one in movement.moves if counts[one.kind] > 1],
        key=lambda one: -_WEIGHT[one.kind] * ground.value(one.amount, one.currency),
    )
    return tuple(
        Line(
            key=f"move:{one.kind}:{one.deal_id}",
            label=_LABELS[one.kind],
            subject=one.deal,
            text=f"{_worth_of(one)}{_from_to(ground, one)}",
            url=ground.deal_url(one.deal_id),
            deal_id=one.deal_id,
            account_id=one.account_id,
            owner_id=one.owner_id if ground.who.personal else None,
            owner=ground.owner(one.owner),
            amount=one.amount,
            currency=one.currency,
            before=one.old,
            after=one.new,
            evidence=(_evidence(ground, one),),
            rank=_WEIGHT[one.kind] * ground.value(one.amount, one.currency),
        )
        for one in moves
    )


def _kind_line(
    ground: Ground, kind: MoveKind, label: str, moves: Sequence[Move], reasons: Mapping[str, Sequence[Claim]]
) -> Line:
    first = moves[0]
    totals = _totals(moves)
    named = moves[:NAMED] if ground.who.names_deals else ()
    evidence = [_evidence(ground, one) for one in named]
    parts = []
    for one in named:
        because = reasons.get(one.deal_id, ())[:1] if kind in ("won", "lost") else ()
        evidence += [piece for claim in because for piece in claim.evidence]
        said = f": {_because(because[0])}" if because else ""
        money = f" {worth(one.amount, one.currency)}" if len(moves) > 1 else ""
        parts.append(f"{one.deal}{money}{_from_to(ground, one)}{said}")
    more = len(moves) - len(named)
    if named and more:
        parts.append(f"{more} more")
    what = f"{len(moves)}{f', {totals}' if totals else ''}"
    alone = len(moves) == 1 and ground.who.names_deals
    text = f"{what}: {'; '.join(parts)}" if parts else what
    if alone:
        text = f"{worth(first.amount, first.currency)}{parts[0].removeprefix(first.deal)}"
    return Line(
        key=f"moved:{kind}",
        label=label,
        subject=first.deal if alone else None,
        text=ended(text),
        url=ground.deal_url(first.deal_id) if alone else None,
        deal_id=first.deal_id if alone else None,
        account_id=first.account_id if alone else None,
        amount=first.amount if alone else None,
        currency=first.currency if alone else None,
        tone=_TONES.get(kind, "plain"),
        evidence=tuple(evidence),
        action=_action(kind, first) if ground.who.names_deals else None,
        rank=_WEIGHT[kind] * sum(ground.value(one.amount, one.currency) for one in moves),
    )


def _action(kind: MoveKind, first: Move) -> Action:
    if kind == "lost":
        return Action(label=f"Why did we lose {first.account or first.deal}?", verb="ask", value=f"Why did we lose {first.deal}?")  # fmt: skip
    if kind == "won":
        return Action(label=f"Why did we win {first.account or first.deal}?", verb="ask", value=f"Why did we win {first.deal}?")  # fmt: skip
    if kind in ("slipped", "pulled_in", "stage_back", "amount_down", "amount_up"):
        return Action(label=f"What changed at {first.account or first.deal}?", verb="ask", value=f"What's the latest on {first.deal}?")  # fmt: skip
    return Action(label=f"Brief: {first.account or first.deal}", verb="ask", value=f"Brief me on {first.account or first.deal}")  # fmt: skip


def _because(claim: Claim) -> str:
    """Return a reason without the day in front of it, which the week tells."""
    head, dot, rest = claim.text.partition(" · ")
    return rest if dot and len(head) <= 20 else claim.text


def _from_to(ground: Ground, one: Move) -> str:
    if one.kind in ("slipped", "pulled_in"):
        return f", {_day(ground, one.old)} → {_day(ground, one.new)}"
    if one.kind in ("stage_forward", "stage_back"):
        return f", {one.old or 'no stage'} → {one.new or 'no stage'}"
    if one.kind in ("amount_up", "amount_down"):
        return f", {_sum(one.old, one.currency)} → {_sum(one.new, one.currency)}"
    return ""


def _day(ground: Ground, text: str | None) -> str:
    try:
        return ground.day(date.fromisoformat((text or "")[:10]))
    except ValueError:
        return text or "no date"


def _sum(text: str | None, currency: str) -> str:
    try:
        return short_money(Decimal(text or ""), currency)
    except ArithmeticError:
        return text or "no amount"


def _worth_of(one: Move) -> str:
    return worth(one.amount, one.currency)


def _totals(moves: Sequence[Move]) -> str:
    by: dict[str, Decimal] = {}
    for one in moves:
        if one.amount is not None:
            by[one.currency] = by.get(one.currency, Decimal(0)) + one.amount
    return " + ".join(short_money(total, currency) for currency, total in sorted(by.items(), key=lambda kept: -kept[1]))


def _evidence(ground: Ground, one: Move) -> Evidence:
    """Return what a move rests on: the recorded change, or the deal's own dates."""
    url = ground.deal_url(one.deal_id)
    what = {"slipped": "close date", "pulled_in": "close date", "new": "created", "amount_up": "amount", "amount_down": "amount"}.get(one.kind, "stage")  # fmt: skip
    quote = one.new or one.old or _LABELS[one.kind]
    if one.change_id is not None:
        return Evidence(source="change", id=one.change_id, quote=quote, at=one.at, url=url, label=f"{one.deal}: {what}")
    return Evidence(source="deal", id=one.deal_id, quote=quote, at=one.at, url=url, label=f"{one.deal}: {what}")


def counts(movement: Movement) -> str:
    """Return the movement in one line of figures: `won 2 ($61k) · lost 1 · slipped 3 ($90k)`."""
    parts = []
    for kind, label in _LABELS.items():
        moves = movement.of(kind)
        if moves and kind not in ("stage_forward", "stage_back"):
            totals = _totals(moves)
            parts.append(f"{label.lower()} {len(moves)}{f' ({totals})' if totals else ''}")
    return " · ".join(parts)


def whole(movement: Movement) -> str:
    """Return how many deals moved."""
    return told(len({one.deal_id for one in movement.moves}), "deal")
