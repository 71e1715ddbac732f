"""Many people press on one card at the same moment, on every surface there is: one mail goes, and each of them is told what came of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.terminal.link import Link
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.proposals import Decision, Effect
from tests.bot.offices import until
from tests.bot.running import TOKEN
from tests.bot.slack.conftest import buttons as slack_buttons
from tests.bot.slack.conftest import texts as slack_texts
from tests.bot.web.serving import form_token
from tests.bot.whole_path import ADMIN, DANA, FORM, WAIT_S, Way, at_work
from tests.fakes.cards import texts as card_texts

SOAK = bool(os.environ.get("DEALWRIGHT_SOAK"))
COUNT = 1_000 if SOAK else 100
AT_ONCE = 100
"""How many press at the very same moment; whoever follows presses as soon as one of them was answered."""

LONG_S = 400.0
"""Slack takes one message a second in a channel, so the last who pressed there waits for minutes."""

DOORS = ("slack", "teams", "console", "api", "terminal")
TO = "bo.larsen@bluebarge.example"
TABLES = {
    "users": f"id,name,email,role\ndana,Dana Whitfield,{DANA},rep\nines,Ines Calder,{ADMIN},admin\n",
    "accounts": f"id,name,domain,owner,country\nacc-barge,Blue Barge,bluebarge.example,{DANA},United States\n",
    "contacts": "id,name,email,title,role,account\n"
    f"con-barge,Bo Larsen,{TO},Chief Operating Officer,economic buyer,acc-barge\n",
}
ROUND = {
    "id": "round",
    "kind": "funding",
    "account": "acc-barge",
    "person": "Bo Larsen",
    "title": "Series B",
    "occurred_at": "2023-01-31T15:00:00Z",
    "url": "https://news.example/round",
    "text": "The company closed its Series B of $12 million.",
}
LATE = re.compile(r"(Dana Whitfield|Ines Calder|An admin|You) (approved|rejected) this (at|before|\w{3}) ?")
"""What somebody is told who was not the first: who was, and when."""

SOON = "I'll post it here in a moment."
"""What Teams is told where the answer takes longer than it waits."""


class Crowd:
    """Everybody who presses on one card. `heard` holds what was told at once, by surface; Slack tells in the chat."""

    def __init__(self, way: Way, identity: str, http: httpx.Client, browsers: list[tuple[httpx.Client, str]]) -> None:
        self.way = way
        self.identity = identity
        self.http = http
        self.heard: dict[str, list[str]] = {surface: [] for surface in ("teams", "console", "api", "terminal")}
        self.took: dict[str, list[float]] = {surface: [] for surface in DOORS}
        self._link = Link(Settings(home=way.home.folder))
        self._browsers = cycle(browsers)
        self._card, self._message = way.in_slack(identity), way.in_teams(identity)
        self._turn = Lock()

    def press(self, number: int) -> None:
        """Press as whoever has this number does, and keep the seconds until the server answered."""
        doors: tuple[Callable[[int], str | None], ...] = (
            self._in_slack, self._in_teams, self._in_console, self._by_api, self._in_terminal
        )  # fmt: skip
        surface = DOORS[number % len(doors)]
        began = time.monotonic()
        told = doors[number % len(doors)](number // len(doors))
        with self._turn:
            self.took[surface].append(time.monotonic() - began)
            if told is not None:
                self.heard[surface].append(told)

    def _in_slack(self, number: int) -> None:
        """Press as the owner and as the admin by turns, signed."""
        button = next(one for one in slack_buttons(self._card).values() if one["action_id"] == "dw:approve")
        form = self.way.slack.click("UINES" if number % 2 else "UDANA", "DUDANA", self._card, button)
        answer = self.http.post("/slack/events", content=form, headers=self.way.slack.signed(form, kind=FORM))
        assert answer.status_code == 200, answer.text

    def _in_teams(self, number: int) -> str:
        """Press with a token that the key server vouches for; the answer is the card as it stands, or a sentence."""
        invoke = self.way.teams_click(self._message)
        headers = {"Authorization": f"Bearer {self.way.teams.token()}"}
        answer = self.http.post("/api/messages", json=invoke, headers=headers)
        assert (answer.status_code, answer.json()["statusCode"]) == (200, 200), answer.text
        value = answer.json()["value"]
        return value if isinstance(value, str) else card_texts(value)

    def _in_console(self, number: int) -> str:
        """Send the form of the card's page, with a session: 303 leads on to the decided card, 409 tells who was first."""
        with self._turn:
            browser, token = next(self._browsers)
        answer = browser.post("/press/now", data={"token": token, "value": f"{self.identity}:1"})
        assert answer.status_code in (303, 409), (answer.status_code, answer.text[:400])
        if answer.status_code == 303:
            assert answer.headers["location"] == f"/approvals/{self.identity}?said=approved"
            return "Approved."
        return re.sub(r"<[^>]+>", " ", answer.text)

    def _by_api(self, number: int) -> str:
        """Decide as a program does, for a person or as whoever holds the token."""
        body = {"action": "approve", "version": 1, "edit": {"send": "now"}, **({"as": DANA} if number % 2 else {})}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = self.http.post(f"/api/proposals/{self.identity}/decide", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return self._sentence(answer.json())

    def _in_terminal(self, number: int) -> str:
        """Decide as the command does beside a server; every fiftieth time it is the command itself."""
        if number % 50 == 7:
            done = self.way.home.run("proposals", "decide", self.identity, "approve", "--version", "1", "--json")
            assert done.status == 0, done.err
            return self._sentence(done.json())
        body = {"proposal": self.identity, "action": "approve", "version": 1, "edit": {"send": "now"}, "as": DANA}
        return self._sentence(self._link.perform("proposals-decide", body))

    def _sentence(self, told: dict[str, Any]) -> str:
        assert told["outcome"] in ("approved", "already"), told
        assert told["effect_id"]
        sentence: str = told["sentence"]
        assert (told["outcome"] == "already") == bool(LATE.search(sentence)), sentence
        return sentence


@contextmanager
def _crowd(way: Way) -> Iterator[Crowd]:
    with ExitStack() as stack:
        assert way.signal(**ROUND).json()["accepted"] == 1
        identity = way.card(TO)["id"]
        way.slack.channels["DUDANA"].members.append("UINES")
        wide = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        http = stack.enter_context(httpx.Client(base_url=way.home.url, timeout=LONG_S, limits=wide))
        browsers = []
        for _ in range(10):
            plain = httpx.Client(base_url=way.home.url, headers={"accept": "text/html"}, timeout=LONG_S)
            browser = stack.enter_context(plain)
            browsers.append((browser, form_token(browser.get(f"/approvals/{identity}"))))
        yield Crowd(way, identity, http, browsers)


def _counted(url: str) -> tuple[int, int, list[str]]:
    """Return how many decisions and effects stand in the spine, and where it was decided."""
    database = Database(url)
    try:
        with database.session() as session:
            decisions = session.scalar(select(func.count()).select_from(Decision)) or 0
            effects = session.scalar(select(func.count()).select_from(Effect)) or 0
            return decisions, effects, list(session.scalars(select(Decision.surface)))
    finally:
        database.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def test_of_many_presses_on_every_surface_one_sends_and_all_are_answered(
    kind: str, models: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'spine.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with at_work(tmp_path, models, database_url=url) as way:
        way.home.serve()
        way.takes_mail("bluebarge.example")
        way.imports(tmp_path / "tables", **TABLES)
        assert way.teams_sends(way.teams.personal("29:dana", "hello")).status_code == 200
        until(lambda: bool(way.teams.said("a:29:dana")), WAIT_S)
        with _crowd(way) as crowd:
            told = _pressed_by_all(crowd)
            effect = way.becomes(crowd.identity, "done")["effect_id"]
            decisions, effects, (surface,) = _counted(url)
            assert (decisions, effects) == (1, 1)
            assert way.mailed(TO)["Message-ID"] == f"<{effect}@tallyport.example>"
            began = time.monotonic()
            _told_who_was_first(crowd, surface)
            print(
                f"\n{COUNT} presses on {kind}: {told}; last told in a chat after {time.monotonic() - began:.0f} s more"
            )
        assert len(way.mailroom.mails) == 1


def _pressed_by_all(crowd: Crowd) -> str:
    """Let everybody press, and return how long that took."""
    together = Barrier(AT_ONCE)

    def press(number: int) -> None:
        if number < AT_ONCE:
            together.wait(60)
        crowd.press(number)

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(press, range(COUNT)))
    slowest = ", ".join(f"{name} {max(took):.1f}" for name, took in crowd.took.items())
    return f"{time.monotonic() - began:.1f} s, the slowest answers {slowest} s"


def _told_who_was_first(crowd: Crowd, surface: str) -> None:
    """Hold that all but one were told who was first: at once, or where they pressed."""
    way, heard = crowd.way, crowd.heard
    late = {name: [told for told in heard[name] if LATE.search(told)] for name in heard}
    soon = [told for told in heard["teams"] if SOON in told]
    expected = {name: len(took) - (name == surface) for name, took in crowd.took.items()}
    assert {name: len(told) for name, told in late.items() if name != "teams"} == {
        name: count for name, count in expected.items() if name in ("console", "api", "terminal")
    }
    until(lambda: len(_in_private(way)) >= expected["slack"], LONG_S)
    assert len(_in_private(way)) == expected["slack"]
    assert all(LATE.search(told) for told in _in_private(way)), _in_private(way)[:3]
    assert len(late["teams"]) + len(soon) >= expected["teams"], heard["teams"][:3]
    until(lambda: len(_posted(way)) >= len(soon), LONG_S)
    until(lambda: "Sent" in slack_texts(way.in_slack(crowd.identity)), WAIT_S)
    until(lambda: "Sent" in card_texts(way.in_teams(crowd.identity)), WAIT_S)


def _in_private(way: Way) -> list[str]:
    with way.slack.lock:
        return [str(one["text"]) for one in way.slack.ephemerals]


def _posted(way: Way) -> list[str]:
    """Return what Teams was told later, in the chat."""
    return [words for one in way.teams.said("a:29:dana") if LATE.search(words := card_texts(one))]
