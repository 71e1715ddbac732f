"""What won and lost deals teach: patterns that are more than chance, and the weightiest win and loss of late with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from agents.answer import Action, Claim, Evidence
from agents.digest.ground import Ground, ended, section, worth
from agents.digest.record import Line, Section
from agents.pipeline.record import Pattern
from infra.spine.models import Account, Deal

LATELY = timedelta(days=90)
"""How far back the weightiest win and loss are looked for: ours, a quarter, as long as an objection library looks."""

MOST_PATTERNS = 4


def weightiest(ground: Ground, status: str) -> Any:
    """Return the worthiest deal that was won, or lost, in the last quarter as of the moment; of alike worth the latest."""
    rows = ground.session.execute(
        select(
            Deal.id.label("deal_id"),
            Deal.name.label("deal"),
            Deal.account_id,
            Account.name.label("account"),
            Deal.amount,
            Deal.currency,
            Deal.closed_at,
            Deal.status,
            Deal.competitor,
        )
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(
            Deal.status == status,
            Deal.closed_at < ground.at,
            Deal.closed_at >= ground.at - LATELY,
            ground.who.scope.deals(),
        )
        .order_by(Deal.amount.desc().nulls_last(), Deal.closed_at.desc(), Deal.id)
        .limit(20)
    ).all()
    return max(rows, key=lambda row: ground.value(row.amount, row.currency), default=None)


def learned_section(
    ground: Ground, patterns: Sequence[Pattern], ended: Mapping[str, tuple[Any, Sequence[Claim]]]
) -> Section | None:
    """Return patterns, the surest first, then the weightiest win and loss. `ended` is by won and lost: the deal and why, without those told in `moved`."""
    lines = [_pattern_line(one, index) for index, one in enumerate(patterns[:MOST_PATTERNS])]
    if ground.who.names_deals:
        lines += [_ended_line(ground, status, row, claims) for status, (row, claims) in ended.items() if claims]
    return section("patterns", "Won and lost", lines)


def _pattern_line(one: Pattern, index: int) -> Line:
    counted = f"{one.won_with} of {one.decided_with} against {one.won_without} of {one.decided_without}"
    evidence = Evidence(
        source="deal",
        id=f"pattern:{one.field}:{one.value}",
        quote=f"Won {counted}; p = {one.p:.3f}, {one.adjusted:.3f} after {one.compared} comparisons",
        at=one.window.end,
        label="Counted from decided deals",
    )
    return Line(
        key=f"patterns:{one.kind}:{one.field}:{one.value}",
        label="Shifted" if one.kind == "shift" else "Pattern",
        text=one.sentence,
        evidence=(evidence,),
        action=Action(label="Deals behind it", verb="ask", value="What is our win rate this year?"),
        rank=10.0 - index + (5.0 if one.kind == "shift" else 0.0),
    )


def _ended_line(ground: Ground, status: str, row: Any, claims: Sequence[Claim]) -> Line:
    won = status == "won"
    first = claims[0]
    to = f" to {row.competitor}" if row.competitor and not won else ""
    named = f"Why {'won' if won else 'lost'}: {row.account or row.deal}"
    field = Evidence(source="deal", id=row.deal_id, quote=row.competitor, url=ground.deal_url(row.deal_id), label="Competitor") if to else None  # fmt: skip
    return Line(
        key=f"patterns:{status}:{row.deal_id}",
        label="Biggest win of 90 days" if won else "Biggest loss of 90 days",
        subject=row.deal,
        text=ended(f"{worth(row.amount, row.currency)}{to}, {ground.day(row.closed_at)}: {_without_day(first.text)}"),
        url=ground.deal_url(row.deal_id),
        deal_id=row.deal_id,
        account_id=row.account_id,
        amount=row.amount,
        currency=row.currency,
        tone="good" if won else "trouble",
        evidence=(*first.evidence, *((field,) if field is not None else ())),
        action=Action(
            label=named, verb="ask", value=f"Why did we {'win' if won else 'lose'} {row.account or row.deal}?"
        ),
        rank=1.0 + 0.1 * won,
    )


def _without_day(text: str) -> str:
    head, dot, rest = text.partition(" · ")
    return rest if dot and len(head) <= 20 else text
