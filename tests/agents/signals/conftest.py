"""A seller with two reps and a manager, companies in every standing, and signals about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.signals.service import Signals
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Contact, Deal, Lead, User
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from sales.names import account_key, person_key
from sales.signals import Kind, Telling
from tests.conftest import NOW

Telling_ = Callable[..., Telling]


class MovingClock:
    """A clock that a test moves on."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the moment that the test has come to."""
        return self.instant

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.instant += timedelta(**by)


def fill(database: Database) -> None:
    """Write users, accounts, contacts, deals and a lead."""
    base: dict[str, Any] = {"source": "test", "source_at": NOW, "custom": {}}

    def user(identity: str, role: str, zone: str, **more: Any) -> User:
        return User(
            id=identity,
            name=identity.title(),
            name_key=identity,
            email=f"{identity}@seller.example",
            role=role,
            time_zone=zone,
            team="West",
            **more,
            **base,
        )

    def account(identity: str, name: str, owner: str | None, **more: Any) -> Account:
        return Account(
            id=identity,
            name=name,
            name_key=account_key(name),
            domain=f"{identity.removeprefix('acc-')}.example",
            owner_id=owner,
            provenance={},
            **more,
            **base,
        )

    def contact(identity: str, name: str, account_id: str, role: str | None, title: str) -> Contact:
        return Contact(
            id=identity,
            name=name,
            name_key=person_key(name),
            account_id=account_id,
            email=f"{identity}@x.example",
            role=role,
            title=title,
            **base,
        )

    def deal(identity: str, account_id: str, status: str, owner: str) -> Deal:
        return Deal(
            id=identity,
            name=identity,
            account_id=account_id,
            owner_id=owner,
            currency="USD",
            status=status,
            provenance={},
            **base,
        )

    with database.transaction() as session:
        session.add_all([user("mia", "manager", "America/New_York"), user("root", "admin", "America/New_York")])
        session.flush()
        session.add_all(
            [
                user("dana", "rep", "America/Los_Angeles", manager_id="mia"),
                user("luis", "rep", "Europe/Berlin"),
                user("gone", "rep", "UTC", active=False, manager_id="mia"),
            ]
        )
        session.flush()
        session.add_all(
            [
                account("acc-free", "Free Freight", "dana", employees=900, industry="Logistics", country="United States"),
                account("acc-open", "Open Orchard", "dana", employees=500, industry="Food"),
                account("acc-won", "Won Works", "luis", employees=700, industry="Retail"),
                account("acc-left", "Left Lumber", "gone", employees=300, industry="Logistics"),
                account("acc-luis", "Luis Lamps", "luis", employees=90, industry="Retail", aliases=["Lampenhaus"]),
            ]
        )  # fmt: skip
        session.flush()
        session.add_all(
            [
                contact("con-champ", "Renata Silva", "acc-won", "champion", "Head of Logistics"),
                contact("con-user", "Bob Stone", "acc-won", "user", "Clerk"),
                deal("deal-open", "acc-open", "open", "luis"),
                deal("deal-won", "acc-won", "won", "luis"),
                Lead(id="lead-1", name="Max Lead", name_key="max lead", email="max@leadco.example", company="Lead Co", owner_id="dana", **base),
            ]
        )  # fmt: skip


@pytest.fixture
def moving() -> MovingClock:
    """A clock that stands at NOW until it is moved."""
    return MovingClock(NOW)


@pytest.fixture
def signals(database: Database, settings: Settings, moving: MovingClock) -> Signals:
    """Signals over the company, once on each database."""
    fill(database)
    return Signals(database, settings, moving)


@pytest.fixture
def one_database(sqlite_database: Database, settings: Settings) -> Signals:
    """Signals over the company on SQLite alone, for what can't differ between databases."""
    fill(sqlite_database)
    return Signals(sqlite_database, settings, FixedClock(NOW))


def telling(
    external_id: str, kind: Kind = Kind.FUNDING, *, source: str = "news", hours: float = 3, **more: Any
) -> Telling:
    """Return a telling of some hours ago."""
    return Telling(source, external_id, kind, NOW - timedelta(hours=hours), **more)


def states(signals: Signals, ids: Sequence[str] = ()) -> dict[tuple[str | None, str], str]:
    """Return the state of every signal by account (or company) and kind."""
    return {(one.account or one.company, one.kind): one.state for one in signals.listed(EVERYTHING, ids=ids)}
