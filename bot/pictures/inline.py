"""Pictures inside a message: small enough for a chat that takes no upload and can fetch nothing from us.

Adaptive Cards take a picture as a data URI since 1.2 (https://adaptivecards.io/explorer/Image.html); Teams' pages say that its bytes don't count
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages), and others name 28 KB for all of a message. It is held to those.
"""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from functools import lru_cache

from bot.message import Chart, Message, with_charts
from bot.pictures.drawing import png_of
from bot.pictures.png import PAINTS

DATA = "data:image/png;base64,"
MOST_LETTERS = 14_600
"""Letters that a picture may have as a data URI, so that its card keeps room for its words."""

_ACROSS = (720, 640, 560, 480, 420)
"""Pixels across, the best first."""

_SOFTENED = ("ink", "soft", "base", "bad")
"""Paints whose edges get a shade between them and the ground: without one, letters look torn."""


def inlined(chart: Chart) -> Chart:
    """Return the chart with its picture in its address; as it is where it has one already, or can't be made small enough. Blocks."""
    if chart.url is not None or chart.upload is not None:
        return chart
    found = _small(png_of(chart))
    return chart if found is None else replace(chart, url=found)


def parted(message: Message) -> tuple[Message, list[Chart]]:
    """Return the message without the pictures that stand in the open, its folded ones inside, and those that can follow it one by one. Blocks."""
    held = with_charts(message, inlined)
    shown = [part for part in held.parts if isinstance(part, Chart) and part.url]
    rest = tuple(part for part in held.parts if not any(part is one for one in shown))
    return replace(held, parts=rest), shown


@lru_cache(maxsize=32)
def _small(png: bytes) -> str | None:
    if not png:
        return None
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        ground = Image.new("RGBA", image.size, PAINTS["ground"])
        ground.alpha_composite(image.convert("RGBA"))
    whole, palette = ground.convert("RGB"), Image.new("P", (1, 1))
    palette.putpalette([channel for colour in _palette() for channel in colour])
    for width in _ACROSS:
        height = max(1, round(whole.height * width / whole.width))
        small = whole.resize((width, height), Image.Resampling.LANCZOS)
        kept = io.BytesIO()
        small.quantize(palette=palette, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
        told = DATA + base64.b64encode(kept.getvalue()).decode()
        if len(told) <= MOST_LETTERS:
            return told
    return None


def _palette() -> list[tuple[int, ...]]:
    """Return the paints of a sheet and the shades at their edges: a palette made from the picture would give up what is rare, which is what counts."""

    def read(paint: str) -> tuple[int, ...]:
        return tuple(int(paint[at : at + 2], 16) for at in (1, 3, 5))

    ground = read(PAINTS["ground"])
    shades = [tuple((one + other) // 2 for one, other in zip(read(PAINTS[name]), ground)) for name in _SOFTENED]
    return [*dict.fromkeys(map(read, PAINTS.values())), *shades]
