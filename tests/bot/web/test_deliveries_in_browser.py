"""What became of the reviews, for admins, and the pictures of a review: explored by pointer, by keyboard and by ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from agents.digest.record import Digest
from bot.indexing import Indexing
from bot.rounds import Rounds
from infra.spine.models import Delivery, Review, User
from tests.bot.pictures.samples import CONVERSION, MOVEMENT, REPLIES, RISK
from tests.bot.web.conftest import ADMIN, HOSTILE, NOW, REP
from tests.bot.web.serving import Console, post
from tests.bot.web.test_pages_in_browser import CONTRAST

pytestmark = pytest.mark.browser
REVIEW = "2026-W46:company:all"


@pytest.fixture
def desk(open_console: Callable[..., Console], monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console behind a proxy that names people, with a company's review that failed for one and reached another."""
    # What a server does by itself is held elsewhere; on the whole sample it takes half a minute.
    for rounds in (Indexing, Rounds):
        monkeypatch.setattr(rounds, "wake", lambda _rounds: None)
    monkeypatch.setattr(Rounds, "start", _stays)
    console = open_console(console_identity_header="x-user")
    hostile = RISK.points[0].model_copy(update={"deal_id": "x", "deal": HOSTILE})
    digest = Digest(
        id=REVIEW, week="2026-W46", audience="company", about=None, about_name="the company", zone="UTC", headline="West is slipping",
        begin=NOW - timedelta(days=7), end=NOW, through=NOW, as_of=NOW,
        pictures=(MOVEMENT, RISK.model_copy(update={"points": (*RISK.points, hostile)}), CONVERSION, REPLIES),
    )  # fmt: skip
    with console.app.database.transaction() as session:
        people = {user.email: user.id for user in session.scalars(select(User))}
        session.add(Review(id=REVIEW, week="2026-W46", audience="company", about=None, record=digest.model_dump(mode="json"), made_at=NOW))  # fmt: skip
        session.flush()
        for email, surface, state in ((REP, "slack", "failed"), (ADMIN, "mail", "sent")):
            session.add(
                Delivery(
                    key=f"{REVIEW}:{surface}:{people[email]}", review_id=REVIEW, user_id=people[email], surface=surface, place={}, state=state,
                    attempts=3, due_at=NOW, sent_at=NOW if state == "sent" else None, ref=None, trouble="Slack is busy." if state == "failed" else None,
                )
            )  # fmt: skip
    return console


async def _stays(_rounds: Rounds) -> None:
    return None


def _page(open_page: Callable[..., Page], who: str, **more: object) -> Page:
    page = open_page(**more)
    page.set_extra_http_headers({"x-user": who})
    return page


def test_an_admin_sends_again_what_failed(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, ADMIN)
    page.goto(f"{desk.url}/deliveries")
    row = page.get_by_role("row", name=re.compile("Slack is busy"))
    expect(row).to_contain_text("2026-W46")
    row.get_by_role("button", name=re.compile("Send again to Dana")).click()
    expect(page.locator(".said")).to_have_text("It is sent again.")
    expect(page.get_by_text("Nothing failed.")).to_be_visible()
    with desk.app.database.session() as session:
        again = session.scalars(select(Delivery).where(Delivery.surface == "slack")).one()
        assert (again.attempts, again.trouble) == (4, None)
        assert again.state != "failed"
    page.get_by_role("link", name="Delivered").click()
    expect(page.get_by_role("row", name=re.compile("Mail"))).to_be_visible()


def test_deliveries_are_for_admins(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as client:
        assert client.get("/deliveries").status_code == 403
        assert post(client, "/deliveries", do="all").status_code == 403


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_pictures_are_explored_by_keyboard_and_pointer(
    open_page: Callable[..., Page], desk: Console, colours: str
) -> None:
    page = _page(open_page, ADMIN, color_scheme=colours)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto(f"{desk.url}/reviews/{REVIEW}")
    movement = page.locator("figure.drawn").first
    expect(movement.get_by_role("group", name="Pipeline movement")).to_be_visible()
    first = movement.locator(".mark").first
    first.focus()
    tip = movement.locator(".tip")
    expect(tip).to_have_text("9 Nov: $120,000 open in 41 deals")
    page.keyboard.press("ArrowDown")
    expect(tip).to_have_text("New +$38,000 (2 deals)")
    page.keyboard.press("End")
    expect(tip).to_have_text("16 Nov: $97,000 open in 39 deals")
    assert movement.locator('.mark[tabindex="0"]').count() == 1
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    movement.locator(".mark").nth(2).hover()
    expect(tip).to_have_text("Won −$61,000 (1 deal)")
    page.get_by_text("More pictures").click()
    page.get_by_text("Figures of “Open deals: value and risk”").click()
    expect(page.get_by_role("cell", name="Fabrikam")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(CONTRAST) == []
    assert troubles == []


def test_a_dot_opens_its_deal_and_all_fits_a_phone(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, ADMIN, width=360, height=740)
    page.goto(f"{desk.url}/reviews/{REVIEW}")
    page.get_by_text("More pictures").click()
    dot = page.get_by_role("link", name="Fabrikam: $12,000, risk 70 of 100, at risk")
    assert dot.get_attribute("href") == "/deals/d3"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CONTRAST) == []
