"""From the approved card to the mail in the outbox, the sequence it began, the reply that paused it, and what a person chooses then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from agents.proposals.book import put_forward
from agents.proposals.record import Content, Mail, NewProposal
from bot.indexing import Indexing
from infra.spine.models import Account, AuditEntry, Contact, Effect, Reply, Sequence, Touch, User
from tests.bot.offices import until
from tests.bot.web.conftest import ADMIN, HOSTILE, NOW, OTHER_REP, REP
from tests.bot.web.serving import Console, post
from tests.bot.web.test_pages_in_browser import CONTRAST

pytestmark = pytest.mark.browser
SUBJECT = "your first ninety days"
TO = "ilse@halyard.example"


@pytest.fixture
def desk(open_console: Callable[..., Console], monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console behind a proxy, with a mail of the rep's to a new account, approved and gone."""
    # Searching what was sent is held elsewhere; a first index of the whole sample takes half a minute.
    monkeypatch.setattr(Indexing, "wake", lambda _indexing: None)
    console = open_console(console_identity_header="x-user", visibility="own")
    _send(console, REP, TO, "Ilse Brandt", SUBJECT)
    return console


def _send(console: Console, owner: str, to: str, name: str, subject: str) -> str:
    """Put a mail forward, approve it as its owner, and return the effect's id when it has left."""
    came = {"source": "test", "source_at": NOW}
    domain = to.partition("@")[2]
    with console.app.database.transaction() as session:
        rep = session.scalars(select(User).where(User.email == owner)).one()
        session.add(Account(id=domain, name=domain.split(".")[0].title(), name_key=domain, domain=domain, owner_id=rep.id, **came))  # fmt: skip
        session.flush()
        session.add(Contact(id=to, account_id=domain, name=name, name_key=name.lower(), email=to, **came))
        session.flush()
        mail = Mail(
            sender=owner,
            sender_name=rep.name,
            to=to,
            to_name=name,
            subject=subject,
            body=f"Hi,\n\n{HOSTILE}\n\nWorth a quick look next week?",
        )
        proposal = put_forward(
            session,
            NewProposal(
                key=f"test:{to}",
                kind="outreach",
                headline=f"Write to {name}",
                owner_id=rep.id,
                account_id=domain,
                contact_id=to,
                content=Content(effect=mail),
                expires_at=NOW + timedelta(hours=20),
            ),
            NOW,
        )
    with console.client(**{"x-user": owner}) as browser:
        answer = post(browser, "/press/approve", value=f"{proposal}:1")
        assert answer.status_code == 303, answer.text
    until(lambda: _effect(console, proposal).state == "done")
    return _effect(console, proposal).id


def _effect(console: Console, proposal: str) -> Effect:
    with console.app.database.session() as session:
        return session.scalars(select(Effect).where(Effect.proposal_id == proposal)).one()


def _reply(console: Console, words: str) -> None:
    with console.app.database.session() as session:
        marker = session.scalars(
            select(Touch.marker).join(Sequence, Sequence.id == Touch.sequence_id).where(Sequence.recipient == TO, Touch.number == 1)
        ).one()  # fmt: skip
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Ilse Brandt <{TO}>", REP, f"Re: {SUBJECT}"
    message["Message-ID"], message["In-Reply-To"] = "<answer-1@halyard.example>", marker
    message["Date"] = format_datetime(NOW + timedelta(hours=1))
    message.set_content(words)
    console.app.mailroom.take_all([("answer.eml", message.as_bytes())])


def _page(open_page: Callable[..., Page], who: str = REP, **more: object) -> Page:
    page = open_page(**more)
    page.set_extra_http_headers({"x-user": who})
    return page


