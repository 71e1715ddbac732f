"""Which words ask for alerts: `which alerts were held back?`, `what alerts do I have?`, `why was no alert raised for Acme?`, `which rules are muted?`. Only clear matches count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sales.courtesies import END

_LEAD = r"\s*(?:(?:hi|hey|ok|so|and|please)[,\s]+)*(?:(?:can|could)\s+you\s+)?(?:(?:please\s+)?(?:show|tell|give|list)\s+(?:me\s+|us\s+)?)?"
_WHEN = r"(?:\s+(?:so\s+far\s+)?(?:today|yesterday|lately|recently|now|right\s+now|currently|(?:this|last|the\s+last|in\s+the\s+last)\s+(?:week|month|quarter)|in\s+the\s+meantime))?"
_END = _WHEN + END
_ANY = r"(?:(?:which|what|is|are|any|all|how\s+many|are\s+there|do\s+(?:i|we)\s+have|have\s+(?:i|we)\s+got)\s+)*(?:(?:of\s+)?(?:the|my|our|all|any|open|new|current|active|standing)\s+)*"
_BACK = r"(?:held(?:\s+back)?|holding(?:\s+back)?|kept\s+back|suppressed|not\s+(?:sent|told|raised|shown)|withheld|budgeted\s+away)"
_HELD = re.compile(
    _LEAD
    + rf"(?:{_ANY}alerts?\s+(?:(?:were|was|are|is|got|did\s+you|have\s+you|have\s+been|has\s+been|that\s+(?:were|are))\s+)?(?:being\s+)?{_BACK}(?:\s+(?:from|for)\s+(?:me|us))?"
    rf"|{_ANY}{_BACK}\s+alerts?|(?:what|which\s+ones?)\s+(?:was|were|got|is|are|did\s+you|have\s+you|do\s+you)\s+(?:held\s+back|hold(?:ing)?\s+back|kept\s+back|keep\s+back|suppress(?:ed)?|withh[eo]ld)(?:\s+(?:from|for)\s+(?:me|us))?"
    r"|(?:what|which)\s+(?:alerts?\s+)?(?:did|have)\s+you\s+(?:hold|held|keep|kept)\s+back(?:\s+(?:from|for)\s+(?:me|us))?"
    r"|(?:what|which)\s+(?:alerts?\s+)?(?:did\s+you\s+not|have\s+you\s+not|didn['’]?t\s+you|haven['’]?t\s+you)\s+(?:tell|told|sen[dt]|show|shown|raised?)(?:\s+(?:to\s+)?(?:me|us))?)"
    + _END,
    re.I,
)
_STANDING = re.compile(
    _LEAD
    + rf"(?:{_ANY}alerts?(?:\s+(?:do\s+(?:i|we)\s+have|(?:have\s+)?(?:i|we)(?:\s+have)?\s+got|are\s+there|(?:that\s+)?(?:are|is)\s+(?:open|standing|active|waiting|unresolved|still\s+open|there)|stand|wait|(?:wait\s+|open\s+)?for\s+(?:me|us)|came(?:\s+in|\s+up)?|were\s+(?:raised|sent)|open|standing))*"
    r"|what\s+(?:have\s+you|did\s+you)\s+alert(?:ed)?\s+(?:me|us)\s+(?:about|of|to))" + _END,
    re.I,
)
_ENDED = re.compile(
    _LEAD
    + rf"(?:{_ANY}(?:alerts?\s+(?:(?:were|was|have\s+been|are|that\s+(?:were|have))\s+)?(?:resolved|ended|closed|worked|settled|saved|done)|(?:resolved|ended|closed)\s+alerts?)|what\s+(?:became|has\s+become|came)\s+of\s+(?:the|my|our)\s+alerts?)"
    + _END,
    re.I,
)
_RULES = re.compile(
    _LEAD
    + rf"(?:{_ANY}(?:alert\s+)?(?:rules?|alerts?)\s+(?:(?:are|were|is|have\s+been|got)\s+)?(?:muted|silenced|switched\s+off)|{_ANY}muted\s+(?:alert\s+)?(?:rules?|alerts?)"
    rf"|{_ANY}alerts?\s+(?:did\s+)?(?:(?:people|we|they|somebody|anybody|you)\s+)?(?:were\s+|are\s+)?(?:call(?:ed)?|judged?|found|find|marked)?\s*(?:as\s+)?(?:useless|not\s+useful|useful|helpful|noise|wrong)"
    r"|how\s+(?:precise|good|useful|accurate|right|reliable)\s+(?:are|were)\s+(?:the|our|your|my|these)\s+alerts?|(?:are|were)\s+(?:the|our|your|my)\s+alerts?\s+(?:any\s+)?(?:useful|good|precise|right|worth\s+it)"
    r"|(?:what['’]?s|what\s+is)\s+the\s+precision\s+of\s+(?:the|our|your)\s+alerts?|(?:the\s+)?alert(?:s['’]|s)?\s+precision)"
    + _END,
    re.I,
)
_WHY = re.compile(
    _LEAD
    + r"(?:why\s+(?:(?:was|is|were)\s+(?:there\s+)?(?:no\s+alert|nothing)(?:\s+(?:raised|sent|told|shown))?|(?:was|were)n['’]?t\s+(?:i|we)\s+(?:alerted|told|warned)|did(?:n['’]?t|\s+not)\s+(?:you|dealwright)\s+(?:alert|tell|warn)\s+(?:me|us)|(?:did\s+)?(?:i|we)\s+(?:got?|get|did(?:n['’]?t|\s+not)\s+get)\s+no\s+alert|did(?:n['’]?t|\s+not)\s+(?:i|we)\s+get\s+an\s+alert|(?:was|is|were)\s+the\s+alerts?)"
    r"|(?:is|are|was|were)\s+there\s+(?:an\s+|any\s+|no\s+)?alerts?|any\s+alerts?|(?:the\s+)?alerts?)\s+(?:(?:raised\s+|sent\s+)?(?:for|on|about|of|with|from|at))\s+(?P<who>.{2,120}?)(?:\s+(?:held(?:\s+back)?|not\s+sent))?"
    + _END,
    re.I,
)
_LONGEST = 300


@dataclass(frozen=True)
class Asked:
    """What is asked of alerts; `who` names an account or deal where the question is why there is one, or none."""

    kind: Literal["held", "standing", "ended", "rules", "why"]
    who: str = ""


def asked_in(words: str) -> Asked | None:
    """Return what words ask of alerts, None where they ask nothing of them."""
    if len(words) > _LONGEST:
        return None
    if _HELD.fullmatch(words):
        return Asked("held")
    if _ENDED.fullmatch(words):
        return Asked("ended")
    if _RULES.fullmatch(words):
        return Asked("rules")
    if _STANDING.fullmatch(words):
        return Asked("standing")
    found = _WHY.fullmatch(words)
    return Asked("why", found["who"]) if found else None
