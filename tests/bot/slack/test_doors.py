"""Slack's doors: who is let in, over HTTP and over Socket Mode, and how a workspace installs us."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import slack as surface
from bot.app import App
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.desk import AuditEntry, Fact
from tests.bot.offices import until
from tests.bot.slack.conftest import Workspace, texts
from tests.fakes.slack import BOT_ID, BOT_USER, FakeSlack

# slack-sdk signs in to oauth.v2.access in a way that aiohttp will drop.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


def test_the_address_is_verified(office: Workspace) -> None:
    response = office.send({"type": "url_verification", "challenge": "abc"})
    assert (response.status_code, response.json()) == (200, {"challenge": "abc"})


@pytest.mark.parametrize("forged", ["secret", "old", "none"])
def test_requests_that_slack_did_not_sign_are_refused(office: Workspace, forged: str) -> None:
    body = json.dumps(office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    headers = {
        "secret": lambda: office.slack.signed(body, secret="other"),
        "old": lambda: office.slack.signed(body, age_s=600),
        "none": lambda: {"Content-Type": "application/json"},
    }[forged]()
    response = office.http.post(f"{office.url}/slack/events", content=body, headers=headers)
    assert response.status_code == 401
    assert office.settled() == []


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"type": "event_callback"}', '{"type": 3, "event": []}', "payload=%7B", "a=b"]
)
def test_signed_nonsense_does_no_harm(office: Workspace, body: str) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        response = office.http.post(
            f"{office.url}/slack/events", content=body, headers=office.slack.signed(body, kind=kind)
        )
        assert response.status_code < 500
        assert "Traceback" not in response.text
    assert office.settled() == []


def test_socket_mode_answers_too(socket_office: Workspace) -> None:
    slack = socket_office.slack
    envelope = {"envelope_id": "e1", "type": "events_api", "accepts_response_payload": False}
    slack.send({**envelope, "payload": slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme")})
    until(lambda: bool(slack.acknowledged))
    socket_office.settled(1)
    assert slack.acknowledged[0]["envelope_id"] == "e1"
    assert "SOC 2" in texts(slack.said("CWEST")[0])


def test_without_a_signing_secret_there_is_no_address_for_events(socket_office: Workspace) -> None:
    body = json.dumps(socket_office.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    headers = socket_office.slack.signed(body, secret="")
    assert (
        socket_office.http.post(f"{socket_office.url}/slack/events", content=body, headers=headers).status_code == 404
    )


def test_slack_is_off_where_it_is_not_set_up(settings: Settings) -> None:
    assert surface.routes(App(settings)) is None
    assert surface.routes(App(settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-1")}))) is None


@pytest.fixture
def installable(open_office: Callable[..., Workspace]) -> Workspace:
    """A served application that workspaces install by OAuth."""
    return open_office(slack_bot_token=None, slack_client_id="c1", slack_client_secret=SecretStr("s1"))


def _grant(slack: FakeSlack, code: str, team: str, token: str) -> None:
    slack.tokens[token] = team
    slack.codes[code] = {
        "access_token": token,
        "token_type": "bot",
        "scope": "chat:write",
        "bot_user_id": BOT_USER,
        "app_id": "A1",
        "team": {"id": team, "name": "Tallyport"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "UINES"},
    }


def _install(office: Workspace, code: str, *, state: str | None = None) -> Any:
    page = office.http.get(f"{office.url}/slack/install")
    given = re.search(r"state=([^&\"]+)", page.text)
    assert given is not None
    assert "scope=app_mentions" in page.text
    cookie = {"Cookie": page.headers["set-cookie"].split(";")[0]}
    asked = {"code": code, "state": state or given[1]}
    return office.http.get(f"{office.url}/slack/oauth_redirect", params=asked, headers=cookie)


def test_a_workspace_installs_us_and_is_answered(installable: Workspace) -> None:
    _grant(installable.slack, "code1", "T1", "xoxb-installed")
    assert _install(installable, "code1").status_code == 200
    installable.asks(installable.slack.mention("Ev1", "CWEST", "UDANA", "latest on Acme"))
    assert "SOC 2" in texts(installable.slack.said("CWEST")[0])
    assert {call.token for call in installable.slack.calls("chat.postMessage")} == {"xoxb-installed"}


def test_tokens_are_sealed_with_a_key_that_only_the_owner_reads(installable: Workspace) -> None:
    _grant(installable.slack, "code1", "T1", "xoxb-installed")
    _install(installable, "code1")
    with installable.app.database.session() as session:
        stored = session.scalars(select(Fact).where(Fact.key == "slack:installation:T1")).one()
    assert "xoxb" not in json.dumps(stored.value)
    settings = installable.app.settings
    assert "xoxb-installed" in Sealer(settings).open(stored.value["sealed"])
    assert (settings.home / "secret.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Fatal):
        Sealer(settings.model_copy(update={"secret_key": SecretStr("A" * 43 + "=")})).open(stored.value["sealed"])


def test_an_install_needs_the_state_of_its_own_browser_once(installable: Workspace) -> None:
    _grant(installable.slack, "code1", "T1", "xoxb-installed")
    assert _install(installable, "code1", state="forged").status_code == 400
    page = installable.http.get(f"{installable.url}/slack/install")
    state = re.search(r"state=([^&\"]+)", page.text)[1]  # type: ignore[index]
    address = f"{installable.url}/slack/oauth_redirect"
    installable.http.cookies.clear()
    assert installable.http.get(address, params={"code": "code1", "state": state}).status_code == 400
    cookie = {"Cookie": page.headers["set-cookie"].split(";")[0]}
    assert installable.http.get(address, params={"code": "code1", "state": state}, headers=cookie).status_code == 200
    _grant(installable.slack, "code2", "T1", "xoxb-2")
    assert installable.http.get(address, params={"code": "code2", "state": state}, headers=cookie).status_code == 401


def test_a_second_workspace_is_not_let_in_unasked(installable: Workspace) -> None:
    _grant(installable.slack, "code1", "T1", "xoxb-installed")
    _grant(installable.slack, "code2", "T2", "xoxb-evil")
    _install(installable, "code1")
    assert _install(installable, "code2").status_code == 500
    with installable.app.database.session() as session:
        keys = session.scalars(select(Fact.key).where(Fact.key.like("slack:installation:%"))).all()
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert keys == ["slack:installation:T1"]
    assert actions == ["installed", "install refused"]


def test_a_workspace_that_leaves_is_forgotten(installable: Workspace) -> None:
    _grant(installable.slack, "code1", "T1", "xoxb-installed")
    _install(installable, "code1")
    installable.asks(installable.slack.event("Ev1", {"type": "app_uninstalled"}))
    installable.asks(installable.slack.mention("Ev2", "CWEST", "UDANA", "latest on Acme"))
    assert installable.slack.said("CWEST") == []
    assert BOT_ID not in {call.token for call in installable.slack.called}
