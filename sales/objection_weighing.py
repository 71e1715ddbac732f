"""How likely a buyer's turn objects: what it says, how it begins, and how the seller took it. Words alone don't tell: `it has to work offline` is asked of us by one buyer and held against us by another.

Most of the weight beyond the words comes from the seller beside them: after an objection they explain or offer, after the answer to a question they ask on.
The weights were set by hand on the labelled calls that were looked at (see `docs/qualification.md`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sales.objection_hints import hinted
from sales.qualifying.questions import asked_in
from sales.qualifying.talk import even
from sales.talk import Utterance

ENOUGH = 0.25
"""From this weight on a turn objects."""

_START = -1.9
_ONLY_HINTS = 0.5
"""Words that are known as hints alone ask for so much more around them."""
_OFFERS = re.compile(
    r"\b(?:we|i|it|you|they|our \w+)(?:'d| would| could| can|'ll| will| have|'ve| do| did| had| opened| moved| took)\b|\bwhat (?:if|we)\b|\bhow about\b|\bso (?:with|if)\b|\bthere's\b"
)
_SELLS = re.compile(
    r"[$€£]|\b(?:price|pricing|quote|proposal|a (?:month|year|seat|user|truck)|thousand|contract|term|start|go[- ]live|pilot|roll ?out|implementation|onboarding|we (?:can|could|would|do|usually|typically|have|integrate|support)|you(?:'d| would get|'ll)|it (?:does|can|takes|comes|includes|costs)|our (?:customers|platform|product|team|standard)|next step|would it|how does that|what do you think)\b"
)
_SYMPATHY = re.compile(
    r"^\W*(?:(?:okay|ok|yeah|oh|well|right|sure)[\s,.]+)*(?:that'?s |it'?s |totally |completely )?(?:fair|i hear|understood|i understand|i get|sure|ouch|sorry|no worries|we hear that|we get that|not okay|worth)\b"
)
_LEADS_IN = re.compile(
    r"^\W*(?:(?:well|um|uh|so|okay|ok|yeah|no|good|and|look|right|hm+)[\s,.]+)*(?:but|the other thing|other thing|one more|look|honestly|thing is|the thing|see|my (?:concern|worry|problem|thing)|i'm (?:gonna|going to) (?:be|save)|i'll be|you know|even if|how do i know|against|still|it's still|i (?:do want|have) to say|i must)\b"
)
_AGAINST = re.compile(
    r"\b(?:not|no|never|nobody|cannot|nothing|without|too|only|half|again|another|hard|afraid|worr\w+|against|problem)\b|n't\b|\bdont\b|\bcant\b|\bwont\b"
)
_MUST = re.compile(
    r"\b(?:has to|have to|had to|must|mandatory|we need|we'd need|i need|needs to|need to|required?|requirement|i want to see|it's got to|gotta|needs? a|first thing|most important|that it'?s|that it works)\b"
)
_ON_PAPER = re.compile(
    r"\b(?:goes (?:in|to|through)|purchase order|po|sign(?:s|ed|ing)?|approv\w+|committee|template|questionnaire|certificate|meets|redlines?|votes?)\b"
)
_SETTLED = re.compile(
    r"\b(?:not|isn't|never|no) (?:a |my |our |the |that )?(?:problem|issue|worry|fight)|\b(?:sorted|fixed|fine|used to)\b"
)
_ABOUT_US = re.compile(r"\b(?:you|your|yours|you're|y'all|it|this|that)\b")
_ASKED = frozenset(
    "metrics pain decision_criteria decision_process paper_process economic_buyer competition budget situation".split()
)


def weight_of(turns: Sequence[Utterance], index: int, plainness: float) -> float:
    """Return how likely the buyer's turn at `index` objects (`ENOUGH` and more). `plainness` is how plain its words are by themselves, 0 where no known ones do."""
    small = even(turns[index].text)
    before, after = _beside(turns, index)
    hints = len(hinted(small))
    if not plainness and not hints:
        return _START
    weight = _START - (0.0 if plainness else _ONLY_HINTS)
    weight += 1.6 * (plainness >= 0.6) + 0.9 * (plainness >= 0.9)
    weight += 1.1 * (hints > 0) + 0.5 * (hints > 1)
    weight += 0.5 * bool(_OFFERS.search(after)) + 0.3 * bool(_SYMPATHY.search(after))
    weight += 0.5 * (len(after.split()) >= 12) - 0.1 * after.rstrip().endswith("?")
    weight += 0.3 * bool(_SELLS.search(before)) - 0.9 * bool(before and asked_in(before) & _ASKED)
    weight += 0.9 * bool(_LEADS_IN.search(small)) + 0.5 * min(len(_AGAINST.findall(small)), 4) / 4
    weight += 0.2 * bool(_ABOUT_US.search(small)) + 0.2 * (len(small.split()) >= 8)
    weight -= 0.7 * bool(_MUST.search(small)) + 0.6 * bool(_ON_PAPER.search(small)) + 0.8 * bool(_SETTLED.search(small))
    return weight - 0.2 * small.rstrip().endswith("?")


def _beside(turns: Sequence[Utterance], index: int) -> tuple[str, str]:
    """Return what the seller said just before and just after, evened out."""
    before = next((one.text for one in reversed(turns[max(0, index - 3) : index]) if one.side == "seller"), "")
    after = next((one.text for one in turns[index + 1 : index + 4] if one.side == "seller"), "")
    return even(before), even(after)
