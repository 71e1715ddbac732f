"""Messages in Block Kit: always a shape that Slack takes, nothing cut, and words from outside only words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.figures import Calendar
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Message, Part, Quote, Text, all_buttons, folds, plain
from bot.slack.mrkdwn import escaped, is_link, mrkdwn, words_of
from bot.slack.render import MESSAGE_CHARACTERS, modal, render, render_fold, render_rest
from tests.bot.slack.conftest import texts
from tests.conftest import SHARED_DATA

CALENDAR = Calendar(ZoneInfo("UTC"), datetime(2026, 11, 23, 15, tzinfo=UTC))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
LONG = st.integers(1, 900).map(lambda count: "a long claim & <word> " * count)


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft7Validator

    return Draft7Validator(json.loads((Path(SHARED_DATA) / "contracts" / name).read_text(encoding="utf-8")))


def _check(blocks: list[dict[str, Any]], most: int, characters: int) -> None:
    assert 0 < len(blocks) <= most
    assert len(json.dumps(blocks, ensure_ascii=False)) <= characters
    ids = [block["block_id"] for block in blocks]
    assert len(ids) == len(set(ids))
    for block in blocks:
        actions = [element["action_id"] for element in block.get("elements", []) if "action_id" in element]
        assert len(actions) == len(set(actions))
    assert sum(block["type"] == "table" for block in blocks) <= 1


@st.composite
def _grids(draw: st.DrawFn) -> Grid:
    width = draw(st.integers(1, 22))
    count = draw(st.integers(1, 12)) * draw(st.sampled_from([1, 1, 20]))
    cells = tuple(plain(draw(WORDS)) or "–" for _ in range(width))
    heads = tuple(f"h{index}" for index in range(width))
    links = tuple(draw(st.sampled_from([None, "https://a.example/deals/1", "/relative"])) for _ in range(count))
    return Grid(heads, tuple("left" for _ in heads), (cells,) * count, links)


PARTS = st.one_of(
    st.builds(
        Text,
        st.one_of(WORDS, LONG).map(plain),
        st.sampled_from(["heading", "body", "bullet", "quiet"]),
        st.sampled_from(["plain", "trouble", "good"]),
    ),
    st.builds(
        Quote,
        st.integers(1, 40),
        st.one_of(WORDS, LONG),
        WORDS,
        st.just(CALENDAR.now),
        WORDS,
        st.sampled_from([None, "https://a.example/c?a=1&b=2", "javascript:x"]),
    ),
    _grids(),
    st.builds(
        Chart,
        st.just(b""),
        st.one_of(WORDS, LONG),
        WORDS,
        st.none(),
        st.sampled_from([None, "https://d.example/pictures/x.png", "x y"]),
        st.sampled_from([None, "F0123456"]),
    ),
    st.builds(lambda title: Form(title, "a", "v", ()), WORDS),
    st.lists(
        st.builds(
            Button,
            st.one_of(WORDS, LONG),
            st.just("ask"),
            st.one_of(WORDS, LONG),
            st.sampled_from([None, "https://a.example", "x y"]),
        ),
        max_size=30,
    ).map(lambda buttons: Buttons(tuple(buttons))),
)
FOLDS = st.builds(lambda label, parts: Fold(label, tuple(parts)), st.one_of(WORDS, LONG), st.lists(PARTS, max_size=4))
FEEDBACK = Buttons((Button("Useful", "useful", "ans-1"), Button("Not useful", "not_useful", "ans-1")))
MESSAGES = st.lists(st.one_of(PARTS, FOLDS), min_size=1, max_size=14).map(
    lambda parts: Message("In short", (Text("**Acme**", "heading"), *parts, FEEDBACK), "ans-1")
)


@settings(max_examples=80, deadline=None)
@given(MESSAGES)
def test_every_message_keeps_to_slacks_limits(message: Message) -> None:
    _check(render(message, CALENDAR).blocks, 50, MESSAGE_CHARACTERS)
    for number, _fold in enumerate(folds(message.parts)):
        blocks = render_fold(message, CALENDAR, number, tables=False)
        if blocks:
            _check(modal("Evidence", blocks, "ans-1:0:0", 0)["blocks"], 100, 250_000)


@pytest.mark.shared_data
@settings(max_examples=25, deadline=None)
@given(MESSAGES)
def test_every_message_has_slacks_own_shape(message: Message) -> None:
    _validator("block-kit.schema.json").validate(render(message, CALENDAR).blocks)
    rest = render_rest(message, CALENDAR)
    _validator("modal.schema.json").validate(
        modal("A title that is longer than a modal takes", rest, "ans-1:rest:0", 0)
    )


def test_what_does_not_fit_is_behind_a_button_to_the_last_word() -> None:
    lines = [f"Claim number {number}: {'word ' * 60}" for number in range(80)]
    message = Message("m", (*(Text(line, "bullet") for line in lines), FEEDBACK), "ans-1")
    rendered = render(message, CALENDAR)
    assert rendered.blocks[-1]["block_id"].startswith("dw-feedback")
    button = rendered.blocks[-2]["elements"][0]
    key, which, start, offset = button["value"].split(":")
    assert (key, which, offset, button["text"]["text"]) == ("ans-1", "rest", "0", "Show the rest")
    seen = texts({"blocks": rendered.blocks}) + texts({"blocks": render_rest(message, CALENDAR)[int(start) :]})
    assert [line for line in lines if line.strip() not in seen] == []


def test_one_very_long_text_is_split_between_words() -> None:
    text = " ".join(f"w{number}" for number in range(4_000))
    blocks = render_rest(Message("m", (Text(text),), "ans-1"), CALENDAR)
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks)
    assert " ".join(block["text"]["text"] for block in blocks) == text


def test_a_table_stands_as_a_table_with_links_to_its_records() -> None:
    grid = Grid(("Deal", "Silent"), ("left", "right"), (("Acme", "9 d"),), ("https://a.example/deals/1",))
    (table,) = render(Message("m", (grid,), "ans-1"), CALENDAR).blocks
    assert table["type"] == "table"
    assert [setting["align"] for setting in table["column_settings"]] == ["left", "right"]
    assert table["rows"][0][1] == {"type": "raw_text", "text": "Silent"}
    assert table["rows"][1][0]["elements"][0]["elements"][0] == {
        "type": "link",
        "url": "https://a.example/deals/1",
        "text": "Acme",
    }


def test_markup_marks_and_links_are_translated() -> None:
    text = "**Acme · Expansion** — *slipping* [1][2]"
    assert (
        mrkdwn(text, {1: "https://a.example/calls/1#t4"})
        == "*Acme · Expansion* — _slipping_ <https://a.example/calls/1#t4|[1]>[2]"
    )


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        WORDS,
        st.sampled_from(["<!channel>", "<@U1>", "<https://x.example|y>", "*b*", "a\n> quote", "`x`", "&lt;!here&gt;"]),
    )
)
def test_words_from_outside_stay_words(words: str) -> None:
    shown = mrkdwn(plain(words), {})
    assert "<" not in shown
    assert ">" not in shown
    assert re.sub(r"&(amp|lt|gt);", "", shown).count("&") == 0
    assert "\n" not in shown
    assert not re.search(r"(?<!\u200b)[*_~`]", shown)


def test_an_escaped_word_reads_as_it_was_written() -> None:
    assert (
        escaped("R&D <b> *now*").replace("\u200b", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        == "R&D <b> *now*"
    )


@pytest.mark.parametrize(
    ("url", "takes"),
    [
        ("https://a.example/x?y=1", True),
        ("http://127.0.0.1:8321/a", True),
        ("/accounts/1", False),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        (None, False),
        ("https://a.example/" + "x" * 3000, False),
    ],
)
def test_only_whole_web_addresses_become_links(url: str | None, takes: bool) -> None:
    assert is_link(url) is takes


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@UBOT> what's up at R&amp;D &lt;EMEA&gt;?", "what's up at R&D <EMEA>?"),
        ("<@UBOT|dealwright>  latest on <http://acme.example|acme.example>", "latest on acme.example"),
        ("ask <@U7|dana> in <#C1|deals> <!subteam^S1|@west>", "ask @dana in #deals @west"),
        ("mail <mailto:ray@acme.example|ray@acme.example>", "mail ray@acme.example"),
    ],
)
def test_what_people_write_is_read_as_words(written: str, read: str) -> None:
    assert words_of(written, "UBOT") == read


def test_a_long_choice_stands_beside_its_button() -> None:
    label = "Which of the two Acmes do you mean, " * 4 + "please?"
    parts: tuple[Part, ...] = (Buttons((Button(label, "ask", "q" * 3_000), Button("Short", "ask", "q"))),)
    section, actions = render(Message("m", parts, "ans-1"), CALENDAR).blocks
    assert section["text"]["text"] == label
    assert section["accessory"]["value"] == "@ans-1:0"
    assert actions["elements"][0]["text"]["text"] == "Short"
    assert next(iter(all_buttons(parts))).value == "q" * 3_000
