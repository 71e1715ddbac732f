"""When reviews are made, for whom and where they go; that each is made once; and what its readers think of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from agents.digest.keeping import To, delivery_key
from agents.digest.record import review_id
from agents.digest.rules import EXAMPLE, digest_rules, faults_of_digest
from agents.digest.service import MADE_UP, Wish
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Delivery, Identity, Review, Scorecard, User
from infra.spine.scope import scope_of
from sales.clock import FixedClock
from tests.agents.digest.office import coached, reviews, usual_week
from tests.conftest import NOW

DUE = datetime(2026, 11, 23, 8, tzinfo=UTC)
WEST = '[[team]]\nname = "West"\nchannels = ["slack:C0123456789"]\n'


@pytest.fixture
def week(sqlite_database: Database) -> Database:
    """The usual week; Dana is known in Slack."""
    _fill(sqlite_database)
    return sqlite_database


def _fill(database: Database) -> None:
    with database.transaction() as session:
        usual_week(session)
        session.add(Identity(surface="slack", external_id="T1:U1", user_id="dana", learned_at=NOW))


@pytest.fixture(scope="module")
def _made(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spine with the usual week and its reviews, the West's in its channel among them: they are dear to make."""
    home = tmp_path_factory.mktemp("made")
    shutil.copyfile(_migrated_sqlite, home / "spine.db")
    database = Database(f"sqlite:///{home / 'spine.db'}")
    _fill(database)
    (home / "digest.toml").write_text(WEST)
    assert reviews(database, Settings(home=home), FixedClock(DUE)).make_due() == 7
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return home / "spine.db"


@pytest.fixture
def made_week(_made: Path, settings: Settings, tmp_path: Path) -> Iterator[Database]:
    """The usual week after its reviews were made."""
    shutil.copyfile(_made, tmp_path / "made.db")
    (settings.home / "digest.toml").write_text(WEST)
    database = Database(f"sqlite:///{tmp_path / 'made.db'}")
    yield database
    database.close()


def _ids(database: Database) -> list[str]:
    with database.session() as session:
        return sorted(session.scalars(select(Review.id)))


def _deliveries(database: Database) -> set[tuple[str, str, str | None]]:
    with database.session() as session:
        rows = session.execute(select(Delivery.review_id, Delivery.surface, Delivery.user_id))
        return {(row[0], row[1], row[2]) for row in rows}


def test_on_monday_at_eight_everybody_gets_theirs_once(week: Database, settings: Settings) -> None:
    early = reviews(week, settings, FixedClock(DUE - timedelta(days=3, minutes=1)))
    assert early.make_due() == 0
    service = reviews(week, settings, FixedClock(DUE))
    assert service.make_due() == 6
    assert service.make_due() == 0
    assert _ids(week) == [f"2026-W47:{rest}" for rest in ("company:all", "manager:helen", "manager:marcus", "rep:dana", "rep:luis", "rep:tom")]  # fmt: skip
    assert _deliveries(week) == {
        ("2026-W47:company:all", "mail", "ines"),
        ("2026-W47:manager:helen", "mail", "helen"),
        ("2026-W47:manager:marcus", "mail", "marcus"),
        ("2026-W47:rep:dana", "slack", "dana"),
        ("2026-W47:rep:luis", "mail", "luis"),
        ("2026-W47:rep:tom", "mail", "tom"),
    }


def test_a_team_has_its_own_hour_zone_and_channel(week: Database, settings: Settings) -> None:
    rules = '[company]\nchannels = ["teams:19:all@thread.tacv2"]\n[[team]]\nname = "west"\nweekday = "Friday"\nat = "16:00"\nzone = "America/Los_Angeles"\nmail = true\nchannels = ["slack:T1:C0123456789"]\n'
    (settings.home / "digest.toml").write_text(rules)
    friday = datetime(2026, 11, 21, 0, tzinfo=UTC)
    assert reviews(week, settings, FixedClock(friday - timedelta(minutes=1))).make_due() == 0
    assert reviews(week, settings, FixedClock(friday)).make_due() == 4
    assert _ids(week) == [f"2026-W47:{rest}" for rest in ("manager:marcus", "rep:dana", "rep:tom", "team:West")]
    assert ("2026-W47:rep:dana", "mail", "dana") in _deliveries(week)
    with week.session() as session:
        channel = session.scalars(select(Delivery).where(Delivery.user_id.is_(None))).one()
        assert (channel.surface, channel.place, channel.due_at) == ("slack", {"channel": "C0123456789", "workspace": "T1"}, friday)  # fmt: skip


def test_what_a_stop_missed_is_made_up_for_some_days_and_never_a_week_later_once_by_two_processes(week: Database, settings: Settings) -> None:  # fmt: skip
    assert reviews(week, settings, FixedClock(DUE + MADE_UP + timedelta(minutes=1))).make_due() == 0
    one, other = (reviews(week, settings, FixedClock(DUE + MADE_UP)) for _ in range(2))
    assert one.make_due(3) + other.make_due(3) + one.make_due() + other.make_due() == 6
    assert len(_deliveries(week)) == 6
    assert all(one.startswith("2026-W47") for one in _ids(week))


