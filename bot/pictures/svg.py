"""Painting a sheet as SVG for the console: in the console's own colours, each mark with its figures, to be reached by keyboard and read aloud.

No style stands in it but classes: the console's policy allows no other.
"""

from __future__ import annotations

from markupsafe import Markup

from bot.pictures.scene import WIDTH, Box, Dot, Label, Line, Mark, Scene, Shape

_EMPTY = Markup("")
_ANCHORS = {"start": "", "middle": " mid", "end": " end"}


def svg_of(scene: Scene, name: str) -> Markup:
    """Return the drawing; `name` is unique on its page. The first mark is reached by Tab, the others by the arrow keys from there."""
    marks = [shape.mark for shape in scene.shapes if isinstance(shape, Box | Dot) and shape.mark is not None]
    drawn = _EMPTY.join(_shape(shape, marks) for shape in scene.shapes)
    return Markup(
        '<svg class="picture" viewBox="0 0 {} {}" role="group" aria-label="{}" aria-describedby="{}-told">{}</svg>'
    ).format(_number(WIDTH), _number(scene.height), scene.title, name, drawn)


def _shape(shape: Shape, marks: list[Mark]) -> Markup:
    if isinstance(shape, Line):
        return Markup('<line class="p-{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}"/>').format(
            shape.paint,
            *(_number(value) for value in (shape.x, shape.y, shape.to_x, shape.to_y, shape.width)),
        )
    if isinstance(shape, Label):
        look = (
            f"p-{shape.paint}{_ANCHORS[shape.anchor]}{' bold' if shape.bold else ''}{' backed' if shape.backed else ''}"
        )
        return Markup('<text class="{}" x="{}" y="{}" font-size="{}" aria-hidden="true">{}</text>').format(
            look, _number(shape.x), _number(shape.y), _number(shape.size), shape.text
        )
    if isinstance(shape, Box):
        drawn = Markup('<rect class="p-{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>').format(
            shape.paint, *(_number(value) for value in (shape.x, shape.y, shape.width, shape.height, shape.radius))
        )
    else:
        drawn = Markup('<circle class="p-{}{}" cx="{}" cy="{}" r="{}"/>').format(
            shape.paint, " ring" if shape.ring else "", *(_number(value) for value in (shape.x, shape.y, shape.radius))
        )
    return _marked(drawn, shape.mark, marks) if shape.mark is not None else drawn


def _marked(drawn: Markup, mark: Mark, marks: list[Mark]) -> Markup:
    first = "0" if mark is marks[0] else "-1"
    if mark.url is not None and mark.url.startswith(("/", "https://", "http://")) and not mark.url.startswith("//"):
        return Markup('<a class="mark" href="{}" tabindex="{}" aria-label="{}" data-told="{}">{}</a>').format(
            mark.url, first, mark.told, mark.told, drawn
        )
    return Markup('<g class="mark" role="img" tabindex="{}" aria-label="{}" data-told="{}">{}</g>').format(
        first, mark.told, mark.told, drawn
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
