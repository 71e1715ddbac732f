"""Who is let in to speak as Teams, and that what was let in is answered, whatever happens. Each test serves an application of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient

from bot.app import App
from bot.server import assemble
from infra.errors import Fatal
from infra.settings import Settings
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, texts
from tests.fakes.teams import APP_ID, FakeTeams


def forged(teams: FakeTeams, **claims: Any) -> str:
    """Return a token signed with another key under the name of the right one."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    known = jwt.decode(teams.token(**claims), options={"verify_signature": False})
    return jwt.encode(known, other, algorithm="RS256", headers={"kid": teams.key_id})


def test_only_the_bot_frameworks_own_tokens_are_let_in(open_office: Callable[..., Tenant]) -> None:
    office = open_office()
    teams, now = office.teams, int(time.time())
    activity = teams.personal("29:dana", "latest on Acme")
    refused = {
        "none": office.send(activity, token=None),
        "garbage": office.send(activity, token="garbage"),
        "three parts": office.send(activity, token="a.b.c"),
        "expired": office.send(activity, token=teams.token(exp=now - 3600, nbf=now - 7200)),
        "without an end": office.send(activity, token=teams.token(exp=None)),
        "for another bot": office.send(activity, token=teams.token(aud="00000000-0000-0000-0000-000000000000")),
        "from somebody else": office.send(activity, token=teams.token(iss="https://sts.windows.net/x/")),
        "for another service": office.send(activity, token=teams.token(serviceurl="https://smba.trafficmanager.net/")),
        "without a service": office.send({**activity, "serviceUrl": None}),
        "for another channel": office.send({**activity, "channelId": "slack"}),
        "forged": office.send(activity, token=forged(teams)),
        "unsigned": office.send(activity, token=jwt.encode({"iss": "https://api.botframework.com"}, "", "none")),
        "unknown key": office.send(
            activity, token=jwt.encode({"iss": "https://api.botframework.com"}, teams.key, "RS256")
        ),
        "basic": office.send(activity, token=None, Authorization="Basic abc"),
    }
    assert {name: response.status_code for name, response in refused.items()} == dict.fromkeys(refused, 401)
    assert all("reference" in response.json()["error"] for response in refused.values())
    assert office.settled() == []
    assert teams.keys_asked <= 2
    assert office.send(activity).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"[" * 5000, b"\xff", b'{"type": 7}', b"{}"])
def test_what_is_no_activity_is_refused(open_bare: TestClient, teams: FakeTeams, body: bytes) -> None:
    told = open_bare.post("/api/messages", content=body, headers={"Authorization": f"Bearer {teams.token()}"})
    assert told.status_code in (400, 401)


@pytest.fixture(scope="module")
def open_bare(teams: FakeTeams, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The application without its parts opened: what it refuses needs none."""
    settings = Settings(
        home=tmp_path_factory.mktemp("bare"), teams_app_id=APP_ID, teams_openid_url=f"{teams.url}/openid"
    )
    return TestClient(assemble(App(settings)), raise_server_exceptions=False)


def test_without_an_app_id_this_machine_alone_is_answered(open_office: Callable[..., Tenant]) -> None:
    office = open_office(teams_app_id=None, teams_app_secret=None, teams_tenant_id=None)
    teams = office.teams
    teams.tokens_given.append("")
    activity = teams.personal("29:dana", "latest on Acme")
    for headers in (
        {"X-Forwarded-For": "203.0.113.9"},
        {"Origin": "https://evil.example"},
        {"Host": "deals.tallyport.example"},
        {"Content-Type": "text/plain"},
    ):
        assert office.send(activity, token=None, **headers).status_code == 401
    assert office.send({**activity, "serviceUrl": "https://evil.example/"}, token=None).status_code == 401
    assert office.send(activity, token=None).status_code == 200
    office.settled()
    assert "waits for the SOC 2 report" in texts(teams.cards("a:29:dana")[0])


def test_a_secret_without_an_app_id_does_not_start_for_strangers(teams: FakeTeams, settings: Settings) -> None:
    open_to_all = settings.model_copy(update={"host": "0.0.0.0", "teams_tenant_id": "t"})
    with pytest.raises(Fatal, match="no app id"), TestClient(assemble(App(open_to_all))):
        pytest.fail("it started")


def test_without_a_tenant_setting_the_first_known_tenant_stays_the_only_one(
    open_office: Callable[..., Tenant], teams: FakeTeams
) -> None:
    office = open_office(teams_tenant_id=None, teams_login_url=f"{teams.url}/login/botframework.com")
    office.asks(office.teams.personal("29:dana", "latest on Acme"))
    office.teams.person("liar", "luis@tallyport.example", tenantId="evil")
    office.asks(office.teams.personal("29:liar", "latest on Fennimore", channelData={"tenant": {"id": "evil"}}))
    assert "not guests or people of other companies" in texts(office.teams.cards("a:29:liar")[0])
    assert len(office.colleague.asked) == 1


def test_the_real_copilot_answers(open_office: Callable[..., Tenant]) -> None:
    office = open_office(app=App)
    office.asks(office.teams.personal("29:dana", "What's the latest on Acme?"))
    (card,) = office.teams.cards("a:29:dana")
    assert "Acme" in texts(card)
    assert "Useful" in buttons(card)
