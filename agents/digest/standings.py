"""How all open deals stand, for a review: from what is kept, as thousands of deals are not judged anew for a page that names twenty."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.digest.ground import Ground
from agents.health.keeping import VERSION
from agents.health.record import Health
from infra.spine.models import Account, Deal, DealHealth, User
from infra.spine.scope import Scope
from infra.spine.spoken import is_open


class Mark(Protocol):
    """How a deal stood at a moment, as it was kept: `reasons` are their kinds."""

    @property
    def score(self) -> int | None: ...
    @property
    def band(self) -> str: ...
    @property
    def reasons(self) -> Collection[str]: ...


class HealthReading(Protocol):
    """How deals stand, and stood: `agents.health.service.HealthService`."""

    def of_all(
        self, session: Session, scope: Scope, as_of: datetime | None = None, deal_ids: Collection[str] | None = None
    ) -> list[Health]:
        """Return the health of the open deals inside a scope, of some of them where they are named."""
        ...

    def before(self, session: Session, scope: Scope, at: datetime) -> Mapping[str, Mark]:
        """Return for each deal how it stood at a moment, as far as that was kept."""
        ...


def standings(ground: Ground, health: HealthReading) -> list[Health]:
    """Return how every open deal of the review stands. Where all of them are kept, as they are kept: without reasons, which `with_reasons` reads for a few.

    Of a past moment, and where the keeping has not caught up, they are judged anew.
    """
    if ground.past:
        return health.of_all(ground.session, ground.who.scope, ground.at)
    held = (is_open(Deal), ground.who.scope.deals())
    open_deals, kept = ground.session.execute(
        select(func.count(), func.count(DealHealth.deal_id))
        .select_from(Deal)
        .outerjoin(DealHealth, (DealHealth.deal_id == Deal.id) & (DealHealth.made_from == VERSION))
        .where(*held)
    ).one()
    if open_deals != kept:
        return health.of_all(ground.session, ground.who.scope)
    rows = ground.session.execute(
        select(
            Deal.id,
            Deal.name,
            Deal.account_id,
            Account.name.label("account"),
            Deal.owner_id,
            User.name.label("owner"),
            Deal.amount,
            Deal.currency,
            Deal.stage,
            Deal.close_date,
            DealHealth.score,
            DealHealth.band,
            DealHealth.likelihood,
            DealHealth.expected_close,
            DealHealth.record["before"].as_integer().label("before"),
            DealHealth.record["trend"].as_string().label("trend"),
        )
        .join(DealHealth, DealHealth.deal_id == Deal.id)
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(*held)
    )
    return [_standing(row, ground.at) for row in rows]


def _standing(row: Any, at: datetime) -> Health:
    return Health.model_construct(
        deal_id=row.id,
        deal=row.name,
        account_id=row.account_id,
        account=row.account,
        owner_id=row.owner_id,
        owner=row.owner,
        amount=row.amount,
        currency=row.currency,
        stage=row.stage,
        close_date=row.close_date,
        as_of=at,
        score=row.score,
        band=row.band,
        before=row.before,
        trend=row.trend,
        likelihood=row.likelihood,
        expected_close=row.expected_close,
        # What is left out is copied from its default, field by field: for ten thousand deals that takes longer than reading them.
        likelihood_of=None,
        reasons=(),
        unknown=(),
        next_action=None,
        last_from_buyer=None,
        sentiment=None,
    )


def with_reasons(ground: Ground, health: HealthReading, chosen: Sequence[Health]) -> dict[str, Health]:
    """Return the whole health of a few deals, by id."""
    bare = [one.deal_id for one in chosen if not one.reasons and one.score is not None]
    told = {one.deal_id: one for one in chosen}
    if bare:
        as_of = ground.at if ground.past else None
        told |= {one.deal_id: one for one in health.of_all(ground.session, ground.who.scope, as_of, bare)}
    return told
