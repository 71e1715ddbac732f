"""Calls that come in by themselves: any program's webhook, Zoom's event, Teams' notification; signed, late, forged, twice, and killed in between."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.signals.signing import signature
from tests.bot.conftest import ACCOUNTS, USERS
from tests.bot.running import Home
from tests.bot.sending import until
from tests.fakes.recorders import CLIENT, SECRET, Recorders, serve_recorders

OURS = "call-secret"
ZOOMS = "zoom-secret"
TRANSCRIPT = "users('u-1')/onlineMeetings('m-1')/transcripts('t-1')"
CAPTIONS = b"""WEBVTT

1
00:00:01.000 --> 00:00:05.000
Dana Whitfield: Thanks for joining. What has to happen before you can sign?

2
00:00:06.000 --> 00:00:11.000
Ray Okonkwo: Our security team needs the penetration test report, and legal wants the liability cap at twice the fees.
"""
CALL = {
    "id": "gen-1",
    "title": "Acme: terms",
    "started_at": "2026-11-18T15:00:00Z",
    "account": "acc-acme",
    "turns": [
        {"speaker": "Dana Whitfield", "text": "What is still missing?", "start": 0, "end": 2},
        {"speaker": "Ray Okonkwo", "text": "The price of the second warehouse is missing.", "start": 3, "end": 7},
    ],
}


@pytest.fixture(scope="module")
def recorders() -> Iterator[Recorders]:
    """Zoom and Graph on loopback."""
    with serve_recorders() as served:
        yield served


@pytest.fixture(scope="module")
def office(make_home: Callable[[], Home], recorders: Recorders, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A server that takes calls from everywhere."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "users.csv").write_text(USERS, encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    home = make_home()
    home.environment |= {
        "DEALWRIGHT_WEBHOOK_SECRET": OURS,
        "DEALWRIGHT_ZOOM_WEBHOOK_SECRET": ZOOMS,
        "DEALWRIGHT_ZOOM_BASE_URL": recorders.url,
        "DEALWRIGHT_GRAPH_BASE_URL": recorders.url,
        "DEALWRIGHT_MICROSOFT_TOKEN_URL": f"{recorders.url}/token",
        "DEALWRIGHT_MICROSOFT_CLIENT_ID": CLIENT,
        "DEALWRIGHT_MICROSOFT_CLIENT_SECRET": SECRET,
    }
    home.serve()
    done = home.run("import", str(folder / "users.csv"), str(folder / "accounts.csv"), "--yes", "--json")
    assert done.status == 0, done.err
    return home


@pytest.fixture
def stranger(office: Home) -> Iterator[httpx.Client]:
    """A client without the API's token."""
    with office.client(token=None) as client:
        yield client


