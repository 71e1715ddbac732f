"""One brief on every surface: one Slack message, a page that prints on a sheet, a PDF that can be searched, and JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from agents.brief.record import Brief
from agents.brief.service import Briefs
from bot.addresses import ConsoleLinks
from bot.brief_pdf import pdf_of
from bot.briefs import Wanted, brief_in
from bot.compose import View, compose, view_at
from bot.message import Fold, Text
from bot.slack.blocks import size_of
from bot.slack.render import render as render_for_slack
from bot.teams.render import render as render_for_teams
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Contact
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.northern import account, settle
from tests.bot.conftest import AS_OF
from tests.bot.running import Home
from tests.conftest import NOW


@pytest.fixture
def briefs(sqlite_database: Database, settings: Settings) -> Briefs:
    from tests.agents.northern import fill

    fill(sqlite_database, NOW)
    return Briefs(sqlite_database, settings, FixedClock(NOW), ConsoleLinks())


def composed(brief: Brief, settings: Settings, *, folded: bool = True) -> object:
    from agents.brief.answering import brief_answer

    answer = brief_answer(brief, ConsoleLinks(), settings.zone).model_copy(update={"id": "ans-1"})
    return compose(answer, view_at(settings, NOW), folded=folded)


def test_it_fits_into_one_slack_message_and_the_rest_opens_by_a_button(briefs: Briefs, settings: Settings) -> None:
    message = composed(briefs.of("acc-norrland", scope=EVERYTHING), settings)
    drawn = render_for_slack(message, view_at(settings, NOW).calendar)  # type: ignore[arg-type]
    assert len(drawn.blocks) <= 20
    assert size_of(drawn.blocks) < 9_400
    told = json.dumps(drawn.blocks, ensure_ascii=False)
    assert "Show the rest" not in told
    assert "*Ask for*" in told
    assert "*We owe them*" in told
    assert "dw:fold:0" in told


def test_teams_shows_the_same_sections(briefs: Briefs, settings: Settings) -> None:
    message = composed(briefs.of("acc-norrland", scope=EVERYTHING), settings)
    drawn = json.dumps(render_for_teams(message, view_at(settings, NOW).calendar), ensure_ascii=False, default=vars)  # type: ignore[arg-type]
    assert "Who is involved" in drawn
    assert "penetration test summary" in drawn
    assert len(drawn.encode()) < 28_000


def test_open_or_folded_it_is_the_same_words_in_the_same_order(briefs: Briefs, settings: Settings) -> None:
    brief = briefs.of("acc-norrland", scope=EVERYTHING)

    def lines(parts: object) -> list[str]:
        found: list[str] = []
        for part in parts:  # type: ignore[attr-defined]
            if isinstance(part, Fold) and part.label != "Evidence":
                found += lines(part.parts)
            elif isinstance(part, Text):
                found.append(part.text)
        return found

    folded, opened = composed(brief, settings), composed(brief, settings, folded=False)
    assert lines(folded.parts) == lines(opened.parts)  # type: ignore[attr-defined]


def test_names_in_any_script_get_a_pdf_and_what_the_font_lacks_is_told(
    briefs: Briefs, sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.transaction() as session:
        settle(session, NOW, account("acc-lodz", "Łódź Zażółć & Müller é 日本", "ida", industry="Żegluga"))
    brief = briefs.of("acc-lodz", scope=EVERYTHING)
    view = View(settings.zone, NOW, "https://deals.example")
    made = pdf_of(brief, view)
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") in (1, 2)
    assert made == pdf_of(brief, view)
    assert b"/Helvetica" not in made


def test_the_pdf_of_a_full_account_has_two_pages_at_most_and_its_links(briefs: Briefs, settings: Settings) -> None:
    brief = briefs.of("acc-norrland", scope=EVERYTHING)
    linked = pdf_of(brief, View(settings.zone, NOW, "https://deals.example"))
    assert linked.count(b"/Type /Page\n") <= 2
    assert b"https://deals.example/activities/" in linked
    # Without an address of ours there is nothing to follow: no link that leads nowhere.
    assert b"/URI" not in pdf_of(brief, View(settings.zone, NOW, ""))


@pytest.fixture(scope="module")
def client(company: Home) -> Iterator[httpx.Client]:
    with company.client() as client:
        yield client


def test_programs_get_the_brief_as_json(client: httpx.Client) -> None:
    told = client.get("/api/brief", params={"account": "Acme", "as_of": AS_OF})
    assert told.status_code == 200
    brief = Brief.model_validate(told.json())
    assert brief.account.name.startswith("Acme")
    assert client.get("/api/brief", params={"account": "Nobody at all"}).status_code == 404
    assert client.get("/api/brief", params={"account": "Acme", "as": "stranger@x.example"}).status_code == 403
    assert client.get("/api/brief", params={"account": "Acme", "as_of": "soon"}).status_code == 422
    with httpx.Client(base_url=client.base_url) as nobody:
        assert nobody.get("/api/brief", params={"account": "Acme"}).status_code == 401


def test_the_terminal_shows_it_writes_json_and_pdf(company: Home, tmp_path: Path) -> None:
    with company.client() as client:
        whole = client.get("/api/brief", params={"account": "Acme", "as_of": AS_OF}).json()
    owner = {"DEALWRIGHT_USER": "ines@tallyport.example"}
    shown = company.run("brief", "Acme", "--as-of", AS_OF, **owner)
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith(whole["headline"])
    assert "Evidence" not in shown.out
    assert "Evidence" in company.run("brief", "Acme", "--as-of", AS_OF, "--sources", **owner).out
    told = company.run("brief", "Acme", "--as-of", AS_OF, "--json", **owner).json()
    assert (told["account"], told["headline"]) == (whole["account"], whole["headline"])
    file = tmp_path / "acme.pdf"
    assert company.run("brief", "Acme", "--as-of", AS_OF, "--pdf", str(file), **owner).status == 0
    assert file.read_bytes().startswith(b"%PDF-")
    nothing = company.run("brief", "Zanzibar Unlimited", **owner)
    assert nothing.status == 1
    assert "There is no such account." in nothing.err


def test_several_accounts_of_one_name_are_named_so_that_one_can_be_chosen(
    briefs: Briefs, sqlite_database: Database, settings: Settings
) -> None:
    from bot.app import App

    app = App(settings, clock=FixedClock(NOW))
    app._parts["database"] = sqlite_database
    with pytest.raises(Fatal) as asked:
        brief_in(app, Wanted("Summit"), EVERYTHING)
    assert asked.value.status == 409
    assert re.search(r"Summit (?:Bakery|Freight), Summit (?:Bakery|Freight)", asked.value.next_step)
    assert brief_in(app, Wanted("acc-summit-a"), EVERYTHING).account.name == "Summit Freight"
    assert brief_in(app, Wanted("Mats Lund"), EVERYTHING).account.id == "acc-norrland"
    app._parts.pop("database")


def test_a_company_whose_name_is_an_attack_is_only_its_words(
    briefs: Briefs, sqlite_database: Database, settings: Settings
) -> None:
    hostile = "**Bold** [1] <script>alert(1)</script>"
    with sqlite_database.transaction() as session:
        session.get_one(Account, "acc-norrland").name = hostile
        session.get_one(Contact, "con-mats").title = hostile
    message = composed(briefs.of("acc-norrland", scope=EVERYTHING), settings)
    blocks = render_for_slack(message, view_at(settings, NOW).calendar).blocks  # type: ignore[arg-type]
    shown = [one["text"]["text"] for one in blocks if one["type"] == "section"]
    assert not any("<script>" in text for text in shown)
    assert any("&lt;script&gt;" in text for text in shown)
