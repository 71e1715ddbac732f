"""Waiting for an answer over a connection that may break: nothing is lost, nothing is told to others, and nobody's leaving keeps work alive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.web import underway
from tests.bot.web.conftest import ADMIN, OTHER_REP, REP
from tests.bot.web.serving import Console, form_token

Open = Callable[..., Console]


def begin(browser: httpx.Client, question: str) -> dict[str, str]:
    """Ask as the script does, and return where the events and the stop are."""
    token = form_token(browser.get("/"))
    asked = browser.post("/ask", data={"token": token, "question": question}, headers={"accept": "application/json"})
    assert asked.status_code == 202
    return {**asked.json(), "token": token}


def events(response: httpx.Response) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give the events of a stream: id, name, data."""
    told: dict[str, str] = {}
    for line in response.iter_lines():
        if not line and "data" in told:
            yield told.get("id", ""), told.get("event", ""), json.loads(told["data"])
            told = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            told[name] = value


def test_a_stream_that_broke_is_taken_up_where_it_was(open_console: Open) -> None:
    console = open_console(user=ADMIN)
    with console.client() as browser:
        asked = begin(browser, "Answer slowly")
        seen: list[str] = []
        with browser.stream("GET", asked["events"]) as stream:
            for id, name, data in events(stream):
                seen.append(data["line"])
                assert (id, name) == (str(len(seen)), "progress")
                if len(seen) == 3:
                    break
        console.app.ask.release.set()
        with browser.stream("GET", asked["events"], headers={"last-event-id": "3"}) as stream:
            rest = list(events(stream))
        assert [id for id, _, _ in rest] == [str(4 + place) for place in range(len(rest))]
        assert not {data.get("line") for _, _, data in rest} & set(seen)
        assert rest[-1][1] == "done"
        assert "I looked for" in rest[-1][2]["html"]
        with browser.stream("GET", asked["events"]) as stream:
            again = list(events(stream))
        assert len(again) == 3 + len(rest)
        assert browser.get(f"/chat/{asked['conversation']}").status_code == 200


def test_leaving_ends_the_work(open_console: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underway, "PATIENCE_S", 0.3)
    console = open_console(user=ADMIN)
    with console.client() as browser:
        asked = begin(browser, "Answer slowly")
        with browser.stream("GET", asked["events"]) as stream:
            next(events(stream))
        assert console.app.ask.ended.wait(10)
        with browser.stream("GET", asked["events"]) as stream:
            assert list(events(stream))[-1][1] == "stopped"
        assert browser.get(f"/chat/{asked['conversation']}").status_code == 404


def test_a_stop_is_told_at_once(open_console: Open) -> None:
    console = open_console(user=ADMIN)
    with console.client() as browser:
        asked = begin(browser, "Answer slowly")
        assert console.app.ask.begun.wait(10)
        assert browser.post(asked["stop"], data={"token": asked["token"]}).status_code == 204
        with browser.stream("GET", asked["events"]) as stream:
            assert list(events(stream))[-1][1] == "stopped"
        assert console.app.ask.ended.wait(10)


def test_a_failure_is_an_event_in_fixed_words(open_console: Open) -> None:
    with open_console(user=ADMIN).client() as browser:
        asked = begin(browser, "Please break")
        with browser.stream("GET", asked["events"]) as stream:
            _, name, data = list(events(stream))[-1]
        assert name == "problem"
        assert data["sentence"] == "Something went wrong on our side."
        assert data["reference"].startswith("DW-")
        assert "secret" not in json.dumps(data)


def test_nobody_hears_or_stops_what_somebody_else_asked(open_console: Open) -> None:
    console = open_console(console_identity_header="X-Who")
    with console.client(**{"x-who": REP}) as dana, console.client(**{"x-who": OTHER_REP}) as luis:
        asked = begin(dana, "Answer slowly")
        assert luis.get(asked["events"]).status_code == 204
        luis.post(asked["stop"], data={"token": form_token(luis.get("/"))})
        console.app.ask.release.set()
        with dana.stream("GET", asked["events"]) as stream:
            assert list(events(stream))[-1][1] == "done"
    with console.client() as stranger:
        assert stranger.get(asked["events"], headers={"accept": "text/event-stream"}).status_code == 403


def test_one_person_cannot_take_all_the_room(open_console: Open) -> None:
    console = open_console(user=ADMIN)
    with console.client() as browser:
        for _ in range(4):
            token = begin(browser, "Answer slowly")["token"]
        fifth = browser.post(
            "/ask", data={"token": token, "question": "Answer slowly"}, headers={"accept": "application/json"}
        )
        assert fifth.status_code == 429
        assert fifth.json()["sentence"]
        console.app.ask.release.set()
