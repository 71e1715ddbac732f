"""What a review says of a week that is known: figures, moves, whose they are, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from agents.digest.record import Digest, Line
from agents.digest.service import Wish
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import User
from infra.spine.scope import EVERYTHING, Scope, scope_of
from sales.clock import FixedClock
from sales.reviewing import SCREEN_CHARACTERS, SCREEN_LINES
from tests.agents.digest.office import MONDAY, closed, coached, deal, people, reviews, usual_week
from tests.conftest import NOW

Told = Callable[..., Digest]


def _scope(database: Database, user_id: str, settings: Settings) -> Scope:
    with database.session() as session:
        return scope_of(session, session.get_one(User, user_id), settings.visibility)


def _read(database: Database, settings: Settings, user: str | None, now: datetime = NOW, **wish: object) -> Digest:
    scope = EVERYTHING if user is None else _scope(database, user, settings)
    return reviews(database, settings, FixedClock(now)).read(user, scope, Wish(**wish))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told(shared_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Read reviews of the usual week, with a call of Dana's that was coached, on each database: each is made once for all tests of this file."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with shared_database.transaction() as session:
        usual_week(session)
        coached(session, "dana")

    @cache
    def read(user: str | None, team: str | None = None) -> Digest:
        return _read(shared_database, settings, user, team=team)

    return read


def _lines(digest: Digest, key: str) -> dict[str, Line]:
    section = digest.section(key)
    return {} if section is None else {line.key: line for line in (*section.lines, *section.more)}


def test_what_moved_is_told_by_kind_with_its_worth_and_what_it_rests_on(told: Told) -> None:
    digest = told(None)
    moved = _lines(digest, "moved")
    assert moved["moved:won"].text == "2, $61k: Won-Acme $40k; Won-Delta $21k."
    assert moved["moved:lost"].subject == "Lost-Cedar"
    assert moved["moved:slipped"].text == "$60k, 1 Dec → 18 Dec."
    assert moved["moved:slipped"].evidence[0].quote == "2026-12-18"
    assert moved["moved:new"].subject == "New-Cedar"
    assert {key for key in moved if key.startswith("moved:")} == {"moved:won", "moved:lost", "moved:slipped", "moved:new"}  # fmt: skip
    assert digest.week == "2026-W47"
    assert digest.open_deals == 4


def test_a_rep_reads_of_their_own_deals_and_forecast_alone(told: Told) -> None:
    digest = told("dana")
    words = json.dumps(digest.public())
    assert digest.audience == "rep"
    assert "Won-Acme" in words
    assert not any(name in words for name in ("Won-Delta", "Lost-Cedar", "Luis Ferrer", "Tom Beckett", "190000"))
    forecast = next(iter(_lines(digest, "forecast").values()))
    assert "won $40k" in forecast.text
    assert "target of $100k" in forecast.text


def test_a_manager_reads_each_of_their_people_by_name_and_nobody_elses(told: Told) -> None:
    west, east = told("marcus"), told("helen")
    theirs, others = json.dumps(west.public()), json.dumps(east.public())
    assert {"forecast:of:Dana Whitfield", "forecast:of:Tom Beckett"} <= set(_lines(west, "forecast"))
    assert "Objection left open" in theirs
    assert "Luis Ferrer" not in theirs
    for words in ("Dana", "Tom Beckett", "Objection left open", "Won-Acme", "Slip-Birch"):
        assert words not in others


def test_coaching_and_a_persons_forecast_reach_that_person_and_their_manager_alone(told: Told) -> None:
    own, manager = told("dana"), told("marcus")
    assert "too expensive" in json.dumps(own.public())
    assert "too expensive" in json.dumps(manager.public())
    for digest in (
        told("tom"),
        told("ines"),
        told("helen"),
        told(None),
        told("marcus", "West"),
        told("dana", "West"),
    ):
        words = json.dumps(digest.public())
        assert digest.section("coaching") is None
        assert "too expensive" not in words
        if digest.audience in ("team", "company"):
            assert "forecast:of:Dana Whitfield" not in words
            assert not any(name in words for name in ("Dana Whitfield", "Tom Beckett", "Luis Ferrer"))


def test_a_team_that_one_may_not_see_is_not_there_and_the_company_is_for_those_who_see_all(database: Database, settings: Settings) -> None:  # fmt: skip
    with database.transaction() as session:
        usual_week(session)
    for user in ("dana", "marcus"):
        with pytest.raises(Fatal) as refused:
            _read(database, settings, user, team="East")
        assert refused.value.status == 404
        with pytest.raises(Fatal) as missing:
            _read(database, settings, user, team="Nowhere")
        assert str(missing.value) == str(refused.value)
        with pytest.raises(Denied):
            _read(database, settings, user, company=True)
    own_only = settings.model_copy(update={"visibility": "own"})
    with pytest.raises(Fatal):
        _read(database, own_only, "dana", team="West")


def test_the_channel_of_a_team_whose_reps_see_only_their_own_gets_figures_and_no_deal(database: Database, settings: Settings) -> None:  # fmt: skip
    own_only = settings.model_copy(update={"visibility": "own"})
    with database.transaction() as session:
        usual_week(session)
    # Its own hour, on Friday evening: nobody else's reviews are made then.
    (settings.home / "digest.toml").write_text(
        '[[team]]\nname = "West"\nweekday = "Friday"\nat = "20:00"\nchannels = ["slack:C0123456789"]\n'
    )
    service = reviews(database, own_only, FixedClock(datetime(2026, 11, 20, 20, tzinfo=UTC)))
    assert service.make_due() > 0
    digest = service.kept("2026-W47:team:West")
    assert digest is not None
    told = json.dumps([section.model_dump(mode="json") for section in digest.sections])
    assert not any(name in told for name in ("Acme", "Cedar", "Birch", "Delta", "Dana"))
    assert _lines(digest, "moved")["moved:won"].text == "1, $40k."


def test_as_of_a_past_day_it_is_told_as_it_stood_then(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        people(session)
        closed(session, "later-won", "dana", "won", 70_000, MONDAY + timedelta(days=5))
        deal(session, "not-yet", "dana", 10_000, created_at=MONDAY + timedelta(days=6))
        closed(session, "earlier-won", "dana", "won", 20_000, MONDAY - timedelta(days=4))
    then = MONDAY + timedelta(days=1)
    digest = _read(database, settings, None, as_of=then)
    told = json.dumps(digest.public())
    assert digest.week == "2026-W46"
    assert digest.as_of == then
    assert _lines(digest, "moved")["moved:won"].subject == "Earlier-Won"
    assert "Later-Won" not in told
    assert "Not-Yet" not in told
    assert digest.open_deals == 1


@pytest.mark.parametrize("week", ["2026-W60", "soon", "2027-W05"])
def test_a_week_that_is_none_or_has_not_come_is_refused(database: Database, settings: Settings, week: str) -> None:
    with pytest.raises(Fatal) as refused:
        _read(database, settings, None, week=week)
    assert refused.value.status == 422


def test_nothing_changed_is_said_and_not_padded(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.transaction() as session:
        people(session)
        deal(session, "calm", "dana", 50_000, close_date=datetime(2027, 1, 20, tzinfo=UTC).date())
    digest = _read(sqlite_database, settings, None)
    assert digest.quiet
    assert digest.open_deals == 1
    assert all(not section.lines for section in digest.sections)


def test_without_any_record_there_is_a_review_that_says_so(sqlite_database: Database, settings: Settings) -> None:
    digest = _read(sqlite_database, settings, None)
    assert digest.open_deals == 0
    assert digest.quiet
    assert digest.sections == ()


def test_with_a_pipeline_alone_it_is_right_and_raises_no_alarm(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.transaction() as session:
        usual_week(session)
    digest = _read(sqlite_database, settings, None)
    assert digest.section("risk") is None
    ahead = _lines(digest, "closing")["closing:passed"]
    assert ahead.text == "1 open deal, $15k, has a close date that has passed: Late-Acme (4 days)."
    assert _lines(digest, "quality")["quality:no_next_step"].after == "1"
    assert sum(len(section.lines) for section in digest.sections) <= SCREEN_LINES


def test_the_largest_company_stays_on_one_screen_and_tells_how_many_there_are(sqlite_database: Database, settings: Settings) -> None:  # fmt: skip
    with sqlite_database.transaction() as session:
        people(session)
        for place in range(1_200):
            at = MONDAY + timedelta(days=place % 6)
            closed(session, f"deal-{place}", "dana", "won" if place % 3 else "lost", 1_000 + place, at)
        for place in range(800):
            deal(session, f"open-{place}", "tom", 500 + place, close_date=MONDAY.date() + timedelta(days=place % 60))
    digest = _read(sqlite_database, settings, None)
    lines = [line for section in digest.sections for line in section.lines]
    assert 0 < len(lines) <= SCREEN_LINES
    assert sum(len(line.text) for line in lines) <= SCREEN_CHARACTERS
    assert "797 more" in _lines(digest, "moved")["moved:won"].text
    assert all(len(section.more) <= 70 for section in digest.sections)
    assert len(json.dumps(digest.public())) < 400_000
