"""What kind of answer one of ours gave to an objection, so that answers of many calls can be counted together."""

from __future__ import annotations

import re

OTHER = "other"
LABELS = {
    "pilot": "A pilot or trial",
    "discount": "A lower price",
    "terms": "Other terms",
    "smaller": "A smaller start",
    "proof": "A report or document",
    "reference": "Other customers' experience",
    "value": "What it saves or brings",
    "help": "Work that we take over",
    "product": "How the product does it",
    "later": "An answer was promised",
    OTHER: "Another answer",
}
"""What each kind is called."""

_WORDINGS = (
    (
        "pilot",
        r"\b(?:pilots?|trials?|proof of concept|poc|test (?:it|run|phase)|try (?:it|this|us)|sandbox|money[- ]back)\b",
    ),
    (
        "discount",
        r"\b(?:discount\w*|(?:percent|%) off|take \S+(?: percent)? off|knock (?:\S+ ){1,3}off|waive\w*|come down|bring (?:it|that|the price) down|lower (?:it|the price|that)|sharpen|match (?:the|that|their) (?:price|offer|quote)|(?:months?|weeks?|onboarding|set[- ]?up) (?:is |for )?free|free of charge|at no (?:extra )?(?:cost|charge))\b",
    ),
    (
        "terms",
        r"\b(?:month[- ]to[- ]month|monthly|quarterly|instal+ments?|split (?:it|the|that)|spread (?:it|the|that)|pay (?:as|later|after|when)|billing|net[- ]?\d+|opt(?:ing)?[- ]?out|break clause|cancel\w*|exit (?:clause|right)|notice period|ramp\w*|(?:shorter|one[- ]year|annual|multi[- ]year|two[- ]year|three[- ]year) (?:term|contract|deal|commitment)|price (?:lock|cap)|cap(?:ped)? (?:the|at))\b",
    ),
    (
        "smaller",
        r"\b(?:start (?:small|with (?:just |only )?(?:one|two|three|a|the))|(?:just|only) (?:one|the first|a single) \w+|fewer (?:seats|users|licen[sc]es|sites)|smaller (?:package|plan|start|scope)|(?:starter|basic|entry) (?:plan|tier|package)|phase (?:one|1)|in phases|phased|leave out|without the \w+ module)\b",
    ),
    (
        "proof",
        r"\b(?:soc ?2|iso ?\d{4,5}|hipaa|gdpr|pen(?:etration)?[- ]test\w*|audit(?:s|ed)? report|certificat\w+|certified|white ?paper|data processing agreement|dpa|security (?:pack\w*|questionnaire|overview)|trust (?:center|centre|page)|documentation|encrypt\w*|(?:send|share) (?:you |over )?(?:the|a|our) (?:\w+ ){0,2}(?:report|document|policy|paper|questionnaire|sheet))\b",
    ),
    (
        "reference",
        r"\b(?:reference (?:call|customer|client)s?|case stud(?:y|ies)|(?:other|another|similar|several|many|most|one) (?:of our )?(?:customers?|clients?|compan(?:y|ies)|teams?)|(?:a|one) (?:customer|client) of ours|our (?:other )?(?:customers|clients)|customers? like you|introduce you to|talk to (?:one of )?(?:our|their|them)|had the same (?:concern|worry|question))\b",
    ),
    (
        "value",
        r"\b(?:sav(?:es?|ed|ing|ings)\b|pa(?:ys|id|y) (?:for )?itself|pays? (?:it )?back|payback|break[- ]?even|return on|roi\b|worth (?:to you|of)|cost(?:s|ing)? you|losing \S+ (?:a|every|per)|(?:hours|days|dollars|euros|pounds|percent) (?:a|per|every|each) (?:day|week|month|quarter|year)|cheaper than|total cost|compared (?:to|with) what)",
    ),
    (
        "later",
        r"\b(?:I(?:['’]ll| will| need to| have to|['’]d have to| can)|let me) (?:ask|check|come back|get back|find out|look into|talk to|take (?:it|that) (?:back|away|to)|see what)\b",
    ),
    (
        "help",
        r"\b(?:we(?:['’]ll| will| can| would|['’]d| do| usually)? (?:\w+ )?(?:do (?:it|that|the|all)|handle|take care|take (?:it|that|this) (?:on|over|off)|migrate|move|train|set (?:it|that|this|everything) up|help|walk|guide|support you)|our (?:\w+ )?(?:team|engineers?|people|onboarding|implementation)|onboarding|dedicated|customer success|hand[- ]hold\w*)\b",
    ),
    (
        "product",
        r"\b(?:(?:it|that|the (?:product|system|tool|platform|app)) (?:does|can|works?|runs?|comes|handles|supports|integrates|connects|syncs|exports|imports|already)|we (?:\w+ )?(?:support|integrate|connect|have (?:a|an|that|native|connectors?)|offer|built|ship)|built[- ]in|native(?:ly)?|api\b|connectors?|webhooks?|roadmap|out of the box|configur\w+|single sign[- ]on|sso\b|export\w*)\b",
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _WORDINGS)


def kind_of_answer(answer: str) -> str:
    """Return the kind of an answer, a key of LABELS; `other` where its words show none. Where several are shown, the more binding one counts."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(answer)), OTHER)
