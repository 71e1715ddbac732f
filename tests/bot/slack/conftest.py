"""A served Dealwright beside a fake Slack workspace, with a small team whose reps see different accounts."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from agents.answer import Evidence
from bot.app import App
from infra.logs import configure_logs
from infra.settings import Settings
from infra.spine.database import Database
from tests.bot.offices import Office, Served, furnish, until
from tests.conftest import NOW
from tests.fakes.slack import APP_TOKEN, SECRET, TOKEN, FakeSlack

HOSTILE = "Ship it <!channel> & see <https://evil.example|our site> *now*"


class SlackOffice(Office):
    """The application with a colleague who quotes what would do harm in Slack."""

    SAID = Evidence(source="call", id="c1", quote=HOSTILE, speaker="Ray <@U1>", at=NOW, label="Contract review")


class Workspace(Served):
    """The fake workspace and the served application together."""

    def __init__(self, slack: FakeSlack, app: App) -> None:
        super().__init__(app)
        self.slack = slack

    def send(self, body: dict[str, Any] | str, **headers: str) -> httpx.Response:
        """Send an event, or the form of a command or click, signed."""
        form = isinstance(body, str)
        raw = body if isinstance(body, str) else json.dumps(body)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        return self.http.post(
            f"{self.url}/slack/events", content=raw, headers={**self.slack.signed(raw, kind=kind), **headers}
        )

    def asks(self, body: dict[str, Any] | str) -> None:
        """Send something and wait until it is dealt with."""
        response = self.send(body)
        assert response.status_code == 200, response.text
        self.settled()


def texts(message: dict[str, Any]) -> str:
    """Return all words that a person sees in a message, its buttons included."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                found.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(message.get("blocks", []))
    return "\n".join(found)


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a message's buttons by their labels."""
    return {
        element["text"]["text"]: element
        for block in message["blocks"]
        for element in [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        if element.get("type") == "button"
    }


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace with the team, a guest, a bot and somebody unknown; Dana and Luis share C-ALL, Dana has C-WEST alone with Ines."""
    fake = FakeSlack()
    for id, mail in (("UINES", "ines"), ("UDANA", "dana"), ("ULUIS", "luis"), ("UNEW", "nobody")):
        fake.person(id, f"{mail}@tallyport.example")
    fake.person("UGUEST", "dana@tallyport.example", is_restricted=True)
    fake.person("UOTHER", "luis@tallyport.example", team_id="T9", is_stranger=True)
    fake.person("UAPP", None, is_bot=True)
    fake.channel("CWEST", "UDANA", "UINES", "UAPP")
    fake.channel("CALL", "UDANA", "ULUIS")
    fake.channel("CNEW", "UDANA", "UNEW")
    fake.channel("CEXT", "UDANA", "UOTHER", is_ext_shared=True, is_shared=True)
    for user in ("UDANA", "ULUIS", "UNEW", "UGUEST", "UINES"):
        fake.channel(f"D{user}", user, kind="im", is_im=True)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def open_office(
    slack: FakeSlack, home: Path, sqlite_database: Database, launched: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Workspace]]:
    """Serve the application over a furnished spine; `more` are settings."""
    # Waiting as long as a real workspace wants is tested by itself, in test_web.
    monkeypatch.setattr("bot.slack.web._MESSAGE_EVERY_S", 0.0)
    slack.rate_limited = False
    slack.spared_s = 60.0
    monkeypatch.setattr("infra.workflows._POLL_S", 0.03)
    monkeypatch.setattr("infra.workflows._LISTEN_S", 0.03)
    shutil.copyfile(launched, home / "workflows.db")
    served: list[Workspace] = []
    furnish(sqlite_database)
    unasked = structlog.get_config()
    configure_logs(Settings(home=home), io.StringIO())

    def serve(**more: Any) -> Workspace:
        known: dict[str, Any] = {
            "home": home,
            "database_url": sqlite_database.url,
            "slack_bot_token": SecretStr(TOKEN),
            "slack_signing_secret": SecretStr(SECRET),
            "slack_api_url": f"{slack.url}/api/",
            "visibility": "team",
            "api_token": SecretStr("t"),
        }
        workspace = Workspace(slack, SlackOffice(Settings(**(known | more))))
        workspace.start()
        served.append(workspace)
        return workspace

    yield serve
    for workspace in served:
        workspace.stop()
    structlog.configure(**unasked)


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """A served application, events by HTTP."""
    return open_office()


@pytest.fixture
def socket_office(open_office: Callable[..., Workspace], slack: FakeSlack) -> Workspace:
    """A served application, events by Socket Mode."""
    workspace = open_office(slack_signing_secret=None, slack_app_token=SecretStr(APP_TOKEN))
    until(lambda: bool(slack.sockets))
    return workspace
