"""What may be said to whom: the asker's own view, everybody's common one, and where the two part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from agents.answer import Answer, Claim
from agents.question import Question
from bot.channel import IN_PRIVATE, ONLY_IN_PRIVATE, Audience, Readers, answer_in, audience_of, covers
from bot.people import People, Profile, Unwelcome
from infra.errors import Denied
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.models import User
from infra.spine.scope import NOTHING, Scope
from sales.clock import FixedClock
from tests.bot.offices import furnish
from tests.conftest import NOW

GRANTS = st.lists(st.frozensets(st.sampled_from("abcd"), max_size=4), max_size=3).map(lambda sets: Scope(tuple(sets)))


class Moving:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> Any:
        """Return the moment."""
        return self.at


@pytest.fixture
def team(sqlite_database: Database) -> Database:
    """Ines (admin), Dana (West) and Luis (East)."""
    furnish(sqlite_database)
    return sqlite_database


def _audience(team: Database, asker: str, readers: Readers | None) -> Audience:
    with team.session() as session:
        user = session.get(User, asker)
        assert user is not None
        return audience_of(session, user, readers, "team")


def test_in_private_the_asker_sees_their_own_view(team: Database) -> None:
    audience = _audience(team, "dana", None)
    assert audience.public is not None
    assert audience.public.key() == audience.private.key() == (("dana",),)


def test_in_a_channel_everybody_must_be_allowed(team: Database) -> None:
    audience = _audience(team, "ines", Readers(frozenset({"ines", "dana", "luis"})))
    assert audience.private.everything
    assert audience.public is not None
    assert audience.public.key() == (("dana",), ("luis",))
    assert audience.public.user_id == "ines"


@pytest.mark.parametrize("readers", [Readers(frozenset({"dana"}), strangers=1), Readers(frozenset(), too_many=True)])
def test_where_strangers_or_too_many_read_nothing_is_said_openly(team: Database, readers: Readers) -> None:
    assert _audience(team, "dana", readers).public is None


def test_where_outsiders_read_nothing_is_said(team: Database) -> None:
    with pytest.raises(Denied):
        _audience(team, "dana", Readers(frozenset(), outsiders=True))


def _answer(kind: Any, words: str) -> Answer:
    return Answer(kind=kind, headline=words, claims=(Claim(text=words, evidence=()),), took_ms=3)


@pytest.mark.parametrize(
    ("openly", "privately", "here", "alone", "note"),
    [
        (_answer("narrative", "x"), _answer("narrative", "x"), "x", None, None),
        (_answer("structured", "2 deals"), _answer("structured", "7 deals"), "2 deals", "7 deals", IN_PRIVATE),
        (_answer("not_found", "nothing"), _answer("narrative", "x"), None, "x", ONLY_IN_PRIVATE),
        (_answer("clarify", "which?"), _answer("narrative", "x"), None, "x", ONLY_IN_PRIVATE),
        (_answer("not_found", "nothing"), _answer("not_found", "nothing"), "nothing", None, None),
    ],
)
def test_what_differs_goes_to_the_asker_alone(
    openly: Answer, privately: Answer, here: str | None, alone: str | None, note: str | None
) -> None:
    public, private = Scope((frozenset("a"),)), Scope((frozenset("ab"),))
    asked: list[tuple[Any, str | None]] = []

    def ask(question: Question) -> Answer:
        asked.append((question.scope, question.thread))
        return openly if question.scope is public else privately

    told = answer_in(ask, Question("q", NOTHING, NOW, "u", "t"), Audience(private, public), "t:u")
    assert (told.here and told.here.headline, told.privately and told.privately.headline, told.note) == (
        here,
        alone,
        note,
    )
    assert asked == [(public, "t"), (private, "t:u")]


@given(GRANTS, GRANTS, st.sampled_from("abcd"))
def test_a_scope_that_covers_another_shows_all_that_it_shows(wider: Scope, narrower: Scope, owner: str) -> None:
    def shows(scope: Scope) -> bool:
        return all(owner in grant for grant in scope.grants)

    if covers(wider, narrower) and shows(narrower):
        assert shows(wider)


def test_an_account_is_remembered_for_an_hour_and_then_looked_up_again(team: Database) -> None:
    clock = Moving()
    profiles = {"T1:U1": Profile("T1:U1", "DANA@tallyport.example")}
    asked: list[str] = []

    def look_up(id: str) -> Profile:
        asked.append(id)
        return profiles[id]

    people = People(team, clock, "slack", look_up)
    assert people.asker("T1:U1").id == people.asker("T1:U1").id == "dana"
    assert asked == ["T1:U1"]
    profiles["T1:U1"] = Profile("T1:U1", "DANA@tallyport.example", "guest")
    clock.at += timedelta(hours=2)
    with pytest.raises(Unwelcome):
        people.asker("T1:U1")


@pytest.mark.parametrize("standing", ["guest", "outsider", "bot"])
def test_a_mail_address_alone_does_not_let_somebody_in(team: Database, clock: FixedClock, standing: Any) -> None:
    people = People(team, clock, "slack", lambda id: Profile(id, "dana@tallyport.example", standing))
    with pytest.raises(Unwelcome):
        people.asker("T1:U1")
    with team.session() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.detail) == ("T1:U1", "denied", {"reason": standing})


def test_people_who_left_are_not_let_in(team: Database, clock: FixedClock) -> None:
    people = People(team, clock, "slack", lambda id: Profile(id, "dana@tallyport.example"))
    assert people.asker("T1:U1").id == "dana"
    with team.transaction() as session:
        session.get_one(User, "dana").active = False
    with pytest.raises(Unwelcome):
        people.asker("T1:U1")
