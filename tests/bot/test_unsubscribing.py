"""The way out of our mails, as a mail program, a link scanner and a person follow it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from agents.guard.finishing import finished
from agents.guard.suppressing import entries
from bot import unsubscribing
from bot.app import App
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.desk import AuditEntry
from infra.spine.touches import Sequence, Touch
from sales.clock import FixedClock
from tests.agents.guard import company
from tests.conftest import NOW

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """An application over the small company, with Bob in a sequence."""
    app = App(Settings(home=home), clock=FixedClock(NOW))
    company.open_company(app.database)
    with app.database.transaction() as session:
        company.sequence(session, "s1", "bob@acme.example")
    yield app
    app.close()


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has a link, and no account."""
    server = FastAPI()
    server.include_router(unsubscribing.routes(app))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://127.0.0.1:8321") as client:
        yield client


def _link(app: App, to: str = "bob+x@Acme.example") -> str:
    """Return the link as it stands in a mail that we send."""
    sealer = Sealer(app.settings)
    raw = finished(
        company.mail(to),
        marker="<e1@tallyport.example>",
        proposal_id="p1",
        settings=app.settings,
        sealer=sealer,
        date=NOW,
    )
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    found = re.search(rb"List-Unsubscribe:\s+<([^>]+)>", raw)
    assert found is not None
    return found[1].decode()


def _suppressed(app: App) -> list[tuple[str, str, str]]:
    with app.database.session() as session:
        return [(row.value, row.reason, row.source) for row in entries(session)]


async def test_one_click_by_a_mail_program_ends_our_mails_once_and_again_harmlessly(
    app: App, client: httpx.AsyncClient
) -> None:
    link = _link(app)
    assert "bob" not in link.lower()
    for _ in range(3):
        answer = await client.post(link, data=ONE_CLICK)
        assert answer.status_code == 200
    assert _suppressed(app) == [("bob@acme.example", "opt_out", "unsubscribe")]
    with app.database.session() as session:
        assert session.get_one(Sequence, "s1").state == "stopped"
        assert session.get_one(Touch, "s1-1").state == "dropped"
        assert list(session.scalars(select(AuditEntry.action))) == ["suppression.added"]


async def test_one_click_as_a_multipart_form_works_too(app: App, client: httpx.AsyncClient) -> None:
    answer = await client.post(_link(app), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert len(_suppressed(app)) == 1


async def test_a_scanner_that_follows_the_link_changes_nothing(app: App, client: httpx.AsyncClient) -> None:
    link = _link(app)
    page = await client.get(link)
    assert page.status_code == 200
    assert "<form method" in page.text
    assert "bob" not in page.text.lower()
    assert (await client.head(link)).status_code in (200, 405)
    assert (await client.post(link)).status_code == 200
    assert _suppressed(app) == []


async def test_the_button_of_the_page_does_it(app: App, client: httpx.AsyncClient) -> None:
    link = _link(app)
    page = (await client.get(link)).text
    name, value = re.findall(r'name="([^"]+)" value="([^"]+)"', page)[0]
    assert "Done" in (await client.post(link, data={name: value})).text
    assert len(_suppressed(app)) == 1


async def test_a_wrong_link_is_answered_like_a_right_one(app: App, client: httpx.AsyncClient) -> None:
    right = _link(app)
    other = Sealer(app.settings).seal('["slack-token", "bob@acme.example", null]')
    wrong = [
        right[:-2] + "AA",
        "/unsubscribe/x",
        f"/unsubscribe/{'a' * 5_000}",
        "/unsubscribe/%00%ff",
        f"/unsubscribe/{other}",
    ]
    good = (await client.post(_link(app, "ann@acme.example"), data=ONE_CLICK)).text
    for link in wrong:
        answer = await client.post(link, data=ONE_CLICK)
        assert (answer.status_code, answer.text) == (200, good)
    assert [value for value, *_ in _suppressed(app)] == ["ann@acme.example"]


async def test_the_pages_stay_to_themselves(app: App, client: httpx.AsyncClient) -> None:
    page = await client.get(_link(app))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text
