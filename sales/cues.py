"""What a sentence of a sales conversation is worth: a blocker, a demand, a date, a sum, a decision, a rival, somebody leaving.

Cheap first: a sentence's words are met with small sets, and only what they hit is looked at with a pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sales.commitments import asks
from sales.spoken_numbers import numbers_in
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, WEEKDAY_NAMES, word_keys

Cue = Literal[
    "refusal", "departure", "blocker", "competitor", "timing", "money", "decision", "demand", "objection", "positive"
]

_WEIGHTS: dict[Cue, float] = {
    "refusal": 4.0, "departure": 4.0, "blocker": 3.5, "competitor": 2.4, "timing": 1.8, "decision": 1.8, "money": 1.8, "demand": 2.0, "objection": 2.6, "positive": 1.2,
}  # fmt: skip
_HINTS: dict[Cue, frozenset[str]] = {
    "refusal": frozenset("decided going went longer cancel cancelled withdraw overruled chose chosen selected declined rejected stopped killed".split()),
    "departure": frozenset("leaving leave leaves left last job role successor replacing replaces replaced replacement resigned resign stepping took taking joining starting moved moving".split()),
    "blocker": frozenset("cant cannot wont without until blocked blocker blocking stuck stops stop hold holding approve agree waiting signing missing before unless needs committee clearance gate veto freeze no first".split()),
    "competitor": frozenset("competitor competitors alternative alternatives vendor vendors rival incumbent compared comparing compare bakeoff shortlist other others".split()),
    "timing": frozenset("realistically delay delayed postpone postponed slip slipped later deadline pushed timeline schedule golive rollout earlier month months quarter week weeks year today tomorrow q1 q2 q3 q4 end date live".split()) | MONTH_NAMES | WEEKDAY_NAMES,
    "money": frozenset("budget price pricing prices discount expensive cost costs cheaper cheap billing invoice invoices payment afford money percent fee fees payback dollars euros pounds thousand million capex opex".split()),
    "decision": frozenset("approve approved approves approval sign signed signature decide decides decided decision board committee council cfo ceo coo legal counsel procurement purchasing vote voted security compliance director signoff recommend".split()),
    "objection": frozenset("expensive concern concerns concerned worried worry worries risk risky problem problems issue issues doubt doubts afraid hate hates unconvinced skeptical sceptical against reluctant complicated difficult nightmare wrong slow too not dont mess pushback nervous uncomfortable".split()),
    "positive": frozenset("love loves great happy impressed excellent perfect agreed accepted approved works recommend convinced glad promising good real yes win pleased go".split()),
    "demand": frozenset("need needs want wants require requires expect expects ask asking send where please must would like".split()),
}  # fmt: skip
_SPELLED: dict[Cue, str] = {
    "refusal": r"\b(?:decided (?:for|against|not|to go with|on)|(?:going|went|go) with \w+|not going (?:ahead|forward|to (?:buy|sign|renew|proceed))|no longer (?:interested|a priority|looking)|(?:we|they|I)(?:['’]ve| have)? (?:cancel|withdr|chose|selected|declined|rejected)|overruled)",
    "departure": r"\b(?:(?:I['’]m|I am|(?:s)?he['’]?s|(?:s)?he is|\w+ is|\w+ was) leaving|leav(?:es|ing) (?:the company|us)|leave (?:the company|at the end of)|my last (?:day|week)|(?:his|her) last (?:day|week)|new (?:role|job)|step(?:ping|ped) down|resign|took over (?:from|for|as|the)|tak(?:es|ing) over (?:from|for|as|my|his|her|the)|my successor|(?:his|her) successor|(?:is|was|been) replac|left (?:the company|us|for)|no longer (?:with|at) )",
    "blocker": r"\b(?:can(?:['’]?t|not) (?:\w+ ){0,2}(?:sign|take|move|do|commit|approve|go|start|release|agree|proceed|say|put|run|use|buy|get|accept|have)|won['’]t (?:sign|approve|go|accept|happen|pass|work|get|let)|not (?:signing|going to sign|approv)|without (?:the|a|an|that|it|your|our|this)|(?:not|nothing|nobody \w+) (?:\w+ ){0,6}(?:until|before|unless|without)|only (?:if|when|after|once)|(?:has|have|needs?|must) (?:to )?(?:be )?(?:agree|approve|sign off|clear|vote)\w*|waiting (?:for|on)|(?:blocked|stuck|blocker|blocking|veto|showstopper|deal ?breaker)|(?:stops|stopping|holding|holds) (?:us|it|this|that|up|me)|still missing|(?:comes|is) first|if one is missing)\b",
    "competitor": r"\b(?:competitors?|(?:other|another|different) (?:vendors?|suppliers?|providers?|tools?|systems?|quotes?|offers?)|alternatives?|incumbent|shortlist|bake-?off|rang (?:me|us)|also (?:looking at|talking to|evaluating)|(?:their|competing) (?:offer|quote|price))\b",
    "timing": r"\b(?:realistically|delay\w*|postpone\w*|slip(?:s|ped|ping)?|push(?:ed)? (?:back|out|to)|deadline|go(?:es|ing)?[- ]live|end of|by (?:the|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|next|end|tomorrow|q[1-4])|next (?:week|month|quarter|year)|january|february|april|june|july|august|september|october|november|december|in (?:may|march)|(?:two|three|four|five|six|eight|ten|twelve|\d+) (?:to \w+ )?(?:days|weeks|months|quarters)|q[1-4]|this year|fiscal year)\b",
    "money": r"(?:[$€£]\s?\d|\b(?:budget\w*|pric(?:e|es|ing)|discount|expensive|cheap(?:er)?|cost(?:s)?|billing|invoices?|payments?|afford|percent|fees?|payback|dollars?|euros?|pounds?|thousand|million|capex|opex)\b)",
    "decision": r"\b(?:approv\w+|sign(?:s|ed|ature|ing|-?off)?|decid\w+|decision|the board|committee|council|c[ft]o|ceo|coo|legal|counsel|procurement|purchasing|vote[ds]?|security|compliance|recommend)\b",
    "objection": r"\b(?:too (?:expensive|much|high|long|slow|complex|complicated|risky|late|early|big)|(?:very|quite|pretty|so) expensive|expensive|concern(?:s|ed)?|worr(?:y|ied|ies)|risk(?:y|s)?|(?:the|a|our|my|one|that['’]s a|big) (?:problem|issue)s?|doubts?|afraid|hates?|(?:un|not )convinced|s[ck]eptical|against (?:it|this|you|the)|reluctant|complicated|nightmare|nervous|uncomfortable|don['’]t (?:like|see|buy|trust|believe|think|want)|not (?:happy|comfortable|sure))\b",
    "positive": r"\b(?:love (?:it|this|that|the)|great (?:job|news|work|to hear)|(?:very |really )?happy with|impressed|excellent|perfect|agreed|accepted|approved|convinced|we(?:['’]re| are) doing this|I want this|let['’]s do (?:it|this)|go ahead|green light|(?:I|we)['’]ll recommend|(?:is|it['’]s|are) (?:the )?(?:better|good|real)|that helps|looks right|I sign|done\.)",
}  # fmt: skip
_PATTERNS = {cue: re.compile(pattern, re.I) for cue, pattern in _SPELLED.items()}
_SMALL_TALK = frozenset(
    "bye hello hi hey thanks thank morning afternoon weekend weather coffee lunch dog cat kids hat truck car hear screen mute muted camera link audio sorry cheese cheeses joke haha".split()
)


@dataclass(frozen=True)
class Weight:
    """What a sentence is about, and how much it matters (0 and more; 2 is worth showing, 5 is news)."""

    cues: frozenset[Cue]
    value: float
    strongest: Cue | None


def weigh(text: str, *, buyer: bool, rivals: frozenset[str] = frozenset()) -> Weight:
    """Judge one sentence. `rivals` are folded names of competitors; the buyer's words weigh more than our own."""
    words, cues = _cues(text)
    if rivals & set(words):
        cues = {**cues, "competitor": _WEIGHTS["competitor"] + 0.6}
    if not cues:
        return Weight(frozenset(), 0.0, None)
    ordered = sorted(cues, key=lambda cue: -cues[cue])
    value = cues[ordered[0]] + 0.45 * sum(cues[cue] for cue in ordered[1:4])
    if value >= 1.5:
        value += 0.3 * min(2, len(numbers_in(text)))
    value = value * _length_factor(words) - 0.8 * len(_SMALL_TALK & set(words))
    if text.rstrip().endswith("?"):
        value *= 0.7 if buyer else 0.25
    return Weight(frozenset(cues), max(0.0, value if buyer else value * 0.55), ordered[0])


