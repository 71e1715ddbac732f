"""Links and consents that wait, on both databases: each is taken once, and what waited too long is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from agents.mailroom import consent
from infra.errors import Denied
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Fact


@pytest.fixture
def ready(settings: Settings) -> Settings:
    """Settings with a client at Google."""
    return settings.model_copy(update={"google_client_id": "ours"})


def _link(database: Database, settings: Settings) -> str:
    with database.transaction() as session:
        return consent.new_link(session, settings, Sealer(settings), "sam", "google").partition("link=")[2]


def _waiting(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).where(Fact.key.startswith("connect:link:"))) or 0


def test_of_many_who_use_a_link_at_once_one_begins(filled: Database, ready: Settings) -> None:
    link, sealer = _link(filled, ready), Sealer(ready)

    def use(_: int) -> bool:
        try:
            with filled.transaction() as session:
                consent.begin(session, ready, sealer, "google", link)
        except Denied:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(24))) == 1
    assert _waiting(filled) == 0


def test_links_that_waited_too_long_are_forgotten_with_the_next_one(filled: Database, ready: Settings) -> None:
    _link(filled, ready)
    with filled.transaction() as session:
        session.execute(update(Fact).where(Fact.key.startswith("connect:link:")).values(value={"user": "sam", "vendor": "google", "until": 1.5}))  # fmt: skip
    _link(filled, ready)
    assert _waiting(filled) == 1
