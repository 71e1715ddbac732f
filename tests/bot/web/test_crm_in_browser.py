"""A CRM in a real browser: connected by consent, fields added only as ticked, how far it is, and dead letters tried again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from agents.crm.writes import NewWrite, plan
from bot.indexing import Indexing
from bot.jobs import Job
from bot.rounds import Rounds
from infra.spine.models import Connection, CrmWrite, Proposal, User
from tests.bot.web.conftest import ADMIN, NOW, REP
from tests.bot.web.serving import Console
from tests.bot.web.test_pages_in_browser import CONTRAST
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.salesforce import FakeSalesforce

pytestmark = pytest.mark.browser


@pytest.fixture
def org() -> Iterator[FakeSalesforce]:
    """An organization with nothing in it."""
    with FakeSalesforce() as made:
        yield made
    assert made.breaches == []


@pytest.fixture
def desk(
    open_console: Callable[..., Console], monkeypatch: pytest.MonkeyPatch, portal: FakeHubSpot, org: FakeSalesforce
) -> Console:
    """A console behind a proxy that names people, with clients of both CRMs."""
    # What a server does by itself is held elsewhere.
    for rounds in (Indexing, Rounds):
        monkeypatch.setattr(rounds, "wake", lambda _rounds: None)
    monkeypatch.setattr(Rounds, "start", _stays)
    return open_console(
        console_identity_header="x-user",
        hubspot_base_url=portal.url,
        hubspot_auth_url=f"{portal.url}/oauth/authorize",
        hubspot_token_url=f"{portal.url}/oauth/v1/token",
        hubspot_client_id="id",
        hubspot_client_secret="secret",
        salesforce_login_url=org.url,
        salesforce_client_id="client-id",
        salesforce_client_secret="secret",
    )


async def _stays(_rounds: Rounds) -> None:
    return None


def _page(open_page: Callable[..., Page], desk: Console, who: str = ADMIN, **more: Any) -> Page:
    page = open_page(**more)
    # Only to us: the CRM's own page must not get it.
    page.route(f"{desk.url}/**", lambda route: route.continue_(headers={**route.request.headers, "x-user": who}))
    return page


def test_a_crm_is_connected_its_fields_are_agreed_to_and_what_failed_is_tried_again(
    open_page: Callable[..., Page], desk: Console, portal: FakeHubSpot
) -> None:
    page = _page(open_page, desk, height=1400)
    page.goto(f"{desk.url}/crm")
    for title, name in (("Salesforce", "salesforce"), ("HubSpot", "hubspot")):
        page.get_by_role("link", name=f"Connect {title}").click()
        expect(page.get_by_role("heading")).to_have_text(f"{title} is connected.")
        with desk.app.database.session() as session:
            connection = session.get_one(Connection, name)
            admin = session.scalars(select(User.id).where(User.email == ADMIN)).one()
            assert (connection.state, connection.connected_by) == ("connected", admin)
        page.get_by_role("link", name="See how far it is").click()
    desk.app.crm.read("hubspot", Job())
    (deal,) = portal.things["deals"]
    with desk.app.database.transaction() as session:
        session.add(Proposal(id="p1", key="p1", kind="call", state="approved", headline="h", created_at=NOW))
        session.flush()
        new = NewWrite("w1", "update", "deal", str(deal), {"type": "Barter"}, {}, "p1")
        plan(session, new, settings=desk.app.settings, now=NOW)
    desk.app.crm.carry("hubspot")
    page.reload()
    section = page.get_by_role("region", name="HubSpot", exact=True).first
    expect(section.get_by_role("row", name=re.compile("^Deals up"))).to_contain_text("up to date")
    expect(page.get_by_text("VALIDATION_ERROR (dealtype)")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    page.get_by_role("link", name="Compare the fields with HubSpot").click()
    page.get_by_label("Dealwright sentiment on deals").uncheck()
    assert page.evaluate(CONTRAST) == []
    page.get_by_role("button", name="Add what is ticked to HubSpot").click()
    expect(page.locator(".said")).to_contain_text("Added.")
    assert {"dealwright_q_champion", "dealwright_health", "dealwright_key"} <= set(portal.schema["deals"])
    assert "dealwright_sentiment" not in portal.schema["deals"]
    expect(page.get_by_role("row", name=re.compile("dealwright_sentiment"))).to_be_visible()
    portal.schema["deals"]["dealtype"]["options"].append({"label": "Barter", "value": "barter", "displayOrder": 9, "hidden": False})  # fmt: skip
    (contact,) = portal.things["contacts"]
    portal.change("contacts", contact, firstname="Ray", lastname="Okonkwo")
    page.goto(f"{desk.url}/crm")
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("Everything could be read and written.")).to_be_visible()
    with desk.app.database.session() as session:
        assert session.get_one(CrmWrite, "w1").state == "done"
    page.set_viewport_size({"width": 390, "height": 1400})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_only_admins_connect_and_agree(open_page: Callable[..., Page], desk: Console) -> None:
    page = _page(open_page, desk, REP)
    for path in ("/crm", "/crm/connect/hubspot", "/crm/fields/hubspot"):
        page.goto(f"{desk.url}{path}")
        expect(page.get_by_text("This page is for admins.")).to_be_visible()
