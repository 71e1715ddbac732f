"""The main job on real input: a Zoom meeting, earnings calls and the sample company together, asked on every surface.

Each surface must tell the same facts with the same evidence as the API; the API's quotes must stand verbatim in the files.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.figures import money
from tests.bot.offices import until
from tests.bot.running import Home, new_home
from tests.bot.slack.conftest import buttons as slack_buttons
from tests.bot.slack.conftest import texts as slack_texts
from tests.conftest import SHARED_DATA
from tests.fakes.cards import buttons as teams_buttons
from tests.fakes.cards import faults
from tests.fakes.cards import texts as teams_texts
from tests.fakes.slack import FakeSlack
from tests.fakes.teams import FakeTeams

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(600)]

NOW = "2026-11-23T15:00:00+00:00"
ADMIN = "ines.calder@tallyport.example"
ACCOUNT = "What's the latest on Acme?"
COMPANY = "What's the latest on Danaher?"
MEETING = "What was said about antibodies?"
SILENT = "Which deals have been silent for 5+ days?"
QUESTIONS = [ACCOUNT, COMPANY, MEETING, SILENT]
WAIT_S = 60.0
SOAK = bool(os.environ.get("DEALWRIGHT_SOAK"))
FEW = ("Danaher Corp", "Culp Inc")
"""The earnings calls of `make test`: the one that is asked about, and another. Each is an hour of talk, which is dear to embed."""
WIDE, NARROW = (1280, "light"), (360, "dark")


@dataclass
class Everything:
    """The running server and the companies whose services it talks to."""

    home: Home
    slack: FakeSlack
    teams: FakeTeams

    def answer(self, question: str) -> dict[str, Any]:
        """Return the API's answer."""
        with self.home.client() as client:
            response = client.post("/api/ask", json={"question": question})
        assert response.status_code == 200, response.text
        told: dict[str, Any] = response.json()
        return told


