"""Many recipients, chats that ask to wait, fail and break off, and a real server killed with SIGKILL: everybody gets the review, once.

Slack and, where that was consented to, Teams by Microsoft Graph can be asked what stands in a conversation, so there nothing stands twice. SMTP can't
be asked: a mail whose DATA was under way may come twice, under one Message-ID, by which mail programs show one.
"""

from __future__ import annotations

import asyncio
import email
import itertools
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select, update

from bot.delivering import LANES
from bot.people import FIXED
from bot.teams.talks import Talks
from infra.spine.database import Database
from infra.spine.models import Delivery, Identity, Review, User
from sales.clock import SystemClock
from tests.bot.running import START_S, Home, new_home
from tests.bot.sending import migrated, until
from tests.fakes.slack import TEAM, FakeSlack
from tests.fakes.slack import Refusal as SlackRefusal
from tests.fakes.smtp_server import Mailroom, smtp_server
from tests.fakes.teams import BOT, TENANT, FakeTeams
from tests.fakes.teams import Refusal as TeamsRefusal
from tests.fakes.teams_graph import APPS, CHATS

REVIEW = "2026-W46:company:all"


WEST = "19:west@thread.tacv2"
MAILED = 3


class Stalling(Mailroom):
    """A mail server that takes each mail, and waits for `go` before it says so; `reached` is set when the first is at that point."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go = threading.Event(), threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, but answer late."""
        told = await super().handle_DATA(server, session, envelope)
        self.reached.set()
        await asyncio.to_thread(self.go.wait)
        return told

    def markers(self) -> dict[str, list[str]]:
        """Return the Message-IDs of what each address was sent."""
        told: dict[str, list[str]] = {}
        for mail in list(self.mails):
            told.setdefault(mail.recipients[0], []).append(str(email.message_from_bytes(mail.content)["Message-ID"]))
        return told


@dataclass
class World:
    """A home between a Slack workspace, a Teams tenant and a mail server, where a review waits for many."""

    home: Home
    slack: FakeSlack
    teams: FakeTeams
    mailroom: Stalling
    database: Database
    people: list[str] = field(default_factory=list)

    def fill(self, count: int) -> None:
        """Let a review wait for `count` persons, three of five in Slack, for a few by mail, and for a channel on either side."""
        now = SystemClock().now()
        talks = Talks(self.database, SystemClock())
        with self.database.transaction() as session:
            session.add(Review(id=REVIEW, week="2026-W46", audience="company", about=None, record={}, made_at=now))
            for number in range(count):
                id = f"p{number:03}"
                self.people.append(id)
                session.add(User(id=id, name=id, name_key=id, email=f"{id}@ours.example", role="rep", active=True, source="test", source_at=now))  # fmt: skip
                surface = "slack" if number % 5 < 3 else "teams"
                account = f"{TEAM}:U{id.upper()}" if surface == "slack" else f"{TENANT}:aad-{id}"
                session.flush()
                session.add(Identity(surface=surface, external_id=account, user_id=id, learned_at=FIXED))
                session.add(_waits(f"{REVIEW}:{surface}:{id}", id, surface, {}))
            session.add(_waits(f"{REVIEW}:slack:C1", None, "slack", {"channel": "C1"}))
            session.add(_waits(f"{REVIEW}:teams:{WEST}", None, "teams", {"conversation": WEST}))
            for id in self.people[:MAILED]:
                session.add(_waits(f"{REVIEW}:mail:{id}", id, "mail", {}))
        for number, id in enumerate(self.people):
            if number % 5 < 3:
                self.slack.person(f"U{id.upper()}", f"{id}@ours.example")
            else:
                user = self.teams.person(id, f"{id}@ours.example")
                talk = {"service": f"{self.teams.url}/", "tenant": TENANT, "aad": f"aad-{id}", "user": user}
                talks.keep(f"{TENANT}:aad-{id}", {**talk, "bot": {"id": BOT, "name": "Dealwright"}, "conversation": ""})
        self.slack.channel("C1")
        self.teams.conversation(WEST)
        # The General channel, whose id is its team's.
        self.teams.teams[WEST] = {WEST}
        self.teams.graph.consents.add(self.teams.group_of(WEST))
        self.teams.graph.roles |= {APPS, CHATS}

    def serve(self) -> None:
        """Start the server."""
        process = self.home.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bot.delivering.serving"],
            cwd=Path(__file__).resolve().parents[3],
            env=self.home._env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self.home._reading = threading.Thread(target=self.home.log.extend, args=(process.stderr,), daemon=True)
        self.home._reading.start()
        guard = threading.Timer(START_S, process.kill)
        guard.start()
        line = process.stdout.readline()
        guard.cancel()
        assert line.startswith("http"), (line, self.home.log[-20:])

    def kill(self) -> None:
        """Kill it."""
        assert self.home.stop(signal.SIGKILL) == -signal.SIGKILL

    def states(self) -> dict[str, int]:
        """Return how many deliveries are in each state."""
        with self.database.session() as session:
            found = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
        return {one.state: one[1] for one in found}

    def stand_in_slack(self) -> Counter[str]:
        """Return how often the review stands in each of Slack's conversations."""
        with self.slack.lock:
            names = list(self.slack.messages)
        return Counter({name: len(self.slack.said(name)) for name in names if self.slack.said(name)})

    def stand_in_teams(self) -> Counter[str]:
        """Return how often the review stands in each of Teams' conversations, or the picture that comes behind it, whichever is more often."""
        with self.teams.lock:
            told = {name: [one["summary"] for one in self.teams.said(name)] for name in self.teams.conversations}
        return Counter({name: max(Counter(said).values()) for name, said in told.items() if said})

    def is_told(self, count: int) -> bool:
        """Return whether all are told; a chat that asked to wait is tried again at once, as time is not what is tried here."""
        threading.Event().wait(0.3)
        with self.database.transaction() as session:
            session.execute(update(Delivery).where(Delivery.state == "waiting").values(due_at=SystemClock().now()))
        return self.states().get("sent", 0) == count

    def has_reached(self, count: int) -> bool:
        """Return whether the review stands so often, anywhere."""
        return (self.stand_in_slack() + self.stand_in_teams()).total() >= count


