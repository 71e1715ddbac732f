"""From a signal to a card: at once where no server runs, by the desk's thread where one does, and after a crash as well."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from infra.settings import Settings
from infra.spine.models import Proposal, Signal
from sales.clock import FixedClock
from sales.signals import Kind, Telling
from tests.agents.northern import account, contact, settle, user
from tests.conftest import NOW

TELLING = Telling(
    source="feed",
    external_id="1",
    kind=Kind.HIRING,
    occurred_at=NOW - timedelta(hours=2),
    company="Northwind",
    domain="northwind.example",
    title="VP Sales",
    text="Northwind is hiring a VP Sales.",
)


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    """An application with one account and one rep, without a server."""
    made = App(settings, clock=FixedClock(NOW))
    with made.database.transaction() as session:
        settle(
            session,
            NOW,
            user("ana", "Ana Ruiz", "North"),
            account("acc-northwind", "Northwind", "ana", domain="northwind.example"),
            contact("con-lee", "acc-northwind", "Lee Park", "COO", "champion"),
        )
    yield made
    made.close()


def cards(app: App) -> list[str]:
    """Return the headlines of all cards."""
    with app.database.session() as session:
        return list(session.scalars(select(Proposal.headline)))


def test_a_signal_becomes_a_card_where_no_server_runs(app: App) -> None:
    app.signals.take([TELLING])
    assert cards(app) == ["Northwind is hiring a VP Sales"]


class _Waits:
    """A surface that only notices that a card was offered."""

    def __init__(self) -> None:
        self.offered = threading.Event()

    def offer(self, proposal_id: str) -> None:
        """Notice it."""
        self.offered.set()

    def changed(self, proposal_id: str) -> None:
        """Do nothing."""


async def test_the_desk_drafts_at_once_what_comes_and_what_a_crash_left(app: App) -> None:
    surface = _Waits()
    app.announcer.add(surface)
    await asyncio.to_thread(app.signals.take, [TELLING], hand_on=False)
    await app.drafting.start()
    try:
        assert await asyncio.to_thread(surface.offered.wait, 60)
    finally:
        await app.drafting.stop()
    assert cards(app) == ["Northwind is hiring a VP Sales"]
    with app.database.session() as session:
        assert session.scalars(select(Signal.state)).one() == "drafted"


class _Breaks:
    """A writer that breaks on one company, in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.broke = threading.Event()

    def write(self, occasion: Any, check: Any) -> None:
        """Break, or leave it to the templates."""
        if "Northwind" in str(occasion):
            self.broke.set()
            raise ZeroDivisionError


async def test_a_signal_that_breaks_its_draft_keeps_no_other_waiting(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    surface, breaks = _Waits(), _Breaks()
    app.announcer.add(surface)
    monkeypatch.setattr(app.outreach, "_writer", breaks)
    with app.database.transaction() as session:
        settle(
            session,
            NOW,
            account("acc-fabrikam", "Fabrikam", "ana", domain="fabrikam.example"),
            contact("con-bo", "acc-fabrikam", "Bo Sy", "COO", "champion"),
        )
    await app.drafting.start()
    try:
        await asyncio.to_thread(app.signals.take, [TELLING])
        assert await asyncio.to_thread(breaks.broke.wait, 60)
        text = "Fabrikam is hiring a VP Sales."
        other = replace(TELLING, external_id="2", company="Fabrikam", domain="fabrikam.example", text=text)
        await asyncio.to_thread(app.signals.take, [other])
        assert await asyncio.to_thread(surface.offered.wait, 60)
    finally:
        await app.drafting.stop()
    assert cards(app) == ["Fabrikam is hiring a VP Sales"]
