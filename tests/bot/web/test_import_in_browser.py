"""Importing in the browser: files are shown as they are read before anything is written, and nothing that could not be read is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from infra.settings import Settings
from infra.spine.database import open_database
from infra.spine.models import User
from sales.clock import FixedClock
from tests.bot.web.conftest import NOW
from tests.bot.web.serving import Console, serving

pytestmark = pytest.mark.browser

DEALS = """Deal ID;Opportunity;Kunde;Wert;Stage;Close;Mood
d1;Dock for Northwind;Northwind Traders;84.000,00;Propose;30.11.2026;sunny
d2;Yard for Northwind;Northwind Traders;twelve;Propose;01.12.2026;<b>rain</b>
d3;Count for Contoso;Contoso;9.500,50;Identify;15.12.2026;fog
"""
ACCOUNTS = "id,name\na1,Northwind Traders\na2,Northwind Trader\na3,Contoso\n"


@pytest.fixture
def empty(tmp_path: Path, models: Path, plain_environment: None) -> Iterator[Console]:
    """A console of a company that has one admin and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(models)
    settings = Settings(home=home, user="ines@us.example", day_first=True)
    database = open_database(settings)
    with database.transaction() as session:
        session.add(
            User(
                id="u1",
                name="Ines",
                name_key="ines",
                role="admin",
                email="ines@us.example",
                source="test",
                source_at=NOW,
            )
        )
    database.close()
    with serving(settings, FixedClock(NOW)) as console:
        yield console


def drop(page: Page, url: str, **files: str) -> None:
    """Choose files on the import page, which sends them."""
    page.goto(f"{url}/import")
    page.locator("input[type=file]").set_input_files(
        [FilePayload(name=f"{name}.csv", mimeType="text/csv", buffer=text.encode()) for name, text in files.items()]
    )
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()


def test_files_are_shown_as_they_are_read_then_imported(empty: Console, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(empty.url)
    expect(page.locator(".empty")).to_contain_text("Nothing is imported yet")
    drop(page, empty.url, accounts=ACCOUNTS, deals=DEALS)
    assert page.get_by_label("Wert is taken for").input_value() == "amount"
    assert page.get_by_label("Mood is taken for").input_value() == "custom"
    page.get_by_label("Rows are").nth(1).select_option("lead")
    expect(page.get_by_label("Mood is taken for").locator("option", has_text="First touch")).to_have_count(1)
    page.get_by_label("Rows are").nth(1).select_option("deal")
    expect(page.get_by_label("Mood is taken for").locator("option", has_text="First touch")).to_have_count(0)
    page.get_by_label("Mood is taken for").select_option("note")
    page.get_by_role("button", name="Import", exact=True).click()
    result = page.locator(".result")
    expect(result.get_by_role("heading", name="Imported")).to_be_visible(timeout=60_000)
    expect(result.locator("tr", has_text="Account").first).to_contain_text("3")
    aside = result.locator("[aria-label='Rows kept aside'] tbody tr")
    expect(aside).to_have_count(1)
    expect(aside).to_contain_text("deals.csv")
    expect(aside.locator("td").nth(1)).to_have_text("3")
    page.goto(f"{empty.url}/deals")
    expect(page.locator("tbody tr", has_text="Dock for Northwind")).to_contain_text("$84,000")
    page.get_by_role("link", name="Dock for Northwind").click()
    expect(page.locator(".facts .long dd")).to_have_text("sunny")


def test_two_that_may_be_one_are_joined_or_kept_apart_by_a_press(
    empty: Console, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    drop(page, empty.url, accounts=ACCOUNTS)
    page.get_by_role("button", name="Import", exact=True).click()
    offer = page.locator(".result .joins li")
    expect(offer).to_have_count(1, timeout=60_000)
    expect(offer).to_contain_text("Northwind Trader")
    offer.get_by_role("button", name="Join").click()
    expect(offer.locator("form")).to_have_text("Joined", timeout=30_000)
    page.goto(f"{empty.url}/accounts")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.goto(f"{empty.url}/import")
    expect(page.locator(".joins")).to_have_count(0)


def test_importing_works_without_a_script(empty: Console, open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{empty.url}/import")
    only = FilePayload(name="a.csv", mimeType="text/csv", buffer=b"id,name\na1,Contoso\n")
    page.locator("input[type=file]").set_input_files(only)
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=60_000)


def test_a_rep_may_not_import(open_console: Callable[..., Console]) -> None:
    from tests.bot.web.conftest import REP

    with open_console(user=REP).client() as browser:
        assert browser.get("/import").status_code == 403
        assert browser.get("/import/0123456789abcdef-0123456789abcdef").status_code == 403
        assert browser.post("/import/files", files={"files": ("a.csv", b"id,name\n1,x\n")}).status_code == 403
