"""What a search gives: a ranked passage with its exact place in the source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Found:
    """A ranked passage.

    `source_id` is the activity's id (a call's as imported, a mail's Message-ID), or the change's where `kind` is change. `first` and `last` are turn or
    paragraph positions, `turns` the turn ids (empty for a text), `quoted` those of them that were imported as text rather than as numbers. `text` is verbatim; in a call each change of speaker begins a line with
    "Name: ". `speaker` is set where only one person speaks.
    """

    passage_id: int
    source_id: str
    kind: str
    account_id: str | None
    deal_id: str | None
    turns: tuple[str, ...]
    quoted: frozenset[str]
    first: int
    last: int
    speaker: str | None
    at: datetime | None
    text: str
    score: float
    similarity: float
    coverage: float
