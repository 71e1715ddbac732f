"""A burst with a kill in the middle: what was acknowledged is answered, and at most the posts that were under way stand twice.

A bot can't list a conversation's messages, so a post whose answer never came can't be found again: that many may be doubled, no more.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.teams.intake import SURFACE, conversation_name
from infra.spine.database import Database
from infra.spine.desk import Post
from tests.bot.offices import until
from tests.bot.running import Home
from tests.fakes.cards import texts
from tests.fakes.teams import FakeTeams

ANSWERED_S = 90.0
WORKERS = 16
"""Events that one process works on at a time, so the most posts that can be under way."""
QUESTION = "Which deals close this month?"


@pytest.fixture
def served(make_home: Callable[[], Home], company_files: Path, teams: FakeTeams) -> Home:
    """A real server with the small company, connected to the tenant."""
    teams.reset("19:team")
    home = make_home()
    for name in ("users.csv", "accounts.csv", "deals.csv"):
        assert home.run("import", str(company_files / name), "--yes", "--json").status == 0
    home.environment = teams.environment()
    home.serve()
    return home


async def _send(url: str, teams: FakeTeams, chats: list[str], over_s: float, acknowledged: set[str]) -> None:
    """Ask once in each chat, evenly over a time; note where it was acknowledged."""
    headers = {"Authorization": f"Bearer {teams.token()}"}
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: int, chat: str) -> None:
            await asyncio.sleep(over_s * number / len(chats))
            activity = teams.activity("message", "29:ines", chat, "personal", text=QUESTION)
            try:
                async with session.post(f"{url}/api/messages", json=activity, headers=headers) as response:
                    if response.status == 200:
                        acknowledged.add(chat)
            except aiohttp.ClientError:
                return

        await asyncio.gather(*(one(number, chat) for number, chat in enumerate(chats)))


def _answered(teams: FakeTeams, chat: str) -> bool:
    return any("Useful" in texts(card) for card in teams.cards(chat))


def _remembered(home: Home) -> set[str]:
    """Return the conversations of which the killed server had written down that it posted there."""
    database = Database(f"sqlite:///{home.folder / 'spine.db'}")
    try:
        with database.session() as session:
            return set(session.scalars(select(Post.about).where(Post.surface == SURFACE)))
    finally:
        database.close()


def _killed(home: Home, teams: FakeTeams, count: int, over_s: float, after: int) -> tuple[int, int]:
    """Kill the server while posts are under way, after some answers, and start it again.

    Returns how many questions were acknowledged, and how many messages stand twice. What was written down is never doubled: only a
    post between its sending and that is, and each thing that a process works on has one such post at most.
    """
    chats = [teams.conversation(f"a:chat-{number}", "29:ines") for number in range(count)]
    teams.late_posts_s = 0.3
    acknowledged: set[str] = set()
    sending = threading.Thread(target=lambda: asyncio.run(_send(home.url, teams, chats, over_s, acknowledged)))
    sending.start()
    until(lambda: sum(_answered(teams, chat) for chat in chats) >= after, ANSWERED_S)
    home.stop(signal.SIGKILL)
    sending.join(60)
    written = _remembered(home)
    teams.late_posts_s = 0.0
    home.serve()
    until(lambda: all(_answered(teams, chat) for chat in acknowledged), ANSWERED_S + 30)
    assert home.stop() == 0
    doubled = [chat for chat in chats if len(teams.said(chat)) > 1]
    assert not {conversation_name(chat) for chat in doubled} & written
    assert all(len(teams.said(chat)) <= 2 for chat in chats)
    return len(acknowledged), len(doubled)


def test_after_a_kill_everything_acknowledged_is_answered_and_only_posts_under_way_are_doubled(
    served: Home, teams: FakeTeams
) -> None:
    acknowledged, doubled = _killed(served, teams, count=30, over_s=1.5, after=6)
    assert acknowledged >= 6
    assert doubled <= WORKERS


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_kill_in_five_hundred_questions(served: Home, teams: FakeTeams) -> None:
    acknowledged, doubled = _killed(served, teams, count=500, over_s=10.0, after=100)
    print(f"\nkill in 500: {acknowledged} acknowledged, {doubled} doubled")
    assert acknowledged >= 100
    assert doubled <= WORKERS
