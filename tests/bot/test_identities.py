"""Who chat accounts are, as an admin sees and fixes it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App
from bot.identities import known_accounts, pin, strangers, unpin
from bot.people import People, Profile, Unwelcome
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.desk import AuditEntry
from infra.spine.people import User
from sales.clock import FixedClock
from tests.bot.offices import furnish
from tests.conftest import NOW

ACCOUNT = "T1:U1"
Meet = Callable[..., People]


@pytest.fixture
def app(home: Path, database_url: str, clock: FixedClock) -> Iterator[App]:
    """The application over the small team."""
    made = App(Settings(home=home, database_url=database_url), clock=clock)
    furnish(made.database)
    yield made
    made.close()


@pytest.fixture
def meet(app: App) -> Meet:
    """Ask as a chat account with some mail address, as a process that has just started would."""

    def met(email: str | None, surface: str = "slack") -> People:
        return People(app.database, app.clock, surface, lambda id: Profile(id, email))

    return met


def test_a_fixed_mapping_goes_before_the_mail_address_and_is_kept_in_the_trail(app: App, meet: Meet) -> None:
    assert meet("luis@tallyport.example").asker(ACCOUNT).id == "luis"
    assert pin(app, "slack", ACCOUNT, "DANA@tallyport.example", by="terminal").id == "dana"
    assert meet("luis@tallyport.example").asker(ACCOUNT).id == "dana"
    (known,) = known_accounts(app)
    assert (known.external_id, known.name, known.learned_at) == (ACCOUNT, "Dana Whitfield", None)
    unpin(app, "slack", ACCOUNT, by="terminal")
    assert meet("luis@tallyport.example").asker(ACCOUNT).id == "luis"
    assert known_accounts(app)[0].learned_at == NOW
    with app.database.session() as session:
        trail = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.subject, one.actor) for one in trail] == [
        ("identity pinned", "dana", "terminal"),
        ("identity unpinned", "dana", "terminal"),
    ]
    assert trail[0].detail == {"surface": "slack", "account": ACCOUNT}


def test_a_mapping_holds_at_once_where_the_stranger_was_just_refused(app: App, meet: Meet) -> None:
    people = meet("nobody@elsewhere.example")
    for _ in range(2):
        with pytest.raises(Unwelcome):
            people.asker(ACCOUNT)
    with pytest.raises(Unwelcome):
        meet(None, "teams").asker("tenant:aad-1")
    assert {(one.surface, one.external_id, one.reason, one.times) for one in strangers(app)} == {
        ("slack", ACCOUNT, "unknown asker", 2),
        ("teams", "tenant:aad-1", "unknown asker", 1),
    }
    pin(app, "slack", ACCOUNT, "dana@tallyport.example", by="terminal")
    assert people.asker(ACCOUNT).id == "dana"
    assert [one.surface for one in strangers(app)] == ["teams"]


def test_a_mapping_to_somebody_who_left_lets_nobody_in(app: App, meet: Meet) -> None:
    pin(app, "slack", ACCOUNT, "dana@tallyport.example", by="terminal")
    with app.database.transaction() as session:
        session.get_one(User, "dana").active = False
    with pytest.raises(Unwelcome):
        meet(None).asker(ACCOUNT)
    assert known_accounts(app)[0].active is False


@pytest.mark.parametrize(
    ("surface", "account", "email", "told"),
    [
        ("fax", ACCOUNT, "dana@tallyport.example", "no chat accounts"),
        ("slack", "U1", "dana@tallyport.example", "not the id"),
        ("slack", ACCOUNT, "nobody@elsewhere.example", "Nobody has that mail address"),
    ],
)
def test_what_can_not_be_mapped_is_refused_in_words(
    app: App, surface: str, account: str, email: str, told: str
) -> None:
    with pytest.raises(Fatal, match=told):
        pin(app, surface, account, email, by="terminal")
    assert known_accounts(app) == []


def test_only_a_fixed_mapping_can_be_taken_back(app: App, meet: Meet) -> None:
    assert meet("luis@tallyport.example").asker(ACCOUNT).id == "luis"
    with pytest.raises(Fatal, match="no fixed mapping"):
        unpin(app, "slack", ACCOUNT, by="terminal")
    assert len(known_accounts(app)) == 1
