"""Silence as a reason of health: none missed and none invented, over generated deals, against a judge that shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from agents.health.service import HealthService
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Deal, DealHealth, HealthMark, Stirred, User
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock

ZONES = ("America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland", "UTC", "America/Los_Angeles")
MOMENTS = (
    datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 15, tzinfo=UTC),
    datetime(2026, 1, 1, 23, 59, tzinfo=UTC),
)
DEALS = 10
"""Deals in each generated world."""


@dataclass(frozen=True)
class Event:
    """Something that was recorded: on a deal (or on the account alone), so many hours ago (below zero: ahead)."""

    what: str
    hours_ago: int
    deal: int | None
    account: int


@dataclass(frozen=True)
class World:
    """Where the company is, what time it is, its deals (account or None, days since creation or None, whether open), and what happened."""

    zone: str
    now: datetime
    deals: tuple[tuple[int | None, int | None, bool], ...]
    events: tuple[Event, ...]


EVENTS: dict[str, dict[str, Any]] = {
    "their mail": {"kind": "mail", "direction": "inbound"},
    "our bump": {"kind": "mail", "direction": "outbound"},
    "auto-reply": {"kind": "mail", "direction": "inbound", "automatic": True},
    "their call": {"kind": "call", "direction": "inbound"},
    "our voicemail": {"kind": "call", "direction": "outbound"},
    "held call": {"kind": "call", "direction": "mutual"},
    "held meeting": {"kind": "meeting", "direction": "mutual"},
    "booked meeting": {"kind": "meeting", "direction": "mutual", "status": "booked"},
    "booked call": {"kind": "call", "direction": "mutual", "status": "booked"},
    "cancelled meeting": {"kind": "meeting", "direction": "mutual", "status": "cancelled"},
    "our note": {"kind": "note", "direction": "internal"},
    "our task": {"kind": "task", "direction": "internal", "status": "open"},
}
THEIR_WORD = {"their mail", "their call", "held call", "held meeting"}
TALK = THEIR_WORD | {"our bump", "auto-reply", "our voicemail"}
AHEAD = {"booked meeting", "booked call"}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    # Eight accounts for ten deals: some with one open deal, some with several, some of which nothing is recorded at all.
    deal = st.tuples(
        st.one_of(st.none(), st.integers(0, 4)),
        st.one_of(st.none(), st.integers(0, 40)),
        st.sampled_from((True, True, True, False)),
    )
    event = st.builds(
        Event,
        what=st.sampled_from(sorted(EVENTS)),
        hours_ago=st.one_of(st.integers(-24 * 5, 24 * 30), st.integers(24 * 6, 24 * 8)),
        deal=st.one_of(st.none(), st.integers(0, DEALS - 1)),
        account=st.integers(0, 5),
    )
    return World(
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from(MOMENTS)),
        tuple(draw(st.lists(deal, min_size=DEALS, max_size=DEALS))),
        tuple(draw(st.lists(event, min_size=15, max_size=40))),
    )  # fmt: skip


def silent_by_hand(world: World) -> set[str]:
    """Return the deals that are silent for a week or longer, judged one by one."""
    zone = ZoneInfo(world.zone)
    today = world.now.astimezone(zone).date()
    found = set()
    for index, (account, created, is_open) in enumerate(world.deals):
        if not is_open:
            continue
        alone = sum(1 for other, _, still in world.deals if still and other == account) == 1
        of_deal = [one for one in world.events if one.deal == index]
        of_account = [
            one for one in world.events if one.deal is None and account is not None and one.account == account
        ]
        around = [*of_deal, *of_account]
        if account is not None:
            around += [one for one in world.events if one.deal is not None and world.deals[one.deal][0] == account]
        if not any((one.what in TALK and one.hours_ago >= 0) or one.what in AHEAD for one in around):
            continue
        mine = [*of_deal, *(of_account if alone else ())]
        days_of = [
            (today - (world.now - timedelta(hours=one.hours_ago)).astimezone(zone).date()).days
            for one in mine
            if one.what in THEIR_WORD and one.hours_ago >= 0
        ]
        if days_of:
            quiet = min(days_of)
        elif created is not None:
            quiet = (today - (world.now - timedelta(days=created)).astimezone(zone).date()).days
        else:
            continue
        if quiet < 7 or any(one.what in AHEAD and one.hours_ago < 0 for one in mine):
            continue
        if not alone and any(
            one.what in THEIR_WORD
            and one.hours_ago >= 0
            and (today - (world.now - timedelta(hours=one.hours_ago)).astimezone(zone).date()).days < 7
            for one in of_account
        ):
            continue
        found.add(f"d{index}")
    return found


def write(database: Database, world: World) -> None:
    told: dict[str, Any] = {"source": "test", "source_at": world.now, "custom": {}, "provenance": {}}
    with database.transaction() as session:
        for table in (HealthMark, DealHealth, Activity, Deal, Account, User, Stirred):
            session.execute(delete(table))
        session.add_all(
            Account(id=f"a{i}", name=f"Account {i}", name_key=f"account{i}", aliases=[], **told) for i in range(8)
        )
        session.flush()
        for index, (account, created, is_open) in enumerate(world.deals):
            session.add(Deal(
                id=f"d{index}", name=f"Deal {index}", account_id=None if account is None else f"a{account}", currency="USD", stage="Propose",
                status="open" if is_open else "won", created_at=None if created is None else world.now - timedelta(days=created), **told,
            ))  # fmt: skip
        session.flush()
        del told["provenance"]
        for number, one in enumerate(world.events):
            given = {"automatic": False, "status": "done", **EVENTS[one.what]}
            account = world.deals[one.deal][0] if one.deal is not None else one.account
            session.add(Activity(
                id=f"x{number}", account_id=None if account is None else f"a{account}", deal_id=None if one.deal is None else f"d{one.deal}",
                at=world.now - timedelta(hours=one.hours_ago), subject="Subject", content_hash=str(number), **given, **told,
            ))  # fmt: skip


def silent_by_health(database: Database, world: World) -> set[str]:
    service = HealthService(
        database,
        Settings.model_construct(time_zone=world.zone, fiscal_year_start=1, currency="USD"),
        FixedClock(world.now),
    )
    with database.session() as session:
        healths = service.of_all(session, EVERYTHING)
    assert {one.deal_id for one in healths} == {f"d{i}" for i, deal in enumerate(world.deals) if deal[2]}
    return {one.deal_id for one in healths if any(reason.kind == "silence" and reason.tone == "bad" for reason in one.reasons)}  # fmt: skip


@pytest.fixture(scope="module")
def spine(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("health_silence") / "spine.db"
    path.write_bytes(_migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.mark.parametrize("deals", [200, pytest.param(2_000, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)])])
def test_no_silence_is_missed_and_none_invented(spine: Database, deals: int) -> None:
    seen: list[int] = []

    @settings(
        max_examples=deals // DEALS,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds())
    def judged_alike(world: World) -> None:
        write(spine, world)
        wanted = silent_by_hand(world)
        assert silent_by_health(spine, world) == wanted
        seen.append(len(wanted))

    judged_alike()
    assert len(seen) * DEALS >= deals
    assert sum(seen) > deals // 20, "the worlds must hold silent deals"


WORLDS = [
    World("America/New_York", MOMENTS[0], ((0, 40, True), *((None, None, False),) * 9), (Event("their mail", 24 * 9, 0, 0), Event("our bump", 30, 0, 0), Event("auto-reply", 20, 0, 0))),
    World("Pacific/Auckland", MOMENTS[1], ((0, 40, True), (0, 40, True), *((None, None, False),) * 8), (Event("held call", 24 * 20, 0, 0), Event("their mail", 24, None, 0))),
    World("Asia/Kolkata", MOMENTS[2], ((0, 40, True), (1, 40, True), *((None, None, False),) * 8), (Event("held meeting", 24 * 8, 0, 0), Event("booked meeting", -48, 0, 0))),
]  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_both_databases_judge_silence_alike(database: Database, world: World) -> None:
    write(database, world)
    assert silent_by_health(database, world) == silent_by_hand(world)