@lru_cache(maxsize=32768)
def _cues(text: str) -> tuple[tuple[str, ...], dict[Cue, float]]:
    """Return a sentence's words and what it is about, whoever said it."""
    words = word_keys(text)
    if len(words) < 3:
        return words, {}
    present = set(words)
    cues: dict[Cue, float] = {}
    for cue, hints in _HINTS.items():
        if hints & present and (asks(text) if cue == "demand" else _PATTERNS[cue].search(text)):
            cues[cue] = _WEIGHTS[cue]
    return words, cues


def _length_factor(words: tuple[str, ...]) -> float:
    """How much a sentence says by its words: very short ones and ones without any topic say less."""
    content = sum(1 for word in words if word not in FUNCTION_WORDS)
    factor = 0.55 if content < 2 else 0.85 if content == 2 else 1.0
    if len(words) < 6:
        return factor * 0.75
    return factor * (0.8 if len(words) > 60 else 1.0)


def place_of(text: str, cue: Cue | None) -> tuple[int, int]:
    """Return where in a sentence its cue stands, for cutting a long one around it; its beginning where that is not known."""
    found = _PATTERNS[cue].search(text) if cue in _PATTERNS else None
    return found.span() if found else (0, 1)


def rank_of(title: str | None) -> float:
    """How much a person's word weighs by title: 1 for anybody, up to 1.35 for the top of a company."""
    words = set(re.findall(r"[a-z]+", (title or "").lower()))
    if words & {
        "chief",
        "ceo",
        "cfo",
        "coo",
        "cio",
        "cto",
        "ciso",
        "president",
        "founder",
        "owner",
        "vp",
        "vice",
        "evp",
        "svp",
    }:
        return 1.35
    if words & {"director", "head", "counsel", "legal"}:
        return 1.2
    return 1.1 if words & {"manager", "lead", "officer", "chair", "chairman", "chairwoman"} else 1.0
