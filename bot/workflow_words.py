"""Which words ask for the workflow: what is overdue, what is due, what to do first, what is next on a deal. Only clear matches count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sales.courtesies import END, asks_for_own

_LEAD = r"\s*(?:(?:hi|hey|ok|okay|so|and|but|please)[,\s]+)*(?:(?:can|could|would)\s+you\s+)?(?:(?:please\s+)?(?:show|tell|give|list|remind)\s+(?:me\s+|us\s+)?(?:of\s+)?)?"
_WHEN = r"(?:\s+(?:now|today|right\s+now|currently|at\s+the\s+moment|as\s+of\s+today|this\s+(?:week|morning|afternoon)|again))?"
_WHOSE = r"(?:\s+(?:(?:for|of|with|from|on)\s+(?:me|mine|us|(?:my|the|our)\s+(?:team|side|end|plate|list)|everybody|everyone|the\s+(?:whole\s+)?company)|here))?"
_THINGS = r"(?:actions?|tasks?|follow[\s-]?ups?|steps?|next\s+steps?|things?|items?|to[\s-]?dos?|touches|work)"
_LATE = r"(?:over[\s-]?due|past\s+due|late|running\s+late)"
_HAVE = r"(?:(?:do|have)\s+(?:i|we)\s+(?:have\s+|got\s+)?|is\s+there\s+|are\s+there\s+|(?:have\s+)?(?:i|we)\s+(?:have\s+|got\s+)?)"
_ANY = r"(?:(?:which|what|any|all|how\s+many)\s+)?(?:(?:of\s+)?(?:my|our|the|all)\s+)*"

_OVERDUE = tuple(
    re.compile(_LEAD + form + _WHOSE + _WHEN + END, re.I)
    for form in (
        rf"(?:(?:what(?:['’]?s|\s+is|\s+are)?|whats|is|anything|something|everything)\s+)*(?:still\s+|that(?:['’]s|\s+is)\s+)?(?:anything\s+)?(?:my\s+|our\s+)?{_LATE}",
        rf"{_ANY}{_THINGS}\s+(?:(?:are|is|that\s+are|that\s+is|do\s+(?:i|we)\s+have)\s+)?(?:still\s+)?{_LATE}",
        rf"{_HAVE}?{_ANY}{_LATE}\s+{_THINGS}(?:\s+do\s+(?:i|we)\s+have)?",
        rf"{_HAVE}(?:anything|something|{_ANY}{_THINGS})\s+(?:that(?:['’]s|\s+is|\s+are)\s+)?{_LATE}",
        r"what\s+(?:am\s+i|are\s+we)\s+(?:late|behind|overdue)\s+(?:on|with|for|at)",
        r"where\s+(?:am\s+i|are\s+we)\s+(?:late|behind)(?:\s+with\s+follow[\s-]?ups?)?",
        rf"(?:what|which\s+{_THINGS})\s+(?:have|did|has)\s+(?:i|we|been)\s+(?:miss(?:ed)?|forg[eo]t(?:ten)?|let\s+slip|left\s+undone)",
        rf"what\s+should\s+be\s+done\s+by\s+now|what\s+did\s+(?:i|we)\s+forget(?:\s+to\s+do)?|what\s+should\s+have\s+been\s+done(?:\s+(?:already|by\s+now))?|(?:what|which\s+{_THINGS})\s+should\s+(?:i|we)\s+have\s+done(?:\s+(?:already|by\s+now))?",
    )
)
_DUE = re.compile(
    _LEAD
    + rf"(?:(?:what(?:['’]?s|\s+is|\s+are)\s+|(?:is\s+)?(?:anything|something)\s+|{_ANY}{_THINGS}\s+(?:are\s+|is\s+)?)(?:due|up\s+next|on\s+(?:my|our)\s+(?:plate|list|to[\s-]?do\s+list)|on\s+for)|what\s+do\s+(?:i|we)\s+have\s+(?:to\s+do|due|on)|my\s+(?:to[\s-]?dos?|to[\s-]?do\s+list|tasks|actions))"
    rf"(?:\s+(?P<when>today|now|tomorrow|this\s+week|next\s+week|in\s+the\s+next\s+(?:few\s+)?days))?{END}",
    re.I,
)
_FIRST_WHEN = r"(?:\s+(?:first|next|now|today|this\s+morning|this\s+afternoon|this\s+week|most|tomorrow|right\s+now|of\s+all|then|on|with|to))*"
_DO = (
    r"(?:talk(?:ing)?\s+(?:to|with)|speak\s+(?:to|with)|call(?:ing)?(?:\s+back)?|ring|phone|contact|write(?:\s+to)?|e?-?mail|reach\s+out\s+to|follow[\s-]?up(?:\s+with|\s+on)?|get\s+back\s+to|touch|do|work(?:\s+on)?|"
    r"focus(?:\s+on)?|concentrate(?:\s+on)?|start(?:\s+(?:with|on))?|begin(?:\s+with)?|look\s+(?:at|into|after)|tackle|handle|prioriti[sz]e|chase|attend\s+to|spend\s+(?:my|our)\s+time(?:\s+on)?|put\s+(?:my|our)\s+time(?:\s+into)?)"
)
_FIRST = tuple(
    re.compile(_LEAD + form + END, re.I)
    for form in (
        rf"(?:who|whom|what|where|which\s+(?:deals?|accounts?|customers?|buyers?|prospects?|people|person|one)|what\s+(?:deals?|accounts?))\s+(?:should|do|must|can|shall|ought|would\s+you)\s+(?:i|we|have\s+me)\s+(?:to\s+|need\s+to\s+|have\s+to\s+)?(?:be\s+)?{_DO}{_FIRST_WHEN}",
        rf"(?:who|whom|what|where)\s+(?:to|do\s+you\s+(?:think|suggest|recommend)\s+(?:that\s+)?i)\s+(?:should\s+)?{_DO}{_FIRST_WHEN}",
        rf"(?:who|what|which\s+(?:deals?|accounts?|customers?))\s+(?:needs?|wants?|deserves?)\s+(?:me|my\s+attention|attention|us|our\s+attention|a\s+call|an\s+answer)(?:\s+(?:from\s+(?:me|us)))?{_FIRST_WHEN}",
        r"what(?:['’]?s|\s+is|\s+are)\s+(?:(?:the\s+|my\s+|our\s+)?(?:most\s+important|first|best|next(?:\s+best)?|one)\s+(?:things?|steps?|actions?)(?:\s+(?:for\s+me|i\s+(?:should|can|could)))?(?:\s+(?:to\s+)?do)?|(?:my|our)\s+(?:top\s+)?(?:priorit(?:y|ies)|agenda|plan|next\s+(?:steps?|actions?))|on\s+my\s+agenda)(?:\s+(?:for\s+)?(?:today|now|this\s+week|this\s+morning))?",
        r"(?:plan|prioriti[sz]e)\s+my\s+(?:day|morning|week)|my\s+(?:top\s+)?priorities(?:\s+(?:for\s+)?(?:today|this\s+week))?|what(?:['’]?s|\s+is)\s+next",
    )
)
_NEXT = re.compile(
    rf"\s*what\s+(?:should|do|must|can)\s+(?:i|we)\s+do(?:\s+next)?\s+(?:on|with|for|about|at)\s+(?P<who>.{{2,120}}?)(?:\s+next)?{END}|\s*(?:what(?:['’]s|\s+is)\s+)?next\s+(?:(?:on|with|for)\s+)?(?P<short>.{{2,120}}?){END}",
    re.I,
)
_LONGEST = 300
_DAYS = {"tomorrow": 2, "this week": 7, "next week": 14}


@dataclass(frozen=True)
class Asked:
    """What words ask of the workflow. `mine` where they say so; `days` until when it is due; `who` names a deal or account, `sure` where nothing else can be meant."""

    kind: Literal["overdue", "due", "first", "next"]
    mine: bool = False
    days: int = 1
    who: str = ""
    sure: bool = False


def asked_in(words: str) -> Asked | None:
    """Return what words ask of the workflow, None where they ask nothing of it."""
    said = words.strip()
    if len(said) > _LONGEST:
        return None
    mine = asks_for_own(said)
    if any(form.fullmatch(said) for form in _OVERDUE):
        return Asked("overdue", mine)
    if found := _DUE.fullmatch(said):
        when = " ".join((found["when"] or "").casefold().split())
        return Asked("due", mine, _DAYS.get(when, 7 if when.startswith("in ") else 1))
    if any(form.fullmatch(said) for form in _FIRST):
        return Asked("first", mine)
    if found := _NEXT.fullmatch(said):
        return Asked("next", mine, who=found["who"] or found["short"], sure=found["who"] is not None)
    return None
