"""Words of a buyer that say when the deal will be signed: a day beside words of signing, deciding or ordering."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sales.sentences import Sentence
from sales.spoken_dates import When, days_in

_OF_SIGNING = re.compile(
    r"\b(?:realistic\w*|sign(?:s|ed|ing|ature)?|date|decid\w*|decision|clos(?:e|ing)|contract|order|budget|earliest|not before|more like|po\b|purchase|approv\w*|start|kick|ready|release\w*|go ahead)\b",
    re.I,
)
_NOT_SIGNING = re.compile(
    r"\b(?:training|invoice|holiday|vacation|conference|fair|webinar|birthday|since|was|were|last|ago|back in|peak|go[- ]live|goes live|live)\b",
    re.I,
)
_SURE = re.compile(
    r"\b(?:realistic\w*|not before|earliest|more like|won['’]t|can['’]t|not going to|slip\w*|push\w*|move[sd]? to|delay\w*)\b",
    re.I,
)


@dataclass(frozen=True)
class Dated:
    """A sentence that names days of signing. `sure` tells that it says so firmly, as somebody does who corrects another day."""

    sentence: Sentence
    days: tuple[When, ...]
    sure: bool

    @property
    def first(self) -> date:
        """Return the earliest of the days."""
        return min(one.first for one in self.days)


def dated_in(parts: Sequence[Sentence], said_on: date) -> Iterator[Dated]:
    """Yield the sentences of one turn or mail that name a day on which the deal will be signed; questions and what lies behind name none."""
    for i, sentence in enumerate(parts):
        around = f"{parts[i - 1].text if i else ''} {sentence.text}"
        if _OF_SIGNING.search(around) is None or _NOT_SIGNING.search(sentence.text) or sentence.text.endswith("?"):
            continue
        days = tuple(days_in(sentence.text, said_on))
        if days:
            yield Dated(sentence, days, _SURE.search(around) is not None)
