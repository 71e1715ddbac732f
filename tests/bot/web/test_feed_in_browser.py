"""The feed in the console: what is worth one's time and why, what became of each signal, and settling what a signal asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from agents.proposals.book import put_forward
from agents.proposals.record import Content, NewProposal, Task
from infra.spine.models import AuditEntry, Signal, User
from tests.bot.web.conftest import ADMIN, HOSTILE, NOW, OTHER_REP, REP
from tests.bot.web.serving import Console, post

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(open_console: Callable[..., Console]) -> Console:
    """A console of the rep's, with a signal that asks them, one of somebody else's, and one that has a card."""
    console = open_console(console_identity_header="x-user", visibility="own")
    with console.app.database.transaction() as session:
        users = {user.email: user.id for user in session.scalars(select(User))}
        session.add_all(
            [
                _signal("asks", users[REP], "review", "Halyard Freight"),
                _signal("other", users[OTHER_REP], "review", "Quay Foods"),
                _signal("carded", users[REP], "handed_over", "Tern Retail", text=HOSTILE),
            ]
        )
        session.flush()
        put_forward(
            session,
            NewProposal(
                key="test:carded",
                kind="task",
                headline="Look at Tern Retail",
                owner_id=users[REP],
                signal_id="carded",
                content=Content(effect=Task(title="Look at Tern Retail")),
            ),
            NOW,
        )
    return console


def test_whoever_leads_and_has_no_accounts_sees_what_is_worth_the_others_time(desk: Console) -> None:
    with desk.client(**{"x-user": ADMIN}) as browser:
        shown = browser.get("/feed").text
    assert "worth the time of those you lead" in shown
    assert "Tern Retail" in shown
    assert "Quay Foods" in shown
    with desk.client(**{"x-user": REP}) as browser:
        shown = browser.get("/feed").text
    assert "those you lead" not in shown
    assert "Quay Foods" not in shown


def _signal(name: str, owner: str, state: str, company: str, text: str | None = None) -> Signal:
    return Signal(
        id=name,
        key=name,
        kind="funding",
        state=state,
        owner_id=owner,
        company=company,
        title=text,
        occurred_at=NOW - timedelta(hours=2),
        received_at=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(days=2),
        strength=0.9,
        fit=0.9,
        rank=0.8,
        judgement={"reason": "a new segment", "risks": ["Nobody has sold to such a company yet."]},
    )


def _page(open_page: Callable[..., Page], who: str = REP, **more: object) -> Page:
    page = open_page(**more)
    page.set_extra_http_headers({"x-user": who})
    return page


def _state(desk: Console, signal: str) -> tuple[str, str | None]:
    with desk.app.database.session() as session:
        row = session.get_one(Signal, signal)
        return row.state, row.judgement.get("decision")


def test_a_signal_tells_why_and_leads_to_its_card(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(desk.url)
    page.get_by_role("link", name="Outreach").click()
    asking = page.locator(".signal", has_text="Halyard Freight")
    expect(asking).to_contain_text("raised money 2 h ago")
    expect(asking).to_contain_text("Nobody has sold to such a company yet.")
    expect(page.locator(".signal", has_text="Quay Foods")).to_have_count(0)
    page.locator(".signal", has_text="Tern Retail").get_by_role("link", name="Card waits for a decision").click()
    expect(page.locator(".card")).to_contain_text("Look at Tern Retail")


def test_a_signal_is_put_off_until_a_day(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(f"{desk.url}/feed?show=review")
    page.get_by_text("Put off", exact=True).nth(1).click()
    page.get_by_label("Until the morning of").fill("2026-12-14")
    page.get_by_role("button", name="Put it off").click()
    expect(page.get_by_role("status").filter(has_text="put off")).to_be_visible()
    page.goto(f"{desk.url}/feed?show=later")
    expect(page.locator(".signal", has_text="Halyard Freight")).to_contain_text("Put off until 14 Dec")
    assert _state(desk, "asks") == ("nurtured", "nurture")


def test_a_signal_is_let_go_with_a_reason_and_written_down(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page)
    page.goto(f"{desk.url}/feed?show=review")
    page.get_by_text("Let go", exact=True).click()
    page.get_by_label("Why").last.fill("Sold by a partner")
    page.get_by_role("button", name="Let it go").click()
    expect(page.get_by_role("status").filter(has_text="let go")).to_be_visible()
    with desk.app.database.session() as session:
        assert session.get_one(Signal, "asks").judgement["reason"] == "Sold by a partner"
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "signal skip")).one()
        assert told.surface == "console"


def test_pursuing_needs_no_script(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as browser:
        assert post(browser, "/feed", signal="asks", decision="pursue").status_code == 303
    # It is taken up at once: how it stands after that is the work of whoever drafts.
    with desk.app.database.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "signal pursue")).one()
        assert (told.surface, told.detail) == ("console", {"signal": "asks"})
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
        assert session.get_one(Signal, "asks").judgement["decided_by"] == told.actor == rep


def test_what_cannot_be_settled_changes_nothing(desk: Console) -> None:
    refused: tuple[tuple[str, dict[str, str], int], ...] = (
        ("other", {"decision": "skip"}, 404),
        ("asks", {"decision": "nurture", "until": "soon"}, 422),
        ("asks", {"decision": "nurture", "until": "2020-01-01"}, 422),
        ("asks", {"decision": "approve"}, 422),
    )
    with desk.client(**{"x-user": REP}) as browser:
        for signal, values, status in refused:
            assert post(browser, "/feed", signal=signal, **values).status_code == status, values
            assert _state(desk, signal) == ("review", None), values


def test_a_colleague_who_sees_a_signal_does_not_settle_it(open_console: Callable[..., Console], desk: Console) -> None:
    shared = open_console(console_identity_header="x-user", visibility="all")
    with shared.client(**{"x-user": REP}) as browser:
        answer = post(browser, "/feed", signal="other", decision="skip")
        assert answer.status_code == 403
        assert "somebody else" in answer.text
    assert _state(desk, "other") == ("review", None)


def test_an_admin_sees_a_reps_feed_as_them_and_settles_nothing(desk: Console) -> None:
    with desk.app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    with desk.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/view-as", user=rep)
        shown = browser.get("/feed").text
        assert "Halyard Freight" in shown
        assert "Pursue</button>" not in shown
        assert post(browser, "/feed", signal="asks", decision="skip").status_code == 403
    assert _state(desk, "asks") == ("review", None)


def test_a_form_from_elsewhere_is_refused(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as browser:
        browser.get("/feed")
        assert browser.post("/feed", data={"signal": "asks", "decision": "skip"}).status_code == 403
    assert _state(desk, "asks") == ("review", None)
