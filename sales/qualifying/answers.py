"""What makes a turn the answer to a question of its kind, whatever cues it has of its own: `And who signs off?` – `That'd be Ruth.`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sales.qualifying.words import BODY, DAY, MONEY, NUMBER, PAPER, ROLE, VENDOR


@dataclass(frozen=True)
class Answer:
    """`worth` is added where the turn shows `evidence`, `worth_without` where it does not but is long enough. `none_counts_not`: "nobody" fills nothing."""

    worth: float
    evidence: re.Pattern[str] | None = None
    worth_without: float = 0.0
    least_words: int = 2
    names_count: bool = False
    none_counts_not: bool = True


def _of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


ANSWERS: Mapping[str, Answer] = {
    "economic_buyer": Answer(1.0, _of(rf"\b(?:{ROLE}|{BODY}|me|i do|i can (?:sign|approve|decide)|i can do (?:it |that |this |so )?(?:myself|alone|on my own)|i sign|i decide|it's (?:me|him|her|hers|his|mine)|my (?:boss|call|budget|decision|shop|money|husband|wife|husband's|wife's)|treasurer|accountant|chair)\b"), 0.0, 1, names_count=True),
    "decision_process": Answer(0.75, _of(rf"\b(?:{ROLE}|{BODY}|then|first|{DAY}|decides?|approv\w+|sign\w*|quotes?|vote|score|present|meet|pilot|paper|legal|procurement|weeks?)\b"), 0.2, 5, names_count=True),
    "paper_process": Answer(0.75, _of(rf"\b(?:{PAPER}|template|weeks?|days|review|sign\w*|lawyer|slow)\b"), 0.2, 3, names_count=True),
    "decision_criteria": Answer(0.8, _of(r"\b(?:must|has to|have to|need\w*|want\w*|can't|got to|important|without|price|security|support|easy|reference|prove|proof|works?|under|less|fast|film|cost|time|one|two|somebody|someone)\b"), 0.45, 4),
    "metrics": Answer(0.8, _of(rf"(?<!\w){NUMBER}(?!\w)"), 0.0, 2),
    "pain": Answer(0.8, _of(r"\b(?:late|wrong|miss\w*|lost|los\w+|wait\w*|can't|nobody|manual\w*|problem\w*|slow|spreadsheets?|errors?|cost\w*|penalt\w+|audit\w*|complain\w*|late|hours?|fail\w*|stuck|doubled|volume|too|never|hard|sits?|rejected|broke\w*|don't|overtime|nowhere|findings|excel|trucks?|not|nothing|no one|gone|quit|again|twice|broken|mess|pain|struggl\w+|behind|short|regulator|inspector|leak\w*|crash\w*|down|chas\w+|firefight\w*|only one|left)\b"), 0.15, 5),
    "champion": Answer(0.5, _of(r"\b(?:i (?:have|already|did|asked|told|wrote|put|took|got|went|showed|sent|will|'ll)|i've|i'll)\b"), 0.0, 4),
    "competition": Answer(1.0, _of(rf"\b(?:{VENDOR}|quotes?|offers?|one more|two others|another|outfit|local|a couple|they|them|nephew|build|in-house|cheaper|{MONEY})\b"), 0.0, 3, names_count=True),
    "budget": Answer(0.9, _of(rf"(?<!\w){NUMBER}(?!\w)|\b(?:budget|line|money|plan|year)\b"), 0.0, 2),
    "timing": Answer(0.9, _of(rf"\b(?:{DAY}|weeks?|months?|before|peak|season|asap|soon)\b"), 0.0, 2),
    "situation": Answer(0.7, None, 0.0, 5),
    "payoff": Answer(0.7, _of(r"\b(?:would|could|help|save|less|faster|yes|half|hero|finally|under|more)\b"), 0.0, 4),
}  # fmt: skip
"""By kind of element."""