def test_one_whose_review_cannot_be_made_keeps_nobody_else_from_theirs(week: Database, settings: Settings) -> None:
    with week.transaction() as session:
        coached(session, "dana")
        session.flush()
        session.execute(update(Scorecard).values(record={"no": "card"}))
    service = reviews(week, settings, FixedClock(DUE))
    assert [service.make_due(2) for _ in range(4)] == [1, 2, 1, 0]
    assert set(_ids(week)) == {f"2026-W47:{rest}" for rest in ("company:all", "manager:helen", "rep:luis", "rep:tom")}
    with week.transaction() as session:
        session.execute(delete(Scorecard))
    assert service.make_due() == 2
    assert "2026-W47:rep:dana" in _ids(week)


def test_a_week_that_is_over_is_read_as_it_was_made(made_week: Database, settings: Settings) -> None:
    later = reviews(made_week, settings, FixedClock(DUE + timedelta(days=20)))
    with made_week.session() as session:
        dana = session.get_one(User, "dana")
    with made_week.session() as session:
        scope = scope_of(session, dana, settings.visibility)
    assert later.read("dana", scope, Wish(week="2026-W47")).as_of == DUE


def test_a_section_called_useless_three_times_is_folded_for_that_person_and_says_so(made_week: Database, settings: Settings) -> None:  # fmt: skip
    service = reviews(made_week, settings, FixedClock(DUE))
    with made_week.session() as session:
        dana, tom = session.get_one(User, "dana"), session.get_one(User, "tom")
    with made_week.session() as session:
        scope = scope_of(session, dana, settings.visibility)
    for days in range(3):
        asked = reviews(made_week, settings, FixedClock(DUE + timedelta(hours=days))).read("dana", scope, Wish())
        kept = service.keep_asked(asked, "dana")
        reviews(made_week, settings, FixedClock(DUE + timedelta(hours=days))).judge(
            kept.id, "moved", dana, useful=False
        )
    moved = service.read("dana", scope, Wish()).section("moved")
    assert moved is not None
    assert moved.folded
    assert not moved.lines
    assert moved.more
    assert "not useful" in (moved.folded_why or "")
    with pytest.raises(Fatal):
        service.judge("2026-W47:rep:dana", "moved", tom, useful=True)
    reviews(made_week, settings, FixedClock(DUE + timedelta(hours=4))).judge(
        "2026-W47:rep:dana", "moved", dana, useful=True
    )
    opened = service.read("dana", scope, Wish()).section("moved")
    assert opened is not None
    assert opened.lines


def test_kept_reviews_are_listed_for_whom_they_are(made_week: Database, settings: Settings) -> None:
    service = reviews(made_week, settings, FixedClock(DUE))
    with made_week.session() as session:
        people = {id: session.get_one(User, id) for id in ("ines", "marcus", "dana", "luis")}
    listed = {id: {one.id.partition(":")[2] for one in service.listed(user)} for id, user in people.items()}
    assert listed == {
        "ines": {"company:all", "team:West"},
        "marcus": {"manager:marcus", "team:West"},
        "dana": {"rep:dana", "team:West"},
        "luis": {"rep:luis"},
    }
    company = service.kept("2026-W47:company:all")
    assert company is not None
    assert [service.may_read(company, user) for user in people.values()] == [True, False, False, False]


def test_ids_and_keys_fit_their_columns_and_stay_apart() -> None:
    long, longer = "Team " + "x" * 300, "Team " + "x" * 301
    ids = {review_id("2026-W47", "team", one) for one in (long, longer, "West")}
    assert len(ids) == 3
    assert max(map(len, ids)) <= 120
    keys = {delivery_key(one, To("slack", place={"channel": "C" * 200, "workspace": "T1"})) for one in ids}
    assert len(keys) == 3
    assert max(map(len, keys)) <= 200


def test_the_example_is_the_usual_and_faults_are_named(settings: Settings) -> None:
    assert faults_of_digest(EXAMPLE) == ()
    assert digest_rules(EXAMPLE, settings.zone) == digest_rules(None, settings.zone)
    text = 'weekday = "Funday"\nat = "25:00"\nzone = "Mars/Base"\nmail = 1\nhue = 2\n[[team]]\nname = "West"\nchannels = ["irc:x"]\n[[team]]\nname = "west"\n[[team]]\n'
    faults = "\n".join(one.message for one in faults_of_digest(text))
    for words in ("weekday", "at is", "zone", "mail", "'hue'", "channels", "twice", "needs its name"):
        assert words in faults
    assert faults_of_digest("weekday = ")[0].line == 1
