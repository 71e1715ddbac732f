"""Gong read into the spine over HTTP: pages, transcripts that lag, cursors that die, nothing found, private calls, limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from agents.crm.sync import Sync, SyncReport
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, DeadLetter, Participant, Turn, User
from integrations.connectors.errors import SignedOut
from integrations.gong.connector import Gong
from sales.clock import FixedClock
from tests.agents.crm.passing import Time
from tests.conftest import NOW
from tests.fakes.gong import GONGS, KEY, FakeGong, at

WORDS = ["What is missing before you can sign?", "The penetration test report, and a liability cap."]


class Office:
    """Gong, a spine, and time that passes only when somebody waits."""

    def __init__(self, database: Database, settings: Settings, clock: FixedClock) -> None:
        self.time = Time()
        self.gong = FakeGong(now=self.time.epoch)
        self.database = database
        self._sync = Sync(database, settings, clock)

    def now(self) -> datetime:
        return at(self.time.epoch())

    def run(self, token: str = KEY) -> SyncReport:
        connector = Gong(token, base_url=self.gong.url, timer=self.time, now=self.now)
        try:
            return self._sync.run(connector)
        finally:
            connector.close()

    def calls(self) -> list[str]:
        with self.database.session() as session:
            return list(session.scalars(select(Activity.id).where(Activity.kind == "call").order_by(Activity.id)))

    def letters(self) -> list[str]:
        with self.database.session() as session:
            return list(session.scalars(select(DeadLetter.code)))


@pytest.fixture
def office(sqlite_database: Database, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """No request of ours may break Gong's documentation."""
    made = Office(sqlite_database, settings, clock)
    with made.gong:
        yield made
    assert made.gong.breaches == []


def test_a_call_comes_with_its_people_its_words_and_their_times(office: Office) -> None:
    """Speakers by name, sides as Gong tells them, seconds from the beginning."""
    office.gong.users.append(
        {"id": "u-1", "emailAddress": "Dana@tallyport.example", "firstName": "Dana", "lastName": "Whitfield"}
    )
    identity = office.gong.add(NOW - timedelta(days=3), words=WORDS, title="Acme: terms")
    report = office.run()
    assert report.failed == []
    with office.database.session() as session:
        call = session.get_one(Activity, identity)
        turns = session.scalars(select(Turn).where(Turn.activity_id == identity).order_by(Turn.position)).all()
        sides = dict(
            session.execute(
                select(Participant.email, Participant.side).where(Participant.activity_id == identity)
            ).all()
        )
        assert session.scalar(select(User.email).where(User.id == call.owner_id)) == "dana@tallyport.example"
    assert (call.subject, call.at, call.source) == ("Acme: terms", NOW - timedelta(days=3), "gong")
    assert [(one.speaker, one.text, one.start_s, one.end_s) for one in turns] == [
        ("Dana Whitfield", WORDS[0], 0.0, 3.5),
        ("Ray Okonkwo", WORDS[1], 4.0, 7.5),
    ]
    assert sides["ray@acme.example"] == "buyer"


def test_more_than_a_page_is_read_at_gongs_pace(office: Office) -> None:
    """250 calls under three requests a second: all there, once, and Gong never had to say no for long."""
    office.gong.limits += GONGS
    ids = [office.gong.add(NOW - timedelta(hours=number), words=WORDS) for number in range(1, 251)]
    report = office.run()
    assert report.failed == []
    assert office.calls() == sorted(ids)
    assert office.gong.limited == 0


def test_no_calls_found_means_none(office: Office) -> None:
    """Gong answers 404 where others answer an empty list."""
    report = office.run()
    assert report.failed == []
    assert office.calls() == []


def test_a_transcript_that_lags_its_call_comes_with_a_later_run(office: Office) -> None:
    """Nothing is set aside meanwhile."""
    identity = office.gong.add(NOW - timedelta(hours=1))
    assert office.run().failed == []
    assert (office.calls(), office.letters()) == ([], [])
    office.time.passed += 600
    office.gong.transcribe(identity, WORDS)
    office.run()
    assert (office.calls(), office.letters()) == ([identity], [])
    office.time.passed += 600
    again = office.run()
    assert sum(one.applied for one in again.streams if one.name == "calls") <= 1
    assert office.calls() == [identity]


def test_a_transcript_that_never_comes_is_set_aside_after_a_day(office: Office) -> None:
    """A person sees it, and it is asked for no more."""
    office.gong.add(NOW - timedelta(hours=1))
    office.run()
    office.time.passed += 90_000
    office.run()
    assert office.letters() == ["no_transcript"]
    office.time.passed += 90_000
    asked = len(office.gong.calls)
    office.run()
    assert office.letters() == ["no_transcript"]
    assert len(office.gong.calls) - asked <= 3


def test_a_cursor_that_died_costs_no_call(office: Office) -> None:
    """Cut off in the middle of its pages and taken up two hours later, every call is there once."""
    ids = [office.gong.add(NOW - timedelta(hours=number), words=WORDS) for number in range(1, 251)]
    office.gong.fault_for = lambda request: "500" if b"cursor" in request.body else None
    assert [one.name for one in office.run().failed] == ["calls"]
    office.gong.fault_for = lambda _request: None
    office.time.passed += 7_200
    assert office.run().failed == []
    assert office.calls() == sorted(ids)


def test_a_cursor_that_dies_early_is_done_without(office: Office) -> None:
    """Gong says that it has expired before its hour is over."""
    office.gong.cursor_lasts_s = -1
    [office.gong.add(NOW - timedelta(hours=number), words=WORDS) for number in range(1, 90)]
    assert office.run().failed == []
    assert len(office.calls()) == 89


def test_private_and_internal_calls_stay_out(office: Office) -> None:
    """They are not even asked for their words."""
    office.gong.add(NOW - timedelta(days=1), words=WORDS, isPrivate=True)
    office.gong.add(NOW - timedelta(days=1), words=WORDS, scope="Internal")
    office.run()
    assert office.calls() == []
    assert office.letters() == []


def test_a_wrong_key_is_told_in_plain_words(office: Office) -> None:
    """With what to do about it."""
    office.gong.add(NOW - timedelta(days=1), words=WORDS)
    report = office.run(token="wrong:key")
    assert {type(error) for error in report.errors} == {SignedOut}
    assert "Connect Gong again" in (report.failed[0].trouble or "")


def test_a_run_that_is_done_again_changes_nothing(office: Office) -> None:
    """The day that each run looks back doubles no turn."""
    office.gong.add(NOW - timedelta(hours=5), words=WORDS)
    office.run()
    office.run()
    with office.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Turn)) == len(WORDS)
