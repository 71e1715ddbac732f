"""The page of metrics in a real browser: figures with their samples, targets and weeks; whose they are; and telling one's own minutes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.conftest import ADMIN, OTHER_REP, REP
from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser
MANAGER = "marcus.oyelaran@tallyport.example"


@pytest.mark.parametrize(("name", "width", "colours"), [("desk", 1280, "light"), ("night", 1280, "dark"), ("phone", 390, "light")])  # fmt: skip
def test_each_figure_stands_beside_its_sample_target_and_weeks(
    open_page: Callable[..., Page], console: Console, name: str, width: int, colours: str
) -> None:
    page = open_page(width=width, height=1800, color_scheme=colours)
    page.goto(f"{console.url}/performance")
    row = page.locator("tr", has_text="CRM completeness")
    expect(row).to_contain_text("at least 90 %")
    expect(row).to_contain_text(" of ")
    expect(page.locator("tr", has_text="Win rate").locator("svg title")).to_have_count(1)
    expect(page.locator("li", has_text="Save rate")).to_contain_text("nothing yet")
    row.locator("summary").click()
    expect(row).to_contain_text("open deals with all required fields and a dated next step, over open deals")


def test_a_rep_sees_their_own_and_no_list_of_persons(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    running = open_console(user=REP, visibility="team")
    page = open_page()
    page.goto(f"{running.url}/performance?by=rep")
    expect(page.locator("tr", has_text="CRM completeness: Dana Whitfield")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text("Priya Raman")
    expect(page.get_by_role("link", name="By person")).to_have_count(0)


def test_a_manager_sees_their_people_and_nobody_elses(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    running = open_console(user=MANAGER)
    page = open_page()
    page.goto(f"{running.url}/performance")
    page.get_by_role("link", name="By person").click()
    expect(page.locator("tr", has_text="CRM completeness: Dana Whitfield")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text("Luis Ferrer")
    page.goto(f"{running.url}/performance?team=East")
    expect(page.get_by_role("alert")).to_contain_text("no such team")


def test_minutes_are_told_in_words_and_counted(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    running = open_console(user=OTHER_REP)
    page = open_page()
    page.goto(f"{running.url}/performance")
    page.get_by_label("How many minutes of admin today?").fill("an hour and a half")
    page.get_by_role("button", name="Tell").click()
    expect(page.locator("p.said")).to_contain_text("Noted")
    expect(page.locator("tr", has_text="Minutes of administration a day")).to_contain_text("90 min")
    page.get_by_label("How many minutes of admin today?").fill("very many")
    page.get_by_role("button", name="Tell").click()
    expect(page.locator("p.said")).to_contain_text("I can't read that")


def test_whom_an_admin_may_see_by_person_is_only_who_reports_to_them(
    open_page: Callable[..., Page], open_console: Callable[..., Console]
) -> None:
    running = open_console(user=ADMIN)
    page = open_page()
    page.goto(f"{running.url}/performance?by=rep")
    expect(page.locator("body")).not_to_contain_text("Dana Whitfield")