def _waits(key: str, user_id: str | None, surface: str, place: dict[str, Any]) -> Delivery:
    now = SystemClock().now()
    return Delivery(
        key=key, review_id=REVIEW, user_id=user_id, surface=surface, place=place, state="waiting",
        attempts=0, due_at=now, sent_at=None, ref=None, trouble=None,
    )  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def spine(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty spine: on SQLite, and at full size on PostgreSQL too, where a dead worker's lease takes half a minute to run out."""
    if request.param == "sqlite":
        return migrated(f"sqlite:///{tmp_path / 'spine.db'}")
    url: str = request.getfixturevalue("postgres_url")
    return migrated(url.replace("postgresql://", "postgresql+psycopg://"))


@pytest.fixture
def world(spine: str, tmp_path: Path, models: Path) -> Iterator[World]:
    """The world, before anything is served."""
    slack, teams, mailroom = FakeSlack(), FakeTeams(), Stalling()
    slack.start()
    teams.start()
    home = new_home(tmp_path / "house", models)
    with smtp_server(mailroom) as port:
        home.environment = {
            "DEALWRIGHT_TEST": "1",
            "DEALWRIGHT_DATABASE_URL": spine,
            "DEALWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}",
            **slack.environment(),
            **teams.environment(),
        }
        database = Database(spine)
        yield World(home, slack, teams, mailroom, database)
        mailroom.go.set()
        if home.process is not None and home.process.poll() is None:
            home.stop(signal.SIGKILL)
        database.close()
    slack.stop()
    teams.stop()


def _breaking(posting: str, *, after: int, before: int) -> Callable[[str], str]:
    """Return what breaks the connection of every so many posts: after they stand, or before."""
    posts = itertools.count(1)

    def dies(what: str) -> str:
        if what != posting:
            return ""
        number = next(posts)
        return "after" if number % after == 0 else "before" if number % before == 0 else ""

    return dies


def _trouble(world: World) -> None:
    """Let both chats ask to wait, fail, and break off before or after the post stands, every so often."""
    slack_calls, teams_calls = itertools.count(1), itertools.count(1)

    def slack_fails(method: str, _arguments: dict[str, Any]) -> None:
        if method != "chat.postMessage":
            return
        number = next(slack_calls)
        if number % 7 == 0:
            raise SlackRefusal("ratelimited", retry_after=1)
        if number % 11 == 0:
            raise SlackRefusal("internal_error")

    def teams_fails(what: str, _conversation: str) -> None:
        if what != "send":
            return
        number = next(teams_calls)
        if number % 6 == 0:
            raise TeamsRefusal(429, "TooManyRequests", retry_after=1)
        if number % 13 == 0:
            raise TeamsRefusal(503, "ServiceUnavailable")

    world.slack.fail, world.slack.dies = slack_fails, _breaking("chat.postMessage", after=9, before=10)
    world.teams.fail, world.teams.dies = teams_fails, _breaking("send", after=8, before=11)


def _all_got_it(world: World, count: int, kills: int) -> None:
    in_slack, in_teams, by_mail = world.stand_in_slack(), world.stand_in_teams(), world.mailroom.markers()
    assert world.states() == {"sent": count + 2 + MAILED}
    assert len(in_slack) + len(in_teams) == count + 2
    assert set(in_slack.values()) == {1}, in_slack.most_common(3)
    assert set(in_teams.values()) == {1}, in_teams.most_common(3)
    assert {len(world.teams.said(name)) for name in in_teams} == {2}
    assert sorted(by_mail) == [f"{id}@ours.example" for id in world.people[:MAILED]]
    assert {len(set(markers)) for markers in by_mail.values()} == {1}
    # At least one was under way at the first kill, and no more than go at once.
    assert 1 <= len(world.mailroom.mails) - MAILED <= kills * LANES


def test_busy_and_failing_chats_and_a_kill_leave_nobody_out(world: World) -> None:
    _run(world, 14, (6,))
    (posted,) = world.slack.said("C1")
    (picture,) = [block for block in posted["blocks"] if block["type"] == "image"]
    file = world.slack.files[picture["slack_file"]["id"]]
    assert file.content.startswith(b"\x89PNG")
    assert picture["alt_text"] == file.alternative


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_five_hundred_recipients_get_the_review_once(world: World) -> None:
    _run(world, 500, (60, 160, 300, 420))


def _run(world: World, count: int, kills_at: tuple[int, ...]) -> None:
    world.fill(count)
    _trouble(world)
    # A post stands a while before whoever posted it hears of it, so that the kills fall in between.
    world.slack.late_posts_s = world.teams.late_posts_s = 0.2
    world.serve()
    assert world.mailroom.reached.wait(60)
    for stand in kills_at:
        until(partial(world.has_reached, stand), 200)
        world.kill()
        world.mailroom.go.set()
        world.serve()
    until(partial(world.is_told, count + 2 + MAILED), 600)
    assert world.home.stop() == 0
    _all_got_it(world, count, len(kills_at))
