"""Signals as programs and the terminal meet them: signed webhooks, the feed, the list, the profile; a real server over a small company."""

from __future__ import annotations

import concurrent.futures
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.signals.signing import signature
from tests.bot.conftest import ACCOUNTS, USERS
from tests.bot.running import TOKEN, Home

SECRET = "webhook-secret"
CLOCK = "2026-11-23T15:00:00+00:00"
MORE = "acc-fresh,Fresh Freight,fresh.example,dana@tallyport.example\n"


@pytest.fixture(scope="module")
def office(make_home: Callable[[], Home], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A server with a webhook secret, whose clock file stands days away from the machine's time."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "users.csv").write_text(USERS, encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS + MORE, encoding="utf-8")
    clock = folder / "clock"
    clock.write_text(CLOCK, encoding="utf-8")
    home = make_home()
    home.environment |= {
        "DEALWRIGHT_WEBHOOK_SECRET": SECRET,
        "DEALWRIGHT_TEST": "1",
        "DEALWRIGHT_CLOCK_FILE": str(clock),
    }
    home.serve()
    done = home.run("import", str(folder / "users.csv"), str(folder / "accounts.csv"), "--yes", "--json")
    assert done.status == 0, done.err
    return home


@pytest.fixture(scope="module")
def stranger(office: Home) -> Iterator[httpx.Client]:
    """A client without the API's token."""
    with office.client(token=None) as client:
        yield client


def _signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    return {
        "X-Dealwright-Timestamp": stamp,
        "X-Dealwright-Signature": signature(secret, stamp, body),
        "Content-Type": "application/json",
    }


def _send(client: httpx.Client, value: Any, source: str = "news", **more: Any) -> httpx.Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return client.post(f"/webhooks/signals/{source}", content=body, headers=_signed(body, **more))


def _event(identity: str, **more: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "kind": "funding",
        "account": "Fresh Freight",
        "occurred_at": "2026-11-23T12:00:00Z",
        **more,
    }


def _signals(office: Home) -> list[dict[str, Any]]:
    with office.client() as client:
        found: list[dict[str, Any]] = client.get("/api/signals").json()["signals"]
    return found


def test_a_signed_signal_is_judged_and_stands_in_the_reps_feed(office: Home, stranger: httpx.Client) -> None:
    response = _send(stranger, _event("e-1", title="Fresh Freight raises $5M Series A", url="https://news.example/1"))
    assert response.status_code == 202, response.text
    assert response.json() == {"accepted": 1, "duplicates": 0, "refused": []}
    with office.client() as client:
        feed = client.get("/api/feed", params={"as": "dana@tallyport.example"}).json()["signals"]
        nobodys = client.get("/api/feed", params={"as": "luis@tallyport.example"}).json()["signals"]
    assert [(one["kind"], one["account"], one["owner"]) for one in feed] == [
        ("funding", "acc-fresh", "dana@tallyport.example")
    ]
    assert feed[0]["reasons"][0] == "raised money 3 h ago"
    assert feed[0]["received_at"].startswith("2026-11-23T15:00")
    assert nobodys == []


def test_the_same_request_again_gets_the_same_answer_and_the_same_id_is_known(
    office: Home, stranger: httpx.Client
) -> None:
    body = json.dumps(_event("e-2", kind="hiring", title="Dock Manager")).encode()
    headers = _signed(body)
    first, replayed = (stranger.post("/webhooks/signals/news", content=body, headers=headers) for _ in range(2))
    assert (
        (first.status_code, first.json())
        == (replayed.status_code, replayed.json())
        == (202, {"accepted": 1, "duplicates": 0, "refused": []})
    )
    later = _send(stranger, _event("e-2", kind="hiring", title="Dock Manager"), at=time.time() - 60)
    assert later.json() == {"accepted": 0, "duplicates": 1, "refused": []}
    other = _send(stranger, _event("b-9", kind="job posting", title="Manager, Dock"), source="blog")
    assert other.json()["accepted"] == 1
    assert sum(one["kind"] == "hiring" for one in _signals(office)) == 1


def test_a_signal_that_comes_many_times_at_once_is_one(office: Home, stranger: httpx.Client) -> None:
    def send(number: int) -> int:
        return _send(stranger, _event("e-3", kind="review", text="x"), at=time.time() - number).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(16))) == {202}
    assert sum(one["kind"] == "review" for one in _signals(office)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, body: ({**headers, "X-Dealwright-Signature": "v0=" + "0" * 64}, body),
        lambda headers, body: ({**headers, "X-Dealwright-Signature": headers["X-Dealwright-Signature"][3:]}, body),
        lambda headers, body: ({**headers, "X-Dealwright-Timestamp": str(int(headers["X-Dealwright-Timestamp"]) + 1)}, body),
        lambda headers, body: (headers, body + b" "),
        lambda headers, body: ({}, body),
        lambda headers, body: ({**headers, "X-Dealwright-Signature": "v0=ü".encode("latin-1")}, body),
        lambda _headers, body: (_signed(body, secret="other"), body),
        lambda _headers, body: (_signed(body, at=time.time() - 400), body),
        lambda _headers, body: (_signed(body, at=time.time() + 400), body),
        lambda _headers, body: (_signed(body, at=1_795_446_000), body),
        lambda _headers, body: ({"Authorization": f"Bearer {TOKEN}"}, body),
    ],
)  # fmt: skip
def test_what_is_not_signed_now_with_the_secret_changes_nothing(
    office: Home, stranger: httpx.Client, spoil: Callable[..., tuple[Any, bytes]]
) -> None:
    body = json.dumps(_event("forged", kind="demo_request")).encode()
    headers, sent = spoil(_signed(body), body)
    response = stranger.post("/webhooks/signals/news", content=sent, headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["next_step"]
    assert not [one for one in _signals(office) if one["kind"] == "demo_request"]


def test_without_a_secret_there_are_no_webhooks(company: Home) -> None:
    with company.client(token=None) as client:
        assert _send(client, _event("e-1")).status_code == 401


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{broken", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 5_000, "not JSON"),
        (b"5", "one object, or a list"),
        (b"[]", "one object, or a list"),
        (b'[{"id": "1"}, 5]', "one object, or a list"),
        (b"{}", "no `kind`"),
        (
            b'{"id": "m-1", "kind": "weather", "account": "Fresh Freight", "occurred_at": "2026-11-23"}',
            "m-1: Its `kind`",
        ),
        (b'{"id": "m-2", "kind": "funding", "occurred_at": "2026-11-23"}', "m-2: It names no company"),
        (
            b'{"id": "m-3", "kind": "funding", "account": "Fresh Freight", "occurred_at": "some day"}',
            "m-3: `occurred_at`",
        ),
    ],
)
def test_what_can_not_be_read_is_answered_with_the_reason(stranger: httpx.Client, body: bytes, says: str) -> None:
    response = _send(stranger, body)
    assert response.status_code == 422
    assert any(says in field for field in response.json()["error"]["fields"])


