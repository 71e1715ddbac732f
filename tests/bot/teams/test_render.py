"""Every Message becomes cards that Teams shows whole: inside its limits, by its schema, and with nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.figures import Calendar
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Input, Message, Part, Quote, Text, plain
from bot.teams.render import CARD_BYTES, render, render_fold
from bot.teams.words import escaped, shown, words_of
from tests.conftest import NOW
from tests.fakes.cards import buttons, faults, objects, texts

CALENDAR = Calendar(ZoneInfo("America/New_York"), NOW)
WORDS = st.text(max_size=60) | st.text("ab *_[]()<>{}|é😀\u202e\n", max_size=2_000)
LINKS = st.sampled_from(
    [None, "https://deals.example/calls/1?a=b#turn-4", "/relative", "javascript:x", "https://exämple.example/ü"]
)
TEXTS = st.builds(
    Text,
    WORDS.map(plain) | st.sampled_from(["**bold** and *quiet* [1]", "[1][2]", "**never closed"]),
    st.sampled_from(["heading", "body", "bullet", "quiet"]),
    st.sampled_from(["plain", "trouble", "good"]),
)
QUOTES = st.builds(Quote, st.integers(1, 9), WORDS, st.none() | WORDS, st.just(NOW), st.none() | WORDS, LINKS)
BUTTONS = st.builds(
    Button,
    WORDS,
    st.sampled_from(["ask", "open", "useful"]),
    WORDS,
    LINKS,
    st.sampled_from(["plain", "primary", "danger"]),
)
ROWS = st.lists(BUTTONS, max_size=9).map(lambda made: Buttons(tuple(made)))


@st.composite
def grids(draw: Any) -> Grid:
    """Return a table of any width and length."""
    wide = draw(st.integers(1, 14))
    cells = st.tuples(*[WORDS.map(plain)] * wide)
    rows = draw(st.lists(cells, max_size=5)) * draw(st.sampled_from([1, 1, 8]))
    links = tuple(draw(LINKS) for _ in rows[:3])
    headings = tuple(draw(st.text(max_size=20)) for _ in range(wide))
    return Grid(headings, ("left",) * (wide - 1) + ("right",), tuple(rows), links)


FORMS = st.builds(
    Form,
    st.just("Edit"),
    st.just("save"),
    st.just("p:1"),
    st.just(
        (
            Input("a", "Amount", "text", "1"),
            Input("a", "When", "date"),
            Input("b", "Stage", "choice", "x", (("x", "X"),), False),
        )
    ),
)
CHARTS = st.builds(
    Chart, st.just(b"png"), WORDS, WORDS, st.none(), st.sampled_from([None, "https://d.example/pictures/x.png", "x y"])
)
SIMPLE = st.one_of(TEXTS, QUOTES, ROWS, grids(), FORMS, CHARTS)
FOLDS = st.recursive(SIMPLE, lambda inner: st.builds(Fold, WORDS, st.lists(inner, max_size=4).map(tuple)), max_leaves=8)
MESSAGES = st.builds(Message, WORDS, st.lists(SIMPLE | FOLDS, max_size=8).map(tuple), st.sampled_from(["", "ans-1"]))


@pytest.mark.shared_data
@given(MESSAGES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_message_is_shown_inside_the_limits(message: Message) -> None:
    rendered = render(message, CALENDAR, lead="Dana asked: “x”")
    assert rendered.cards
    for card in rendered.cards:
        assert faults(card) == []
        assert len(json.dumps(card)) <= CARD_BYTES
        for node in objects(card):
            if node.get("type") == "Action.OpenUrl":
                assert node["url"].startswith("https://")


def long_message(key: str, parts: int = 60) -> Message:
    """Return a message of many quotes, far larger than a card."""
    quotes: list[Part] = [
        Quote(n, f"words of turn {n} " + "and so on " * 60, "Ray", NOW, "Call", None) for n in range(1, parts)
    ]
    feedback = Buttons((Button("Useful", "useful", key), Button("Not useful", "not_useful", key)))
    return Message("A long answer", (Text("**A long answer**", "heading"), *quotes, feedback), key)


def test_what_does_not_fit_is_read_on_behind_a_button() -> None:
    message = long_message("ans-1")
    (card,) = render(message, CALENDAR).cards
    assert faults(card) == []
    assert "Useful" in buttons(card)
    seen = texts(card)
    press: Any = buttons(card)["Show the rest"]
    while press is not None:
        _key, which, start = press["data"]["v"].rsplit(":", 2)
        page = render_fold(message, CALENDAR, which, int(start))
        assert faults(page) == []
        seen += texts(page)
        press = buttons(page).get("More")
    assert [n for n in range(1, 60) if seen.count(f"words of turn {n} ") == 1] == list(range(1, 60))


def test_what_no_click_could_fetch_follows_in_more_cards() -> None:
    cards = render(long_message(""), CALENDAR).cards
    assert len(cards) > 1
    seen = "".join(texts(card) for card in cards)
    assert all(f"words of turn {n} " in seen for n in range(1, 60))
    assert all(faults(card) == [] for card in cards)


def test_a_short_fold_opens_in_the_card_and_a_long_one_behind_a_click() -> None:
    short = Message("s", (Text("point"), Fold("Evidence", (Quote(1, "said", "Ray", NOW, "Call", None),))), "ans-1")
    (card,) = render(short, CALENDAR).cards
    assert buttons(card)["Evidence"]["type"] == "Action.ToggleVisibility"
    assert "“said”" in texts(card)
    (card,) = render(Message("s", (Text("point"), Fold("Evidence", long_message("x").parts)), "ans-1"), CALENDAR).cards
    assert buttons(card)["Evidence"]["type"] == "Action.Execute"
    assert buttons(card)["Evidence"]["fallback"]["type"] == "Action.Submit"


def test_a_table_is_a_table_and_lines_for_clients_without_tables() -> None:
    grid = Grid(("Deal", "Silent"), ("left", "right"), (("**Acme**", "9 d"),), ("https://deals.example/deals/1",))
    (card,) = render(Message("m", (grid,), "k"), CALENDAR).cards
    (table,) = [node for node in objects(card) if node.get("type") == "Table"]
    assert table["firstRowAsHeader"]
    assert texts(table["fallback"]).splitlines() == ["• ", "Acme", " · Silent: 9 d"]


def test_a_table_that_stands_whole_behind_its_button_gives_way_to_what_follows_it() -> None:
    cells = tuple(f"cell {number} of a row that takes its place" for number in range(9))
    rows = tuple((f"Deal {number}", *cells) for number in range(20))
    headings = tuple(f"Column {number}" for number in range(10))
    whole = Grid(headings, ("left",) * 10, rows)
    first = replace(whole, rows=rows[:10])
    rule = Text("*Rule: calendar days.*", "quiet")
    (card,) = render(Message("m", (first, Fold("All 20 rows", (whole,)), rule), "k"), CALENDAR).cards
    assert faults(card) == []
    assert "Rule: calendar days." in texts(card)
    assert list(buttons(card)) == ["All 20 rows"]
    assert 3 <= texts(card["body"][0]["rows"]).count("Deal ") < 10
    assert "Show the rest" in buttons(render(Message("m", (first, whole, rule), "k"), CALENDAR).cards[0])


def test_more_than_six_choices_are_all_there() -> None:
    choices = Buttons(tuple(Button(f"Choice {n}", "ask", f"question {n}") for n in range(15)))
    (card,) = render(Message("Which?", (choices,), "k"), CALENDAR).cards
    assert list(buttons(card)) == [f"Choice {n}" for n in range(15)]
    assert faults(card) == []


def test_an_old_phone_is_told_the_point_and_that_there_is_more() -> None:
    (card,) = render(long_message("ans-1"), CALENDAR).cards
    assert card["fallbackText"].startswith("A long answer\n")
    assert card["fallbackText"].endswith("open it on a computer.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<at>Dealwright</at> latest on Acme?\n", "latest on Acme?"),
        ("<at id='0'>Dealwright</at>&nbsp;which &lt;5 days &amp; why", "which <5 days & why"),
        ("<p>latest<br/>on <b>Acme</b></p>", "latest\non Acme"),
        ("ask <at>Dana</at> about <Acme> and 3 < 5", "ask Dana about <Acme> and 3 < 5"),
        (None, ""),
    ],
)
def test_what_a_person_wrote_is_read_as_plain_words(text: str | None, words: str) -> None:
    mention = {"type": "mention", "mentioned": {"id": "28:x"}, "text": "<at>Dealwright</at>"}
    other = {"type": "mention", "mentioned": {"id": "28:x"}, "text": "<at id='0'>Dealwright</at>"}
    assert words_of({"text": text, "recipient": {"id": "28:x"}, "entities": [mention, other]}) == words


@given(st.text(max_size=200))
def test_shown_and_escaped_words_stand_on_one_line_without_functions(text: str) -> None:
    for made in (shown(text), escaped(text)):
        assert "\n" not in made
        assert "{{" not in made
        assert "](" not in escaped(text)