@pytest.fixture(scope="module")
def everything(
    models: Path, tmp_path_factory: pytest.TempPathFactory, into_sample: Callable[[Home], None]
) -> Iterator[Everything]:
    """One server over all of it, connected to a Slack workspace and a Teams tenant."""
    folder = tmp_path_factory.mktemp("main")
    clock = folder / "clock"
    clock.write_text(NOW, encoding="utf-8")
    slack, teams = FakeSlack(), FakeTeams()
    slack.spared_s = 60.0
    slack.person("UINES", ADMIN)
    slack.channel("CDEALS", "UINES")
    slack.start()
    teams.person("ines", ADMIN)
    teams.start()
    home = new_home(folder / "home", models)
    home.environment = {
        "DEALWRIGHT_TEST": "1",
        "DEALWRIGHT_CLOCK_FILE": str(clock),
        "DEALWRIGHT_USER": ADMIN,
        **slack.environment(),
        **teams.environment(),
    }
    into_sample(home)
    home.serve()
    calls = SHARED_DATA / "calls"
    transcript = str(calls / "zoom" / "zoom-meeting001_transcript.vtt")
    told = (calls / "earnings" / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in told if SOAK or json.loads(line)["company"] in FEW]
    assert len(chosen) == (4 if SOAK else 2)
    (folder / "calls.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    imported = home.run("import", transcript, str(folder / "calls.jsonl"), "--yes", "--json")
    assert imported.json()["counts"]["call"]["added"] == 1 + len(chosen), imported.out
    yield Everything(home, slack, teams)
    home.stop()
    teams.stop()
    slack.stop()


def facts_of(answer: dict[str, Any]) -> list[str]:
    """Return what an answer tells, as single pieces: the point, the claims, every quote with its speaker, every row's deal and silence."""
    facts = [answer["headline"]]
    rows = (answer["table"] or {"rows": []})["rows"]
    for claim in answer["claims"]:
        # What a table's row says already is not said twice.
        if not rows:
            facts.append(claim["text"])
        for piece in claim["evidence"]:
            facts.append(piece["quote"])
            facts.append(piece["speaker"] or "")
    for row in rows:
        facts += [row["name"], f"{row['silent_days']} d", money(Decimal(row["amount"]), row["currency"])]
    facts.append(answer["rule"] or "")
    return [fact for fact in facts if fact]


def missing(facts: list[str], told: str) -> list[str]:
    """Return the facts that do not stand in what was told. Marks, spaces and escapes differ between surfaces; letters and digits do not."""
    shown = _letters(told)
    return [fact for fact in facts if _letters(fact) not in shown]


def _letters(text: str) -> str:
    plain = re.sub(r"&(?:lt|gt|amp);", "", text)
    return "".join(one for one in plain.lower() if one.isalnum())


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_api_answers_with_evidence_that_stands_in_the_files(everything: Everything, question: str) -> None:
    answer = everything.answer(question)
    assert answer["kind"] == ("structured" if question == SILENT else "narrative")
    quotes = [piece["quote"] for claim in answer["claims"] for piece in claim["evidence"]]
    assert len(quotes) >= 3
    if question in (COMPANY, MEETING):
        files = ("zoom/zoom-meeting001_transcript.vtt", "earnings/calls.jsonl")
        said = [(SHARED_DATA / "calls" / name).read_text(encoding="utf-8") for name in files]
        assert missing(quotes, " ".join(said)) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_terminal_tells_the_same(everything: Everything, question: str) -> None:
    done = everything.home.run("ask", question, "--all", COLUMNS="400")
    assert done.status == 0, done.err
    assert missing(facts_of(everything.answer(question)), done.out) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_slack_tells_the_same(everything: Everything, question: str) -> None:
    slack, url = everything.slack, everything.home.url
    event = slack.mention(f"Ev-{QUESTIONS.index(question)}", "CDEALS", "UINES", question)

    def send(body: str, kind: str) -> None:
        headers = slack.signed(body, kind=kind)
        assert httpx.post(f"{url}/slack/events", content=body, headers=headers, timeout=30).status_code == 200

    def answers() -> list[dict[str, Any]]:
        return [one for one in slack.said("CDEALS") if one.get("thread_ts") == event["event"]["ts"]]

    send(json.dumps(event), "application/json")
    until(lambda: any("Useful" in slack_texts(one) for one in answers()), WAIT_S)
    (message,) = answers()
    told = slack_texts(message)
    for label, button in slack_buttons(message).items():
        if label != "Evidence" and not label.startswith("All "):
            continue
        before = len(slack.views)
        send(slack.click("UINES", "CDEALS", message, button), "application/x-www-form-urlencoded")
        until(lambda before=before: len(slack.views) > before, WAIT_S)  # type: ignore[misc]
        told += slack_texts(slack.views[-1])
    assert missing(facts_of(everything.answer(question)), told) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_teams_tells_the_same(everything: Everything, question: str) -> None:
    teams, url = everything.teams, everything.home.url
    chat = teams.conversation(f"a:chat-{QUESTIONS.index(question)}", "29:ines")

    def send(activity: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {teams.token()}"}
        response = httpx.post(f"{url}/api/messages", json=activity, headers=headers, timeout=30)
        assert response.status_code == 200
        return response

    def pressed(button: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = send(teams.execute("29:ines", chat, "personal", button, said["id"])).json()["value"]
        assert faults(shown) == []
        return shown

    send(teams.activity("message", "29:ines", chat, "personal", text=question))
    until(lambda: any("Useful" in teams_texts(card) for card in teams.cards(chat)), WAIT_S)
    (said,) = teams.said(chat)
    (card,) = teams.cards(chat)
    told = teams_texts(card)
    for title, button in teams_buttons(card).items():
        if "verb" in button and (title == "Evidence" or title.startswith("All ")):
            more: dict[str, Any] | None = button
            while more is not None:
                page = pressed(more)
                told += teams_texts(page)
                more = teams_buttons(page).get("More")
    assert missing(facts_of(everything.answer(question)), told) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("question", "width", "colours"),
    [
        pytest.param(question, *shape, marks=() if (number % 2 == 0) == (shape is WIDE) else pytest.mark.soak)
        for number, question in enumerate(QUESTIONS)
        for shape in (WIDE, NARROW)
    ],
)
def test_the_console_tells_the_same(
    everything: Everything, open_page: Callable[..., Page], question: str, width: int, colours: str
) -> None:
    from playwright.sync_api import expect

    page = open_page(width=width, height=900, color_scheme=colours)
    page.goto(everything.home.url)
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1, timeout=WAIT_S * 1000)
    folds = page.locator(".answer details:not([open]) > summary")
    while folds.count():
        folds.first.click()
    told = page.locator(".answer").inner_text()
    assert missing(facts_of(everything.answer(question)), told) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
