"""The few words that say it: a stretch of a quote, verbatim."""

from __future__ import annotations

import re

_CUTS = re.compile(
    r"[,;:.!?…]+\s+|\s+[-–—]+\s+|\s+(?=(?:but|because|so|which|and then|and (?:i|we|they|he|she|it|you|that|the))\b)",
    re.I,
)
_MOST = 14
_FEWEST = 3
_FILLER = re.compile(
    r"(?:(?:and|but|so|well|um+|uh+|er+m?|like|you know|i mean|yeah|yes|no|okay|ok|right|oh|honestly|because|look|see|then|now)\b[\s,.]*)+",
    re.I,
)


def phrase_of(quote: str, focus: tuple[int, int]) -> str:
    """Return the clause of a quote around `focus` (a place in it), at most about fourteen words, exactly as it stands there."""
    cuts = sorted({0, *(match.end() for match in _CUTS.finditer(quote)), len(quote)})
    start = max((cut for cut in cuts if cut <= focus[0]), default=0)
    end = min((cut for cut in cuts if cut >= max(focus[1], focus[0] + 1)), default=len(quote))
    while len(quote[start:end].split()) < _FEWEST and (start > 0 or end < len(quote)):
        if end < len(quote):
            end = min(cut for cut in cuts if cut > end)
        else:
            start = max(cut for cut in cuts if cut < start)
    places = [match.span() for match in re.finditer(r"\S+", quote[start:end])]
    if len(places) > _MOST:
        middle = next((i for i, (_, stop) in enumerate(places) if start + stop > focus[0]), 0)
        first = max(0, min(middle - 3, len(places) - _MOST))
        start, end = start + places[first][0], start + places[first + _MOST - 1][1]
    if (filler := _FILLER.match(quote, start, end)) and len(quote[filler.end() : end].split()) >= _FEWEST:
        start = filler.end()
    return quote[start:end].strip(" \t\n,;:-–—") or quote
