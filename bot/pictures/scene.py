"""A picture as plain shapes, laid out once and painted twice: as PNG (`bot.pictures.png`) and as SVG (`bot.pictures.svg`).

Lengths are CSS pixels of a sheet that is 360 wide, as on a phone; y goes down. No text is smaller than 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.brief_pdf import font_folder

WIDTH = 360.0
MARGIN = 16.0
TITLE, BODY, SMALL = 15.0, 13.0, 12.0
LINE = 1.35

Paint = Literal["ink", "soft", "line", "base", "good", "bad", "watch", "unknown", "ground"]
_MISSING = "\u25af"
"""Stands for a character that the font does not have: nothing is left out without a trace."""


@dataclass(frozen=True)
class Mark:
    """What a shape stands for, for whoever explores the picture: `told` is its figures in words, `url` the record that it opens."""

    told: str
    url: str | None = None


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    paint: Paint
    radius: float = 0.0
    mark: Mark | None = None
    hatched: bool = False


@dataclass(frozen=True)
class Dot:
    """A filled circle, or a ring."""

    x: float
    y: float
    radius: float
    paint: Paint
    mark: Mark | None = None
    ring: bool = False


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x: float
    y: float
    to_x: float
    to_y: float
    paint: Paint = "line"
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Label:
    """One line of text; `y` is its baseline. A `backed` one stands on a ground of its own, so that nothing shines through."""

    x: float
    y: float
    text: str
    size: float = BODY
    paint: Paint = "ink"
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    backed: bool = False


Shape = Box | Dot | Line | Label


@dataclass
class Scene:
    """A sheet that grows downwards. `height` is known when everything is drawn."""

    title: str
    alternative: str
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        """Put shapes on the sheet, over what is there."""
        self.shapes += shapes

    def head(self, under: str) -> float:
        """Put the title and the line under it at the top; return where the rest begins."""
        y = MARGIN
        for line in wrapped(self.title, WIDTH - 2 * MARGIN, TITLE, bold=True, lines=2):
            y += TITLE * 1.2
            self.add(Label(MARGIN, y - 3, line, TITLE, "ink", bold=True))
        for line in wrapped(under, WIDTH - 2 * MARGIN, SMALL, lines=2) if under else ():
            y += SMALL * LINE
            self.add(Label(MARGIN, y - 2, line, SMALL, "soft"))
        return y + 10

    def foot(self, y: float, notes: Sequence[str]) -> None:
        """Put the notes at the end, and end the sheet."""
        if notes:
            y += 4
        for note in notes:
            for line in wrapped(note, WIDTH - 2 * MARGIN, SMALL, lines=3):
                y += SMALL * LINE
                self.add(Label(MARGIN, y - 2, line, SMALL, "soft"))
        self.height = float(round(y + MARGIN - 2))


def known(text: str) -> str:
    """Return words on one line, with a sign in the place of what the font can't show."""
    covered = _covered()
    line = " ".join(text.split())
    return "".join(char if ord(char) in covered else _MISSING for char in line)


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is."""
    advances = _advances(bold)
    return sum(advances.get(ord(char), 1.0) for char in text) * size


def cut(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """Return a line that is at most `most` wide; where it is longer an ellipsis says so."""
    line = known(text)
    if width_of(line, size, bold=bold) <= most:
        return line
    while line and width_of(line + "…", size, bold=bold) > most:
        line = line[:-1]
    return line.rstrip() + "…"


def wrapped(text: str, most: float, size: float, *, bold: bool = False, lines: int = 9) -> list[str]:
    """Return a text in lines that are at most this wide; what does not fit into the last one is cut with an ellipsis."""
    words = known(text).split(" ")
    made: list[str] = []
    while words and len(made) < lines:
        if len(made) == lines - 1:
            made.append(cut(" ".join(words), most, size, bold=bold))
            break
        line = words.pop(0)
        while words and width_of(f"{line} {words[0]}", size, bold=bold) <= most:
            line = f"{line} {words.pop(0)}"
        made.append(cut(line, most, size, bold=bold))
    return [line for line in made if line]


def font_of(bold: bool) -> Path:
    """Return the font's file: DejaVu, which knows Polish, Greek and Russian names."""
    return font_folder() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@lru_cache(maxsize=2)
def _advances(bold: bool) -> dict[int, float]:
    """Return how far each character that the font has moves on, as part of the size."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(font_of(bold)) as face:
        units, widths = face["head"].unitsPerEm, face["hmtx"].metrics
        return {code: widths[name][0] / units for code, name in face.getBestCmap().items()}


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    return frozenset(_advances(False)) & frozenset(_advances(True))
