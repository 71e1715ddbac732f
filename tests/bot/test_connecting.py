"""Connecting a mailbox by consent: from a link in chat over Google's or Microsoft's own page to the mailbox of that very person."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot import connecting
from bot.app import App
from bot.mailboxes import asks_to_connect, connect_link, connect_message, disconnect, let_alias
from infra.errors import Denied, Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.desk import AuditEntry, Fact
from infra.spine.models import Mailbox
from sales.clock import FixedClock
from tests.agents.mailroom.conftest import fill
from tests.conftest import NOW
from tests.fakes.consent import CLIENT, SECRET, Vendors, serve_vendors

BASE = "http://127.0.0.1:8321"
VENDORS = ["google", "microsoft"]


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with serve_vendors() as state:
        state.redirect_uris = {f"{BASE}/connect/{name}/callback" for name in VENDORS}
        state.mailbox = {"mail": "Sam@ours.example", "userPrincipalName": "sam@ours.onmicrosoft.example"}
        yield state


@pytest.fixture
def app(home: Path, vendors: Vendors) -> Iterator[App]:
    url = vendors.url
    named = {f"{name}_{what}": value for name in VENDORS for what, value in (("client_id", CLIENT), ("client_secret", SECRET), ("auth_url", f"{url}/{name}/auth"), ("token_url", f"{url}/{name}/token"))}  # fmt: skip
    settings = Settings(home=home, user="sam@ours.example", google_revoke_url=f"{url}/google/revoke", gmail_base_url=url, graph_base_url=url, calendar_base_url=url, **named)  # type: ignore[arg-type]  # fmt: skip
    app = App(settings, clock=FixedClock(NOW))
    fill(app.database)
    yield app
    app.close()


def browser(app: App) -> httpx.AsyncClient:
    """Return a browser of its own."""
    server = FastAPI()
    server.include_router(connecting.routes(app))
    return httpx.AsyncClient(transport=httpx.ASGITransport(server, client=("127.0.0.1", 1)), base_url=BASE)


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app) as client:
        yield client


def link_of(app: App, vendor: str, user: str = "sam") -> str:
    return next(one["url"] for one in connect_link(app, user, "slack") if one["vendor"] == vendor)


def token_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["link"][0]


async def consented(client: httpx.AsyncClient, vendor: str, link: str) -> str:
    """Press the button and give the consent; return where the vendor sends the browser back to."""
    begun = await client.post(f"/connect/{vendor}", data={"link": link})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as outside:
        sent = await outside.get(begun.headers["location"])
    assert sent.status_code == 302, sent.text
    return sent.headers["location"]


def boxes(app: App) -> dict[str, Mailbox]:
    with app.database.session() as session:
        return {box.kind: box for box in session.scalars(select(Mailbox))}


@pytest.mark.parametrize(("vendor", "kinds"), [("google", {"gmail", "google_cal"}), ("microsoft", {"graph", "graph_cal"})])  # fmt: skip
async def test_a_link_leads_over_the_consent_to_the_persons_mailbox_and_calendar(
    app: App, client: httpx.AsyncClient, vendors: Vendors, vendor: str, kinds: set[str]
) -> None:
    link = link_of(app, vendor)
    page = await client.get(link)
    assert page.status_code == 200
    assert "Sam Reed" in page.text
    assert vendors.url in page.headers["content-security-policy"]
    done = await client.get(await consented(client, vendor, token_in(link)))
    assert done.status_code == 200, done.text
    assert "sam@ours.example" in done.text
    found = boxes(app)
    assert set(found) == kinds
    for box in found.values():
        assert (box.user_id, box.address, box.state, box.ends_at) == ("sam", "sam@ours.example", "connected", None)
        kept = json.loads(Sealer(app.settings).open(box.secret or ""))
        assert kept["refresh_token"] == "refresh-0"
        assert SECRET not in str(kept)
        assert "refresh-0" not in str(box.secret)
    assert vendors.wrong == []
    assert vendors.asked[0]["login_hint"] == "sam@ours.example"


async def test_a_link_is_good_once_and_looking_at_it_does_not_use_it(app: App, client: httpx.AsyncClient) -> None:
    link = link_of(app, "google")
    for _ in range(3):
        assert (await client.get(link)).status_code == 200
    await consented(client, "google", token_in(link))
    again = await client.post("/connect/google", data={"link": token_in(link)})
    assert again.status_code == 410
    assert (await client.get(link)).status_code == 410


async def test_forged_and_foreign_links_lead_nowhere(app: App, client: httpx.AsyncClient) -> None:
    token = token_in(link_of(app, "google"))
    for forged in (token[:-2] + "AA", "x", Sealer(app.settings).seal("0" * 32), "é", token * 20):
        assert (await client.post("/connect/google", data={"link": forged})).status_code == 410
    assert (await client.post("/connect/microsoft", data={"link": token})).status_code == 410
    assert (await client.get("/connect/yahoo", params={"link": token})).status_code == 404
    assert boxes(app) == {}


async def test_a_link_and_a_consent_end_with_time(app: App, client: httpx.AsyncClient) -> None:
    link = link_of(app, "google")
    back = await consented(client, "google", token_in(link_of(app, "google")))
    with app.database.transaction() as session:
        for row in session.scalars(select(Fact).where(Fact.key.startswith("connect:"))):
            row.value = {**row.value, "until": 1.0}
    assert (await client.get(link)).status_code == 410
    assert (await client.get(back)).status_code == 410


async def test_a_consent_comes_back_once_and_only_in_the_browser_where_it_began(
    app: App, client: httpx.AsyncClient
) -> None:
    back = await consented(client, "google", token_in(link_of(app, "google")))
    async with browser(app) as another:
        refused = await another.get(back)
    assert refused.status_code == 403
    assert "another browser" in refused.text
    assert boxes(app) == {}
    assert (await client.get(back)).status_code == 200
    assert (await client.get(back)).status_code in (403, 410)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_somebody_elses_mailbox_is_not_connected_until_an_admin_says_that_it_is_theirs(
    app: App, client: httpx.AsyncClient, vendors: Vendors, vendor: str
) -> None:
    vendors.mailbox = {"mail": "s.reed@other.example", "userPrincipalName": "s.reed@other.example"}
    refused = await client.get(await consented(client, vendor, token_in(link_of(app, vendor))))
    assert refused.status_code == 403
    assert "You allowed s.reed@other.example, but we know you as sam@ours.example" in unescape(refused.text)
    assert boxes(app) == {}
    with app.database.session() as session:
        assert "mailbox.refused" in set(session.scalars(select(AuditEntry.action)))
    with pytest.raises(Denied):
        let_alias(app, "sam@ours.example", "terminal", "sam@ours.example", "s.reed@other.example")
    let_alias(app, None, "api", "sam@ours.example", "S.Reed@other.example")
    with pytest.raises(Fatal):
        let_alias(app, None, "api", "pat@ours.example", "s.reed@other.example")
    done = await client.get(await consented(client, vendor, token_in(link_of(app, vendor))))
    assert done.status_code == 200
    assert {box.address for box in boxes(app).values()} == {"s.reed@other.example"}


async def test_microsofts_other_addresses_of_the_same_mailbox_count(app: App, client: httpx.AsyncClient, vendors: Vendors) -> None:  # fmt: skip
    vendors.mailbox = {"mail": "sreed@ours.example", "userPrincipalName": "sreed@ours.example", "proxyAddresses": ["SMTP:sreed@ours.example", "smtp:sam@ours.example"]}  # fmt: skip
    assert (await client.get(await consented(client, "microsoft", token_in(link_of(app, "microsoft"))))).status_code == 200  # fmt: skip
    assert {box.address for box in boxes(app).values()} == {"sam@ours.example"}


@pytest.mark.parametrize(("error", "said"), [("access_denied", "You did not allow it"), ("server_error", "The mail provider broke it off"), ("<b>x", "The mail provider broke it off")])  # fmt: skip
async def test_the_vendors_errors_are_told_in_our_words(
    app: App, client: httpx.AsyncClient, vendors: Vendors, error: str, said: str
) -> None:
    vendors.answer_error = error
    told = await client.get(await consented(client, "google", token_in(link_of(app, "google"))))
    assert told.status_code == 400
    assert said in told.text
    assert "<script>" not in told.text
    assert "<b>" not in told.text


async def test_what_was_unticked_is_respected(app: App, client: httpx.AsyncClient, vendors: Vendors) -> None:
    vendors.unticked = {"calendar.events.owned.readonly"}
    done = await client.get(await consented(client, "google", token_in(link_of(app, "google"))))
    assert "calendar was not allowed" in done.text
    assert set(boxes(app)) == {"gmail"}
    vendors.unticked = {"gmail.send"}
    told = await client.get(await consented(client, "google", token_in(link_of(app, "google"))))
    assert told.status_code == 422


async def test_a_permission_that_does_not_renew_itself_is_known_to_end(
    app: App, client: httpx.AsyncClient, vendors: Vendors
) -> None:
    vendors.refresh = False
    done = await client.get(await consented(client, "google", token_in(link_of(app, "google"))))
    assert "does not renew itself" in done.text
    assert all(box.ends_at is not None for box in boxes(app).values())


async def test_disconnecting_has_google_forget_the_consent_when_nothing_uses_it(
    app: App, client: httpx.AsyncClient, vendors: Vendors
) -> None:
    await client.get(await consented(client, "google", token_in(link_of(app, "google"))))
    calendar = boxes(app)["google_cal"].id
    assert disconnect(app, "sam@ours.example", "terminal", calendar) == {"disconnected": 1, "revoked": 0}
    assert disconnect(app, "sam@ours.example", "terminal", "sam@ours.example") == {"disconnected": 1, "revoked": 1}
    assert vendors.revoked == ["refresh-0"]
    assert boxes(app) == {}


async def test_whoever_is_signed_in_to_the_console_needs_no_link(app: App, client: httpx.AsyncClient) -> None:
    page = await client.get("/connect/google")
    assert page.status_code == 200
    assert "Sam Reed" in page.text
    found = unescape(page.text).partition('name="link" value="')[2].partition('"')[0]
    assert (await client.get(await consented(client, "google", found))).status_code == 200
    assert set(boxes(app)) == {"gmail", "google_cal"}


@pytest.mark.parametrize("words", ["connect my mailbox", "Connect my mailbox.", "connect", "please connect my Gmail", "connect my calendar", "reconnect my mailbox", "connect my mail and calendar"])  # fmt: skip
def test_people_ask_to_connect_in_their_words(words: str) -> None:
    assert asks_to_connect(words)


@pytest.mark.parametrize("words", ["connect me with the CFO of Acme", "who can connect us to Acme?", "did they connect their CRM?", "mailbox", "connected deals", ""])  # fmt: skip
def test_a_question_is_no_wish_to_connect(words: str) -> None:
    assert not asks_to_connect(words)


def test_chat_shows_a_button_for_each_vendor(app: App) -> None:
    message = connect_message(app, "sam", "slack")
    urls = [button.url or "" for part in message.parts for button in getattr(part, "buttons", ())]
    assert [urlsplit(url).path for url in urls] == ["/connect/google", "/connect/microsoft"]


def test_without_any_client_chat_says_who_sets_one_up(home: Path) -> None:
    app = App(Settings(home=home), clock=FixedClock(NOW))
    fill(app.database)
    with pytest.raises(Fatal, match="can't be connected"):
        connect_link(app, "sam", "slack")
    app.close()
