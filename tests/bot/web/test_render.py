"""A Message as HTML: what people see, and that words from outside never become anything but words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.figures import Calendar
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Input, Message, Quote, Text, plain
from bot.web.render import Setting, render, safe_link, sort_key

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HERE = Setting(Calendar(ZoneInfo("America/New_York"), NOW), "tok", "web-1", None)
TAGS = {
    "a", "strong", "em", "ul", "li", "h3", "p", "span", "details", "summary", "div", "table", "thead", "tbody", "tr", "th", "td", "figure", "blockquote", "figcaption", "form",
    "input", "button", "label", "select", "option", "textarea", "img",
}  # fmt: skip
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        '"><script>x</script>',
        "<img src=x onerror=y>",
        "' onmouseover='x",
        "&lt;b&gt;",
        "</textarea><svg/onload=x>",
        "**a** [1] *b*",
    ]
)


class Tags(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def shown(*parts: object) -> str:
    """Render some parts as the answer `ans-1`."""
    return str(render(Message("Summary", parts, key="ans-1"), HERE))  # type: ignore[arg-type]


QUOTE = Quote(1, "I can't take this", "Colleen", NOW, "Call of Tuesday", "/calls/c1#turn-6")


def test_a_mark_opens_the_quote_in_its_source() -> None:
    html = shown(Text("They want SOC 2 [1]", "bullet", "trouble"), Fold("Evidence", (QUOTE,)))
    assert '<a class="cite" href="/calls/c1?answer=ans-1&amp;evidence=1#turn-6"' in html
    assert 'aria-label="Evidence 1: I can&#39;t take this"' in html
    assert '<li class="trouble"><span class="sign" aria-hidden="true">▲</span>' in html
    assert "Colleen · 10:00 · " in html


def test_a_mark_without_a_place_leads_to_the_list_of_evidence() -> None:
    html = shown(Text("Said [1] and [2]"), Fold("Evidence", (replace(QUOTE, url=None),)))
    assert 'href="#evidence-ans-1-1"' in html
    assert 'id="evidence-ans-1-1"' in html
    assert "and [2]" in html


def test_bullets_stand_in_one_list() -> None:
    html = shown(Text("a", "bullet"), Text("b", "bullet"), Text("c"), Text("d", "bullet"))
    assert html.count("<ul") == 2


def test_numbers_stand_right_and_a_row_leads_to_its_record() -> None:
    html = shown(
        Grid(("Deal", "Amount"), ("left", "right"), (("Acme [1]", "$84,000"),), ("/deals/d1",)), Fold("E", (QUOTE,))
    )
    assert '<th scope="col" class="num">Amount</th>' in html
    assert '<td class="num" data-label="Amount" data-sort="n$ 84000">$84,000</td>' in html
    assert '<a href="/deals/d1">Acme </a><a class="cite"' in html


def test_what_is_rated_shows_it() -> None:
    rated = render(
        Message("s", (Buttons((Button("Useful", "useful", "a"), Button("Not useful", "not_useful", "a"))),)),
        replace(HERE, rated=True),
    )
    assert 'aria-pressed="true" class="button" type="submit">Useful' in rated
    assert 'aria-pressed="false" class="button" type="submit">Not useful' in rated


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "/\\evil.example", "vbscript:x", " https://x"],
)
def test_a_link_of_another_kind_is_not_followed(url: str) -> None:
    assert safe_link(url) is None
    assert url not in shown(Buttons((Button("Open", "open", "v", url=url),)))


def as_a_browser_reads(text: str) -> str:
    """Return the text with NUL and line ends as HTML's parser takes them."""
    return text.replace("\x00", "�").replace("\r\n", "\n").replace("\r", "\n")


@given(st.data())
def test_no_word_from_outside_becomes_a_tag_or_an_attribute(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(WORDS)

    said = words()
    parts = (
        Text(plain(said), "heading"),
        Text(words(), "bullet", "good"),
        Quote(1, words(), words(), NOW, words(), data.draw(WORDS | st.just("/x"))),
        Grid((words(), "B"), ("left", "right"), ((words(), plain(words())),), (words(),)),
        Buttons((Button(words(), "ask", words()), Button(words(), "open", "v", url=words()))),
        Form(
            words(),
            "save",
            words(),
            (Input("k", words(), "long", words()), Input("c", words(), "choice", "v", ((words(), words()),))),
        ),
        Chart(b"png", words(), words()),
        Fold(words(), (Text(words(), "quiet"),)),
    )
    seen = Tags(shown(*parts))
    assert seen.tags <= TAGS
    assert not [
        name for name, _ in seen.attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")
    ]
    assert all(
        value.startswith(("/", "#", "https://", "http://"))
        for name, value in seen.attributes
        if name in ("href", "action")
    )
    assert as_a_browser_reads(said) in as_a_browser_reads("".join(seen.words))


TODAY = date(2026, 11, 23)


def test_cells_are_sorted_by_what_they_mean() -> None:
    assert [sort_key(cell, TODAY) for cell in ("$1,250.50", "−€40", "9 d", "12 %", "CHF 900")] == [
        "n$ 1250.50",
        "n€ -40",
        "n 9",
        "n 12",
        "nCHF 900",
    ]
    assert sort_key("30 Nov", TODAY) == "d2026-11-30 00:00"
    assert sort_key("2 Jan 2027 14:05", TODAY) == "d2027-01-02 14:05"
    assert sort_key("–", TODAY) == ""
    assert sort_key("Straße", TODAY) == "tstrasse"