def test_a_list_takes_what_can_be_taken(stranger: httpx.Client) -> None:
    response = _send(
        stranger,
        [_event("l-1", kind="usage_spike"), {"id": "l-2", "kind": "weather"}, _event("l-3", kind="support", title="t")],
    )
    assert response.status_code == 202
    told = response.json()
    assert told["accepted"] == 2
    assert [one["id"] for one in told["refused"]] == ["l-2"]


def test_a_source_is_a_plain_name(stranger: httpx.Client) -> None:
    assert _send(stranger, _event("s-1"), source="Not%20plain").status_code == 422


def test_too_much_is_refused(stranger: httpx.Client) -> None:
    assert _send(stranger, b" " * 8_000_001).status_code == 413


def test_nothing_of_a_signal_is_logged(office: Home, stranger: httpx.Client) -> None:
    _send(
        stranger, _event("log-1", kind="engagement", text="the secret merger", person="Zed Quill <zed@fresh.example>")
    )
    _send(stranger, {"id": "log-2", "kind": "the secret merger", "account": "Fresh Freight"})
    assert not [line for line in office.log if "merger" in line or "Quill" in line or "zed@" in line]
    assert any('"signals"' in line for line in office.log)


def test_a_person_sees_their_signals_only_and_strangers_none(office: Home) -> None:
    with office.client() as client:
        assert client.get("/api/signals", params={"as": "luis@tallyport.example"}).json()["signals"] == []
        assert client.get("/api/feed", params={"as": "nobody@x.example"}).status_code == 403
        assert client.get("/api/signals", params={"state": "sunny"}).status_code == 422
        assert len(client.get("/api/signals", params={"limit": 1}).json()["signals"]) == 1
    with office.client(token=None) as nobody:
        assert nobody.get("/api/signals").status_code == 401
        assert nobody.get("/api/feed").status_code == 401


