"""The two questions that a newcomer asks, in a real browser, of a real server in a process of its own, with nothing scripted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bot.running import Home

pytestmark = pytest.mark.browser


@pytest.fixture
def url(make_home: Callable[[], Home], company_files: Path) -> str:
    """The address of a server over a small company."""
    home = make_home()
    address = home.serve(DEALWRIGHT_USER="ines@tallyport.example")
    done = home.run("import", str(company_files), "--yes", "--json")
    assert done.status == 0, done.err
    return address


def test_both_questions_are_answered_and_every_quote_opens_in_its_place(
    url: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(url)
    page.get_by_role("button", name="What's the latest on Acme Logistics?").click()
    expect(page.locator(".point")).to_contain_text("Acme", timeout=30_000)
    page.get_by_text("Evidence", exact=True).click()
    quotes = page.locator(".quote")
    assert quotes.count() > 0
    opened = 0
    for number in range(quotes.count()):
        quote = quotes.nth(number).locator("blockquote").inner_text()
        link = quotes.nth(number).locator("a.cite-source")
        if link.count():
            link.click()
            expect(page.locator("#panel")).to_be_visible()
            expect(page.locator("#panel mark").first).to_be_visible()
            if "/activities/" in (link.get_attribute("href") or ""):
                said = " ".join(page.locator("#panel mark").all_inner_texts())
                assert re.sub(r"\s+", " ", said) == re.sub(r"\s+", " ", quote)
            opened += 1
            page.keyboard.press("Escape")
    assert opened > 0
    page.locator("#question").fill("Which deals have been silent for 5+ days?")
    page.keyboard.press("Enter")
    expect(page.locator(".point").nth(1)).to_contain_text("open deals", timeout=30_000)
    expect(page.locator(".answer").nth(1)).to_contain_text("Rule:")
