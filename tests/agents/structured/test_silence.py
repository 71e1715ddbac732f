"""Which deals are silent: nothing missed and nothing invented, on both databases, against a count by hand."""

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
from sqlalchemy import delete, event

from agents.answer import Answer
from agents.question import Question
from agents.structured import Planned, Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Deal, Turn, User
from infra.spine.scope import EVERYTHING, Scope

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
COMMON: dict[str, Any] = {"source": "test", "source_at": NOW}
KINDS = ("call", "mail", "meeting", "note", "task")


@dataclass(frozen=True)
class Made:
    """One activity of the made-up world: of a deal, or of an account alone."""

    kind: str
    direction: str
    hours_ago: int
    automatic: bool
    status: str
    deal: int | None
    account: int


@dataclass(frozen=True)
class World:
    """Deals by the account they are of (None: of none), how many days ago each was created, and what happened."""

    deals: tuple[tuple[int | None, int | None, bool], ...]
    activities: tuple[Made, ...]


def _activities(deals: int) -> st.SearchStrategy[Made]:
    return st.builds(
        Made,
        kind=st.sampled_from(KINDS),
        direction=st.sampled_from(("inbound", "outbound", "mutual", "internal", "unknown")),
        hours_ago=st.integers(-96, 24 * 20),
        automatic=st.booleans(),
        status=st.sampled_from(("done", "done", "done", "booked", "cancelled", "open")),
        deal=st.one_of(st.none(), st.integers(0, deals - 1)),
        account=st.integers(0, 1),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    deal = st.tuples(st.one_of(st.none(), st.integers(0, 1)), st.one_of(st.none(), st.integers(0, 30)), st.booleans())
    deals = tuple(draw(st.lists(deal, min_size=1, max_size=4)))
    return World(deals, tuple(draw(st.lists(_activities(len(deals)), max_size=10))))


def _verdicts(world: World, days: int) -> dict[str, str]:
    """Judge every open deal by hand."""
    today = NOW.astimezone(ZONE).date()
    found = {}
    for index, (account, created_ago, is_open) in enumerate(world.deals):
        if not is_open:
            continue
        siblings = [one for one in world.deals if one[2] and one[0] == account and account is not None]
        own: list[tuple[Any, datetime]] = []
        unsure: list[tuple[Any, datetime]] = []
        around: list[tuple[Any, datetime]] = []
        for one in world.activities:
            at = NOW - timedelta(hours=one.hours_ago)
            spoken_of = world.deals[one.deal][0] if one.deal is not None else one.account
            if one.deal == index:
                own.append((one, at))
            elif one.deal is None and account is not None and one.account == account:
                (own if len(siblings) == 1 else unsure).append((one, at))
            if one.deal == index or (account is not None and spoken_of == account):
                around.append((one, at))
        if not any(
            one.kind in ("call", "mail", "meeting") and (one.status == "booked" or (one.status == "done" and at <= NOW))
            for one, at in around
        ):
            found[f"d{index}"] = "unknown"
            continue
        words = [at for one, at in own if _is_word(one) and at <= NOW]
        since = (
            max(words).astimezone(ZONE).date()
            if words
            else None
            if created_ago is None
            else (NOW - timedelta(days=created_ago)).astimezone(ZONE).date()
        )
        if since is None:
            found[f"d{index}"] = "unknown"
        elif (today - since).days < days:
            found[f"d{index}"] = "heard"
        elif any(
            _is_word(one) and at <= NOW and (today - at.astimezone(ZONE).date()).days < days for one, at in unsure
        ):
            found[f"d{index}"] = "unclear"
        elif any(one.status == "booked" and one.kind in ("call", "meeting") and at > NOW for one, at in own):
            found[f"d{index}"] = "meeting"
        else:
            found[f"d{index}"] = "silent"
    return found


def _is_word(one: Made) -> bool:
    if one.status != "done" or one.automatic or one.kind not in ("call", "mail", "meeting"):
        return False
    return one.direction == "inbound" or (one.direction == "mutual" and one.kind in ("call", "meeting"))


def _write(database: Database, world: World) -> None:
    with database.transaction() as session:
        for table in (Turn, Activity, Deal, Account, User):
            session.execute(delete(table))
        for number in range(2):
            session.add(
                Account(id=f"a{number}", name=f"Account {number}", name_key=f"account{number}", aliases=[], **COMMON)
            )
        session.flush()
        for index, (account, ago, is_open) in enumerate(world.deals):
            session.add(Deal(
                id=f"d{index}", name=f"Deal {index}", account_id=None if account is None else f"a{account}", currency="USD", status="open" if is_open else "won",
                created_at=None if ago is None else NOW - timedelta(days=ago), **COMMON,
            ))  # fmt: skip
        session.flush()
        for number, one in enumerate(world.activities):
            account = world.deals[one.deal][0] if one.deal is not None else one.account
            session.add(Activity(
                id=f"x{number}", kind=one.kind, direction=one.direction, automatic=one.automatic, status=one.status, account_id=None if account is None else f"a{account}",
                deal_id=None if one.deal is None else f"d{one.deal}", at=NOW - timedelta(hours=one.hours_ago), subject="Subject", body="Words that were said here.", content_hash=str(number), **COMMON,
            ))  # fmt: skip


def _ask(database: Database, text: str, scope: Scope = EVERYTHING) -> Answer:
    road = Structured(
        database,
        Settings.model_construct(time_zone="America/New_York", fiscal_year_start=1, currency="USD", day_first=None),
    )
    question = Question(text, scope, NOW)
    outcome = road.plan(question)
    assert isinstance(outcome, Planned), outcome
    return road.answer(outcome.plan, question)


def _compare(database: Database, world: World, days: int) -> None:
    _write(database, world)
    wanted = _verdicts(world, days)
    answer = _ask(database, f"which deals are silent for {days}+ days?")
    assert answer.table is not None
    silent = {name for name, verdict in wanted.items() if verdict == "silent"}
    assert {str(row["record_id"]) for row in answer.table.rows} == silent
    assert answer.checked == len(wanted)
    assert answer.figures[0].value == len(silent)
    counts = {verdict: list(wanted.values()).count(verdict) for verdict in ("meeting", "unknown", "unclear")}
    told = {"meeting": 0, "unknown": 0, "unclear": 0}
    for one in answer.excluded:
        told["meeting" if "meeting" in one.reason else "unclear" if "somebody" in one.reason else "unknown"] += (
            one.count
        )
    assert told == counts


@pytest.fixture(scope="module")
def spine(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("silence") / "spine.db"
    path.write_bytes(_migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), days=st.sampled_from([1, 5, 7]))
def test_no_silent_deal_is_missed_and_none_invented(spine: Database, world: World, days: int) -> None:
    _compare(spine, world, days)


WORLDS = [
    World(((0, 40, True),), (Made("mail", "inbound", 24 * 9, False, "done", 0, 0), Made("mail", "outbound", 24 * 2, False, "done", 0, 0), Made("mail", "inbound", 24, True, "done", 0, 0))),
    World(((0, 40, True), (0, 40, True)), (Made("mail", "inbound", 24 * 20, False, "done", 0, 0), Made("mail", "inbound", 24, False, "done", None, 0))),
    World(((0, 40, True), (1, 40, True)), (Made("meeting", "mutual", 24 * 8, False, "done", 0, 0), Made("meeting", "mutual", -48, False, "booked", 0, 0))),
    World(((0, 40, True), (None, 40, True)), (Made("note", "internal", 24, False, "done", 0, 0),)),
]  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_both_databases_judge_silence_alike(database: Database, world: World) -> None:
    _compare(database, world, 5)


def test_our_own_bumps_are_counted_and_the_buyers_words_quoted(spine: Database) -> None:
    _write(spine, WORLDS[0])
    answer = _ask(spine, "which deals have gone quiet for a week")
    assert answer.table is not None
    row = answer.table.rows[0]
    assert row["silent_days"] == 9
    assert row["since_we"] == "wrote once"
    assert row["last_word"] == "Words that were said here."
    assert answer.claims[0].evidence[0].quote == "Words that were said here."
    assert "automatic replies don't count" in (answer.rule or "")


def test_a_booked_meeting_leaves_a_deal_out_and_is_told(spine: Database) -> None:
    _write(spine, WORLDS[2])
    answer = _ask(spine, "silent deals")
    assert [(one.reason, one.count) for one in answer.excluded] == [
        ("with a meeting booked", 1),
        ("can't be told: no mail, call or calendar data", 1),
    ]
    assert "Deal 0" in answer.notes[0]


def test_silence_counts_and_groups_like_any_filter(spine: Database) -> None:
    _write(spine, WORLDS[0])
    assert _ask(spine, "how many deals have been silent for 5 days").figures[0].value == 1
    assert _ask(spine, "how many deals have been silent for 10 days").figures[0].value == 0
    grouped = _ask(spine, "silent deals by account")
    assert grouped.table is not None
    assert [(row["group"], row["count"]) for row in grouped.table.rows] == [("Account 0", 1)]


def test_whom_the_buyer_waits_for_and_whom_we_forgot(spine: Database) -> None:
    mine = World(
        ((0, 40, True), (1, 40, True)),
        (Made("mail", "inbound", 24 * 3, False, "done", 0, 0), Made("mail", "outbound", 24 * 12, False, "done", 1, 1)),
    )
    _write(spine, mine)
    waiting = _ask(spine, "which deals are waiting for our reply")
    forgotten = _ask(spine, "deals we haven't contacted in 10 days")
    assert waiting.table is not None
    assert forgotten.table is not None
    assert [row["record_id"] for row in waiting.table.rows] == ["d0"]
    assert sorted(str(row["record_id"]) for row in forgotten.table.rows) == ["d0", "d1"]


def test_nothing_outside_the_scope_is_counted(spine: Database) -> None:
    _write(spine, WORLDS[0])
    with spine.transaction() as session:
        session.add(User(id="u1", name="Ada Brook", name_key="ada brook", email="ada@x.example", **COMMON))
        session.flush()
        session.add(
            Deal(
                id="d9",
                name="Hers",
                owner_id="u1",
                account_id="a1",
                currency="USD",
                status="open",
                created_at=NOW - timedelta(days=60),
                **COMMON,
            )
        )
    answer = _ask(spine, "which deals are silent for 5+ days?", Scope((frozenset({"u1"}),)))
    assert answer.checked == 1
    assert [(one.reason, one.count) for one in answer.excluded] == [
        ("can't be told: no mail, call or calendar data", 1)
    ]


def test_a_deals_clocks_are_a_step_into_an_index_however_long_its_history(spine: Database) -> None:
    _write(spine, WORLDS[0])
    asked: list[tuple[str, Any]] = []

    def heard(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(spine.engine, "before_cursor_execute", heard)
    _ask(spine, "which deals are silent for 5+ days?")
    event.remove(spine.engine, "before_cursor_execute", heard)
    statement, parameters = next(one for one in asked if "gathered" in one[0])
    with spine.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plan = "\n".join(str(row[3]) for row in rows)
    for index in ("ix_activities_from_buyer", "ix_activities_from_us", "ix_activities_booked", "ix_activities_talk"):
        assert index in plan, plan
    assert plan.count("ix_activities_from_buyer") == 1, plan
