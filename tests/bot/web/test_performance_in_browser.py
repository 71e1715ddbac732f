"""The page of metrics in a real browser: figures with their samples, targets and weeks; whose they are; and telling one's own minutes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("name", "width", "colours"), [("desk", 1280, "light"), ("night", 1280, "dark"), ("phone", 390, "light")])  # fmt: skip
def test_each_figure_stands_beside_its_sample_target_and_weeks(
    open_page: Callable[..., Page], console: Console, name: str, width: int, colours: str
) -> None:
    page = open_page(width=width, height=1800, color_scheme=colours)
    # The server has just started, and still reads the sample's calls.
    page.set_default_navigation_timeout(60_000)
    page.goto(f"{console.url}/performance")
    row = page.locator("tr", has_text="CRM completeness")
    expect(row).to_contain_text("at least 90 %")
    expect(row).to_contain_text(" of ")
    expect(page.locator("tr", has_text="Win rate").locator("svg title")).to_have_count(1)
    expect(page.locator("li", has_text="Save rate")).to_contain_text("nothing yet")
    row.locator("summary").click()
    expect(row).to_contain_text("open deals with all required fields and a dated next step, over open deals")


def test_persons_are_shown_only_to_themselves_and_to_whom_they_report(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/performance?by=team")
    expect(page.locator("tr", has_text="CRM completeness: West")).to_have_count(1)
    # Nobody reports to the admin: not even an admin reads what one person does.
    page.goto(f"{console.url}/performance?by=rep")
    expect(page.locator("body")).not_to_contain_text("Dana Whitfield")
    page.goto(f"{console.url}/performance?team=Nowhere")
    expect(page.get_by_role("alert")).to_contain_text("no such team")


def test_minutes_are_told_in_words_and_counted(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/performance")
    page.get_by_label("How many minutes of admin today?").fill("an hour and a half")
    page.get_by_role("button", name="Tell").click()
    expect(page.locator("p.said")).to_contain_text("Noted")
    expect(page.locator("tr", has_text="Minutes of administration a day")).to_contain_text("90 min")
    page.get_by_label("How many minutes of admin today?").fill("very many")
    page.get_by_role("button", name="Tell").click()
    expect(page.locator("p.said")).to_contain_text("I can't read that")
