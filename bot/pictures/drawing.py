"""From figures to a part of a message: a chart that is drawn only where it is shown, or words where there is nothing to draw."""

from __future__ import annotations

from functools import lru_cache

from agents.digest.pictures import ConversionPicture, MovementPicture, Picture, RiskMapPicture
from bot.message import Chart, Text, plain
from bot.pictures.conversion import lay_out_conversion, lay_out_replies
from bot.pictures.movement import lay_out as lay_out_movement
from bot.pictures.risk_map import lay_out as lay_out_risk
from bot.pictures.scene import BODY, LINE, MARGIN, WIDTH, Label, Scene, wrapped
from bot.pictures.words import nothing, told


def part_of(picture: Picture) -> Chart | Text:
    """Return the part that shows a picture in a message: a chart, or its sentence where there is nothing to draw."""
    empty = nothing(picture)
    if empty is not None:
        return Text(f"*{plain(f'{picture.title}: {empty}')}*", "quiet")
    return chart_of(picture)


def chart_of(picture: Picture) -> Chart:
    """Return the chart of a picture, not drawn yet."""
    return Chart(b"", told(picture), picture.title, picture)


def png_of(chart: Chart) -> bytes:
    """Return the picture of a chart, drawn now where it was not. b"" where there are no figures to draw. Blocks."""
    if chart.png or chart.picture is None:
        return chart.png
    return drawn(chart.picture)


@lru_cache(maxsize=32)
def drawn(picture: Picture) -> bytes:
    """Return a picture as PNG; the same figures give the same bytes. Blocks."""
    from bot.pictures.png import painted

    return painted(lay_out(picture))


def lay_out(picture: Picture) -> Scene:
    """Return the sheet of any picture; one without figures says so."""
    empty = nothing(picture)
    if empty is not None:
        return _said(picture.title, empty, picture.notes)
    if isinstance(picture, MovementPicture):
        return lay_out_movement(picture)
    if isinstance(picture, RiskMapPicture):
        return lay_out_risk(picture)
    return lay_out_conversion(picture) if isinstance(picture, ConversionPicture) else lay_out_replies(picture)


def _said(title: str, sentence: str, notes: tuple[str, ...]) -> Scene:
    scene = Scene(title, f"{title}. {sentence}")
    y = scene.head("") + 2
    for line in wrapped(sentence, WIDTH - 2 * MARGIN, BODY, lines=4):
        y += BODY * LINE
        scene.add(Label(MARGIN, y - 2, line, BODY, "ink"))
    scene.foot(y, notes)
    return scene
