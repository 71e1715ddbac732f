"""The pages around the chat in a real browser: accounts, deals, finding, colours, narrow screens, signing in, and words that attack."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.conftest import ADMIN, REP
from tests.bot.web.serving import Console

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/deals",
    "/accounts",
    "/deals/deal-acme-expansion",
    "/accounts/acc-acme",
    "/leads",
    "/leads/lead-04",
    "/calls/call-acme-4",
    "/history",
    "/import",
    "/health",
    "/feed",
    "/feed?show=all",
    "/sequences",
    "/outbox",
    "/figures",
    "/performance",
    "/mailboxes",
    "/sending",
    "/sending/suppression",
    "/rules/icp.toml",
    "/rules/outreach.toml",
    "/view-as",
    "/find?q=a",
    "/nothing-here",
)
# WCAG 2.2, contrast: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => { for (let at = one; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !one.checkVisibility() || one.closest(".unseen, :disabled")) continue;
    const style = getComputedStyle(one);
    const ink = rgb(style.color);
    if (ink[3] < 10) continue;
    const [a, b] = [light(ink), light(ground(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_can_be_read(open_page: Callable[..., Page], console: Console, colours: str) -> None:
    page = open_page(color_scheme=colours)
    for path in PAGES:
        page.goto(console.url + path)
        assert page.evaluate(CONTRAST) == [], path
    page.goto(console.url)
    page.locator("#question").fill("What's the latest on Acme?")
    page.keyboard.press("Enter")
    page.get_by_text("Evidence", exact=True).click()
    page.locator(".claims .cite").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    assert page.evaluate(CONTRAST) == []


def test_nothing_is_wider_than_a_narrow_screen(open_page: Callable[..., Page], console: Console) -> None:
    page = open_page(width=360, height=740)
    for path in PAGES:
        page.goto(console.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    page.goto(console.url)
    page.locator("#question").fill("Which deals are silent?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_chosen_colour_stays(page: Page) -> None:
    page.get_by_role("button", name="Use dark colours").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_deal_shows_how_it_stands_and_what_passed(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/deals/deal-acme-expansion")
    facts = page.locator(".facts")
    for label in ("Stage", "Last action", "Next step in the CRM", "Note"):
        expect(facts.get_by_text(label, exact=True)).to_be_visible()
    expect(page.locator(".stages [aria-current]")).to_have_text("Propose")
    expect(page.locator(".timeline .label", has_text="Close date").first).to_be_visible()
    fold = page.locator(".turns-fold").first
    fold.locator("summary").click()
    expect(fold.locator(".turns li").first).to_contain_text("I'm in a truck")
    page.locator(".contacts").get_by_text("Marcia Bloom").is_visible()
    page.locator(".timeline .source-link").first.click()
    expect(page.locator("#panel h1")).to_be_visible()


def test_an_account_shows_its_deals_people_and_timeline(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/accounts/acc-acme")
    expect(page.locator(".deals tbody tr").first).to_contain_text("Acme Logistics – Expansion")
    expect(page.locator(".contacts li", has_text="Colleen Marsh")).to_contain_text("decision maker")
    page.get_by_role("button", name="What's the latest?").click()
    expect(page.locator(".point")).to_contain_text("Acme Logistics")


def test_a_deep_link_opens_a_call_at_its_turn(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/calls/call-acme-4#turn-6")
    turn = page.locator("#turn-6")
    expect(turn).to_contain_text("I can't take this to security")
    expect(turn).to_be_in_viewport()


def test_a_few_letters_find_an_account_or_a_deal(page: Page) -> None:
    field = page.get_by_role("combobox", name="Find an account or a deal")
    field.fill("brightw")
    expect(page.locator("#found [role=option]").first).to_contain_text("Brightwater Foods")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator(".record h1")).to_contain_text("Brightwater – Dock rollout")


def test_lists_are_filtered_and_put_in_order(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/deals")
    page.get_by_label("Owner").select_option(label="Dana Whitfield")
    page.get_by_role("button", name="Show").click()
    rows = page.locator("tbody tr")
    assert set(page.locator("tbody td[data-label=Owner]").all_inner_texts()) == {"Dana Whitfield"}
    page.get_by_role("link", name="Amount").click()
    page.get_by_role("link", name="Amount").click()
    amounts = [int(re.sub(r"\D", "", text)) for text in page.locator("tbody td[data-label=Amount]").all_inner_texts()]
    assert amounts == sorted(amounts, reverse=True)
    assert rows.count() == len(amounts) > 2


def test_words_that_attack_stay_words_on_every_page(page: Page, console: Console) -> None:
    for path in ("/deals/deal-hostile", "/accounts/acc-hostile", "/calls/call-hostile", "/activities/%3Cmail%2F1%3F%23%40x%3E", "/deals?q=%22%3E%3Csvg+onload%3Dhack()%3E", "/find?q=%3Cscript%3E"):  # fmt: skip
        assert page.goto(console.url + path).status == 200, path  # type: ignore[union-attr]
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("main script, main img, main svg").count() == 0, path
    page.goto(console.url)
    page.get_by_role("combobox").fill("onerror")
    expect(page.locator("#found [role=option]").first).to_contain_text("<img")
    assert page.evaluate("window.hacked") is None


def test_an_admin_views_the_console_as_a_rep_and_it_is_marked(
    open_console: Callable[..., Console], open_page: Callable[..., Page]
) -> None:
    console = open_console(user=ADMIN)
    page = open_page()
    page.goto(f"{console.url}/view-as")
    page.get_by_role("button", name="Luis Ferrer").click()
    expect(page.locator(".viewing")).to_contain_text("You see the console as Luis Ferrer")
    expect(page.get_by_role("link", name="Import")).to_have_count(0)
    assert page.goto(f"{console.url}/deals/deal-acme-expansion").status == 404  # type: ignore[union-attr]
    page.get_by_role("button", name="Back to yourself").click()
    expect(page.locator(".viewing")).to_have_count(0)
    expect(page.get_by_role("link", name="Import")).to_be_visible()


def test_signing_in_with_the_password_leads_back_to_where_one_was(
    open_console: Callable[..., Console], open_page: Callable[..., Page]
) -> None:
    console = open_console(console_password="correct horse")
    page = open_page()
    page.goto(f"{console.url}/deals/deal-acme-expansion")
    page.get_by_label("Your mail address").fill(REP)
    page.get_by_label("The console’s password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("don't match")
    page.get_by_label("The console’s password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator(".record h1")).to_have_text("Acme Logistics – Expansion")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_lead_shows_where_it_stands_and_who_has_waited_longest(page: Page, console: Console) -> None:
    page.goto(console.url + "/leads?untouched=1&order=created")
    waiting = page.locator("tbody tr")
    expect(waiting).to_have_count(3)
    expect(waiting.first).to_contain_text("waiting 12 days")
    page.goto(console.url + "/leads")
    page.get_by_role("link", name="Rob Quintero").click()
    facts = page.locator(".facts")
    for label, value in {
        "Status": "Working",
        "Next action": "Second call",
        "First touch": "after 8 days",
        "Note": "First touch took eight days. He noticed.",
    }.items():
        expect(facts.locator("div", has=page.get_by_text(label, exact=True))).to_contain_text(value)
