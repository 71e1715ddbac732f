"""What may stand twice in Teams after a post broke off or we were killed: found by Microsoft Graph and kept once, or removed when somebody presses it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.app import App
from bot.message import Button, Buttons, Message, Text
from bot.teams.connector import Connector
from bot.teams.consented import doubles
from bot.teams.courier import TeamsCourier
from bot.teams.credentials import Tokens
from bot.teams.directory import Directory
from bot.teams.doubles import Doubles
from bot.teams.graph import Graph
from bot.teams.posting import Posts
from bot.teams.talks import Talks
from infra.errors import Fatal, Retriable
from sales.clock import SystemClock
from tests.bot.teams.conftest import Tenant, settings_of
from tests.fakes.cards import buttons, faults
from tests.fakes.teams import BOT, TENANT
from tests.fakes.teams_graph import APPS, CHATS, GraphRefusal

REVIEW = Message("Week 46", (Text("**Week 46**", "heading"), Buttons((Button("Fold", "fold", "gone:0:0"),))))


class Later:
    """The time, some while from now."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        """Return the moment."""
        return SystemClock().now() + self.by


class Desk:
    """Posts to Teams as a server does, and can be started anew."""

    def __init__(self, office: Tenant) -> None:
        self.office, self.teams, self.clock = office, office.teams, Later()
        self.settings = settings_of(office.teams, office.app.settings.home, office.app.database)
        self.talks = Talks(office.app.database, self.clock)
        self.dana = {"service": f"{self.teams.url}/", "tenant": TENANT, "aad": "aad-dana", "user": "29:dana"}
        self.talks.keep("dana", {**self.dana, "bot": {"id": BOT, "name": "Dealwright"}, "conversation": "a:29:dana"})
        self.teams.conversation("a:29:dana", "29:dana")
        self.start()

    def start(self) -> None:
        """Start, with nothing remembered but what is kept."""
        app, connector = self.office.app, Connector(Tokens(self.settings))
        self.doubles = Doubles(app.database, self.clock, connector, Graph(self.settings), self.talks)
        posts = Posts(app.database, self.clock, connector, self.doubles)
        directory = Directory(app.database, self.clock, self.settings, connector)
        self.courier = TeamsCourier(self.settings, app.database, self.clock, connector, posts, self.talks, directory)

    def openly(self, conversation: str, key: str) -> dict[str, Any]:
        """Post the review to a channel or a group chat."""
        return self.courier.deliver_openly({"conversation": conversation, "service": f"{self.teams.url}/"}, key, REVIEW)

    def breaks_off(self, conversation: str, key: str) -> None:
        """Post it, and never hear that it stands."""
        self.teams.dies = lambda what: "after" if what == "send" else ""
        alone = conversation.startswith("a:")
        with pytest.raises(Retriable):
            _ = self.courier.deliver("dana", key, REVIEW) if alone else self.openly(conversation, key)
        self.teams.dies = lambda _what: ""
        self.start()


@pytest.fixture
def desk(office: Tenant) -> Iterator[Desk]:
    """The desk; nobody consented to anything yet."""
    made = Desk(office)
    yield made
    made.teams.dies = lambda _what: ""
    made.teams.graph.fail = lambda _path: None
    made.teams.graph.roles.clear()
    made.teams.graph.consents.clear()


def test_in_a_personal_chat_it_is_found_where_an_admin_consented(desk: Desk) -> None:
    desk.teams.graph.roles |= {APPS, CHATS}
    busy = iter([GraphRefusal(429, "TooManyRequests", retry_after=1)])

    def fail(_path: str) -> None:
        for refusal in busy:
            raise refusal

    desk.teams.graph.fail = fail
    desk.breaks_off("a:29:dana", "w46:dana")
    (standing,) = desk.teams.said("a:29:dana")
    assert desk.courier.deliver("dana", "w46:dana", REVIEW)["id"] == standing["id"]
    assert len(desk.teams.said("a:29:dana")) == 1
    assert faults(desk.teams.cards("a:29:dana")[0]) == []


def test_the_doctor_says_whether_doubles_are_found(desk: Desk) -> None:
    def told() -> tuple[str, str]:
        app = App(desk.settings)
        try:
            (found,) = doubles(app)
        finally:
            app.close()
        return found.state, found.detail

    assert told()[0] == "missing"
    desk.teams.graph.roles |= {APPS, CHATS}
    assert told()[0] == "ok"


def test_in_a_channel_all_pages_are_looked_through_and_one_is_kept(desk: Desk) -> None:
    channel = desk.office.channel
    desk.teams.teams[desk.teams.team] = {desk.teams.team, channel}
    desk.office.asks(desk.teams.mention("29:dana", f"{channel};messageid=1", "help"))
    desk.breaks_off(channel, "w46:west")
    desk.breaks_off(channel, "w46:west")
    desk.breaks_off(channel, "w46:other")
    first, _, other = desk.teams.said(channel)
    for number in range(120):
        desk.teams.graph.talk(channel, f"Message {number}")
    desk.teams.graph.consents.add(desk.teams.group_of(channel))
    assert desk.openly(channel, "w46:west")["id"] == first["id"]
    assert [one["id"] for one in desk.teams.said(channel)] == [first["id"], other["id"]]


def test_what_came_to_stand_later_is_removed_later(desk: Desk) -> None:
    chat = desk.office.mixed
    desk.breaks_off(chat, "w46:mixed")
    kept = desk.openly(chat, "w46:mixed")["id"]
    assert len(desk.teams.said(chat)) == 2
    desk.teams.graph.consents.add(chat)
    assert desk.doubles.look_again() == 0
    desk.clock.by = timedelta(minutes=1)
    assert desk.doubles.look_again() == 1
    assert [one["id"] for one in desk.teams.said(chat)] == [kept]


def test_without_consent_it_stands_twice_until_somebody_presses_the_double(desk: Desk) -> None:
    chat = desk.office.mixed
    desk.breaks_off(chat, "w46:mixed")
    kept = desk.openly(chat, "w46:mixed")["id"]
    double, _ = desk.teams.said(chat)
    press = buttons(double["attachments"][0]["content"])["Fold"]
    told = desk.office.presses(desk.teams.execute("29:dana", chat, "groupChat", press, double["id"]))
    assert told["statusCode"] == 200
    assert [one["id"] for one in desk.teams.said(chat)] == [kept]
    desk.office.presses(desk.teams.execute("29:dana", chat, "groupChat", press, kept))
    assert [one["id"] for one in desk.teams.said(chat)] == [kept]


def test_no_review_goes_to_a_channel_that_another_organisation_reads(desk: Desk) -> None:
    shared = desk.teams.conversation("19:shared@thread.tacv2", "29:dana", "29:other")
    with pytest.raises(Fatal, match="shared with people from outside"):
        desk.openly(shared, "w46:shared")
    assert desk.teams.said(shared) == []
