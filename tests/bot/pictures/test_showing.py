"""A picture in a chat: by an address that ends where there is one, by upload where there is none, and in words wherever it can't be shown."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import delete

from bot.app import App
from bot.figures import Calendar
from bot.message import Chart, Fold, Message, Text, charts
from bot.pictures.drawing import chart_of, drawn
from bot.pictures.keeping import KEPT_FOR, Pictures
from bot.pictures.routes import routes
from bot.slack.blocks import size_of
from bot.slack.courier import SlackCourier
from bot.slack.directory import Directory
from bot.slack.installations import Installations
from bot.slack.render import MESSAGE_CHARACTERS
from bot.slack.render import render as render_for_slack
from bot.teams.marks import mark_of, marked
from bot.teams.pictures import drawn as drawn_for_teams
from bot.teams.pictures import inside
from bot.teams.render import render as render_for_teams
from bot.teams.render import render_fold
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import KeptPicture
from sales.clock import FixedClock
from tests.agents.proposals.office import MovingClock
from tests.bot.pictures.samples import ALL, MOVEMENT, RISK
from tests.conftest import NOW
from tests.fakes.cards import faults, objects
from tests.fakes.slack import TOKEN, FakeSlack, Refusal

MESSAGE = Message(
    "Week 46", (Text("**Week 46**", "heading"), chart_of(MOVEMENT), Fold("More pictures", (chart_of(RISK),))), "rev-1"
)


@pytest.fixture
def public(settings: Settings, database_url: str) -> Settings:
    """A company whose console people reach from anywhere."""
    return settings.model_copy(update={"database_url": database_url, "public_url": "https://d.example/"})


@dataclass
class Office:
    """A rep in a Slack workspace."""

    slack: FakeSlack
    database: Database
    settings: Settings

    def told(self, **more: Any) -> dict[str, Any]:
        """Tell the rep the review, and return what stands in their direct messages."""
        settings, clock = self.settings.model_copy(update=more), FixedClock(NOW)
        installations = Installations(self.database, Sealer(settings), clock, ())
        directory = Directory(self.database, clock, settings.slack_api_url, installations.find, TOKEN)
        courier = SlackCourier(settings, self.database, clock, directory, installations)
        courier.deliver("T1:UANA", "w46", MESSAGE)
        (said,) = self.slack.said("DUANA")
        return said


@pytest.fixture
def office(settings: Settings, database: Database) -> Iterator[Office]:
    """The office."""
    slack = FakeSlack(rate_limited=False)
    slack.person("UANA", "ana@ours.example")
    url = slack.start()
    told = {"slack_api_url": url, "slack_bot_token": SecretStr(TOKEN)}
    yield Office(slack, database, settings.model_copy(update=told))
    slack.stop()


def picture_of(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pictures of a message."""
    return [block for block in said["blocks"] if block["type"] == "image"]


def words_of(said: dict[str, Any]) -> str:
    """Return the words of its sections."""
    return "\n".join(block["text"]["text"] for block in said["blocks"] if block["type"] == "section")


def test_slack_is_given_the_picture_itself_where_it_could_not_fetch_it(office: Office) -> None:
    (picture,) = picture_of(office.told())
    file = office.slack.files[picture["slack_file"]["id"]]
    assert file.content == drawn(MOVEMENT)
    assert picture["alt_text"] == file.alternative == chart_of(MOVEMENT).alternative
    assert picture["title"]["text"] == "Pipeline movement"
    assert len(office.slack.files) == 1


def test_a_picture_stands_in_sight_in_slack_however_long_the_review_is(settings: Settings) -> None:
    lines = tuple(Text(f"{number}. " + "said of it and of what comes after it " * 5, "bullet") for number in range(60))
    long = Message("Week 46", (*lines, replace(chart_of(MOVEMENT), upload="F1")), "rev-1")
    blocks = render_for_slack(long, Calendar(settings.zone, NOW)).blocks
    assert [block["type"] for block in blocks].count("image") == 1
    assert size_of(blocks) <= MESSAGE_CHARACTERS
    assert "Show the rest" in str(blocks)


