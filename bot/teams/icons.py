"""The two icons of the app, drawn by code: PNGs written with the standard library.

What Teams takes: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

COLOR_SIZE = 192
OUTLINE_SIZE = 32

ACCENT = "#1F4E5F"

_GROUND = (0x1F, 0x4E, 0x5F)
_WHITE = (255, 255, 255)
_SAMPLES = 4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"

Pixel = tuple[int, int, int, int]


def color_icon() -> bytes:
    """Return the color icon: a white sign on the full accent colour, inside the middle 96 × 96."""

    def pixel(x: float, y: float) -> float:
        return _sign((x - COLOR_SIZE / 2) / 48, (y - COLOR_SIZE / 2) / 48)

    def paint(share: float) -> Pixel:
        red, green, blue = (round(dark + (light - dark) * share) for dark, light in zip(_GROUND, _WHITE, strict=True))
        return red, green, blue, 255

    return _png(COLOR_SIZE, pixel, paint)


def outline_icon() -> bytes:
    """Return the outline icon: the sign in white on nothing."""

    def pixel(x: float, y: float) -> float:
        return _sign((x - OUTLINE_SIZE / 2) / 15, (y - OUTLINE_SIZE / 2) / 15)

    return _png(OUTLINE_SIZE, pixel, lambda share: (255, 255, 255, round(255 * share)))


def _sign(x: float, y: float) -> float:
    """Return 1 inside the sign: a speech bubble with three lines, the last of them short; `x` and `y` run from -1 to 1."""
    bubble = abs(x) <= 1 and -0.85 <= y <= 0.55 and not _corner(x, y)
    tail = -0.6 <= x <= -0.1 and 0.55 < y <= 0.55 + 0.4 * (1 - (x + 0.6) / 0.5)
    if not (bubble or tail):
        return 0.0
    first = abs(x) <= 0.7 and -0.6 <= y <= -0.42
    second = abs(x) <= 0.7 and -0.24 <= y <= -0.06
    third = -0.7 <= x <= 0.15 and 0.12 <= y <= 0.3
    return 0.0 if first or second or third else 1.0


def _corner(x: float, y: float) -> bool:
    across, down = max(0.0, abs(x) - 0.75), max(0.0, abs(y + 0.15) - 0.45)
    return across**2 + down**2 > 0.0625


def _png(side: int, inside: Callable[[float, float], float], paint: Callable[[float], Pixel]) -> bytes:
    rows = bytearray()
    steps = [(number + 0.5) / _SAMPLES for number in range(_SAMPLES)]
    for y in range(side):
        rows.append(0)
        for x in range(side):
            share = sum(inside(x + right, y + down) for right in steps for down in steps) / _SAMPLES**2
            rows += bytes(paint(share))
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
