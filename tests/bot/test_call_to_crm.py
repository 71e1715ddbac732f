"""The real Zoom call, from the CRM over HTTP and back: its deal is read, the call closed by one submit, the record complete, and the next brief knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.run import import_paths
from agents.proposals.record import Closing
from bot.app import App
from bot.deciding import Presses
from bot.jobs import Job
from infra.settings import Settings
from infra.spine.models import Account, Activity, Deal, User
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.bot.offices import until
from tests.bot.web.serving import Console, post, serving
from tests.conftest import NOW
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.salesforce import FakeSalesforce

pytestmark = pytest.mark.shared_data
BUYERS = ("George Harrison", "John Lennon", "Paul McCartney", "Ringo Starr")
STEP = "Send the recording to John"


@dataclass
class Record:
    """A deal as it stands in a CRM: read over its API by us, looked at directly by the test."""

    name: str
    settings: dict[str, Any]
    there: Callable[[], str | None]
    tasks: Callable[[], list[str]]
    calls: Callable[[], list[str]]
    breaches: Callable[[], list[str]]


@contextmanager
def in_hubspot() -> Iterator[Record]:
    """A portal with the company, its people and the deal."""
    with FakeHubSpot(now=NOW.timestamp) as portal:
        portal.owners[0] |= {"email": "andrew@ours.example", "firstName": "Andrew", "lastName": "Knight"}
        company = portal.put("companies", name="Reunion Records", domain="reunion.example")
        for name in BUYERS:
            first, last = name.split()
            email = f"{first.lower()}@reunion.example"
            portal.put("contacts", None, {"companies": [company]}, firstname=first, lastname=last, email=email)
        deal = portal.put(
            "deals",
            None,
            {"companies": [company]},
            dealname="Reunion",
            dealstage="qualifiedtobuy",
            pipeline="default",
            hubspot_owner_id="71001",
        )
        yield Record(
            "hubspot",
            {"hubspot_base_url": portal.url, "hubspot_token": "good"},
            lambda: portal.values("deals", deal).get("hs_next_step"),
            lambda: [one.properties["hs_task_subject"] for one in portal.things["tasks"].values()],
            lambda: [one.properties["hs_call_body"] for one in portal.things["calls"].values()],
            lambda: list(portal.breaches),
        )


@contextmanager
def in_salesforce() -> Iterator[Record]:
    """An organization with the same."""
    with FakeSalesforce(now=NOW.timestamp) as org:
        store = org.store
        owner = store.put("User", Name="Andrew Knight", Email="andrew@ours.example", IsActive=True, UserType="Standard")
        account = store.put("Account", Name="Reunion Records", OwnerId=owner)
        for name in BUYERS:
            first, last = name.split()
            store.put("Contact", FirstName=first, LastName=last, Email=f"{first.lower()}@reunion.example", AccountId=account)  # fmt: skip
        deal = store.put(
            "Opportunity", Name="Reunion", AccountId=account, OwnerId=owner, StageName="Qualification", CloseDate="2026-12-15"
        )  # fmt: skip
        yield Record(
            "salesforce",
            {"salesforce_base_url": org.url, "salesforce_token": "good"},
            lambda: store.rows["Opportunity"][deal]["NextStep"],
            lambda: [row["Subject"] for row in store.rows["Task"].values() if row["TaskSubtype"] != "Call"],
            lambda: [row["Description"] for row in store.rows["Task"].values() if row["TaskSubtype"] == "Call"],
            lambda: list(org.breaches),
        )


def _bring_in(app: App, transcript: Path) -> str:
    """Import the transcript, tell which deal it is of (a caption file does not say), read it, and return the id of its card."""
    import_paths(app.database, app.settings, app.clock, [transcript])
    with app.database.transaction() as session:
        deal = session.scalars(select(Deal)).one()
        call = session.scalars(select(Activity).where(Activity.kind == "call")).one()
        call.account_id, call.deal_id, call.owner_id = deal.account_id, deal.id, deal.owner_id
        call.at = NOW - timedelta(hours=1)
        identity = call.id
    app.notes.read_waiting()
    app.closings.draft_waiting()
    return app.closings.card_of(identity)


def _submit(console: Console, surface: str, card: str, andrew: User) -> None:
    """Tick every line that is offered and submit, on one surface."""
    app = console.app
    if surface == "console":
        with console.client() as browser:
            found = app.proposals.get(card, EVERYTHING)
            assert found is not None
            assert isinstance(found.effect, Closing)
            lines = [*(one.id for one in found.effect.tasks), *(one.id for one in found.effect.changes)]
            ticks = {f"input-tick.{line}": "true" for line in lines}
            answer = post(browser, "/press/approve", value=f"{card}:2", **{"input-ticks": "1", **ticks})
            assert answer.status_code == 303, answer.text
        return
    presses = Presses(app, surface)
    form = presses.press("review", f"{card}:2", andrew).form
    assert form is not None
    ticks = {f"tick.{name}": "true" for group in form.inputs for name, _ in group.choices}
    assert presses.submit("approve", f"{card}:2", ticks, andrew).acted


def _lines(app: App, card: str) -> set[str]:
    """Return what the card says that became of its lines."""
    shown = app.proposals.get(card, EVERYTHING)
    assert shown is not None
    lines = shown.outcome.get("lines") or {"none": {"state": "none"}}
    return {str(line.get("crm") or line["state"]) for line in lines.values()}


@pytest.mark.parametrize(
    ("system", "surface"),
    [(in_hubspot, "slack"), (in_hubspot, "console"), (in_salesforce, "teams"), (in_salesforce, "console")],
)
def test_a_submit_completes_the_record_in_the_crm_and_the_next_brief_uses_the_call(
    home: Path, shared_data: Path, system: Callable[[], Any], surface: str
) -> None:
    transcript = shared_data / "calls" / "zoom" / "zoom-meeting001_transcript.vtt"
    with system() as record:
        settings = Settings(home=home, user="andrew@ours.example", **record.settings)
        with serving(settings, FixedClock(NOW)) as console:
            app = console.app
            app.crm.read(record.name, Job())
            card = _bring_in(app, transcript)
            with app.database.session() as session:
                andrew = session.scalars(select(User).where(User.email == "andrew@ours.example")).one()
                account = session.scalars(select(Account.id).where(Account.name == "Reunion Records")).one()
                session.expunge(andrew)
            edit = {"next_step": STEP, "next_step_date": "2026-12-01", "task": STEP}
            assert Presses(app, "slack").submit("edit", f"{card}:1", edit, andrew).acted
            assert record.there() is None
            _submit(console, surface, card, andrew)
            until(lambda: record.there() == STEP and record.tasks() == [STEP], 60)
            until(lambda: len(record.calls()) == 1, 60)
            until(lambda: _lines(app, card) <= {"written", "done"}, 60)
            closed = app.proposals.get(card, EVERYTHING)
            assert closed is not None
            assert isinstance(closed.effect, Closing)
            said = record.calls()[0].replace("<br>", "\n")
            assert all(line.text[:30] in said for line in closed.effect.summary[:3])
            brief = app.briefs.of(account, scope=EVERYTHING, as_of=NOW + timedelta(days=1))
    told = brief.model_dump_json()
    assert STEP in told
    assert any(name in told for name in BUYERS)
    assert record.breaches() == []
