"""What was committed on a past day is told only where the categories of that day are known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from agents.pipeline.record import COMPANY
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Deal, DealChange
from infra.spine.scope import EVERYTHING
from tests.agents.pipeline.conftest import service
from tests.conftest import NOW

THEN = NOW - timedelta(days=5)


def _fill(database: Database, *changes: dict[str, Any]) -> None:
    with database.transaction() as session:
        for name, more in (
            ("open", {"status": "open", "stage": "Proposal"}),
            ("won", {"status": "won", "stage": "Won", "closed_at": NOW - timedelta(days=2)}),
        ):
            session.add(
                Deal(
                    id=name, name=name, currency="USD", amount=Decimal(1000), forecast_category="Commit",
                    created_at=NOW - timedelta(days=40), close_date=(NOW + timedelta(days=1)).date(), source="t", source_at=NOW, **more,
                )
            )  # fmt: skip
        session.flush()
        session.add_all(
            DealChange(id=one["field"], deal_id="won", at=NOW - timedelta(days=2), source="t", **one) for one in changes
        )


def test_what_was_committed_before_a_deal_was_won_is_not_told_by_what_is_still_open(
    sqlite_database: Database, settings: Settings
) -> None:
    _fill(sqlite_database, {"field": "close_date", "old": str((NOW + timedelta(days=3)).date()), "new": ""})
    pipeline = service(sqlite_database, settings)
    with sqlite_database.session() as session:
        then, now = (pipeline.forecast(session, EVERYTHING, at, COMPANY) for at in (THEN, NOW))
    assert then.call_of == "won + weighted"
    assert any("1 deal decided since then with no history of the forecast category" in one for one in then.notes)
    assert now.call_of == "won + commit"
    assert [(one.call, one.before) for one in now.lines] == [(Decimal(2000), None)]


def test_with_its_history_it_is(sqlite_database: Database, settings: Settings) -> None:
    _fill(
        sqlite_database,
        {"field": "close_date", "old": str((NOW + timedelta(days=3)).date()), "new": ""},
        {"field": "forecast_category", "old": "Commit", "new": "Closed"},
        {"field": "amount", "old": "1000", "new": "1000"},
    )
    pipeline = service(sqlite_database, settings)
    with sqlite_database.session() as session:
        then, now = (pipeline.forecast(session, EVERYTHING, at, COMPANY) for at in (THEN, NOW))
    assert [(one.call, one.commit) for one in then.lines] == [(Decimal(2000), Decimal(2000))]
    assert [(one.call, one.before) for one in now.lines] == [(Decimal(2000), Decimal(2000))]
