"""Asking in a real browser: answers, buttons, evidence at its quote, the keyboard, and what happens when it takes long or fails."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bot.web.conftest import HOSTILE
from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser


def ask(page: Page, question: str) -> None:
    """Type a question and send it with Enter."""
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")


def asked(page: Page, question: str) -> None:
    """Ask, and wait until the answer stands there."""
    before = page.locator(".answer").count()
    ask(page, question)
    expect(page.locator(".answer")).to_have_count(before + 1)


def quote_of(cite: Locator) -> str:
    """Return the words that a mark of evidence stands for."""
    quote = cite.get_attribute("title")
    assert quote
    return quote


def days_in(table: Locator) -> list[int]:
    """Return the days of silence that a table tells, from top to bottom."""
    return [int(told.split()[0]) for told in table.locator("tbody td[data-label=Silent]").all_inner_texts()]


def test_a_first_question_is_offered_from_the_data_and_answered_at_a_press(page: Page) -> None:
    offered = page.locator(".suggestions button")
    expect(offered.first).to_have_text("What's the latest on Acme Logistics?")
    offered.first.click()
    expect(page.locator(".point")).to_contain_text("Acme Logistics · Expansion, $84k")
    expect(page.locator(".claims li.trouble .sign").first).to_have_text("▲")
    expect(page.locator("#live")).to_contain_text("slipping")
    expect(page).to_have_url(re.compile("/chat/web-"))
    expect(page.locator("#talks [aria-current]")).to_have_text("What's the latest on Acme Logistics?")


def test_evidence_opens_beside_the_answer_at_the_words_that_were_said(page: Page) -> None:
    asked(page, "What's the latest on Acme?")
    cite = page.locator(".claims .cite").first
    cite.click()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    expect(panel.locator("mark")).to_have_text(quote_of(cite))
    expect(panel.locator("mark")).to_be_in_viewport()
    expect(panel.locator(".turns li").first).not_to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(".claims .cite").first).to_be_focused()


def test_evidence_is_a_page_of_its_own_on_a_narrow_screen(open_page: Callable[..., Page], console: Console) -> None:
    page = open_page(width=360, height=740)
    page.goto(console.url)
    asked(page, "What's the latest on Acme?")
    cite = page.locator(".claims .cite").first
    quote = quote_of(cite)
    cite.click()
    expect(page.locator("main mark")).to_have_text(quote)
    expect(page.locator("main mark")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"#turn-\d+$"))
    page.get_by_role("link", name="Back to the answer").click()
    expect(page.locator(".point")).to_contain_text("Acme Logistics")


def test_a_mail_opens_at_its_quote_too(page: Page) -> None:
    asked(page, "What's the latest on Acme?")
    cite = page.locator('.claims .cite[href*="%40mail"]').first
    cite.click()
    expect(page.locator("#panel .letter mark")).to_have_text(quote_of(cite))


def test_a_long_table_unfolds_sorts_and_leads_to_its_deals(page: Page) -> None:
    asked(page, "Which deals are silent for 5+ days?")
    expect(page.locator(".answer .grid:visible tbody tr")).to_have_count(10)
    whole = page.get_by_text(re.compile(r"^All \d+ rows$"))
    count = int(whole.inner_text().split()[1])
    whole.click()
    expect(page.locator(".answer .grid:visible tbody tr")).to_have_count(count)
    table = page.locator(".answer .fold .grid")
    table.get_by_role("button", name="Silent").click()
    assert days_in(table) == sorted(days_in(table))
    table.get_by_role("button", name="Silent").click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("Silent")
    assert days_in(table) == sorted(days_in(table), reverse=True)
    assert len(days_in(table)) == count
    table.locator("tbody a").first.click()
    expect(page.locator(".record h1")).to_be_visible()


def test_a_choice_asks_again_in_the_same_conversation(page: Page) -> None:
    asked(page, "How is Summit?")
    where = page.url
    page.get_by_role("button", name="Summit Outfitters").click()
    expect(page.locator(".asked").nth(1)).to_contain_text("Summit Outfitters")
    expect(page.locator(".answer")).to_have_count(2)
    assert page.url == where
    page.reload()
    expect(page.locator(".answer")).to_have_count(2)


def test_what_every_chat_does_by_words_this_one_does_too_and_shows_again(page: Page) -> None:
    asked(page, "What's overdue?")
    told = page.locator(".answer").last
    expect(told.locator(".point")).to_contain_text("overdue")
    first = told.locator("li.trouble").first.inner_text()
    page.reload()
    expect(page.locator(".answer li.trouble").first).to_have_text(first, use_inner_text=True)
    before = page.locator(".answer li.trouble").count()
    page.get_by_role("button", name="Drop").first.click()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".answer").last).to_contain_text("Dropped")
    assert page.locator(".answer").last.locator("li.trouble").count() <= before
    asked(page, "Which alerts were held back?")
    expect(page.locator(".answer").last.locator(".point")).to_contain_text("held back")


def test_feedback_is_kept_with_the_answer(page: Page) -> None:
    asked(page, "Which deals are silent?")
    page.get_by_role("button", name="Not useful").click()
    expect(page.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "false")


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.locator("body").click(position={"x": 700, "y": 20})
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("How is Summit?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#question")).to_have_value("How is Summit?")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#question")).to_have_value("")
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "Summit Health Supply":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(2)


def test_progress_is_shown_and_a_long_answer_can_be_stopped(page: Page, console: Console) -> None:
    asking = console.app.ask
    for event in (asking.begun, asking.ended, asking.release):
        event.clear()
    ask(page, "Answer slowly")
    expect(page.locator(".waiting .steps li").nth(2)).to_contain_text("Reading call")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".failed")).to_contain_text("Stopped.")
    assert asking.ended.wait(5)


def test_a_failure_is_told_in_fixed_words_with_a_reference(page: Page) -> None:
    ask(page, "Please break")
    failed = page.locator(".failed")
    expect(failed).to_contain_text("Something went wrong on our side.")
    expect(failed).to_contain_text("Reference DW-")
    expect(failed).not_to_contain_text("secret words")
    failed.get_by_role("button", name="Ask again").click()
    expect(page.locator(".failed")).to_have_count(1)


def test_a_hostile_question_is_words_and_nothing_else(page: Page) -> None:
    asked(page, HOSTILE)
    expect(page.locator(".asked")).to_contain_text("<script>")
    page.reload()
    expect(page.locator(".point")).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None


def test_asking_and_reading_work_without_a_script(open_page: Callable[..., Page], console: Console) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(console.url)
    page.locator("#question").fill("What's the latest on Acme?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".point")).to_contain_text("Acme Logistics")
    cite = page.locator(".claims .cite").first
    quote = quote_of(cite)
    cite.click()
    expect(page.locator("main mark")).to_have_text(quote)
    page.go_back()
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_role("button", name="Useful", exact=True)).to_have_attribute("aria-pressed", "true")
