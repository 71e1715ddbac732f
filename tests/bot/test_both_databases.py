"""The surfaces from end to end on SQLite and on PostgreSQL: a real server, signed requests, a real browser, nothing scripted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.bot.conftest import AS_OF
from tests.bot.offices import until
from tests.bot.running import Home, new_home
from tests.bot.slack.conftest import buttons, texts
from tests.fakes.slack import FakeSlack
from tests.fakes.teams import FakeTeams
from tests.postgres import create_database, drop_database

if TYPE_CHECKING:
    from playwright.sync_api import Page

LATEST = "What's the latest on Acme?"
WAIT_S = 60.0
FORM = "application/x-www-form-urlencoded"


@dataclass
class Place:
    """A running server over one database, with Slack and Teams beside it."""

    home: Home
    slack: FakeSlack
    teams: FakeTeams

    def send(self, body: str, kind: str = "application/json") -> None:
        """Send what Slack sends, signed."""
        response = httpx.post(
            f"{self.home.url}/slack/events", content=body, headers=self.slack.signed(body, kind=kind), timeout=30
        )
        assert response.status_code == 200, response.text

    def asks(self, event: str, words: str, thread: str | None = None) -> dict[str, Any]:
        """Have Dana ask in her channel, or in a thread there, and return the answer's message."""
        asked = self.slack.mention(event, "CWEST", "UDANA", words, thread)
        root = thread or asked["event"]["ts"]
        before = len(self._answers(root))
        self.send(json.dumps(asked))
        until(lambda: len(self._answers(root)) > before, WAIT_S)
        return self._answers(root)[-1]

    def _answers(self, root: str) -> list[dict[str, Any]]:
        said = [one for one in self.slack.said("CWEST") if one.get("thread_ts") == root]
        return [one for one in said if "Useful" in texts(one)]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(
    request: pytest.FixtureRequest, models: Path, company_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The server over the small company."""
    slack, teams = FakeSlack(), FakeTeams()
    slack.spared_s = 60.0
    for id, mail in (("UDANA", "dana"), ("ULUIS", "luis"), ("UNEW", "nobody")):
        slack.person(id, f"{mail}@tallyport.example")
    slack.channel("CWEST", "UDANA")
    slack.channel("CALL", "UDANA", "ULUIS")
    for user in ("UDANA", "ULUIS", "UNEW"):
        slack.channel(f"D{user}", user, kind="im", is_im=True)
    slack.start()
    teams.person("luis", "luis@tallyport.example")
    teams.start()
    home = new_home(tmp_path_factory.mktemp("both") / "home", models)
    home.environment = {
        "DEALWRIGHT_USER": "ines@tallyport.example",
        "DEALWRIGHT_VISIBILITY": "own",
        **slack.environment(),
        **teams.environment(),
    }
    name = ""
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        name = create_database(server)
        home.environment["DEALWRIGHT_DATABASE_URL"] = server.replace("{database}", name)
    done = home.run("import", str(company_files), "--yes", "--json")
    assert done.status == 0, done.err
    home.serve()
    assert (home.folder / "spine.db").exists() is (request.param == "sqlite")
    yield Place(home, slack, teams)
    assert home.stop() == 0
    teams.stop()
    slack.stop()
    if name:
        drop_database(server, name)


def test_slack_answers_goes_on_in_the_thread_unfolds_and_takes_thanks(place: Place) -> None:
    first = place.asks("Ev-latest", LATEST)
    assert "SOC 2" in texts(first)
    again = place.asks("Ev-again", "who is involved there?", first["thread_ts"])
    assert "Ray Okonkwo" in texts(again)
    evidence = buttons(first)["Evidence"]
    place.send(place.slack.click("UDANA", "CWEST", first, evidence), FORM)
    until(lambda: bool(place.slack.views), WAIT_S)
    assert "Legal still has the redlines, realistically this is January." in texts(place.slack.views[-1])
    place.send(place.slack.click("UDANA", "CWEST", first, buttons(first)["Useful"]), FORM)
    until(lambda: any("found this useful" in texts(one) for one in place.slack.said("CWEST")), WAIT_S)


def test_slack_gives_one_answer_to_an_event_that_comes_three_times(place: Place) -> None:
    body = json.dumps(place.slack.mention("Ev-thrice", "CWEST", "UDANA", "Which deals close this year?"))
    for _ in range(3):
        place.send(body)
    place.asks("Ev-after", LATEST)
    keys = [one["metadata"]["event_payload"]["key"] for one in place.slack.said("CWEST") if one.get("metadata")]
    assert sum("Ev-thrice" in key for key in keys) == 1


def test_slack_tells_a_channel_what_everybody_may_see_and_the_rest_in_private(place: Place) -> None:
    place.send(json.dumps(place.slack.mention("Ev-mixed", "CALL", "UDANA", LATEST)))
    until(lambda: any("SOC 2" in texts(one) for one in place.slack.said("DUDANA")), WAIT_S)
    assert "SOC 2" not in "".join(texts(one) for one in place.slack.said("CALL"))


def test_slack_lets_a_stranger_in_who_was_pinned(place: Place) -> None:
    place.send(json.dumps(place.slack.message("Ev-stranger", "DUNEW", "UNEW", LATEST)))
    until(lambda: any("don't know" in texts(one) for one in place.slack.said("DUNEW")), WAIT_S)
    (stranger,) = place.home.run("people", "--json").json()["strangers"]
    assert place.home.run("people", "pin", "slack", stranger["external_id"], "dana@tallyport.example").status == 0
    place.send(json.dumps(place.slack.message("Ev-known", "DUNEW", "UNEW", LATEST)))
    until(lambda: any("SOC 2" in texts(one) for one in place.slack.said("DUNEW")), WAIT_S)


def test_a_slash_command_is_answered_for_its_asker_alone(place: Place) -> None:
    place.send(place.slack.command("CALL", "UDANA", "How many open deals are there?"), FORM)
    until(lambda: bool(place.slack.responses), WAIT_S)
    assert "1 open deal" in texts(place.slack.responses[-1])


def test_teams_answers_within_the_scope_of_who_asks(place: Place) -> None:
    activity = place.teams.personal("29:luis", "Which deals close this year?")
    headers = {"Authorization": f"Bearer {place.teams.token()}"}
    assert httpx.post(f"{place.home.url}/api/messages", json=activity, headers=headers, timeout=30).status_code == 200
    chat = activity["conversation"]["id"]
    until(lambda: any("Fennimore Dock" in json.dumps(card) for card in place.teams.cards(chat)), WAIT_S)
    assert "Acme" not in json.dumps(place.teams.cards(chat))


@pytest.mark.browser
def test_the_console_asks_opens_evidence_and_walks_through_the_records(
    place: Place, open_page: Callable[..., Page]
) -> None:
    from playwright.sync_api import expect

    page = open_page()
    page.goto(place.home.url)
    page.locator("#question").fill(LATEST)
    page.keyboard.press("Enter")
    expect(page.locator(".answer .point")).to_contain_text("Acme", timeout=WAIT_S * 1000)
    page.locator(".claims .cite").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_role("button", name="Useful", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto(f"{place.home.url}/accounts")
    page.get_by_role("link", name="Acme Logistics").click()
    expect(page.locator("h1")).to_contain_text("Acme Logistics")
    page.get_by_role("link", name="Acme Expansion").first.click()
    expect(page.locator("h1")).to_contain_text("Acme Expansion")


def test_the_api_asks_searches_and_imports(place: Place) -> None:
    with place.home.client() as client:
        answer = client.post("/api/ask", json={"question": "How many open deals are there?", "as_of": AS_OF}).json()
        assert answer["figures"][0]["value"] == 2
        sent = {"file": ("notes.csv", "type,account,subject,body,at\nnote,acc-acme,Terms,Net sixty,2026-11-19\n")}
        imported = client.post("/api/import", files=[("files", sent["file"])])
        assert imported.status_code == 200, imported.text
        found = client.post("/api/search", json={"query": "net sixty", "k": 1}).json()["passages"]
    assert "Net sixty" in found[0]["text"]


def test_a_search_gives_the_ids_of_turns_as_they_were_imported(place: Place) -> None:
    turns = [
        {"id": 12, "speaker": "Ray", "text": "The pelican crates arrived yesterday evening."},
        {"id": "13", "speaker": "Dana", "text": "The pelican crates, all of them?"},
        {"id": "t-14", "speaker": "Ray", "text": "All pelican crates but one."},
        {"speaker": "Dana", "text": "We look for the last pelican crate."},
        {"id": "007", "speaker": "Ray", "text": "No hurry with that pelican crate."},
        {"id": -5, "speaker": "Ray", "text": "Pelican crates travel slowly."},
    ]
    call = json.dumps({"id": "call-ids", "title": "Crates", "started_at": "2026-11-18T15:00:00Z", "turns": turns})
    with place.home.client() as client:
        for _ in range(2):
            imported = client.post("/api/import", files=[("files", ("call-ids.json", call))])
            assert imported.status_code == 200, imported.text
        found = client.post("/api/search", json={"query": "pelican crates", "call": "call-ids", "k": 50}).json()
    ids = [turn for passage in found["passages"] for turn in passage["turns"]]
    assert sorted(map(repr, ids)) == sorted(map(repr, [12, "13", "t-14", 3, "007", -5]))
