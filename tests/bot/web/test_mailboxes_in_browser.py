"""Mailboxes in the console: connecting one's own with a secret that nobody sees again, what keeps it from being read, disconnecting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from sqlalchemy import select

from infra.spine.models import AuditEntry, Mailbox, User
from tests.bot.web.conftest import ADMIN, NOW, OTHER_REP, REP
from tests.bot.web.serving import Console, post
from tests.fakes.imap import FakeImap

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(open_console: Callable[..., Console]) -> Console:
    """A console behind a proxy that names people."""
    return open_console(console_identity_header="x-user", visibility="own")


def _page(open_page: Callable[..., Page], who: str = REP, **more: object) -> Page:
    page = open_page(**more)
    page.set_extra_http_headers({"x-user": who})
    return page


def _boxes(desk: Console) -> list[Mailbox]:
    with desk.app.database.session() as session:
        return list(session.scalars(select(Mailbox)))


def _connect(page: Page, server: FakeImap, password: str) -> None:
    page.get_by_text("A mailbox by IMAP").click()
    page.get_by_label("Server").fill("127.0.0.1")
    page.get_by_label("Security").select_option("plain")
    page.get_by_label("Port").fill(str(server.port))
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Connect the mailbox").click()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "colleen@acme.example", REP, "Contract"
    message["Message-ID"] = "<mailbox-1@test.example>"
    message["Date"] = format_datetime(NOW - timedelta(hours=1))
    message.set_content("The contract is on its way.")
    return message.as_bytes()


def test_a_mailbox_is_connected_read_and_forgotten(open_page: Callable[..., Page], desk: Console) -> None:
    with FakeImap(user=REP) as server:
        server.folders["INBOX"].add(_mail(), NOW.date())
        page = _page(open_page)
        page.goto(f"{desk.url}/feed")
        page.get_by_role("link", name="Mailboxes").click()
        _connect(page, server, "right")
        expect(page.get_by_role("status").filter(has_text="Connected.")).to_be_visible()
        page.get_by_role("button", name=f"Read now {REP}").click()
        row = page.get_by_role("row", name=REP)
        expect(row).to_contain_text("just now")
        assert server.fetched
        assert 'value="right"' not in page.content()
        assert "right" not in (_boxes(desk)[0].secret or "")
        page.get_by_role("button", name=f"Disconnect {REP}").click()
        expect(page.get_by_role("status").filter(has_text="Disconnected")).to_be_visible()
    assert _boxes(desk) == []
    with desk.app.database.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("mailbox."))).all()
        assert {(one.action, one.surface) for one in told} == {
            ("mailbox.connected", "console"),
            ("mailbox.disconnected", "console"),
        }


def test_a_rep_goes_from_the_console_to_the_consent_of_a_vendor_that_is_set_up(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    client = {"google_client_id": "client", "google_client_secret": SecretStr("secret")}
    desk = open_console(console_identity_header="x-user", **client)
    page = _page(open_page)
    page.goto(f"{desk.url}/mailboxes")
    expect(page.get_by_role("link", name="Microsoft")).to_have_count(0)
    page.get_by_role("link", name="Connect Google").click()
    expect(page.get_by_role("heading", name="Connect your mailbox")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(REP)
    expect(page.get_by_role("button", name="Go on to Google")).to_be_visible()


def test_without_a_vendor_the_console_says_who_sets_one_up(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as browser:
        shown = browser.get("/mailboxes").text
    assert "DEALWRIGHT_GOOGLE_CLIENT_ID" in shown
    assert "/connect/" not in shown


def test_a_wrong_password_is_told_beside_the_mailbox(open_page: Callable[..., Page], desk: Console) -> None:
    with FakeImap(user=REP) as server:
        page = _page(open_page)
        page.goto(f"{desk.url}/mailboxes")
        _connect(page, server, "wrong")
        page.get_by_role("button", name=f"Read now {REP}").click()
        expect(page.get_by_role("row", name=REP).locator(".trouble")).to_be_visible()


def test_a_calendar_is_an_address_and_never_a_file_of_the_server(desk: Console) -> None:
    secret = "https://127.0.0.1:9/private-1a2b3c/basic.ics"
    with desk.client(**{"x-user": REP}) as browser:
        for place in ("/etc/passwd", "file:///etc/passwd", "", "ftp://calendar.example/a.ics"):
            assert post(browser, "/mailboxes", do="ics", place=place).status_code == 422
        assert _boxes(desk) == []
        assert post(browser, "/mailboxes", do="ics", place=secret).status_code == 303
        shown = browser.get("/mailboxes").text
        assert "Calendar" in shown
        assert "private-1a2b3c" not in shown


def test_what_cannot_be_connected_is_refused(desk: Console) -> None:
    refused: tuple[dict[str, str], ...] = (
        {"do": "imap", "host": "", "secret": "x"},
        {"do": "imap", "host": "a.example", "secret": ""},
        {"do": "imap", "host": "a.example", "secret": "x", "port": "99999"},
        {"do": "imap", "host": "a.example", "secret": "x", "security": "plain"},
        {"do": "imap", "host": "a.example", "secret": "x", "security": "tls", "address": "nobody"},
        {"do": "gmail", "secret": "x"},
    )
    with desk.client(**{"x-user": REP}) as browser:
        for values in refused:
            assert post(browser, "/mailboxes", **values).status_code == 422, values
            assert _boxes(desk) == [], values


def test_nobody_sees_or_touches_the_mailbox_of_another(desk: Console) -> None:
    with desk.client(**{"x-user": REP}) as browser:
        post(browser, "/mailboxes", do="ics", place="https://127.0.0.1:9/a.ics")
    (box,) = _boxes(desk)
    with desk.app.database.session() as session:
        rep = session.scalars(select(User.id).where(User.email == REP)).one()
    with desk.client(**{"x-user": OTHER_REP}) as browser:
        assert REP not in browser.get("/mailboxes").text
        assert post(browser, "/mailboxes", do="disconnect", box=box.id).status_code == 403
        assert post(browser, "/mailboxes", do="read", box=box.id).status_code == 404
    with desk.client(**{"x-user": ADMIN}) as browser:
        assert REP in browser.get("/mailboxes").text
        post(browser, "/view-as", user=rep)
        assert REP in browser.get("/mailboxes").text
        assert post(browser, "/mailboxes", do="disconnect", box=box.id).status_code == 403
    assert len(_boxes(desk)) == 1
