"""Messages on the terminal: plain in a pipe, in blocks where it is narrow, and never steered by words from outside."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.figures import Calendar
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Input, Message, Quote, Text, plain
from bot.terminal.render import Renderer, Shown, console_on
from bot.terminal.wire import message_from_wire, to_wire

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("UTC"), NOW)
GRID = Grid(("deal", "silent"), ("left", "right"), (("Acme", "9 d"), ("Brightwater, a long name for a deal", "16 d")))
MESSAGE = Message(
    "2 deals",
    (
        Text("**2 of 41 open deals** — *quiet*", "heading"),
        Text("Legal is silent. [1]", "bullet", "trouble"),
        GRID,
        Fold("All 23 rows", (Grid(GRID.headings, GRID.align, (*GRID.rows, ("Third", "5 d"))),)),
        Buttons((Button("Only mine", "ask", "only mine"),)),
        Fold("Evidence", (Quote(1, "We are checking.", "Ray", NOW, "Review", "https://x.example/a"),)),
        Text("*Rule: days.*", "quiet"),
        Chart(b"\x89PNG", "Pipeline went down.", "Pipeline"),
        Form("Edit", "edit", "1", (Input("note", "Note"),)),
    ),
    key="ans-1",
    about={"kind": "structured"},
)


def _piped(message: Message, **options: bool) -> str:
    stream = io.StringIO()
    Renderer(console_on(stream), CALENDAR, **options).show(message)
    return stream.getvalue()


def _on_terminal(message: Message, width: int) -> tuple[str, Shown]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system=None, markup=False, emoji=False)
    shown = Renderer(console, CALENDAR, number_buttons=True).show(message)
    return stream.getvalue(), shown


def test_a_pipe_gets_plain_lines() -> None:
    told = _piped(MESSAGE).splitlines()
    assert told[0] == "2 of 41 open deals — quiet"
    assert told[1] == "• ! Legal is silent. [1]"
    assert [word.strip() for word in told[3].split("  ") if word] == ["Acme", "9 d"]
    assert "\x1b" not in _piped(MESSAGE)
    assert "[1] “We are checking.” — Ray, 23 Nov, Review  https://x.example/a" in told


def test_what_is_folded_can_be_shown_whole_and_once() -> None:
    assert "… All 23 rows: add --all" in _piped(MESSAGE)
    assert "Third" not in _piped(MESSAGE)
    whole = _piped(MESSAGE, everything=True)
    assert "Third" in whole
    assert whole.count("Brightwater") == 1


def test_a_narrow_terminal_gets_one_block_a_row() -> None:
    told, _ = _on_terminal(MESSAGE, 40)
    assert "  silent: 16 d" in told
    assert max(len(line) for line in told.splitlines()) <= 40


def test_a_chat_numbers_what_can_be_asked_next() -> None:
    told, shown = _on_terminal(MESSAGE, 100)
    assert "1. Only mine" in told
    assert [button.value for button in shown.questions] == ["only mine"]


def test_a_picture_is_told_in_words() -> None:
    assert "Pipeline went down." in _piped(MESSAGE)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_words_from_outside_cannot_steer_the_terminal(words: str) -> None:
    told = _piped(Message("x", (Text(plain(words)), Quote(1, words, words, None, words, None))))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\x9b" not in told


def test_a_message_survives_the_way_from_the_server() -> None:
    assert message_from_wire(to_wire(MESSAGE)) == MESSAGE