def test_a_newcomer_reads_the_mail_that_left_with_its_headers(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(f"{desk.url}/feed")
    page.get_by_role("link", name="Outbox").click()
    expect(page.locator("main")).to_contain_text("Nothing leaves this machine yet")
    page.get_by_role("link", name=SUBJECT).click()
    expect(page.locator(".letter")).to_contain_text("Worth a quick look next week?")
    page.get_by_text("All headers").click()
    for header in (
        "Message-ID: <e",
        "List-Unsubscribe: <http",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ):
        expect(page.locator(".headers")).to_contain_text(header)
    assert page.evaluate("window.hacked") is None


def test_nobody_reads_the_mails_of_others(desk: Console) -> None:
    mine = _send(desk, OTHER_REP, "bo@quay.example", "Bo Lund", "the quay")
    with desk.client(**{"x-user": REP}) as browser:
        assert "the quay" not in browser.get("/outbox").text
        assert browser.get(f"/outbox/{mine}").status_code == 404
        assert "Bo Lund" not in browser.get("/sequences").text
    with desk.client(**{"x-user": OTHER_REP}) as browser:
        assert "the quay" in browser.get("/outbox").text
        assert browser.get(f"/outbox/{mine}").status_code == 200
        assert browser.get("/outbox/nothing").status_code == 404


def test_a_reply_pauses_the_sequence_and_a_person_lets_it_go_on(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(f"{desk.url}/sequences")
    sequence = page.locator(".sequence", has_text="Ilse Brandt")
    expect(sequence).to_contain_text("Touch 1 sent")
    expect(sequence).to_contain_text("Touch 2 planned for")
    _reply(desk, "Interesting. What does it cost?")
    page.goto(f"{desk.url}/sequences?show=paused")
    expect(sequence).to_contain_text("What does it cost?")
    sequence.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status").filter(has_text="It goes on.")).to_be_visible()
    expect(sequence.get_by_role("button")).to_have_count(0)
    with desk.app.database.session() as session:
        assert session.scalars(select(Sequence.state).where(Sequence.recipient == TO)).one() == "active"
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.continue")).one()
        assert noted.surface == "console"


def test_the_account_shows_its_outreach_and_stops_it_there(open_page: Callable[..., Page], desk: Console) -> None:
    _reply(desk, "Interesting. What does it cost?")
    page = _page(open_page)
    page.goto(f"{desk.url}/accounts/halyard.example")
    sequence = page.locator(".sequence", has_text="Ilse Brandt")
    expect(sequence).to_contain_text("Touch 1 sent")
    sequence.get_by_role("button", name="Stop").click()
    expect(page).to_have_url(f"{desk.url}/accounts/halyard.example?said=stopped")
    expect(sequence).to_contain_text("stopped")
    expect(sequence).to_contain_text("Touch 2 dropped")


def test_an_opt_out_can_only_stay_stopped(desk: Console) -> None:
    _reply(desk, "Please take me off your list and never write to me again.")
    with desk.app.database.session() as session:
        reply = session.scalars(select(Reply.id)).one()
    with desk.client(**{"x-user": REP}) as browser:
        shown = browser.get("/sequences?show=stopped").text
        assert "They asked not to be written to" in shown
        assert "Continue</button>" not in shown
        assert post(browser, "/sequences/choose", reply=reply, choice="continue").status_code == 409
    with desk.app.database.session() as session:
        assert session.scalars(select(Sequence.state).where(Sequence.recipient == TO)).one() == "stopped"


def test_only_who_may_decide_chooses(desk: Console) -> None:
    _reply(desk, "Interesting. What does it cost?")
    with desk.app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
        reply = session.scalars(select(Reply.id)).one()
    with desk.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/view-as", user=rep)
        shown = browser.get("/sequences?show=paused").text
        assert "What does it cost?" in shown
        assert "Continue</button>" not in shown
        assert post(browser, "/sequences/choose", reply=reply, choice="stop").status_code == 403
    with desk.client(**{"x-user": OTHER_REP}) as browser:
        assert "What does it cost?" not in browser.get("/sequences?show=paused").text
        assert post(browser, "/sequences/choose", reply=reply, choice="stop").status_code == 403
    with desk.app.database.session() as session:
        assert session.scalars(select(Sequence.state).where(Sequence.recipient == TO)).one() == "paused"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_can_be_read_on_a_narrow_screen(open_page: Callable[..., Page], desk: Console, colours: str) -> None:
    _reply(desk, f"{HOSTILE} What does it cost?")
    page = _page(open_page, width=360, height=740, color_scheme=colours)
    page.goto(f"{desk.url}/outbox")
    page.get_by_role("link", name=SUBJECT).click()
    page.get_by_text("All headers").click()
    for path in ("", "/sequences?show=paused", "/figures", "/accounts/halyard.example"):
        if path:
            page.goto(desk.url + path)
        assert page.evaluate(CONTRAST) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.evaluate("window.hacked") is None


def test_the_figures_stand_beside_what_they_were_counted_over(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(f"{desk.url}/figures")
    row = page.get_by_role("row", name="Reply rate")
    expect(row).to_contain_text("0 of 1")
    _reply(desk, "Interesting. What does it cost?")
    page.get_by_role("link", name="7 days").click()
    expect(row).to_contain_text("100 %")
    expect(row).to_contain_text("1 of 1")
    expect(page.get_by_role("row", name="Complaint rate")).to_contain_text("below 0.1 %")
    with desk.client(**{"x-user": OTHER_REP}) as browser:
        assert "1 of 1" not in browser.get("/figures").text
