"""Forecast categories: what a team's own word for one stands for.

The four are those that CRMs ship with (Salesforce: Pipeline, Best Case, Commit, Closed, Omitted; HubSpot adds Most Likely and Not Forecasted).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from sales.names import fold

Category = Literal["commit", "best", "pipeline", "closed", "omitted"]

_WHOLE: dict[Category, str] = {
    "commit": "commit|commited|committed|commitment|forecast|in forecast|verbal|verbal commit|zusage|zugesagt|fest|sicher|engage|engagement|comprometido|compromiso|comprometida|impegnato|impegno|compromisso",
    "best": "best case|bestcase|best|upside|likely|most likely|probable|probably|expect|expected|strong upside|wahrscheinlich|bester fall|meilleur cas|mejor caso|caso migliore|melhor caso|upside key|key upside",
    "pipeline": "pipeline|pipe|open|early|worst case|funnel|target|long shot|possible|prospect|offen|not sure",
    "closed": "closed|won|closed won|booked|signed|gewonnen|abgeschlossen|gagne|ganado|ganada|vinto|ganho",
    "omitted": "omitted|omit|not forecasted|not forecast|excluded|exclude|dont forecast|do not forecast|none|lost|closed lost|ausgeschlossen|omis|omitido",
}
_MEANING: dict[str, Category] = {word: key for key, words in _WHOLE.items() for word in words.split("|")}


@lru_cache(maxsize=1024)
def category_of(word: str | None) -> Category | None:
    """Return what a word for a forecast category stands for (`Upside` best, `COMMITTED` commit); None for an empty or an unknown one."""
    if not word:
        return None
    plain = " ".join(re.findall(r"[^\W\d_]+", fold(word)))
    if plain in _MEANING:
        return _MEANING[plain]
    found = {_MEANING[part] for part in plain.split() if part in _MEANING}
    return next(iter(found)) if len(found) == 1 else None
