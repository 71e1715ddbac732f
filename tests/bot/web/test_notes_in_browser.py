"""A call's notes beside its transcript in a real browser: every line leads to the words that it rests on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser


def test_a_line_of_the_notes_leads_to_its_words(open_page: Callable[..., Page], console: Console) -> None:
    page = open_page(width=1500, height=950)
    page.goto(f"{console.url}/calls/call-acme-2")
    notes = page.get_by_role("region", name="Notes of this call")
    expect(notes.get_by_role("heading", name="Next steps")).to_be_visible()
    line = notes.locator("li", has_text="recap today").first
    expect(line).to_be_visible()
    line.get_by_role("link").first.click()
    expect(page.locator(".turns li:target")).to_contain_text("recap today")
    beside, words = notes.bounding_box(), page.locator(".turns").bounding_box()
    assert beside is not None
    assert words is not None
    assert beside["x"] > words["x"] + words["width"] - 1


def test_on_a_phone_the_notes_come_before_the_words(open_page: Callable[..., Page], console: Console) -> None:
    page = open_page(width=390, height=844)
    page.goto(f"{console.url}/calls/call-acme-2")
    beside = page.get_by_role("region", name="Notes of this call").bounding_box()
    words = page.locator(".turns").bounding_box()
    assert beside is not None
    assert words is not None
    assert beside["y"] < words["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
