"""Whether a sentence of a mail claims something of whoever writes it, of their product or their customers: what a reader could ask a proof of."""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_question
from sales.sentences import sentences

_OF_US = re.compile(
    r"\b(?:we|we['’](?:re|ve|ll|d)|our|ours|customers?|clients?|users|teams|companies|shippers|buyers|others|everybody|everyone|nobody|it|this|that)\b",
    re.I,
)
_BRINGS = re.compile(
    r"\b(?:halv(?:es?|ed|ing)|doubl(?:es?|ed|ing)|tripl(?:es?|ed|ing)|cuts?|cutting|reduc(?:es?|ed|ing)|sav(?:es?|ed|ing)|lower(?:s|ed|ing)|increas(?:es?|ed|ing)|improv(?:es?|ed|ing)|sp(?:ed|eeds?) up|eliminat(?:es?|ed|ing)|boost(?:s|ed|ing)?|shorten(?:s|ed|ing)?|outperform(?:s|ed|ing)?|beats?|pays? (?:back|off|for itself)|paid (?:back|off)|prevent(?:s|ed|ing)?|integrates?|integrated with|compl(?:y|ies) with|never fails?|won|switched to us|chose us|trusts? us|rel(?:y|ies) on us|uses? us|swears? by)\b",
    re.I,
)
_PRAISES = re.compile(
    r"\b(?:cheap(?:er|est)|fast(?:er|est)|leading|(?:market|category) leader|number one|no\. ?1|the only|the best|best[- ]in[- ]class|largest|unique|unmatched|world[- ]class|state of the art|most (?:trusted|popular|used|accurate|reliable))\b",
    re.I,
)
_BY_ITSELF = re.compile(
    r"\b(?:guarantee[sd]?|certified|certification|accredited|compliant|patented|award[- ]winning|(?:clinically |well[- ])?proven|risk[- ]free|money back|refund(?:s|ed)?|discount(?:s|ed)?|free of charge|for free|at no cost|half price|peer[- ]reviewed|trusted by|used by|backed by|endorsed by|recommended by)\b",
    re.I,
)
_TOLD_BY_ASKING = re.compile(r"^\s*(?:did|do) you know\b", re.I)


def claims_in(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that claim something, as they stand there. A question claims nothing, unless it only asks whether one knows."""
    return tuple(one.text.strip() for one in sentences(text) if _claims(one.text))


def _claims(sentence: str) -> bool:
    if is_condition(sentence) or (is_question(sentence) and not _TOLD_BY_ASKING.match(sentence)):
        return False
    if _BY_ITSELF.search(sentence):
        return True
    return bool(_OF_US.search(sentence) and (_BRINGS.search(sentence) or _PRAISES.search(sentence)))
