"""A Message on the terminal: by width, with or without colour, and plain where the output is piped."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import IO, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from bot.figures import Calendar
from bot.markup import spans
from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Message, Part, Quote, Text

NARROW = 64
"""Columns below which a table is shown as one block a row."""

_TONES = {"trouble": "red", "good": "green"}
_SIGNS = {"trouble": "! ", "good": "✓ "}
# Words from outside must not steer the terminal: no escape sequences, no reversing of the direction of writing.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console_on(stream: IO[str] | None = None) -> Console:
    """Return a console on `stream` (stdout by default). A pipe gets lines that are not broken, and no colour."""
    stream = stream or sys.stdout
    if stream.isatty():
        return Console(file=stream, highlight=False, emoji=False, markup=False)
    return Console(
        file=stream, highlight=False, emoji=False, markup=False, width=100_000, color_system=None, force_terminal=False
    )


def safe(text: str) -> str:
    """Return words from outside without what could steer a terminal."""
    return _CONTROL.sub("", text)


@dataclass(frozen=True)
class Shown:
    """What stays to be chosen after a message was shown: its buttons that ask something, in the order of their numbers."""

    questions: tuple[Button, ...] = ()


class Renderer:
    """Shows messages. `everything` unfolds what is folded; `number_buttons` numbers what can be asked next, for a chat."""

    def __init__(
        self, console: Console, calendar: Calendar, *, everything: bool = False, number_buttons: bool = False
    ) -> None:
        self._console = console
        self._calendar = calendar
        self._everything = everything
        self._number_buttons = number_buttons
        self._questions: list[Button] = []

    def show(self, message: Message) -> Shown:
        """Print the message."""
        self._questions = []
        parts = message.parts
        for index, part in enumerate(parts):
            following = parts[index + 1] if index + 1 < len(parts) else None
            if self._everything and _is_start_of(part, following):
                continue
            self._part(part)
        return Shown(tuple(self._questions))

    def _part(self, part: Part) -> None:
        if isinstance(part, Text):
            self._text(part)
        elif isinstance(part, Quote):
            self._quote(part)
        elif isinstance(part, Grid):
            self._grid(part)
        elif isinstance(part, Fold):
            self._fold(part)
        elif isinstance(part, Buttons):
            self._buttons(part)
        elif isinstance(part, Chart):
            self._console.print(Styled(safe(part.alternative)))
        elif isinstance(part, Form) and part.inside:
            self._ticks(part)
        elif isinstance(part, Form):
            self._console.print(Styled(f"{part.title}: open the console to fill it in.", style="dim"))

    def _ticks(self, form: Form) -> None:
        for group in form.inputs:
            notes = dict(group.notes)
            self._console.print(Styled(safe(group.label), style="bold"))
            for value, label in group.choices:
                self._hanging("[x]" if value in group.chosen else "[ ]", Styled(f"{value}  {safe(label)}"))
                if value in notes:
                    self._console.print(Styled(f"      {safe(notes[value])}", style="dim"))

    def _text(self, part: Text) -> None:
        if part.style == "letter":
            for line in part.text.split("\n"):
                words = marked(line)
                self._console.print(
                    Padding(words, (0, 0, 0, 4)) if self._console.is_terminal else Styled("    ") + words
                )
            return
        styled = marked(part.text)
        if part.style == "quiet":
            styled.stylize("dim")
        if part.style == "bullet":
            styled = Styled(_SIGNS.get(part.tone, "")) + styled
            styled.stylize(_TONES.get(part.tone, ""))
            self._hanging("•", styled)
            return
        if part.tone in _TONES:
            styled.stylize(_TONES[part.tone])
        self._console.print(styled)

    def _hanging(self, sign: str, styled: Styled, style: str = "") -> None:
        if not self._console.is_terminal:
            self._console.print(Styled(f"{sign} ") + styled)
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(Styled(sign, style=style), styled)
        self._console.print(grid)

    def _quote(self, part: Quote) -> None:
        words = Styled(f"“{safe(part.text).strip()}”")
        by = [safe(part.speaker)] if part.speaker else []
        if part.at is not None:
            by.append(self._calendar.day(part.at))
        if part.label:
            by.append(safe(part.label))
        words.append(f" — {', '.join(by)}" if by else "", style="dim")
        if part.url and part.url.startswith("http"):
            words.append(f"  {part.url}", style="dim")
        self._hanging(f"[{part.number}]", words, style="cyan")

    def _fold(self, part: Fold) -> None:
        if self._everything or any(isinstance(one, (Quote, Text)) for one in part.parts):
            if any(isinstance(one, Quote) for one in part.parts):
                self._console.print(Styled(f"\n{part.label}", style="dim"))
            for one in part.parts:
                self._part(one)
            return
        self._console.print(Styled(f"… {part.label}: add --all", style="dim"))

    def _buttons(self, part: Buttons) -> None:
        asking = [button for button in part.buttons if button.action == "ask"]
        if not asking:
            return
        if not self._number_buttons:
            self._console.print(
                Styled("Ask: ", style="dim") + Styled(" · ".join(safe(button.value) for button in asking))
            )
            return
        for button in asking:
            self._questions.append(button)
            self._hanging(f"{len(self._questions)}.", Styled(safe(button.label)), style="cyan")

    def _grid(self, part: Grid) -> None:
        if self._console.is_terminal and self._console.width < NARROW:
            self._stacked(part)
            return
        table: Any = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading, align in zip(part.headings, part.align, strict=True):
            table.add_column(marked(heading), justify=align, overflow="fold")
        for row in part.rows:
            table.add_row(*(marked(cell) for cell in row))
        self._console.print(Padding(table, (1, 0)) if self._console.is_terminal else table)

    def _stacked(self, part: Grid) -> None:
        for row in part.rows:
            self._console.print()
            for index, (heading, cell) in enumerate(zip(part.headings, row, strict=True)):
                styled = marked(cell)
                self._console.print(styled if index == 0 else Styled("  ") + marked(heading) + Styled(": ") + styled)


def _is_start_of(part: Part, following: Part | None) -> bool:
    """Return whether a table is the beginning of the whole one that is folded after it."""
    if not isinstance(part, Grid) or not isinstance(following, Fold) or len(following.parts) != 1:
        return False
    whole = following.parts[0]
    return isinstance(whole, Grid) and whole.headings == part.headings and whole.rows[: len(part.rows)] == part.rows


def marked(text: str) -> Styled:
    """Return a marked-up text as rich shows it."""
    styled = Styled()
    for span in spans(text):
        words = f"[{span.text}]" if span.mark is not None else safe(span.text)
        style = (
            "cyan"
            if span.mark is not None
            else " ".join(name for name, on in (("bold", span.bold), ("dim", span.quiet)) if on)
        )
        styled.append(words, style=style or None)
    return styled
