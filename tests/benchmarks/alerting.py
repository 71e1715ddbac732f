"""How long it takes from what happens to the alert of it: a running server beside a fake Slack, events by the signed webhook and in the spine."""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx

from bot.app import App
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Deal
from integrations.signals.signing import signature
from tests.benchmarks.timing import Line
from tests.bot.offices import furnish
from tests.bot.risky import answers, slips, was_well
from tests.bot.running import Home, new_home
from tests.bot.sending import migrated, until
from tests.bot.slack.conftest import texts
from tests.fakes.slack import FakeSlack

SECRET = "a-secret-for-the-bench-alone"
BAR_S = 60.0
DANA, LUIS = "DUDANA", "DULUIS"


def measure(home: Path) -> Iterator[Line]:
    """Measure from a change of a deal, from a buyer's mail and from a signal to what stands in Slack then."""
    slack = FakeSlack(rate_limited=True)
    for id, mail in (("UDANA", "dana"), ("ULUIS", "luis")):
        slack.person(id, f"{mail}@tallyport.example")
        slack.channel(f"D{id}", id, kind="im", is_im=True)
    slack.start()
    with tempfile.TemporaryDirectory() as folder:
        house = new_home(Path(folder) / "house", home / "models")
        url = migrated(f"sqlite:///{folder}/spine.db")
        house.environment = {
            "DEALWRIGHT_WATCH": "true",
            "DEALWRIGHT_DATABASE_URL": url,
            "DEALWRIGHT_WORKING_DAYS": json.dumps(list(range(7))),
            "DEALWRIGHT_DISTURB_FROM": "00:00",
            "DEALWRIGHT_DISTURB_UNTIL": "23:59:59",
            "DEALWRIGHT_WEBHOOK_SECRET": SECRET,
            **slack.environment(),
        }
        app = App(Settings(home=house.folder, database_url=url))
        furnish(app.database)
        was_well(app)
        _is_customer(app.database)
        house.serve()
        try:
            yield from _lines(house, app, slack)
        finally:
            house.stop(signal.SIGTERM)
            app.close()
            slack.stop()


def _lines(house: Home, app: App, slack: FakeSlack) -> Iterator[Line]:
    yield _line("from a deal's change to its alert", lambda: slips(app), lambda: bool(slack.said(DANA)))
    resolved = lambda: "Resolved" in texts(slack.said(DANA)[0])  # noqa: E731 - read twice
    yield _line("from the buyer's reply to the alert resolved", lambda: answers(app), resolved)
    yield _line("from a customer's signal to its alert", lambda: _signal(house), lambda: bool(slack.said(LUIS)))


def _line(what: str, happens: Callable[[], object], told: Callable[[], bool]) -> Line:
    happens()
    took = until(told, 120)
    return Line(what, f"{took:.1f} s", "in Slack, as it stands there", f"≤ {BAR_S:.0f} s", took <= BAR_S)


def _is_customer(database: Database) -> None:
    with database.transaction() as session:
        deal = session.get_one(Deal, "d-fennimore")
        deal.status, deal.closed_at = "won", deal.source_at - timedelta(days=200)


def _signal(house: Home) -> None:
    told = {"id": "u1", "kind": "usage_drop", "account": "fennimore", "occurred_at": str(int(time.time()))}
    body = json.dumps({**told, "text": "Weekly users went from 40 to 18."}).encode()
    stamp = str(int(time.time()))
    headers = {"X-Dealwright-Timestamp": stamp, "X-Dealwright-Signature": signature(SECRET, stamp, body)}
    httpx.post(f"{house.url}/webhooks/signals/product", content=body, headers=headers, timeout=60).raise_for_status()
