"""A running Dealwright beside HubSpot's fake: it keeps in step by itself, hears webhooks, writes what was decided once through a kill, and shows what it could not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from agents.crm.writes import NewWrite, plan
from infra.clock import clock_of
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Contact, CrmWrite, Deal, Proposal
from tests.bot.offices import until
from tests.bot.running import Home
from tests.fakes.hubspot import FakeHubSpot

SECRET = "client-secret"
WITHIN_S = 60.0


@pytest.fixture
def portal() -> Iterator[FakeHubSpot]:
    """A portal with a company and a deal."""
    with FakeHubSpot() as made:
        company = made.put("companies", name="Acme Freight", domain="acme.example")
        made.put(
            "deals",
            None,
            {"companies": [company]},
            dealname="Acme dock",
            amount="84000",
            dealstage="qualifiedtobuy",
            pipeline="default",
        )
        yield made
    assert made.breaches == []


@pytest.fixture
def home(make_home: Callable[[], Home], portal: FakeHubSpot) -> Home:
    """A home that is connected to it."""
    made = make_home()
    made.environment |= {
        "DEALWRIGHT_HUBSPOT_BASE_URL": portal.url,
        "DEALWRIGHT_HUBSPOT_TOKEN": "good",
        "DEALWRIGHT_HUBSPOT_CLIENT_SECRET": SECRET,
    }
    return made


def _plan(home: Home, key: str, deal: int, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    settings = Settings(home=home.folder)
    database = Database(settings.spine_url)
    now = clock_of(settings).now()
    with database.transaction() as session:
        if session.get(Proposal, "p1") is None:
            session.add(Proposal(id="p1", key="p1", kind="call", state="approved", headline="h", created_at=now))
            session.flush()
        plan(session, NewWrite(key, "update", "deal", str(deal), fields, expected, "p1"), settings=settings, now=now)
    database.close()


def _state(home: Home, key: str) -> str:
    database = Database(Settings(home=home.folder).spine_url)
    with database.session() as session:
        state = session.get_one(CrmWrite, key).state
    database.close()
    return state


def _deal(home: Home, deal: int) -> Deal | None:
    database = Database(Settings(home=home.folder).spine_url)
    with database.session() as session:
        found = session.get(Deal, str(deal))
    database.close()
    return found


def test_the_server_keeps_in_step_hears_of_changes_and_writes_what_was_decided(home: Home, portal: FakeHubSpot) -> None:
    (deal,) = portal.things["deals"]
    url = home.serve()
    until(lambda: _deal(home, deal) is not None, WITHIN_S)
    portal.change("deals", deal, amount="91000")
    body = json.dumps([{"eventId": 1, "subscriptionId": 2, "portalId": 3, "occurredAt": 1_790_000_000_000, "subscriptionType": "deal.propertyChange", "objectId": deal}]).encode()  # fmt: skip
    stamp = str(int(time.time() * 1000))
    told = f"POST{url}/webhooks/hubspot".encode() + body + stamp.encode()
    signed = base64.b64encode(hmac.new(SECRET.encode(), told, hashlib.sha256).digest()).decode()
    with home.client(None) as client:
        headers = {"X-HubSpot-Signature-v3": signed, "X-HubSpot-Request-Timestamp": stamp}
        assert client.post("/webhooks/hubspot", content=body).status_code == 401
        answer = client.post("/webhooks/hubspot", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0})
    until(lambda: (found := _deal(home, deal)) is not None and str(found.amount) == "91000", WITHIN_S)
    _plan(home, "w1", deal, {"next_step": "Send the contract", "amount": "95000"}, {"amount": "91000"})
    until(lambda: _state(home, "w1") == "done", WITHIN_S)
    assert portal.values("deals", deal)["hs_next_step"] == "Send the contract"
    _plan(home, "w2", deal, {"type": "Barter"}, {})
    until(lambda: _state(home, "w2") == "dead", WITHIN_S)
    with home.client() as client:
        (letter,) = client.get("/api/letters").json()["letters"]
        assert letter["code"] == "VALIDATION_ERROR"
        status = client.get("/api/sync").json()["systems"][0]
        assert (status["state"], status["dead_letters"], status["writes"]) == ("connected", 1, {"done": 1, "dead": 1})
    page = home.run("letters", "--json").json()
    assert [one["id"] for one in page["letters"]] == [letter["id"]]
    with home.client() as client:
        shown = client.get("/crm").text
        assert "VALIDATION_ERROR (dealtype)" in shown
        token = re.findall(r'name="token" value="([^"]+)"', shown)[-1]
        pressed = {"token": token, "letter": letter["id"], "do": "drop"}
        assert client.post("/crm/letters", data=pressed, headers={"Origin": url}).status_code in (200, 303)
    assert home.run("letters", "--json").json() == {"letters": []}
    assert home.run("sync", "--status", "--json").json()["systems"][0]["system"] == "hubspot"
    assert home.run("sync", "hubspot", "--json").json()["streams"][0]["state"] == "done"
    assert home.stop() == 0


@pytest.mark.parametrize("point", ["crm: marked", "crm: sent"])
def test_a_kill_in_the_middle_of_a_write_does_it_once(
    home: Home, portal: FakeHubSpot, point: str, tmp_path: Path
) -> None:
    (deal,) = portal.things["deals"]
    assert home.run("sync", "hubspot", "--json").status == 0
    clock = tmp_path / "clock"
    clock.write_text("2026-11-23T15:00:00+00:00")
    home.environment |= {"DEALWRIGHT_TEST": "1", "DEALWRIGHT_CLOCK_FILE": str(clock)}
    _plan(home, "w1", deal, {"amount": "95000"}, {"amount": "84000"})
    clock.write_text("2027-01-01T15:00:00+00:00")
    killed = home.run("crm", "write", "hubspot", DEALWRIGHT_CRASH_AT=point)
    assert killed.status == -signal.SIGKILL
    assert _state(home, "w1") == "sending"
    clock.write_text("2027-01-01T15:05:00+00:00")
    assert home.run("crm", "write", "hubspot", "--json").json()["done"] == 1
    assert portal.values("deals", deal)["amount"] == "95000"
    assert portal.things["deals"][deal].writes == 1
    assert _state(home, "w1") == "done"


def test_a_reading_that_was_killed_is_taken_up_where_it_was(home: Home, portal: FakeHubSpot) -> None:
    for number in range(2_300):
        portal.put("contacts", firstname="Person", lastname=str(number), email=f"p{number}@buyer.example")
    home.environment |= {"DEALWRIGHT_TEST": "1"}
    killed = home.run("sync", "hubspot", DEALWRIGHT_CRASH_AT="sync: applied")
    assert killed.status == -signal.SIGKILL
    before = len(portal.calls)
    told = home.run("sync", "hubspot", "--json").json()
    assert {one["state"] for one in told["streams"]} == {"done"}
    database = Database(Settings(home=home.folder).spine_url)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 2_300
    database.close()
    assert len(portal.calls) > before
