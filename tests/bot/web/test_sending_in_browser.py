"""Sending in the console: what the gate says, pausing and resuming by those who may, and the suppression list."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from infra.spine.models import AuditEntry, SendingDomain, Suppression, User
from tests.bot.web.conftest import ADMIN, HOSTILE, REP
from tests.bot.web.serving import Console, form_token, post
from tests.bot.web.test_pages_in_browser import CONTRAST

pytestmark = pytest.mark.browser
DOMAIN = "tallyport.example"


@pytest.fixture
def desk(open_console: Callable[..., Console]) -> Console:
    """A console behind a proxy that names people, of a company with a domain."""
    return open_console(console_identity_header="x-user", company_domain=DOMAIN)


def _page(open_page: Callable[..., Page], who: str, **more: object) -> Page:
    page = open_page(**more)
    page.set_extra_http_headers({"x-user": who})
    return page


def _listed(desk: Console) -> dict[str, str]:
    with desk.app.database.session() as session:
        return {row.value: row.reason for row in session.scalars(select(Suppression))}


def test_a_rep_sees_the_gate_and_pauses_and_an_admin_resumes(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, REP)
    page.goto(f"{desk.url}/sending")
    expect(page.get_by_role("row", name="SPF")).to_contain_text("Not needed")
    expect(page.get_by_role("row", name="Bounces")).to_contain_text("Unknown")
    expect(page.get_by_role("link", name="Suppression list")).to_have_count(0)
    page.get_by_text("Pause", exact=True).click()
    page.get_by_label("Why").fill("A customer complained by phone")
    page.get_by_role("button", name=f"Pause {DOMAIN}").click()
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    expect(page.get_by_text("A customer complained by phone").first).to_be_visible()
    expect(page.get_by_role("row", name="Not paused")).to_contain_text("Red")
    expect(page.get_by_role("button", name=f"Resume {DOMAIN}")).to_have_count(0)
    with desk.client(**{"x-user": REP}) as browser:
        assert post(browser, "/sending", domain=DOMAIN, do="resume", reason="I want to").status_code == 403
    page = _page(open_page, ADMIN)
    page.goto(f"{desk.url}/sending")
    page.get_by_label("Why it may go on").fill("Talked to them")
    page.get_by_role("button", name=f"Resume {DOMAIN}").click()
    expect(page.get_by_text("Resumed by Ines Calder")).to_be_visible()
    with desk.app.database.session() as session:
        row = session.get_one(SendingDomain, DOMAIN)
        assert row.resume_reason == "Talked to them"
        surfaces = {one.surface for one in session.scalars(select(AuditEntry).where(AuditEntry.subject == DOMAIN))}
        assert surfaces == {"console"}


def test_the_domain_name_system_is_asked_only_of_our_own_domains(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as browser:
        assert post(browser, "/sending", domain=DOMAIN, do="ask").status_code == 303
        assert post(browser, "/sending", domain="someone.example", do="ask").status_code == 422


def test_an_admin_adds_searches_and_takes_off(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, ADMIN)
    page.goto(f"{desk.url}/sending")
    page.get_by_role("link", name="Suppression list").click()
    page.get_by_text("Add", exact=True).click()
    page.get_by_label("Addresses or domains").fill("Ann@Acme.example\nrival.example")
    page.locator("select[name=reason]").first.select_option("do_not_contact")
    page.get_by_role("button", name="Put them on the list").click()
    expect(page.get_by_role("row", name="rival.example")).to_contain_text("whole domain")
    page.get_by_label("Address or domain", exact=True).fill("ann")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody summary").click()
    page.get_by_label("Why they may be written to").fill("She asked for a demo")
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_role("status").filter(has_text="Taken off")).to_be_visible()
    assert _listed(desk) == {"rival.example": "do_not_contact"}


def test_a_list_goes_in_and_out_as_csv(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, ADMIN)
    page.goto(f"{desk.url}/sending/suppression")
    page.get_by_text("Import a CSV").click()
    table = b"email,reason\nbo@acme.example,unsubscribed\nnot an address,\n"
    page.locator("input[type=file]").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status").filter(has_text="1 added")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Line 3: Neither a mail address nor a domain.")
    assert list(_listed(desk)) == ["bo@acme.example"]
    with desk.client(**{"x-user": ADMIN}) as browser:
        exported = browser.get("/sending/suppression.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    assert "person,bo@acme.example" in exported.text


def test_the_list_is_for_admins_and_for_nobody_who_looks_over_a_shoulder(desk: Console) -> None:
    with desk.app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    with desk.client(**{"x-user": REP}) as browser:
        for path in ("/sending/suppression", "/sending/suppression.csv"):
            assert browser.get(path).status_code == 403
        assert (
            post(browser, "/sending/suppression", do="add", values="a@b.example", reason="by_hand").status_code == 403
        )
        token = form_token(browser.get("/"))
        file = {"file": ("list.csv", b"email\na@b.example\n", "text/csv")}
        assert browser.post("/sending/suppression/import", data={"token": token}, files=file).status_code == 403
    with desk.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/view-as", user=rep)
        assert post(browser, "/sending", domain=DOMAIN, do="pause", reason="x").status_code == 403
    assert _listed(desk) == {}


def test_taking_off_needs_a_reason_and_nonsense_is_refused(desk: Console) -> None:
    with desk.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/sending/suppression", do="add", values="a@b.example", reason="by_hand")
        assert post(browser, "/sending/suppression", do="remove", value="a@b.example", reason=" ").status_code == 422
        assert post(browser, "/sending/suppression", do="add", values="nobody", reason="by_hand").status_code == 422
        assert post(browser, "/sending", domain=DOMAIN, do="pause", reason=" ").status_code == 422
    assert _listed(desk) == {"a@b.example": "by_hand"}


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_can_be_read_on_a_narrow_screen(open_page: Callable[..., Page], desk: Console, colours: str) -> None:
    with desk.client(**{"x-user": ADMIN}) as browser:
        post(browser, "/sending/suppression", do="add", values="a@b.example", reason="by_hand", note=HOSTILE)
        post(browser, "/sending", domain=DOMAIN, do="pause", reason=HOSTILE)
    page = _page(open_page, ADMIN, width=360, height=740, color_scheme=colours)
    for path in ("/sending", "/sending/suppression"):
        page.goto(desk.url + path)
        for fold in page.locator("main summary").all():
            if not fold.evaluate("one => one.parentElement.open"):
                fold.click()
        assert page.evaluate(CONTRAST) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.evaluate("window.hacked") is None
