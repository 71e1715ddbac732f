"""The sample company's alerts in the console, over HTTP and at the terminal: raised, worked with its draft, put off, refused, muted; as of a past day too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.alerts import perform_alerts
from bot.jobs import Job
from bot.terminal.wire import message_from_wire
from infra.settings import Settings
from infra.spine.models import Alert, User
from sales.clock import FixedClock
from tests.bot.web.conftest import ADMIN, NOW
from tests.bot.web.serving import Console, post, serving

TOKEN = "t" * 40
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def console(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console over the sample company, which has looked for alerts."""
    home = tmp_path_factory.mktemp("alerts") / "home"
    shutil.copytree(company, home)
    settings = Settings(home=home, visibility="all", console_identity_header="x-user", api_token=TOKEN, watch=False)
    with serving(settings, FixedClock(NOW)) as running:
        running.app.health_of_deals.refresh(None)
        running.app.alerts.look()
        yield running


def _alerts(console: Console) -> list[tuple[str, str, str]]:
    with console.app.database.session() as session:
        rows = session.execute(select(Alert.id, Alert.state, User.email).join(User, User.id == Alert.user_id))
        return [(row.id, row.state, row.email or "") for row in rows]


def _open(console: Console) -> tuple[str, str]:
    return next((id, email) for id, state, email in _alerts(console) if state in ("waiting", "told"))


def test_the_page_tells_what_stands_and_who_was_told(console: Console) -> None:
    alert, email = _open(console)
    with console.client(**{"x-user": email}) as browser:
        page = browser.get("/alerts")
        assert page.status_code == 200
        assert f'id="card-{alert}"' in page.text
        assert "Not a risk" in page.text
        assert 'href="/alerts"' in page.text
        told = post(browser, "/press/alert_useful", value=f"{alert}:0")
        assert told.status_code in (200, 303)
        assert browser.get("/alerts", params={"as_of": "nonsense"}).status_code == 422
    with console.app.database.session() as session:
        assert session.get_one(Alert, alert).verdict == "useful"


def test_nobody_presses_on_an_alert_of_a_stranger(console: Console) -> None:
    alert, email = _open(console)
    with console.app.database.session() as session:
        other = session.scalars(select(User.email).where(User.role == "rep", User.email != email)).first()
    with console.client(**{"x-user": str(other)}) as browser:
        refused = post(browser, "/press/alert_dismiss", value=f"{alert}:0", **{"input-reason": "dead"})
    assert refused.status_code == 403
    assert alert in {one for one, state, _ in _alerts(console) if state != "dismissed"}


def test_programs_read_them_decide_and_are_told_what_is_past(console: Console) -> None:
    alert, email = _open(console)
    with console.client(**BEARER) as program:
        found = program.get("/api/alerts").json()
        assert alert in {one["id"] for one in found["standing"]}
        assert program.get("/api/alerts", params={"as_of": "2020-01-01"}).json()["standing"] == []
        assert program.post(f"/api/alerts/{alert}", json={"action": "work"}).status_code == 403
        on = {"as": email}
        worked = program.post(f"/api/alerts/{alert}", params=on, json={"action": "work"})
        assert (worked.status_code, worked.json()["state"]) == (200, "working")
        past = program.post(f"/api/alerts/{alert}", params=on, json={"action": "snooze", "until": "2020-01-01"})
        assert past.status_code == 422
        assert program.post("/api/alerts/none", params=on, json={"action": "work"}).status_code == 404
        muted = program.post("/api/alerts/rules/budget", json={"muted": True}).json()
        assert "budget" in {one["rule"] for one in muted["rules"]}
        assert program.post("/api/alerts/rules/budget", json={"muted": False}).status_code == 200
        assert program.post("/api/alerts/rules/budget", json={"muted": False}).status_code == 404


def test_the_terminal_tells_them_and_decides(console: Console) -> None:
    job = Job()
    told = perform_alerts(console.app, {"as": ADMIN}, job)
    message = message_from_wire(told["message"])
    assert "alert" in message.summary
    assert told["alerts"]["standing"]
    alert, email = _open(console)
    body = {"as": email, "alert": alert, "action": "dismiss", "fields": {"words": "we agreed on a pause"}}
    done = perform_alerts(console.app, body, job)
    assert done["alert"]["state"] == "dismissed"
    assert done["alert"]["ending"]["sentence"] == "Not a risk: we agreed on a pause"
    before = perform_alerts(console.app, {"as": ADMIN, "as_of": "2026-10-15"}, job)["alerts"]
    assert before["standing"] == []
