"""The inbox: on disk before anybody is told so, each event dealt with once, and what failed is told and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.inbox import Arrived, Inbox, Steps
from bot.work import Work
from infra.errors import Fatal, Retriable, Trouble
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import InboxEvent
from sales.clock import FixedClock
from tests.conftest import NOW


class Listener:
    """A surface that notes what it is handed."""

    def __init__(self) -> None:
        self.drained: list[str] = []
        self.told: list[str] = []

    def drain(self, event: Arrived, steps: Steps) -> dict[str, Any]:
        """Note the event; fail where its payload says so."""

        def note() -> str:
            if event.payload.get("fail"):
                raise Fatal("That can't be done.", "Ask otherwise.")
            self.drained.append(event.id)
            return event.id

        return {"noted": steps.step("note", note)}

    def apologise(self, event: Arrived, told: Trouble, steps: Steps) -> None:
        """Note what would be told."""
        steps.step("tell", lambda: self.told.append(told.text()))


@pytest.fixture
def make_inbox(
    database: Database, home: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], tuple[Inbox, Listener]]]:
    """Make inboxes over one spine, on SQLite and on PostgreSQL."""
    monkeypatch.setattr("infra.workflows._POLL_S", 0.03)
    monkeypatch.setattr("infra.workflows._LISTEN_S", 0.03)

    work = Work(Settings(home=home), database)

    def make() -> tuple[Inbox, Listener]:
        inbox, listener = Inbox(database, clock, work), Listener()
        inbox.register("slack", listener)
        return inbox, listener

    yield make
    work.close()


def _event(id: str, **payload: Any) -> Arrived:
    return Arrived(f"slack:{id}", "slack", "message", "lane", payload)


async def _rows(database: Database, count: int) -> dict[str, InboxEvent]:
    def read() -> dict[str, InboxEvent]:
        with database.session() as session:
            return {row.id: row for row in session.scalars(select(InboxEvent))}

    async with asyncio.timeout(20):
        while True:
            rows = await asyncio.to_thread(read)
            if len(rows) == count and all(row.state != "waiting" for row in rows.values()):
                return rows
            await asyncio.sleep(0.02)


async def test_an_event_is_dealt_with_once_however_often_it_comes(
    make_inbox: Callable[[], tuple[Inbox, Listener]], database: Database
) -> None:
    inbox, listener = make_inbox()
    await inbox.start()
    try:
        await asyncio.gather(*(inbox.put(_event(str(number % 5), text="x")) for number in range(20)))
        rows = await _rows(database, 5)
        await inbox.put(_event("3", text="x"))
    finally:
        await inbox.stop()
    assert sorted(listener.drained) == [f"slack:{number}" for number in range(5)]
    assert {row.state for row in rows.values()} == {"done"}
    assert {str(row.payload) for row in rows.values()} == {"{}"}


async def test_what_fails_is_told_and_kept(
    make_inbox: Callable[[], tuple[Inbox, Listener]], database: Database
) -> None:
    inbox, listener = make_inbox()
    await inbox.start()
    try:
        await inbox.put(_event("1", fail=True))
        rows = await _rows(database, 1)
    finally:
        await inbox.stop()
    row = rows["slack:1"]
    assert (row.state, row.payload) == ("failed", {"fail": True})
    assert listener.told == [f"That can't be done. Ask otherwise. Reference: {row.outcome['reference']}"]


async def test_what_an_earlier_process_stored_is_dealt_with_at_the_next_start(
    make_inbox: Callable[[], tuple[Inbox, Listener]], database: Database
) -> None:
    def leave() -> None:
        with database.transaction() as session:
            row = {"id": "slack:1", "surface": "slack", "kind": "message", "lane": "lane", "payload": {"text": "x"}}
            session.add(InboxEvent(**row, state="waiting", received_at=NOW, done_at=None, outcome={}))

    await asyncio.to_thread(leave)
    inbox, listener = make_inbox()
    await inbox.start()
    try:
        await _rows(database, 1)
    finally:
        await inbox.stop()
    assert listener.drained == ["slack:1"]


async def test_what_can_not_be_stored_is_not_acknowledged(
    make_inbox: Callable[[], tuple[Inbox, Listener]],
) -> None:
    inbox, _listener = make_inbox()
    await inbox.start()
    try:
        with pytest.raises(Retriable):
            # A lane that is NULL is refused by the database, as a full disk would refuse any row.
            await inbox.put(Arrived("slack:1", "slack", "message", None, {}))  # type: ignore[arg-type]
    finally:
        await inbox.stop()
