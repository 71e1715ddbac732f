"""The deals as they stood at a moment: what changed later is undone, a deal that was won or lost later is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from agents.health.ground import Ground, Shape
from infra.spine.models import Account, Deal, DealChange, User
from sales.stages import usual_place


@dataclass(frozen=True)
class Standing:
    """One open deal with the names that a reader needs. `created` is a day."""

    id: str
    name: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    pipeline: str | None
    close_date: date | None
    created: date | None
    next_step: str | None
    next_step_date: date | None
    stage_entered_at: datetime | None
    contact_id: str | None

    @property
    def place(self) -> float | None:
        """Where its stage usually stands, from 0 to 8."""
        return _place(self.stage) if self.stage else None


_place = lru_cache(maxsize=1024)(usual_place)


def standing_deals(ground: Ground) -> dict[str, Standing]:
    """Return the deals by their ids, in the order of the ids."""
    found = {}
    for row in map(tuple[Any, ...], ground.rows(_deals)):
        created = ground.day(row[11]) if row[11] is not None else None
        found[row[0]] = Standing(*(*row[:11], created, *row[12:]))
    return _rewound(ground, found) if ground.past else found


def _deals(shape: Shape) -> Any:
    return (
        select(
            Deal.id, Deal.name, Deal.account_id, Account.name, Deal.owner_id, User.name, Deal.amount, Deal.currency, Deal.stage, Deal.pipeline,
            Deal.close_date, Deal.created_at, Deal.next_step, Deal.next_step_date, Deal.stage_entered_at, Deal.contact_id,
        )
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(shape.deals())
        .order_by(Deal.id)
    )  # fmt: skip


def _rewound(ground: Ground, found: dict[str, Standing]) -> dict[str, Standing]:
    """Undo the first change after the moment of each field: what it was before is what stood then."""
    undone: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in ground.rows(_first_changes):
        if row.field in _READERS:
            undone[row.deal_id][row.field] = _READERS[row.field](row.old) if row.old else None
    for deal_id, fields in undone.items():
        found[deal_id] = replace(found[deal_id], **fields)
    return found


def _first_changes(shape: Shape) -> Any:
    first = (
        select(
            DealChange.deal_id,
            DealChange.field,
            DealChange.old,
            func.row_number()
            .over(partition_by=(DealChange.deal_id, DealChange.field), order_by=(DealChange.at, DealChange.id))
            .label("place"),
        )
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(shape.deals(), DealChange.at > shape.at)
        .subquery()
    )
    return select(first).where(first.c.place == 1)


_READERS: dict[str, Callable[[str], Any]] = {
    "stage": str,
    "amount": Decimal,
    "close_date": lambda text: date.fromisoformat(text[:10]),
}


def steps_kept(ground: Ground) -> bool:
    """Return whether the team writes next steps at all: where nobody ever did, a missing one tells nothing."""
    return bool(ground.rows(_any_step))


def _any_step(_shape: Shape) -> Any:
    return select(Deal.id).where(Deal.next_step.is_not(None) | Deal.next_step_date.is_not(None)).limit(1)
