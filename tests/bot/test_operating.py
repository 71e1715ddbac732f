"""What a person gets of the operating review in chat, at the terminal and on the console's pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from bot.app import App
from bot.commands import Commands
from bot.message import Message, all_buttons
from bot.server import assemble
from bot.terminal.main import app as program
from infra.settings import Settings
from infra.spine.models import DueAction, Lead, User
from sales.clock import FixedClock
from tests.agents.northern import user
from tests.agents.workflow.company import Company
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOKEN = "t" * 40
Browsing = Callable[..., TestClient]


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """An application over an empty spine."""
    made = App(Settings(home=home), clock=FixedClock(NOW))
    yield made
    made.close()


@pytest.fixture
def company(app: App) -> Company:
    """A company with a lead and an overdue recap of Ida's, and somebody who leads everybody."""
    made = Company(app.database, app.settings)
    made.store(
        user("boss", "Bo Oss", "North", "admin"),
        Lead(
            id="lead 7",
            name="Joan Kim",
            name_key="joan kim",
            owner_id="ida",
            created_at=NOW - DAY,
            lead_source="Trade fair",
        ),
    )
    made.happens("call", "mutual", 50 * HOUR)
    made.look()
    return made


def _said(app: App, words: str, who: str = "ida") -> Message:
    with app.database.session() as session:
        asker = session.get_one(User, who)
        session.expunge(asker)
    reply = Commands(app, "teams").answer(words, asker)
    assert reply is not None, words
    return reply.message


def _press(app: App, message: Message, label: str, who: str = "ida") -> Message:
    button = next(one for one in all_buttons(message.parts) if one.label == label)
    assert button.action == "ask"
    return _said(app, button.value, who)


def test_the_review_shows_each_area_with_its_question_and_decisions(app: App, company: Company) -> None:
    told = _said(app, "Show me the operating review, please")
    assert told.summary == "Operating review: 2 to decide"
    text = str(told.parts)
    for question in ("enough research", "backed by evidence", "Which angles", "What becomes of each", "Did they reach"):
        assert question in text
    assert "1 new leads, 1 overdue" in text
    assert "One change" in text


def test_pressing_through_the_review_leaves_nothing_undecided(app: App, company: Company) -> None:
    told = _said(app, "operating review")
    told = _press(app, told, "Skip")
    assert "Skipped." in str(told.parts)
    told = _press(app, told, "Pause")
    assert "2 decided this week. Nothing is left undecided." in str(told.parts)
    with app.database.session() as session:
        assert session.get_one(Lead, "lead 7").status == "Skipped"
        assert session.scalars(select(DueAction.state).where(DueAction.rule == "recap")).one() == "paused"


def test_tightening_shows_what_it_argues_for_and_a_press_adopts_it(app: App, company: Company) -> None:
    told = _press(app, _said(app, "operating review", "boss"), "Tighten sourcing", "boss")
    assert 'Take no more leads from "Trade fair"?' in str(told.parts)
    assert "0 of 1 was pursued" in str(told.parts)
    assert "Asked for" in str(_said(app, "operating review", "boss").parts)
    done = _press(app, told, "Adopt", "boss")
    assert "a task to put it into" in str(done.parts)
    assert "Asked for" not in str(_said(app, "operating review", "boss").parts)


def test_the_owner_is_changed_by_naming_a_colleague(app: App, company: Company) -> None:
    told = _said(app, "operating review", "boss")
    asked = _press(app, told, "Change owner", "boss")
    assert asked.summary == "Whose is it from now on?"
    done = _press(app, asked, "Omar Reza", "boss")
    assert "It is Omar Reza's now" in str(done.parts)


def test_a_rep_sees_their_own_and_a_second_press_changes_nothing(app: App, company: Company) -> None:
    assert _said(app, "operating review", "omar").summary == "Operating review: nothing is left to decide"
    skip = next(one for one in all_buttons(_said(app, "operating review").parts) if one.label == "Skip").value
    _said(app, skip)
    assert "It was decided already: skip." in str(_said(app, skip).parts)


def test_the_command_line_tells_decides_and_refuses_what_is_no_team(app: App, company: Company) -> None:
    runner = CliRunner()
    run = ["operating", "--as", "boss@ours.example", "--as-of", NOW.isoformat()]
    told = json.loads(runner.invoke(program, [*run, "--json"]).stdout)
    assert told["left"] == 2
    team = json.loads(runner.invoke(program, [*run, "--json", "--team", "south"]).stdout)
    assert team["left"] == 0
    nobody = runner.invoke(program, [*run, "--team", "West"])
    assert nobody.exit_code != 0
    runner.invoke(program, ["operating", "--as", "boss@ours.example", "--decide", "leads", "skip", "lead 7"])
    with app.database.session() as session:
        assert session.get_one(Lead, "lead 7").status == "Skipped"


def test_a_team_is_no_way_around_what_somebody_may_see(app: App, company: Company) -> None:
    refused = CliRunner().invoke(program, ["operating", "--as", "ida@ours.example", "--team", "South"])
    assert refused.exit_code != 0


@pytest.fixture(scope="module")
def pages(company_home: Path) -> Iterator[Browsing]:
    """The console and the API over the sample company, without what works on by itself in a server."""
    settings = Settings(home=company_home, visibility="all", console_identity_header="x-user", api_token=TOKEN)
    app = App(settings, clock=FixedClock(NOW))
    served = assemble(app)

    def browse(**headers: str) -> TestClient:
        return TestClient(
            served, base_url="http://127.0.0.1", headers=headers, follow_redirects=False, client=("127.0.0.1", 50_000)
        )

    yield browse
    app.close()


@pytest.fixture(scope="module")
def company_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample company."""
    from agents.intake.sample import load_sample
    from infra.spine.database import open_database

    home = tmp_path_factory.mktemp("sample") / "home"
    settings = Settings(home=home)
    database = open_database(settings)
    load_sample(database, settings, FixedClock(NOW), NOW.date())
    database.close()
    return home


def _post(browser: TestClient, path: str, **values: str) -> Any:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.get("/").text)
    assert found is not None
    return browser.post(path, data={"token": found[1], **values})


def test_the_pages_show_what_waits_and_take_a_decision(pages: Browsing) -> None:
    browser = pages(**{"x-user": "ines.calder@tallyport.example", "accept": "text/html"})
    page = browser.get("/workflow").text
    assert "Send the recap of the call" in page
    due = page.partition('<li class="signal" id="')[2].partition('"')[0]
    assert _post(browser, "/workflow", due=due, doing="done").headers["location"].endswith("said=done")
    assert due not in browser.get("/workflow").text
    assert _post(browser, "/workflow", due=due, doing="burn").status_code == 422
    review = browser.get("/operating").text
    assert "Which angles drew positive, neutral and negative replies?" in review
    done = _post(browser, "/operating", area="leads", choice="skip", item="lead-11")
    assert done.status_code == 303
    deal = browser.get("/deals/deal-acme-expansion").text
    assert "What to do next" in deal


def test_programs_have_the_same(pages: Browsing) -> None:
    program = pages(authorization=f"Bearer {TOKEN}", accept="application/json")
    assert program.get("/api/workflow").json()["overdue"]
    assert program.get("/api/deals/deal-acme-expansion/next").json()["label"]
    assert program.get("/api/deals/nothing/next").status_code == 404
    assert program.get("/api/operating", params={"as": "dana.whitfield@tallyport.example"}).json()["areas"]
    assert program.post("/api/operating", json={"area": "leads", "choice": "burn", "item": "x"}).status_code == 422
    assert program.post("/api/workflow/due-1", json={"doing": "done"}).status_code == 404
