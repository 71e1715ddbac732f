"""The sample company: loaded whole, for any day, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from agents.intake.run import import_paths
from agents.intake.sample import load_sample, remove_sample, sample_day
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, DealChange, Passage, Turn, User
from retrieval.cutting import cut_activities
from sales.clock import FixedClock
from tests.agents.intake.conftest import snapshot


def _count(database: Database, model: Any) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_sample_goes_in_whole_and_another_day_takes_its_place(
    sqlite_database: Database, settings: Settings, clock: FixedClock
) -> None:
    database = sqlite_database
    first = load_sample(database, settings, clock, date(2026, 11, 23))
    assert first.report.kept_aside == []
    assert first.report.offers == []
    counts = {model: _count(database, model) for model in (Account, Contact, Deal, DealChange, Activity, Turn, User)}
    assert counts[Deal] >= 55
    assert counts[Account] >= 25
    with database.session() as session:
        assert sample_day(session) == date(2026, 11, 23)
        unplaced = select(Activity.id).where(Activity.kind.in_(("call", "mail")), Activity.direction == "unknown")
        assert session.scalars(unplaced).all() == []
        sides = set(session.scalars(select(Turn.side).distinct()))
        assert sides == {"buyer", "seller"}
        latest = session.scalar(select(func.max(Activity.at)).where(Activity.kind == "call", Activity.status == "done"))
    before = snapshot(database)
    again = load_sample(database, settings, clock, date(2026, 11, 23))
    assert not again.replaced
    assert snapshot(database) == before
    with database.transaction() as session:
        cut_activities(session, 10)
    passages = _count(database, Passage)
    moved = load_sample(database, settings, FixedClock(datetime(2026, 12, 23, 15, tzinfo=UTC)), date(2026, 12, 23))
    assert moved.replaced
    assert len(moved.passages) == passages
    assert {model: _count(database, model) for model in counts} == counts
    with database.session() as session:
        later = session.scalar(select(func.max(Activity.at)).where(Activity.kind == "call", Activity.status == "done"))
    assert latest is not None
    assert later is not None
    assert (later - latest).days == 30


def test_the_sample_leaves_a_team_s_own_data_alone(
    sqlite_database: Database, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    database = sqlite_database
    own = tmp_path / "deals.csv"
    own.write_text("id,name,account,owner,stage,amount\nD1,Rollout,Initech,Ada Quill,Proposal,5\n", encoding="utf-8")
    import_paths(database, settings, clock, [own])
    before = snapshot(database)
    load_sample(database, settings, clock, date(2026, 11, 23))
    assert _count(database, Deal) > 50
    remove_sample(database)
    assert snapshot(database, "stages", "custom_fields", "stem_counts") == {
        name: rows for name, rows in before.items() if name not in ("stages", "custom_fields", "stem_counts")
    }
