"""What "tighten sourcing" puts forward: what the record has in common with others that came to nothing, as a change of whom we look for, with both shares. A person adopts it or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from agents.operating.changing import change_of
from agents.operating.comparing import LOOKED_AT, Compared
from agents.operating.record import Change
from infra.spine.business import Account
from infra.spine.people import Lead
from infra.spine.proposals import Proposal
from infra.spine.scope import Scope
from infra.spine.signals import Signal
from sales.workflow.luck import Split, by_luck

ICP = "icp.toml"
_OF_COMPANY: tuple[tuple[str, str, Any], ...] = (
    ("industries", "industry", Account.industry),
    ("countries", "country", Account.country),
    ("regions", "region", Account.region),
    ("tiers", "tier", Account.tier),
)
"""The exclusions that `icp.toml` knows, each with its word and the field of a company that it is about."""
_PURSUED, _TURNED_DOWN = ("approved", "executing", "done"), ("rejected", "expired")
_WORKED = ("qualified", "converted")
_OVER = ("skipped", "disqualified", "unqualified", "closed", "rejected", "lost")


@dataclass(frozen=True)
class _Common:
    """Something that a record has in common with others: `value` is what adopting takes, `rule` the change in words, `what` names those who have it."""

    value: str
    rule: str
    what: str
    condition: Any
    adopts: str


def tightened(session: Session, scope: Scope, now: datetime, record: Signal | Lead, asked_by: str) -> Change | None:
    """Return the change that the record argues for most: what it has in common with the largest share of those that came to nothing. None where nothing is known of it.

    Counted are the records like it of the last year that were decided on, itself among them; those that wait count for nothing.
    """
    compared = [
        _compared(one, _split(session, scope, now, type(record), one.condition)) for one in _in_common(session, record)
    ]
    if not compared:
        return None
    worst = min(compared, key=lambda one: (_share(one.split), -one.split.with_all, one.value))
    return change_of(worst, by_luck(worst.split) * len(compared), len(compared), asked_by)


def _compared(one: _Common, split: Split) -> Compared:
    # A company's own words may hold braces, which stand for the shares here.
    what = one.what.replace("{", "{{").replace("}", "}}")
    argument = f"Of what came from {what}, {{}} was pursued; of the rest, {{}}."
    return Compared("segment", one.value, split, one.rule, argument, one.adopts)


def _in_common(session: Session, record: Signal | Lead) -> Iterator[_Common]:
    account = session.get(Account, record.account_id) if record.account_id is not None else None
    for field, word, column in _OF_COMPANY:
        value = getattr(account, column.key) if account is not None else None
        if value:
            rule = f'Look no more at companies of the {word} "{value}"?'
            yield _Common(
                f"{field}={value}",
                rule,
                f'companies of the {word} "{value}"',
                func.lower(column) == value.lower(),
                ICP,
            )
    if isinstance(record, Signal):
        told = record.kind.replace("_", " ")
        yield _Common(record.kind, f'Tighten the segment: write no more because of "{told}"?', f'signals of "{told}"', Signal.kind == record.kind, "a task")  # fmt: skip
    elif record.lead_source:
        source = record.lead_source
        yield _Common(f"source:{source}", f'Take no more leads from "{source}"?', f'the source "{source}"', Lead.lead_source == source, "a task")  # fmt: skip


def _split(session: Session, scope: Scope, now: datetime, of: type[Signal | Lead], condition: Any) -> Split:
    good, over, seen = _fates(of)
    inside = func.coalesce(condition, False)

    def count(*conditions: Any) -> Any:
        return func.count(case((and_(*conditions), 1)))

    decided = or_(good, over)
    row = session.execute(
        select(count(good, inside), count(decided, inside), count(good, ~inside), count(decided, ~inside))
        .select_from(of)
        .outerjoin(Account, Account.id == of.account_id)
        .where(seen > now - LOOKED_AT, seen <= now, scope.signals() if of is Signal else scope.leads())
    ).one()
    return Split(*row)


def _fates(of: type[Signal | Lead]) -> tuple[Any, Any, Any]:
    """Return the conditions that a record was pursued, and that it came to nothing, and when it came in."""
    if of is Lead:
        status = func.lower(func.coalesce(Lead.status, ""))
        worked = or_(status.in_(_WORKED), Lead.first_touch_at.is_not(None))
        return and_(worked, status.not_in(_OVER)), status.in_(_OVER), func.coalesce(Lead.created_at, Lead.source_at)

    def card(states: tuple[str, ...]) -> Any:
        return (
            select(Proposal.id)
            .where(Proposal.signal_id == Signal.id, Proposal.kind == "outreach", Proposal.state.in_(states))
            .correlate(Signal)
            .exists()
        )

    good = card(_PURSUED)
    return good, and_(or_(Signal.state.in_(("skipped", "expired")), card(_TURNED_DOWN)), ~good), Signal.received_at


def _share(split: Split) -> float:
    return split.with_good / split.with_all if split.with_all else 1.0
