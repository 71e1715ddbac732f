"""Which side a speaker is of, told from the talk alone: who presents a product and asks about the other's world, who asks what it costs.

A guess is made only where both sides show themselves; everybody else stays unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sales.talk import Utterance

_THING = r"(?:platform|product|solution|software|tool|service|system|app|offering|technology|team|company|pricing|price|prices|quote|proposal|demo|docs|roadmap|sla|contract|customers|clients|retainers?|packages?|plans?|studio|agency|engineers?)"
_SELLS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:our|my) (?:\w+ ){0,2}(?:customers|clients|platform|solution|pricing|price list|retainers?|packages?|onboarding|implementation team|roadmap|customer success|reference customers?|list price|standard (?:contract|terms|agreement))\b",
        r"\b(?:we|I)(?:['’]ve| have)? (?:typically|usually|generally|often|normally) (?:see|help|work|find|do|charge|recommend|start|save)\b|\bwith our (?:other )?(?:customers|clients) we\b",
        r"\b(?:let me|I(?:['’]ll| can| could| will| would like to|['’]d like to)|I(?:['’]m going to|['’]m gonna)) (?:quickly |just )?(?:show|walk|demo|share my screen|pull up|put together a (?:quote|proposal)|set (?:you )?up (?:a|the|with) (?:\w+ )?(?:sandbox|trial|demo|pilot|environment|reference))",
        r"\b(?:send|get|write|put together|prepare) (?:you|over) (?:\w+ ){0,3}(?:quote|proposal|order form|contract|one[- ]pager|pricing|case stud\w+|deck|security (?:pack|docs))\b",
        r"\bwho (?:else )?(?:is|are|would|in|on|needs|signs|decides|approves)\b[^?.]{0,60}\b(?:decision|decide|sign|approve|involved|say yes|your side|business)\b",
        r"\b(?:what(?:['’]s| is)|do you have|is there) (?:your|the|a) (?:budget|timeline|biggest (?:challenge|pain|problem))\b|\bwhat (?:are you using|do you use|tools? (?:are|do) you)\b|\bhow (?:are|do) you (?:currently |handling |handle |doing |do )",
        r"\b(?:tell|walk) me (?:a (?:bit|little) |through |more )?(?:\w+ )?(?:about|through) (?:your|what you|how you|yesterday)\b|\bwhat (?:would|does|did) (?:success|good|that|it|a|one|an) (?:\w+ ){0,4}(?:look like|cost you|mean for you|worth to you|run you)\b",
        r"\b(?:have you|are you) (?:been )?(?:talking|speaking|looking|evaluating|comparing)\b[^?.]{0,40}\b(?:other|else|anyone|anybody|competitors?|vendors?|at)\b|\bwhat (?:did|do) you (?:think|make) of (?:the )?[A-Z]",
        r"\b(?:thanks|thank you) (?:so much |again )?for (?:taking|making|giving) (?:us |me )?(?:the|your|some) time\b|\bI(?:['’]m| am) the one who (?:wrote|emailed|called|reached)\b|\bI (?:wrote|emailed|reached out) to you\b",
        r"\b(?:start|starts|begin|begins|comes?|priced?) (?:at|out at|from) [^.?]{0,30}(?:a|per|each) (?:month|year|user|seat|truck|site|license|day)\b|\b(?:it['’]s|that['’]s|we['’]re at) included in\b|\bwhat (?:\w+ )?quoted\b",
        r"\bwe (?:work with|integrate with|support|offer|provide|charge|sell|have a (?:native )?(?:connector|integration|module))\b|\b(?:a|our) reference (?:at|customer|call)\b",
        r"\b(?:does that (?:make sense|answer|help)|would you be open to|would it make sense|what would (?:make|need|it take)|how does that (?:sound|land))\b",
    )
)
_BUYS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:how much|what) (?:does|do|would|will|is|are|did) (?:it|that|this|you|the|your)\b[^?.]{0,50}\b(?:cost|charge|price|run us|pay|fee)s?\b|\bwhat(?:['’]s| is) (?:the|your) (?:price|pricing|cost|list price)\b|\bthat costs\?|\bhow much (?:is|are|for)\b",
        rf"\byour (?:\w+ )?{_THING}\b",
        r"\b(?:do|does|can|could) (?:you(?: guys)?|it|that|this|your \w+) (?:\w+ )?(?:integrate|support|offer|work with|have an? (?:api|sla|connector|native)|do sso|talk to|connect|handle|scale|export)\b",
        r"\b(?:we|I)(?:['’]re| are|['’]m)? (?:currently |today |already |still |all )?(?:use|using|on|run|running|have) (?:\w+ ){0,3}(?:today|right now|currently|at the moment|spreadsheets?|excel|internally|in[- ]house)\b|\bour (?:current|existing|incumbent|old|last) (?:vendor|provider|supplier|system|tool|process|contract|lot|agency|setup)\b",
        r"\bwe(?:['’]re| are) (?:also )?(?:looking (?:for|at)|evaluating|comparing|considering|shopping|talking to)\b|\b(?:what|for what) we(?:['’]d)? (?:need|want|are looking for|['’]re looking for)\b",
        r"\b(?:our|my) (?:budget|cfo|ceo|boss|board|procurement|purchasing|legal|infosec|security team|controller|checkbook|finance|it department|auditors?)\b",
        r"\b(?:run|take|walk) (?:it|this|that) (?:by|past|to|back to|through|up to) (?:my|our|the)\b|\bI(?:['’]d)? (?:have to|need to|would have to|must) (?:run|check|ask|get|convince|sell|talk|take)\b",
        r"\b(?:can|could|would) you (?:please )?(?:send|share|write|put|give) (?:me|us|that|it|over)\b|\bsend (?:me|us) (?:the|a|an|your|that|something)\b",
        r"\b(?:what happens (?:to us|if|when|is)|our problem is|the (?:thing|problem) (?:is|for us)|we(?:['’]re| are) (?:struggling|losing|drowning|stuck|paying)|it takes us|costs us|we lose|we lost|we keep)\b",
        r"\b(?:vendors?|you guys|you people|salespeople) (?:always|all)\b|\b(?:other|another|the other) (?:vendor|supplier|quote|offer)s?\b|\bthey (?:quoted|offered|wanted) us\b|\bI need it to\b|\bif I(?:['’]m| am) (?:buying|paying)\b",
    )
)  # fmt: skip
_STRONG, _WEAK = 2, 1
_LONG = 3_500


@dataclass(frozen=True)
class Leaning:
    """How often somebody spoke as one who sells and as one who buys, each kind of words counted at most twice."""

    sells: int
    buys: int


def leanings(turns: Sequence[Utterance]) -> dict[str, Leaning]:
    """Return how each named speaker leans."""
    counts: dict[str, dict[tuple[bool, int], int]] = defaultdict(lambda: defaultdict(int))
    for turn in turns:
        if not turn.speaker:
            continue
        for selling, patterns in ((True, _SELLS), (False, _BUYS)):
            for number, pattern in enumerate(patterns):
                if pattern.search(turn.text):
                    counts[turn.speaker][selling, number] += 1
    return {
        speaker: Leaning(*(_total(found, selling) for selling in (True, False))) for speaker, found in counts.items()
    }


def _total(found: Mapping[tuple[bool, int], int], selling: bool) -> int:
    return sum(min(count, 2) for (kind, _), count in found.items() if kind is selling)


def sides_by_talk(
    turns: Sequence[Utterance], known: Mapping[str, str], unknown: Iterable[str]
) -> dict[str, Literal["buyer", "seller"]]:
    """Return the sides of those of `unknown` speakers whose talk tells it. `known` are the sides of the others.

    Both sides must show: somebody known or speaking strongly as a seller, and somebody else as a buyer. Once they do, a weak leaning without
    any against it counts as well.
    """
    leaning = leanings(turns)
    # In hours of talk about anything, each of these words comes up once.
    strong = _STRONG + min(3, sum(len(turn.text.split()) for turn in turns) // _LONG) if not known else _STRONG
    asked = [speaker for speaker in unknown if speaker in leaning]
    found: dict[str, Literal["buyer", "seller"]] = {}
    for speaker in asked:
        one = leaning[speaker]
        if one.sells >= strong and one.sells >= 2 * one.buys:
            found[speaker] = "seller"
        elif one.buys >= strong and one.buys >= 2 * one.sells:
            found[speaker] = "buyer"
    present = {*known.values(), *found.values()}
    if not {"buyer", "seller"} <= present:
        return {}
    for speaker in asked:
        one = leaning[speaker]
        if speaker not in found and max(one.sells, one.buys) >= _WEAK and not min(one.sells, one.buys):
            found[speaker] = "seller" if one.sells else "buyer"
    return found
