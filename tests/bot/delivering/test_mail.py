"""A review by mail: readable without its pictures, with them inside, once, and with a way out of these mails."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

import httpx
import pytest
from fastapi import FastAPI

from bot.app import App
from bot.delivering_mail import MailRoad
from bot.delivering_opt_out import routes
from bot.figures import Calendar
from bot.letters import Envelope, letter
from bot.message import Button, Buttons, Fold, Grid, Message, Quote, Text, plain
from bot.pictures.drawing import chart_of
from infra.settings import Settings
from infra.spine.models import User
from sales.clock import FixedClock
from tests.agents.northern import settle, user
from tests.bot.delivering.serving import PICTURE, review_for
from tests.conftest import NOW

ENVELOPE = Envelope(
    "ana@ours.example", "ana@ours.example", "<r1@ours.example>", NOW, way_out="https://d.example/stop/x"
)


def read(raw: bytes) -> EmailMessage:
    """Return a mail as a mail program reads it."""
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def bodies(mail: EmailMessage) -> tuple[str, str]:
    """Return the plain text and the HTML."""
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    return str(text.get_content()), str(page.get_content())


@pytest.fixture
def calendar(settings: Settings) -> Calendar:
    """Days as the company tells them."""
    return Calendar(settings.zone, NOW)


@pytest.fixture
def app(database_url: str, settings: Settings) -> Iterator[App]:
    """A company whose mails become files."""
    made = App(settings.model_copy(update={"database_url": database_url}), clock=FixedClock(NOW))
    with made.database.transaction() as session:
        settle(session, NOW, user("ana", "Ana Ruiz", "North"))
    yield made
    made.close()


def test_pictures_stand_inside_with_their_words(calendar: Calendar) -> None:
    mail = read(letter(review_for("ana"), ENVELOPE, calendar))
    text, page = bodies(mail)
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    (picture,) = pictures
    assert picture.get_content().startswith(b"\x89PNG")
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in page
    words = chart_of(PICTURE).alternative
    assert f'alt="{words}"' in page
    assert words in " ".join(text.split())
    assert "http" not in page.replace("https://d.example/stop/x", "")


def test_the_same_review_is_the_same_mail(calendar: Calendar) -> None:
    assert letter(review_for("ana"), ENVELOPE, calendar) == letter(review_for("ana"), ENVELOPE, calendar)


def test_words_from_outside_stay_words(calendar: Calendar) -> None:
    hostile = "<script>x</script> & **not bold**\r\nBcc: all@ours.example"
    message = Message(hostile, (Text(plain(hostile)), Quote(1, hostile, hostile, NOW, hostile, "javascript:x")))
    mail = read(letter(message, ENVELOPE, calendar))
    _, page = bodies(mail)
    assert "<script>" not in page
    assert "javascript:" not in page
    assert mail["Bcc"] is None
    assert "**not bold**" in page


def test_tables_links_and_what_is_behind_buttons_are_all_there(calendar: Calendar) -> None:
    grid = Grid(("deal", "silent"), ("left", "right"), (("Acme [1]", "9 d"),), ("https://d.example/deals/1",))
    parts = (
        grid,
        Buttons((Button("Clear them now", "go", "1"), Button("Open", "open", "", "https://d.example/x"))),
        Fold(
            "All 23 deals",
            (Text("Twenty-three of them", "bullet"), Quote(1, "checking", "Ray", NOW, "call", "https://d.example/c")),
        ),
    )
    opened = Envelope(
        "ana@ours.example", "ana@ours.example", "<r1@ours.example>", NOW, open_url="https://d.example/reviews"
    )
    text, page = bodies(read(letter(Message("Week 46", parts), opened, calendar)))
    for words in ("Acme", "9 d", "All 23 deals", "Twenty-three of them", "checking"):
        assert words in text
        assert words in page
    assert 'href="https://d.example/deals/1"' in page
    assert '<a href="https://d.example/c">[1]</a>' in page
    assert 'href="https://d.example/reviews" style' in page


def test_a_delivery_is_one_mail_however_often_it_is_tried(app: App) -> None:
    road = MailRoad(app.settings, app.database, app.clock)
    assert road.place_of("ana") == "ana"
    first = road.deliver("ana", "w46:mail:ana", review_for("ana"))
    assert road.deliver("ana", "w46:mail:ana", review_for("ana")) == first
    (file,) = (app.settings.home / "outbox").glob("*.eml")
    mail = read(file.read_bytes())
    assert mail["To"] == "Ana Ruiz <ana@ours.example>"
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_one_click_ends_the_reviews_by_mail_and_another_brings_them_back(app: App) -> None:
    road = MailRoad(app.settings, app.database, app.clock)
    road.deliver("ana", "w46:mail:ana", review_for("ana"))
    (file,) = (app.settings.home / "outbox").glob("*.eml")
    link = str(read(file.read_bytes())["List-Unsubscribe"]).strip("<>").replace("\r\n ", "").replace(" ", "")
    assert "ana" not in link
    server = FastAPI()
    server.include_router(routes(app))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=server), base_url="http://d.example") as client:
        path = link.partition("/reviews/")[2]
        looked = await client.get(f"/reviews/{path}")
        assert looked.status_code == 200
        assert road.place_of("ana") == "ana"
        await client.post(f"/reviews/{path}", data={"List-Unsubscribe": "One-Click"})
        assert road.place_of("ana") is None
        await client.post(f"/reviews/{path}", data={"List-Unsubscribe": "Again"})
        assert road.place_of("ana") == "ana"
        forged = await client.post("/reviews/stop/none-of-ours", data={"List-Unsubscribe": "One-Click"})
        assert forged.status_code == 200
    with app.database.session() as session:
        assert session.get_one(User, "ana").active
