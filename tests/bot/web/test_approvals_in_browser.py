"""Deciding in the console: the card says what would happen, a press does it once, and what stands in the way is said where one looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from agents.answer import Evidence
from agents.proposals.book import put_forward
from agents.proposals.record import Content, Mail, NewProposal
from infra.spine.models import Account, Decision, Proposal, User
from tests.bot.web.conftest import ADMIN, HOSTILE, NOW, OTHER_REP, REP
from tests.bot.web.serving import Console, post
from tests.bot.web.test_pages_in_browser import CONTRAST

pytestmark = pytest.mark.browser
QUOTE = "We welcome Ilse Brandt, who will grow the dock team from 5 to 20."


@pytest.fixture
def desk(open_console: Callable[..., Console]) -> Console:
    """A console of the rep's whose account nobody has sold to."""
    console = open_console(user=REP)
    with console.app.database.transaction() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
        # In Tokyo it is past midnight: what is approved goes in the morning, and can be taken back until then.
        place = {"country": "Japan", "region": None, "city": None}
        session.execute(update(Account).where(Account.id == "acc-lumen").values(owner_id=rep, **place))
    return console


def _offer(desk: Console, to: str, *, owner: str = REP, subject: str = "your first ninety days") -> str:
    with desk.app.database.transaction() as session:
        rep = session.scalars(select(User).where(User.email == owner)).one()
        mail = Mail(
            sender=owner,
            sender_name=rep.name,
            to=to,
            to_name="Ilse Brandt",
            subject=subject,
            body="Hi Ilse,\n\nSaw that you grow the dock team from 5 to 20.\n\nWorth a quick look next week?",
        )
        evidence = Evidence(source="signal", id="s1", quote=QUOTE, at=NOW, label="News page")
        new = NewProposal(
            key=f"test:{to}",
            kind="outreach",
            headline="Lumen & Rye hired a VP Operations",
            owner_id=rep.id,
            account_id="acc-lumen",
            content=Content(effect=mail, evidence=(evidence,), why=("news page",)),
            expires_at=NOW + timedelta(hours=20),
        )
        return put_forward(session, new, NOW)


def test_a_card_is_read_edited_approved_and_taken_back(open_page: Callable[..., Page], desk: Console) -> None:
    _offer(desk, "ilse@lumenandrye.example")
    page = open_page()
    page.goto(desk.url)
    page.get_by_role("link", name="Approvals").click()
    card = page.locator(".card", has_text="Lumen & Rye hired")
    expect(card).to_contain_text("To: Ilse Brandt (ilse@lumenandrye.example)")
    card.get_by_text("Why? The evidence").click()
    expect(card.locator("blockquote")).to_have_text(QUOTE)
    card.get_by_text("Edit", exact=True).click()
    card.get_by_label("Subject").fill("the dock team")
    card.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Changed.")).to_be_visible()
    expect(card).to_contain_text("Subject: the dock team")
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Approved by")
    card.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    with desk.app.database.session() as session:
        assert [row.action for row in session.scalars(select(Decision).order_by(Decision.id))] == [
            "edit",
            "approve",
            "undo",
        ]


def test_what_stands_in_the_way_is_said_above_the_card(open_page: Callable[..., Page], desk: Console) -> None:
    first = _offer(desk, "one@lumenandrye.example")
    page = open_page()
    page.goto(f"{desk.url}/approvals/{first}")
    with desk.app.database.transaction() as session:
        session.execute(update(Account).where(Account.id == "acc-lumen").values(type="Customer"))
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("customer")
    expect(page.locator(".card").get_by_role("button", name="Approve")).to_be_visible()


def test_a_card_that_changed_meanwhile_is_not_approved_unseen(desk: Console) -> None:
    proposal = _offer(desk, "ilse@lumenandrye.example")
    with desk.client() as browser:
        post(browser, "/press/edit", value=f"{proposal}:1", **{"input-subject": "new", "input-body": "Hello Ilse?"})
        answer = post(browser, "/press/approve", value=f"{proposal}:1")
        assert answer.status_code == 409
        assert "changed meanwhile" in answer.text
    with desk.app.database.session() as session:
        row = session.get_one(Proposal, proposal)
        assert (row.state, row.version) == ("pending", 2)


def test_nobody_decides_on_what_is_not_theirs(open_console: Callable[..., Console]) -> None:
    console = open_console(console_identity_header="x-user", visibility="all")
    proposal = _offer(console, "ilse@lumenandrye.example", owner=REP)
    with console.client(**{"x-user": OTHER_REP}) as browser:
        assert "Approve</button>" not in browser.get(f"/approvals/{proposal}").text
        answer = post(browser, "/press/approve", value=f"{proposal}:1")
        assert answer.status_code == 403
        assert "not yours to decide" in answer.text
    with console.app.database.session() as session:
        assert session.get_one(Proposal, proposal).state == "pending"


def test_an_admin_who_looks_over_a_shoulder_does_not_press_the_buttons(open_console: Callable[..., Console]) -> None:
    console = open_console(user=ADMIN)
    proposal = _offer(console, "ilse@lumenandrye.example")
    with console.app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    with console.client() as browser:
        post(browser, "/view-as", user=rep)
        assert "Approve</button>" not in browser.get("/approvals").text
        assert post(browser, "/press/approve", value=f"{proposal}:1").status_code == 403
    with console.app.database.session() as session:
        assert session.get_one(Proposal, proposal).state == "pending"


def test_a_broken_button_is_answered_and_changes_nothing(desk: Console) -> None:
    with desk.client() as browser:
        for value in ("", "x", f"{HOSTILE}:1", "p:99999999999", "p:1e3", "nobody:1"):
            assert post(browser, "/press/approve", value=value).status_code in (404, 422), value


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_cards_can_be_read_on_a_narrow_screen_in_both_colours(
    open_page: Callable[..., Page], desk: Console, colours: str
) -> None:
    _offer(desk, "ilse@lumenandrye.example", subject=HOSTILE)
    page = open_page(width=360, height=740, color_scheme=colours)
    page.goto(f"{desk.url}/approvals")
    for label in ("Edit", "Snooze", "Not this one", "Why? The evidence"):
        page.locator(".card", has_text="Lumen & Rye hired").locator("summary").get_by_text(label, exact=True).click()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("window.hacked") is None