def _rows(home: Home, query: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home.folder / "spine.db", timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def _turns(home: Home, call: str) -> list[tuple[Any, ...]]:
    return _rows(home, "SELECT speaker, text FROM turns WHERE activity_id = ? ORDER BY position", call)


def _hand_over(client: httpx.Client, call: Any, secret: str = OURS, at: float | None = None) -> httpx.Response:
    body = call if isinstance(call, bytes) else json.dumps(call).encode()
    stamp = str(int(time.time() if at is None else at))
    headers = {"X-Dealwright-Timestamp": stamp, "X-Dealwright-Signature": signature(secret, stamp, body)}
    return client.post("/webhooks/calls/recorder", content=body, headers=headers)


def _zoom(client: httpx.Client, event: dict[str, Any], secret: str = ZOOMS, *, stamp: str = "") -> httpx.Response:
    body = json.dumps(event).encode()
    stamp = stamp or str(int(time.time()))
    told = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={told}"}
    return client.post("/webhooks/recordings/zoom", content=body, headers=headers)


def _ready(url: str, uuid: str, token: str = "day-token") -> dict[str, Any]:
    meeting = {
        "uuid": uuid,
        "topic": "Acme: contract review",
        "start_time": "2026-11-18T15:00:00Z",
        "duration": 30,
        "host_email": "dana@tallyport.example",
        "recording_files": [
            {"file_type": "MP4", "download_url": f"{url}-video"},
            {"file_type": "TRANSCRIPT", "download_url": url, "recording_start": "2026-11-18T15:02:00Z"},
        ],
    }
    return {"event": "recording.transcript_completed", "payload": {"object": meeting}, "download_token": token}


def test_a_program_hands_over_a_call_and_it_can_be_found(office: Home, stranger: httpx.Client) -> None:
    """Signed, it is stored, read, and found by its words."""
    assert _hand_over(stranger, CALL).status_code == 202
    until(lambda: len(_turns(office, "gen-1")) == 2)
    with office.client() as client:

        def found() -> bool:
            asked = {"query": "price of the second warehouse", "call": "gen-1"}
            return bool(client.post("/api/search", json=asked).json()["passages"])

        until(found)


def test_the_same_call_twice_is_one_call(office: Home, stranger: httpx.Client) -> None:
    """A recorder that sends again is thanked, and nothing is doubled."""
    call = {**CALL, "id": "gen-2"}
    assert [_hand_over(stranger, call).status_code for _ in range(3)] == [202, 202, 202]
    until(lambda: len(_turns(office, "gen-2")) == 2)
    assert len(_rows(office, "SELECT id FROM inbox WHERE payload LIKE '%gen-2%' OR id LIKE '%gen-2%'")) <= 1


@pytest.mark.parametrize(
    ("what", "status"),
    [("forged", 401), ("late", 401), ("no call", 422), ("broken", 422), ("a list", 422)],
)
def test_what_is_forged_late_or_broken_is_refused_in_plain_words(
    stranger: httpx.Client, what: str, status: int
) -> None:
    """Nothing is stored, and the answer says what to do."""
    answer = {
        "forged": lambda: _hand_over(stranger, CALL, secret="another"),
        "late": lambda: _hand_over(stranger, CALL, at=time.time() - 301),
        "no call": lambda: _hand_over(stranger, {"id": "x", "title": "no turns"}),
        "broken": lambda: _hand_over(stranger, b'{"id": "x", '),
        "a list": lambda: _hand_over(stranger, [CALL]),
    }[what]()
    assert answer.status_code == status
    assert answer.json()["error"]
    assert "Traceback" not in answer.text


def test_zoom_checks_our_address(stranger: httpx.Client) -> None:
    """Its own token comes back with the HMAC that it wants."""
    answer = _zoom(stranger, {"event": "endpoint.url_validation", "payload": {"plainToken": "q9ib"}})
    expected = hmac.new(ZOOMS.encode(), b"q9ib", hashlib.sha256).hexdigest()
    assert answer.json() == {"plainToken": "q9ib", "encryptedToken": expected}


def test_a_transcript_of_zoom_comes_in_by_itself(office: Home, recorders: Recorders, stranger: httpx.Client) -> None:
    """Downloaded with the event's token, with title, start and speakers; sent twice, it is one call."""
    url = recorders.record("moved-a1", CAPTIONS, "day-token")
    recorders.files["/rec/download/a1"] = recorders.files["/rec/download/moved-a1"]
    event = _ready(url, "abc+/1==")
    assert _zoom(stranger, event).status_code == 204
    milliseconds = str(int(time.time() * 1_000))
    assert _zoom(stranger, event, stamp=milliseconds).status_code == 204
    until(lambda: len(_turns(office, "zoom:abc+/1==")) == 2)
    assert _turns(office, "zoom:abc+/1==")[1][0] == "Ray Okonkwo"
    title, at = _rows(office, "SELECT subject, at FROM activities WHERE id = ?", "zoom:abc+/1==")[0]
    assert (title, at[:16]) == ("Acme: contract review", "2026-11-18 15:02")
    stored = _rows(office, "SELECT payload FROM inbox WHERE id LIKE 'recording:zoom:%'")
    assert not [row for row in stored if "day-token" in row[0]]


def test_an_event_that_leads_elsewhere_is_not_followed(
    office: Home, recorders: Recorders, stranger: httpx.Client
) -> None:
    """The token goes nowhere; the event stands among the dead letters with its reason."""
    asked = len(recorders.downloads)
    other = recorders.url.replace("127.0.0.1", "localhost")
    assert _zoom(stranger, _ready(f"{other}/rec/download/b1", "elsewhere==")).status_code == 204

    def letters() -> list[tuple[Any, ...]]:
        return _rows(office, "SELECT reason FROM dead_letters WHERE system = 'zoom' AND state = 'waiting'")

    until(lambda: len(letters()) == 1)
    assert "address that is not Zoom's" in letters()[0][0]
    assert len(recorders.downloads) == asked


def test_zoom_that_is_busy_is_asked_again(office: Home, recorders: Recorders, stranger: httpx.Client) -> None:
    """Two refusals later the call is there."""
    url = recorders.record("c1", CAPTIONS, "day-token")
    recorders.busy = 2
    assert _zoom(stranger, _ready(url, "busy==")).status_code == 204
    until(lambda: len(_turns(office, "zoom:busy==")) == 2, 60)


def test_forged_events_of_zoom_are_refused(stranger: httpx.Client) -> None:
    """Another secret, and an old one."""
    event = {"event": "endpoint.url_validation", "payload": {"plainToken": "q9ib"}}
    assert _zoom(stranger, event, secret="another").status_code == 401
    assert _zoom(stranger, event, stamp=str(int(time.time()) - 400)).status_code == 401
    assert _zoom(stranger, event, stamp=str((int(time.time()) - 400) * 1_000)).status_code == 401


def test_a_transcript_of_teams_comes_in_by_itself(make_home: Callable[[], Home], recorders: Recorders) -> None:
    """Switched on, the server subscribes by itself, and takes what Graph tells of, once; what somebody else tells is refused."""
    recorders.transcripts[TRANSCRIPT] = {
        "id": "t-1",
        "createdDateTime": "2026-11-19T09:00:00Z",
        "endDateTime": "2026-11-19T09:30:00Z",
        "captions": CAPTIONS.replace(b"Dana Whitfield: ", b"<v Dana Whitfield>").replace(
            b"Ray Okonkwo: ", b"<v Ray Okonkwo>"
        ),
    }
    people = {"attendees": [{"upn": "ray@acme.example", "identity": {"user": {"displayName": "Ray Okonkwo"}}}]}
    recorders.meetings[TRANSCRIPT.rpartition("/transcripts")[0]] = {"subject": "Acme: weekly", "participants": people}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = make_home()
    home.environment |= {
        "DEALWRIGHT_TEAMS_TRANSCRIPTS": "true",
        "DEALWRIGHT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DEALWRIGHT_GRAPH_BASE_URL": recorders.url,
        "DEALWRIGHT_MICROSOFT_TOKEN_URL": f"{recorders.url}/token",
        "DEALWRIGHT_MICROSOFT_CLIENT_ID": CLIENT,
        "DEALWRIGHT_MICROSOFT_CLIENT_SECRET": SECRET,
    }
    home.serve(port=port)
    until(lambda: bool(recorders.subscriptions), 60)
    subscribed = next(iter(recorders.subscriptions.values()))
    told = {
        "value": [
            {
                "subscriptionId": subscribed["id"],
                "clientState": subscribed["clientState"],
                "resource": TRANSCRIPT,
                "changeType": "created",
            }
        ]
    }
    forged = {"value": [{**told["value"][0], "clientState": "guess"}]}
    with home.client(token=None) as client:
        assert client.post("/webhooks/recordings/teams", json=forged).status_code == 401
        assert client.post("/webhooks/recordings/teams", json=told).status_code == 202
        assert client.post("/webhooks/recordings/teams", json=told).status_code == 202
    until(lambda: len(_turns(home, "teams:t-1")) == 2)
    people_there = _rows(home, "SELECT email FROM participants WHERE activity_id = 'teams:t-1' AND email IS NOT NULL")
    assert ("ray@acme.example",) in people_there


def test_a_call_that_was_acknowledged_outlasts_a_kill(make_home: Callable[[], Home], tmp_path: Path) -> None:
    """Killed right after the acknowledgements, the next start brings every call in, each once."""
    home = make_home()
    home.environment |= {"DEALWRIGHT_WEBHOOK_SECRET": OURS}
    home.serve()
    calls = [{**CALL, "id": f"kill-{number}"} for number in range(20)]
    with home.client(token=None) as client:
        assert {_hand_over(client, call).status_code for call in calls} == {202}
    home.stop(signal.SIGKILL)
    home.serve()

    def there() -> list[tuple[Any, ...]]:
        return _rows(home, "SELECT activity_id, count(*) FROM turns WHERE activity_id LIKE 'kill-%' GROUP BY 1")

    until(lambda: len(there()) == 20, 90)
    assert {count for _, count in there()} == {2}