def test_what_a_signal_asks_is_settled_over_the_api(office: Home, stranger: httpx.Client) -> None:
    _send(stranger, _event("ask-1", account="Globex", kind="technology_change", title="moves to a WMS"))
    asked = next(one for one in _signals(office) if one["company"] == "Globex")
    assert asked["state"] == "review"
    with office.client() as client:
        path = f"/api/signals/{asked['id']}/decide"
        assert client.post(path, json={"decision": "nurture"}).status_code == 422
        assert client.post(path, json={"decision": "pursue", "as": "luis@tallyport.example"}).status_code == 404, (
            "not theirs to see"
        )
        settled = client.post(path, json={"decision": "nurture", "until": "2027-01-15", "as": "ines@tallyport.example"})
        assert settled.json()["state"] == "nurtured"
        assert settled.json()["revisit_at"].startswith("2027-01-15")
        assert client.post("/api/signals/none%00/decide", json={"decision": "skip"}).status_code == 404


def test_the_terminal_takes_lists_and_shows(office: Home, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "id,kind,account,occurred_at,title\nt-1,competitor,acc-fennimore,2026-11-23T11:00:00Z,Compared\nt-2,weather,acc-fresh,2026-11-23,\n",
        encoding="utf-8",
    )
    taken = office.run("signals", "import", str(path), "--json").json()
    assert (taken["new"], taken["states"]) == (1, {"judged": 1})
    assert taken["refused"][0]["id"] == "t-2"
    assert office.run("signals", "import", str(path), "--json").json()["duplicates"] == 1
    shown = office.run("feed", "--as", "luis@tallyport.example")
    assert "Fennimore Paper: looks at a competitor" in shown.out
    listed = office.run("signals", "list", "--json").json()["signals"]
    assert any(one["kind"] == "competitor" for one in listed)
    assert office.run("signals", "list", "--state", "sunny").status == 1
    assert office.run("feed", "--as", "nobody@x.example", "--json").status == 2
    assert office.run("signals", "import", str(tmp_path / "none")).status == 1
    assert office.run("signals", "fetch").out.startswith("No source is set up")


def test_the_profile_in_the_terminal(office: Home, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.toml", tmp_path / "good.toml"
    bad.write_text("[company]\nindustri = []\n", encoding="utf-8")
    good.write_text('[company]\nindustries = ["logistics"]\n', encoding="utf-8")
    told = office.run("icp", "check", str(bad))
    assert told.status == 1
    assert told.out.startswith("line 2: [company] has no 'industri'")
    assert office.run("icp", "edit", str(bad)).status == 1
    assert office.run("icp", "edit", str(good), "--note", "first").out == "Version 1 is in force.\n"
    denied = office.run("icp", "rollback", "1", "--as", "dana@tallyport.example")
    assert denied.status == 2
    assert "Only managers and admins" in denied.err
    checked = office.run("icp", "check", "--json").json()
    assert checked["valid"]
    assert checked["preview"]["total"] >= 1
    versions = office.run("icp", "log", "--json").json()["versions"]
    assert [(one["version"], one["note"]) for one in versions] == [(1, "first")]
    assert office.run("icp", "show").out.strip() == good.read_text("utf-8").strip()
    assert office.run("icp", "rollback", "1", "--as", "ines@tallyport.example", "--json").json()["version"] == 1
