"""The risk map: what an open deal is worth against how much at risk it is. The few that matter are named where there is room for the name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.digest.pictures import RiskMapPicture, RiskPoint
from bot.pictures.amounts import short_money
from bot.pictures.scene import MARGIN, SMALL, WIDTH, Box, Dot, Label, Line, Mark, Paint, Scene, cut, width_of
from bot.pictures.words import mattering, point_told, told

_HIGH = 264.0
_NAME = 150.0
_TEXT_HIGH = 14.0
_APART = 2.0
_LOG_FROM = 40
"""Where the largest value is more than this many times the smallest, the values stand on a scale of powers."""

_PAINTS: dict[str, Paint] = {"at_risk": "bad", "watch": "watch", "healthy": "good", "unknown": "unknown"}
_NAMES = (("at_risk", "at risk"), ("watch", "to watch"), ("healthy", "healthy"), ("unknown", "not known"))


@dataclass(frozen=True)
class _Area:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: _Area) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def inside(self, other: _Area) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class _Scale:
    """Where values stand, from `low` at the bottom to `high` at the top."""

    low: float
    high: float
    logarithmic: bool
    area: _Area

    def y(self, value: Decimal) -> float:
        told = max(float(value), self.low)
        if self.logarithmic:
            part = (math.log10(told) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            part = (told - self.low) / (self.high - self.low)
        return self.area.bottom - 8 - min(max(part, 0.0), 1.0) * (self.area.bottom - self.area.top - 20)

    def x(self, risk: int) -> float:
        return self.area.left + 8 + risk / 100 * (self.area.right - self.area.left - 16)

    def ticks(self) -> list[Decimal]:
        if self.logarithmic:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            found = [Decimal(10) ** power for power in powers]
            return found[:: max(1, math.ceil(len(found) / 5))]
        step = _round_step(self.high / 4)
        count = int(self.high / step)
        return [Decimal(str(step)) * number for number in range(count + 1)]


def lay_out(picture: RiskMapPicture) -> Scene:
    """Return the sheet."""
    scene = Scene(picture.title, told(picture))
    y = scene.head("Each dot is an open deal")
    y = _legend(scene, y, picture.points)
    area, scale, ticks = _fitted(picture, y)
    scene.add(Box(area.left, area.top, area.right - area.left, area.bottom - area.top, "line", 3))
    for tick in ticks:
        at = scale.y(tick)
        scene.add(
            Line(area.left, at, area.right, at, "ground", 1.2),
            Label(area.left - 6, at + 4, short_money(tick, picture.currency), SMALL, "soft", "end"),
        )
    named = mattering(picture.points)
    chosen = {one.deal_id for one in named}
    order = sorted(picture.points, key=lambda one: (one.deal_id in chosen, one.risk, one.deal_id))
    drawn_at: set[tuple[int, int, str]] = set()
    small = 3.4 if len(picture.points) <= 150 else 2.6 if len(picture.points) <= 600 else 1.8
    for point in order:
        x, at = scale.x(point.risk), scale.y(point.amount)
        spot = (round(x * 2), round(at * 2), point.band)
        if spot in drawn_at and point.deal_id not in chosen:
            # Thousands of deals of one value stand on the same spot: one dot shows them.
            continue
        drawn_at.add(spot)
        radius = 5.0 if point.deal_id in chosen else small
        mark = Mark(point_told(point, picture.currency), point.url) if point.deal_id in chosen else None
        scene.add(Dot(x, at, radius, _PAINTS[point.band], mark, ring=point.band == "unknown"))
    unnamed = _name(scene, named, scale, area)
    base = area.bottom + 16
    scene.add(
        Label(area.left, base, "safe", SMALL, "soft"),
        Label((area.left + area.right) / 2, base, "risk →", SMALL, "soft", "middle"),
        Label(area.right, base, "at risk", SMALL, "soft", "end"),
    )
    also = ", ".join(f"{one.deal} ({short_money(one.amount, picture.currency)})" for one in unnamed)
    notes = [f"Large dots without a name: {also}."] if also else []
    scene.foot(base + 4, [*notes, *picture.notes])
    return scene


def _fitted(picture: RiskMapPicture, y: float) -> tuple[_Area, _Scale, list[Decimal]]:
    values = [one.amount for one in picture.points]
    high = float(max(values))
    positive = [float(value) for value in values if value > 0]
    low = min(positive, default=1.0)
    logarithmic = bool(positive) and high / low > _LOG_FROM
    if logarithmic:
        # A few tiny values must not press all others together.
        low = max(low, high / 10_000)
    bounds = (low if logarithmic else 0.0, high if high > 0 else 1.0)
    scale = _Scale(*bounds, logarithmic, _Area(0, 0, 1, 1))
    ticks = scale.ticks()
    left = MARGIN + max(width_of(short_money(tick, picture.currency), SMALL) for tick in ticks or [Decimal(0)]) + 6
    area = _Area(left, y, WIDTH - MARGIN, y + _HIGH)
    return area, _Scale(*bounds, logarithmic, area), ticks


def _name(scene: Scene, named: Sequence[RiskPoint], scale: _Scale, area: _Area) -> list[RiskPoint]:
    """Name the deals, most to lose first, where no name touches another name or another named deal; return those without room."""
    dots = [_around(scale.x(one.risk), scale.y(one.amount), 5.5) for one in named]
    taken: list[_Area] = []
    leaders: list[Line] = []
    names: list[Label] = []
    left_out = []
    for number, point in enumerate(named):
        name = cut(point.deal, _NAME, SMALL, bold=True)
        wide = width_of(name, SMALL, bold=True)
        others = [*taken, *(dot for index, dot in enumerate(dots) if index != number)]
        x, y = scale.x(point.risk), scale.y(point.amount)
        room = next(
            (
                spot
                for spot in _spots(x, y, wide)
                if spot.inside(area) and not any(spot.overlaps(other) for other in (*others, *_along(leaders)))
            ),
            None,
        )
        if room is None:
            left_out.append(point)
            continue
        taken.append(room)
        if (line := _leader(x, y, room)) is not None:
            leaders.append(line)
        names.append(Label(room.left + _APART, room.bottom - 3.5, name, SMALL, "ink", bold=True, backed=True))
    scene.add(*leaders, *names)
    return left_out


def _along(lines: Sequence[Line]) -> Iterator[_Area]:
    """Yield small areas along lines, so that no name is struck through."""
    for line in lines:
        for part in range(5):
            x = line.x + (line.to_x - line.x) * part / 4
            y = line.y + (line.to_y - line.y) * part / 4
            yield _around(x, y, 1.5)


def _spots(x: float, y: float, wide: float) -> Iterator[_Area]:
    """Yield where a name may stand, the best first: beside its dot, above, below, then ever further off."""
    wide += 2 * _APART
    half = _TEXT_HIGH / 2
    for away in (0.0, 9.0, 18.0):
        aside, above, below = 7 + away, y - 7 - away - _TEXT_HIGH, y + 7 + away
        for left, top in (
            (x + aside, y - half),
            (x - aside - wide, y - half),
            (x + 4, above),
            (x + 4, below),
            (x - 4 - wide, above),
            (x - 4 - wide, below),
            (x - wide / 2, above),
            (x - wide / 2, below),
        ):
            yield _Area(left, top, left + wide, top + _TEXT_HIGH)


def _leader(x: float, y: float, room: _Area) -> Line | None:
    """Return the line from a dot to a name that does not stand right beside it."""
    to_x = min(max(x, room.left), room.right)
    to_y = min(max(y, room.top), room.bottom)
    long = math.hypot(to_x - x, to_y - y)
    return Line(x, y, to_x, to_y, "soft", 0.9) if long > 9 else None


def _around(x: float, y: float, radius: float) -> _Area:
    return _Area(x - radius, y - radius, x + radius, y + radius)


def _legend(scene: Scene, y: float, points: Sequence[RiskPoint]) -> float:
    x = MARGIN
    for band, name in _NAMES:
        count = sum(one.band == band for one in points)
        if not count:
            continue
        said = f"{count:,} {name}"
        if x + 14 + width_of(said, SMALL) > WIDTH - MARGIN:
            x, y = MARGIN, y + 17
        scene.add(
            Dot(x + 5, y + 6, 4.5, _PAINTS[band], ring=band == "unknown"), Label(x + 14, y + 10, said, SMALL, "soft")
        )
        x += 14 + width_of(said, SMALL) + 12
    return y + 22


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
