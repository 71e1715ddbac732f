"""The CRM beside a server on PostgreSQL: reading, a webhook, writes, dead letters and their replay, fields of our own, alarms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from agents.crm.qualified import qualified
from agents.crm.rules import ownership_in_force
from agents.crm.writes import NewWrite, plan
from bot import crm
from bot.app import App
from bot.jobs import Job
from bot.server import assemble
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.crm import CrmWrite
from infra.spine.database import Database
from infra.spine.models import Contact, Deal, Notice, Proposal, Stage, User
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.fakes.hubspot import FakeHubSpot

SECRET = "client-secret"


@pytest.fixture
def app(home: Path, portal: FakeHubSpot, postgres_url: str) -> Iterator[App]:
    settings = Settings(
        home=home,
        database_url=postgres_url,
        hubspot_base_url=portal.url,
        hubspot_token="good",
        hubspot_client_secret=SECRET,
    )
    database = Database(settings.spine_url)
    database.migrate()
    with database.transaction() as session:
        session.add(User(id="ines", name="Ines", name_key="ines", email="ines@ours.example", role="admin", active=True, source="t", source_at=NOW))  # fmt: skip
        session.add(Proposal(id="p1", key="p1", kind="call", state="approved", headline="h", created_at=NOW))
    database.close()
    made = App(settings, clock=FixedClock(NOW))
    yield made
    made.close()


async def _told_by_webhook(app: App, deal: int) -> dict[str, Any]:
    event = {"eventId": 1, "subscriptionId": 2, "portalId": 3, "occurredAt": 1_790_000_000_000, "subscriptionType": "deal.propertyChange", "objectId": deal}  # fmt: skip
    body, stamp = json.dumps([event]).encode(), str(int(time.time() * 1000))
    signed = hmac.new(SECRET.encode(), b"POSThttp://ours.example/webhooks/hubspot" + body + stamp.encode(), hashlib.sha256)  # fmt: skip
    headers = {"X-HubSpot-Signature-v3": base64.b64encode(signed.digest()).decode(), "X-HubSpot-Request-Timestamp": stamp}  # fmt: skip
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(assemble(app)), base_url="http://ours.example"
    ) as client:
        answer = await client.post("/webhooks/hubspot", content=body, headers=headers)
    told: dict[str, Any] = answer.json()
    return told


def _write(app: App, key: str, deal: int, fields: dict[str, Any], expected: dict[str, Any]) -> str:
    with app.database.transaction() as session:
        new = NewWrite(key, "update", "deal", str(deal), fields, expected, "p1")
        plan(session, new, settings=app.settings, now=NOW)
    app.crm.carry("hubspot")
    return _state(app, key)


def _state(app: App, key: str) -> str:
    with app.database.session() as session:
        return session.get_one(CrmWrite, key).state


async def test_the_crm_is_kept_in_step_on_postgresql(app: App, portal: FakeHubSpot) -> None:
    (deal,), (contact,) = portal.things["deals"], portal.things["contacts"]
    assert {one["state"] for one in app.crm.read("hubspot", Job())["streams"]} == {"done"}
    portal.change("deals", deal, amount="91000")
    assert await _told_by_webhook(app, deal) == {"accepted": 1, "duplicates": 0}
    assert app.crm.told("hubspot") == 1
    with app.database.session() as session:
        assert str(session.get_one(Deal, str(deal)).amount) == "91000"
        order = session.scalars(select(Stage.name).order_by(Stage.position)).all()
        assert order == ["Discovery", "Proposal", "Negotiation", "Closed Won", "Closed Lost"]
    assert _write(app, "w1", deal, {"next_step": "Send it"}, {}) == "done"
    assert _write(app, "w2", deal, {"amount": "95000"}, {"amount": "84000"}) == "conflict"
    assert _write(app, "w3", deal, {"type": "Barter"}, {}) == "dead"
    letters = crm.list_letters(app)
    assert sorted(one["direction"] for one in letters) == ["read", "write"]
    portal.change("contacts", contact, firstname="Ray", lastname="Okonkwo")
    portal.schema["deals"]["dealtype"]["options"].append({"label": "Barter", "value": "barter", "displayOrder": 9, "hidden": False})  # fmt: skip
    assert crm.replay_letters(app, None) == {"read": 1, "planned": 1, "still_dead": 0}
    assert (_state(app, "w3"), crm.list_letters(app)) == ("done", [])
    app.health_of_deals.refresh()
    made = crm.create_fields(app, None, agreed=True, by="Ines")["fields"]
    assert {"dealwright_health", "dealwright_q_champion"} <= {one["name"] for one in made}
    app.crm_health.tell()
    assert app.crm.carry("hubspot")["done"] == 1
    assert portal.values("deals", deal)["dealwright_health"]
    with app.database.session() as session:
        assert qualified(session, ownership_in_force(session), str(deal)).takes("champion")
        assert session.scalars(select(Contact.name)).all() == ["Ray Okonkwo"]
    assert crm.check_fields(app, None)["drift"] == []
    portal.tokens = set()
    for _ in range(2):
        with pytest.raises(Fatal):
            app.crm.read("hubspot", Job())
    with app.database.session() as session:
        told = [str(one.payload["headline"]) for one in session.scalars(select(Notice))]
    assert told.count("HubSpot no longer lets us in.") == 1
    assert crm.status(app)["systems"][0]["state"] == "broken"
