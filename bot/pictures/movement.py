"""The waterfall of pipeline movement, lying on its side: a phone is narrow, and names of moves are long."""

from __future__ import annotations

from decimal import Decimal

from agents.digest.pictures import MovementPicture
from bot.figures import counted, money
from bot.pictures.amounts import change, short_money
from bot.pictures.scene import BODY, MARGIN, WIDTH, Box, Label, Line, Mark, Paint, Scene, cut, width_of
from bot.pictures.words import step_told, steps_of, told

_ROW = 30.0
_BAR = 18.0
_LEFT_MOST = 126.0
_GAP = 8.0
_SMALL = Decimal("0.25")
"""Where all that moved is less than this part of the highest level, it could not be seen: the bars are cut at the left, and that is said."""


def lay_out(picture: MovementPicture) -> Scene:
    """Return the sheet."""
    scene = Scene(picture.title, told(picture))
    y = scene.head(f"Open pipeline, {picture.begin_label} to {picture.end_label}")
    rows = _rows(picture)
    floor = _floor(rows)
    left = MARGIN + min(_LEFT_MOST, max(width_of(row[0], BODY, bold=row[3] == "base") for row in rows) + 2) + _GAP
    room = max(width_of(value, BODY, bold=True) for *_, value, _ in rows)
    right = WIDTH - MARGIN - room - _GAP
    low = min(Decimal(0), *(min(a, b) for _, a, b, *_ in rows)) if floor == 0 else floor
    high = max(max(a, b) for _, a, b, *_ in rows)
    span = float(high - low) or 1.0

    def place(level: Decimal) -> float:
        return left + float(max(level, low) - low) / span * (right - left)

    end_of_last: float | None = None
    for label, begin, end, paint, value, said in rows:
        middle = y + _ROW / 2
        start, stop = sorted((place(begin), place(end)))
        if end_of_last is not None:
            scene.add(Line(end_of_last, y - (_ROW - _BAR) / 2, end_of_last, y + (_ROW - _BAR) / 2, "soft", 0.8))
        scene.add(
            Label(
                MARGIN,
                middle + 4.5,
                cut(label, left - MARGIN - _GAP, BODY, bold=paint == "base"),
                BODY,
                "ink",
                bold=paint == "base",
            ),
            Box(start, middle - _BAR / 2, max(stop - start, 1.5), _BAR, paint, 1.5, Mark(said)),
            Label(WIDTH - MARGIN, middle + 4.5, value, BODY, "ink" if paint == "base" else paint, "end", bold=True),
        )
        if paint == "base" and floor > 0:
            _cut_mark(scene, left + 7, middle)
        end_of_last = place(end)
        y += _ROW
    if low < 0:
        scene.add(Line(place(Decimal(0)), y - len(rows) * _ROW, place(Decimal(0)), y, "soft", 0.8))
    notes = [f"The bars begin at {short_money(floor, picture.currency)}, not at zero."] if floor > 0 else []
    scene.foot(y, [*notes, *picture.notes])
    return scene


_Row = tuple[str, Decimal, Decimal, Paint, str, str]


def _rows(picture: MovementPicture) -> list[_Row]:
    currency = picture.currency
    rows: list[_Row] = [_total(picture.begin_label, picture.begin, picture.begin_deals, currency)]
    level = picture.begin
    for step in steps_of(picture):
        # What is won leaves the open pipeline too, but nobody is to read it as bad news.
        paint: Paint = "good" if step.amount > 0 or step.kind == "won" else "bad" if step.amount < 0 else "soft"
        told_so = step_told(step, currency)
        rows.append((step.label, level, level + step.amount, paint, change(step.amount, currency), told_so))
        level += step.amount
    rows.append(_total(picture.end_label, picture.end, picture.end_deals, currency))
    return rows


def _total(label: str, amount: Decimal, deals: int, currency: str | None) -> _Row:
    said = f"{label}: {money(amount, currency)} open" + (f" in {counted(deals, 'deal')}" if deals else "")
    return label, Decimal(0), amount, "base", short_money(amount, currency), said


def _floor(rows: list[_Row]) -> Decimal:
    """Return where the bars begin: zero, or a round amount below the lowest level where that is far up."""
    levels = [end for _, _, end, *_ in rows]
    low, high = min(levels), max(levels)
    if low <= 0 or low == high or high - low >= high * _SMALL:
        return Decimal(0)
    step = Decimal(10) ** (high - low).adjusted()
    floor = ((low - (high - low) / 2) / step).to_integral_value() * step
    return max(floor, Decimal(0)) if floor < low else Decimal(0)


def _cut_mark(scene: Scene, x: float, y: float) -> None:
    half = _BAR / 2 + 1.5
    for shift in (-1.6, 1.6):
        scene.add(Line(x + shift - 2, y + half, x + shift + 2, y - half, "ground", 2.2))
