"""A pipeline of the public shape put into a spine directly, as it was known on a day: what came later is not in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from infra.spine.database import Database
from infra.spine.models import Account, Deal, User
from tests.agents.pipeline.public_crm import PublicPipeline

_PLAIN: dict[str, Any] = {"source": "test", "source_at": datetime(2017, 1, 1, tzinfo=UTC)}


def fill(database: Database, pipeline: PublicPipeline, known: date | None = None) -> None:
    """Write accounts, agents and opportunities. With `known`, as the CRM had them at the start of that day: later ones are not there, and what was decided later is open."""
    with database.transaction() as session:
        for agent, _, office in pipeline.agents:
            session.add(User(id=agent, name=agent, name_key=agent.lower(), team=office, **_PLAIN))
        for name, sector, *_ in pipeline.accounts:
            session.add(Account(id=name, name=name, name_key=name.lower(), industry=sector, **_PLAIN))
        session.flush()
        for one in pipeline.opportunities:
            if known is not None and one.engaged is not None and one.engaged >= known:
                continue
            decided = one.closed is not None and (known is None or one.closed < known)
            session.add(
                Deal(
                    id=one.id,
                    name=one.id,
                    account_id=one.account or None,
                    owner_id=one.agent,
                    product=one.product,
                    amount=Decimal(one.value) if decided and one.value is not None else None,
                    currency="USD",
                    stage=one.stage if decided or one.closed is None else "Engaging",
                    status=one.stage.lower() if decided else "open",
                    created_at=_midnight(one.engaged),
                    close_date=one.closed if decided else None,
                    closed_at=_midnight(one.closed) if decided else None,
                    **_PLAIN,
                )
            )


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
