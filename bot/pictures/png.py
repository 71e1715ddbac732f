"""Painting a sheet as PNG: matplotlib's objects on an Agg canvas, nothing of its global state, one at a time.

The sheet has a ground and an edge of its own, so that it reads alike in a light and in a dark chat. It is 1,080 pixels wide: sharp on a phone, and
the same bytes for the same figures.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, Literal

from bot.pictures.scene import WIDTH, Box, Dot, Label, Line, Scene, font_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS = 3
"""Pixels of the picture for one of the sheet."""

PAINTS = {
    "ground": "#faf9f5",
    "edge": "#cfcbc0",
    "ink": "#1d2023",
    "soft": "#555a61",
    "line": "#eceae2",
    "base": "#4a6482",
    "good": "#1c6a3c",
    "bad": "#9d2f14",
    "watch": "#8a5a00",
    "unknown": "#555a61",
}
_DPI = 100 * PIXELS
_POINTS = 0.72
_COLOURS = 63
_SIDES: dict[str, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
_LOCK = threading.Lock()


def painted(scene: Scene) -> bytes:
    """Return the sheet as PNG. Blocks for some tenths of a second; safe from any thread."""
    # Agg is safe for threads that share nothing, but the fonts' cache is shared.
    with _LOCK:
        return _painted(scene)


def _painted(scene: Scene) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 100, scene.height / 100), dpi=_DPI, facecolor="none")
    canvas = FigureCanvasAgg(figure)
    _sheet(figure, scene.height)
    for order, shape in enumerate(scene.shapes, start=2):
        _shape(figure, shape, scene.height, order)
    drawn = io.BytesIO()
    canvas.print_png(drawn, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return _smaller(drawn.getvalue())


def _smaller(png: bytes) -> bytes:
    """Return the same picture in few colours: flat paints need no more, and mail and chats have limits."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        shown = image.convert("RGBA")
    sheet = Image.new("RGBA", shown.size, PAINTS["ground"])
    sheet.alpha_composite(shown)
    reduced = sheet.convert("RGB").quantize(colors=_COLOURS, dither=Image.Dither.NONE)
    # Only what is outside of the sheet's round corners lets through what is behind it.
    outside = shown.getchannel("A").point(lambda alpha: 255 if alpha < 128 else 0)
    reduced.paste(_COLOURS, mask=outside)
    kept = io.BytesIO()
    colours = [*(reduced.getpalette() or ()), *(0,) * 3 * _COLOURS][: 3 * _COLOURS]
    reduced.putpalette(colours + _rgb(PAINTS["ground"]))
    reduced.save(kept, "PNG", compress_level=9, transparency=_COLOURS)
    return kept.getvalue()


def _rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _sheet(figure: Figure, height: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    edge = FancyBboxPatch(
        (0.75, 0.75),
        WIDTH - 1.5,
        height - 1.5,
        boxstyle="round,pad=0,rounding_size=10",
        facecolor=PAINTS["ground"],
        edgecolor=PAINTS["edge"],
        linewidth=_POINTS,
    )
    _put(figure, edge, 1)


def _shape(figure: Figure, shape: Box | Dot | Line | Label, height: float, order: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle, FancyBboxPatch

    paint = PAINTS[shape.paint]
    if isinstance(shape, Box):
        radius = min(shape.radius, shape.width / 2, shape.height / 2)
        box = FancyBboxPatch(
            (shape.x, height - shape.y - shape.height),
            shape.width,
            shape.height,
            boxstyle=f"round,pad=0,rounding_size={radius}" if radius > 0 else "square,pad=0",
            facecolor=paint,
            linewidth=0,
        )
        _put(figure, box, order)
    elif isinstance(shape, Dot):
        look: dict[str, Any] = (
            {"facecolor": PAINTS["ground"], "edgecolor": paint, "linewidth": 1.4 * _POINTS}
            if shape.ring
            else {"facecolor": paint, "edgecolor": PAINTS["ground"], "linewidth": 0.8 * _POINTS}
        )
        _put(figure, Circle((shape.x, height - shape.y), shape.radius, **look), order)
    elif isinstance(shape, Line):
        line = Line2D(
            (shape.x, shape.to_x),
            (height - shape.y, height - shape.to_y),
            color=paint,
            linewidth=shape.width * _POINTS,
            linestyle=(0, (3, 2)) if shape.dashed else "-",
            solid_capstyle="butt",
        )
        _put(figure, line, order)
    else:
        _label(figure, shape, height, order)


def _label(figure: Figure, label: Label, height: float, order: int) -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.patheffects import withStroke
    from matplotlib.text import Text

    text = Text(
        label.x,
        height - label.y,
        label.text,
        color=PAINTS[label.paint],
        fontproperties=FontProperties(fname=str(font_of(label.bold)), size=label.size * _POINTS),
        horizontalalignment=_SIDES[label.anchor],
        verticalalignment="baseline",
        # A dollar sign is a dollar sign here, not the beginning of a formula.
        parse_math=False,
    )
    if label.backed:
        text.set_path_effects([withStroke(linewidth=3.2 * _POINTS, foreground=PAINTS["line"])])
    _put(figure, text, order)


def _put(figure: Figure, artist: Any, order: int) -> None:
    from matplotlib.transforms import Affine2D

    artist.set_transform(Affine2D().scale(PIXELS))
    artist.set_zorder(order)
    artist.set_figure(figure)
    figure.add_artist(artist)
