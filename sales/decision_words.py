"""How the buyer decides: their own words on who says yes, in what order, by when, and what papers it takes."""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_over, is_question

_WHO_DECIDES = re.compile(
    r"\b(?:(?:it['’]?s|that['’]?s|is|are) (?:me|her|him|hers|his|mine|my (?:call|decision|budget|checkbook|line)|up to (?:me|her|him|us|them|the|\w+)|her call|his call|the board['’]?s?)\b|(?:signs?|approves?|decides?|has the (?:last|final) (?:say|word)|holds? the (?:budget|purse)|purse strings|say yes or no|says? (?:yes|no)|sign(?:s|ed|ing)? (?:off|it|this|that|nothing|anything|for)|sign[- ]?off|green ?light|veto|sponsor)\b|(?:I|we|she|he|they) (?:pay|own|control) (?:for )?(?:it|this|that|the budget))",
    re.I,
)
_PROCESS = re.compile(
    r"\b(?:approv(?:al|als|ed|e|es|ing)|(?:the |our )?board\b|committee|steering|council|procurement|purchasing|legal(?: review| team| has| needs| will| on)?|infosec|security (?:review|questionnaire|team)|vendor (?:risk|onboarding|registration|review)|works council|tender|rfp|rfi|framework|shortlist|scor(?:e|es|ing)|recommend(?:ation|s)?|evaluation|bake-?off|pilot first|proof of concept|purchase order|\bpo\b|coupa|ariba|budget (?:cycle|round|meeting|approval)|sign(?:ature|ed) by|contract review|msa|redlines?|decision (?:by|in|is|date|process|meeting|maker)|decide(?:d)? (?:by|in|on|before|at)|business case|vote[sd]?|quarter end|year end|fiscal|above (?:that|\w+ (?:thousand|million|k))|up to (?:\w+ )*(?:thousand|million|k\b)|threshold|limit of)\b",
    re.I,
)
_ORDER = re.compile(
    r"\b(?:then|first|after that|before|by|until|once|when|week|weeks|month|months|quarter|goes? to|next|finally|needs? to|has to|have to|must|will|who|alone|above|end of|january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|\d)\b",
    re.I,
)


def process_weight(text: str) -> float:
    """Return how much a buyer's sentence tells of how they decide: 0 for nothing, 1 and more where it does."""
    words = len(text.split())
    if words < 4 or is_question(text) or is_over(text) or (is_condition(text) and words < 8):
        return 0.0
    who, how, order = _WHO_DECIDES.search(text), len(_PROCESS.findall(text)), bool(_ORDER.search(text))
    if not who and not (how and (order or how >= 2)):
        return 0.0
    return (1.2 if who else 0.0) + 0.7 * min(how, 3) + (0.4 if order else 0.0)