def test_slack_is_given_time_to_look_at_an_upload(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.posting._PAUSES", (0.01, 0.01, 0.01))
    office.slack.slow_files = 2
    assert len(picture_of(office.told())) == 1
    assert len(office.slack.calls("chat.postMessage")) == 3


def test_a_picture_that_slack_never_takes_is_told_in_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.posting._PAUSES", (0.01, 0.01, 0.01))
    office.slack.slow_files = 99
    said = office.told()
    assert picture_of(said) == []
    assert "$120,000 open on 9 Nov" in words_of(said)
    assert "*Week 46*" in words_of(said)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_workspace_that_lets_us_upload_nothing_gets_the_words(office: Office, method: str) -> None:
    def fail(called: str, _arguments: dict[str, Any]) -> None:
        if called == method:
            raise Refusal("missing_scope")

    office.slack.fail = fail
    said = office.told()
    assert picture_of(said) == []
    assert "$120,000 open on 9 Nov" in words_of(said)


def test_slack_fetches_from_a_public_address(office: Office) -> None:
    (picture,) = picture_of(office.told(public_url="https://d.example"))
    assert picture["image_url"].startswith("https://d.example/pictures/")
    assert office.slack.files == {}


def test_an_address_that_slack_can_not_fetch_is_told_in_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.posting._PAUSES", (0.01, 0.01, 0.01))
    office.slack.fetch = lambda _url: False
    said = office.told(public_url="https://d.example")
    assert picture_of(said) == []
    assert "$120,000 open on 9 Nov" in words_of(said)


def test_teams_shows_the_picture_of_a_public_address_with_its_words(public: Settings, database: Database) -> None:
    linked = Pictures(public, database, FixedClock(NOW)).linked(MESSAGE)
    (card,) = render_for_teams(linked, Calendar(public.zone, NOW)).cards
    assert faults(card) == []
    images = [one for one in objects(card) if one.get("type") == "Image"]
    assert [one["altText"] for one in images] == [chart_of(MOVEMENT).alternative, chart_of(RISK).alternative]
    assert all(one["url"].startswith("https://d.example/pictures/") for one in images)


def test_teams_is_given_small_pictures_inside_where_it_could_not_fetch_them(
    settings: Settings, sqlite_database: Database
) -> None:
    pictures, calendar = Pictures(settings, sqlite_database, FixedClock(NOW)), Calendar(settings.zone, NOW)
    message = replace(
        MESSAGE, parts=(MESSAGE.parts[0], MESSAGE.parts[1], Fold("More pictures", tuple(map(chart_of, ALL[1:]))))
    )
    rendered = drawn_for_teams(pictures, message, calendar)
    pages = [render_fold(inside(pictures, message), calendar, "0", start) for start in (0, 2, 4)]
    for card in (*rendered.cards, *pages):
        assert faults(marked(card, mark_of("w46"))) == []
    shown = [one for card in (rendered.cards[1], *pages) for one in objects(card) if one.get("type") == "Image"]
    assert [one["altText"] for one in shown] == [chart_of(one).alternative for one in ALL]
    for one in shown:
        png = base64.b64decode(one["url"].removeprefix("data:image/png;base64,"))
        assert png.startswith(b"\x89PNG")
    assert [one.get("type") for one in objects(rendered.cards[0])].count("Image") == 0


def test_teams_is_told_in_words_where_it_could_not_fetch_it(settings: Settings, database: Database) -> None:
    linked = Pictures(settings, database, FixedClock(NOW)).linked(MESSAGE)
    assert [one.url for one in charts(linked.parts)] == [None, None]
    (card,) = render_for_teams(linked, Calendar(settings.zone, NOW)).cards
    assert faults(card) == []
    told = " ".join(one["text"] for one in objects(card) if one.get("type") == "TextRun")
    assert "$120,000 open on 9 Nov" in told
    assert "4 deals worth $168k" in told


@pytest.fixture
def fetch(public: Settings) -> Iterator[Callable[[str], httpx.Response]]:
    """What fetches an address, as a chat's servers do: without any sign-in."""
    import anyio
    from fastapi import FastAPI

    clock = MovingClock()
    app = App(public, clock=clock)
    server = FastAPI()
    server.include_router(routes(app))

    def fetched(url: str, later: timedelta = timedelta(0)) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=server)) as client:
                return await client.get(url)

        clock.at = NOW + later
        return anyio.run(ask)

    yield fetched
    app.close()


def address(settings: Settings, database: Database, chart: Chart) -> str:
    """Return the address of a chart's picture."""
    (made,) = charts(Pictures(settings, database, FixedClock(NOW)).linked(Message("x", (chart,))).parts)
    assert made.url is not None
    return made.url


def test_an_address_shows_its_picture_and_tells_nothing_of_it(
    public: Settings, database: Database, fetch: Callable[[str], httpx.Response]
) -> None:
    url = address(public, database, chart_of(RISK))
    assert "Acme" not in url
    found = fetch(url)
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    assert found.content == drawn(RISK)
    assert found.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("token", ["none", "gAAAAABm", "%00", "x" * 4_000])
def test_an_address_that_is_none_of_ours_shows_nothing(fetch: Callable[[str], httpx.Response], token: str) -> None:
    assert fetch(f"https://d.example/pictures/{token}.png").status_code == 404


def test_a_link_for_something_else_of_ours_shows_no_picture(
    public: Settings, fetch: Callable[[str], httpx.Response]
) -> None:
    token = Sealer(public).seal("unsubscribe:ana@ours.example")
    assert fetch(f"https://d.example/pictures/{token}.png").status_code == 404


def test_an_address_ends_with_what_was_kept_for_it(
    public: Settings, database: Database, fetch: Callable[[str], httpx.Response]
) -> None:
    url = address(public, database, chart_of(RISK))
    with database.transaction() as session:
        session.execute(delete(KeptPicture))
    assert fetch(url).status_code == 404


def test_figures_are_kept_once_and_not_for_longer_than_their_addresses(public: Settings, database: Database) -> None:
    clock = MovingClock()
    pictures = Pictures(public, database, clock)
    pictures.linked(MESSAGE)
    pictures.linked(MESSAGE)
    with database.session() as session:
        assert session.query(KeptPicture).count() == 2
    clock.at += KEPT_FOR + timedelta(days=2)
    pictures.linked(Message("x", (replace(chart_of(RISK), title="x"),)))
    with database.session() as session:
        assert [one.kind for one in session.query(KeptPicture)] == ["risk_map"]
