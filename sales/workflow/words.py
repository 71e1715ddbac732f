"""What a mail of the buyer starts: interest, a question, or something of ours that it asks for by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sales.mail.moods import mood_of
from sales.mail.opt_out import sentences_of

_ASKING = re.compile(r"[?？؟](?=[\s\"'”’)\]]|$)")
_LONGEST = 8_000


@dataclass(frozen=True)
class Heard:
    """The sentences of a mail that show interest, ask something, or name what is asked for; None where none does."""

    interest: str | None = None
    question: str | None = None
    asks_for: str | None = None


def heard_in(text: str, said_on: date, words: Collection[str], *, interest: bool = True) -> Heard:
    """Return what a mail starts. `text` is what its writer wrote anew; `words` are those of the rules `asks_for`, in small letters.

    `interest` is looked for only where a rule wants it: it takes the longest.
    """
    text = text[:_LONGEST]
    wanted = _pattern(tuple(sorted(words))) if words else None
    names, asks = wanted is not None and wanted.search(text) is not None, _ASKING.search(text) is not None
    mood = mood_of(text, said_on) if interest else None
    sentences = sentences_of(text) if names or asks else []
    return Heard(
        interest=mood.words if mood is not None and mood.kind == "positive" and mood.words else None,
        question=next((one for one in sentences if _ASKING.search(one)), None),
        asks_for=next((one for one in sentences if wanted.search(one)), None) if wanted else None,
    )


def names_any(text: str, words: Collection[str]) -> bool:
    """Return whether a text holds one of the words, whatever their case."""
    return bool(words) and _pattern(tuple(sorted(words))).search(text) is not None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    told = "|".join(re.escape(word).replace("\\ ", r"\s+") for word in words)
    return re.compile(rf"(?<!\w)(?:{told})(?!\w)", re.IGNORECASE)
