"""Stage conversion, and replies by signal: one row for each, its name above its bar, so that long names have room."""

from __future__ import annotations

from decimal import Decimal

from agents.digest.pictures import ConversionPicture, ConversionRow, RepliesPicture
from bot.figures import counted
from bot.pictures.scene import BODY, MARGIN, SMALL, WIDTH, Box, Label, Mark, Paint, Scene, cut, width_of
from bot.pictures.words import ENOUGH, replies_of, reply_told, row_told, share, told

_ROW = 46.0
_BAR = 14.0
_FULL = WIDTH - 2 * MARGIN
_MOST = 12
"""Rows that are drawn; what follows is counted, and stands in the words and the table."""


def lay_out_conversion(picture: ConversionPicture) -> Scene:
    """Return the sheet of stage conversion."""
    scene = Scene(picture.title, told(picture))
    y = scene.head(_line("Deals that entered each stage", picture.window))
    rows = [row for row in picture.rows if row.entered]
    y = _legend(scene, y, (("went on", "good"), ("still there", "base"), ("lost", "bad")))
    most = max(row.entered for row in rows)
    for row in rows[:_MOST]:
        rate = share(row.went_on, row.entered)
        figures = f"{row.went_on} of {row.entered}" + (f" · {rate}" if rate else "")
        _named(scene, y, row.stage, figures)
        scene.add(Box(MARGIN, y + 21, _FULL, _BAR, "line", 2))
        _stacked(scene, y + 21, row, _FULL * row.entered / most)
        y += _ROW
    scene.foot(
        y, [*_left_out(len(rows), "stage"), *_too_few(any(row.entered < ENOUGH for row in rows)), *picture.notes]
    )
    return scene


def lay_out_replies(picture: RepliesPicture) -> Scene:
    """Return the sheet of replies by signal."""
    scene = Scene(picture.title, told(picture))
    y = scene.head(_line("Answered by a person, of the first mails sent", picture.window))
    rows = replies_of(picture)
    rates = [Decimal(row.replies) / row.sent for row in rows if row.sent >= ENOUGH]
    top = max([*rates, Decimal("0.1")])
    for row in rows[:_MOST]:
        rate = share(row.replies, row.sent)
        _named(scene, y, row.signal, f"{row.replies} of {row.sent}" + (f" · {rate}" if rate else ""))
        scene.add(Box(MARGIN, y + 21, _FULL, _BAR, "line", 2, Mark(reply_told(row))))
        if rate and row.replies:
            width = _FULL * float(Decimal(row.replies) / row.sent / top)
            scene.add(Box(MARGIN, y + 21, width, _BAR, "good", 2))
        y += _ROW
    few = _too_few(any(row.sent < ENOUGH for row in rows))
    scene.foot(y, [*_left_out(len(rows), "kind of signal", "kinds of signals"), *few, *picture.notes])
    return scene


def _line(what: str, window: str) -> str:
    return f"{what}, {window}" if window else what


def _named(scene: Scene, y: float, name: str, figures: str) -> None:
    room = _FULL - width_of(figures, BODY, bold=True) - 10
    scene.add(
        Label(MARGIN, y + 14, cut(name, room, BODY), BODY, "ink"),
        Label(WIDTH - MARGIN, y + 14, figures, BODY, "ink", "end", bold=True),
    )


def _stacked(scene: Scene, y: float, row: ConversionRow, width: float) -> None:
    # What is not accounted for (a deal that was deleted meanwhile) stays blank rather than being counted as something.
    parts: tuple[tuple[int, Paint], ...] = ((row.went_on, "good"), (row.open, "base"), (row.lost, "bad"))
    whole = max(row.entered, sum(count for count, _ in parts))
    x = MARGIN
    mark: Mark | None = Mark(row_told(row))
    for count, paint in parts:
        if not count:
            continue
        long = width * count / whole
        scene.add(Box(x, y, max(long - 1, 1.0), _BAR, paint, 1.5, mark))
        mark = None
        x += long


def _legend(scene: Scene, y: float, entries: tuple[tuple[str, Paint], ...]) -> float:
    x = MARGIN
    for name, paint in entries:
        scene.add(Box(x, y, 11, 11, paint, 2), Label(x + 16, y + 10, name, SMALL, "soft"))
        x += 16 + width_of(name, SMALL) + 16
    return y + 20


def _left_out(count: int, one: str, many: str | None = None) -> list[str]:
    return (
        [f"{counted(count - _MOST, f'more {one}', f'more {many or one + chr(115)}')} not drawn."]
        if count > _MOST
        else []
    )


def _too_few(some: bool) -> list[str]:
    return [f"No share is told of fewer than {ENOUGH}."] if some else []
