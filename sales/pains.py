"""What hurts the buyer today: their own words about what goes wrong, costs or takes too long. What is over, or no trouble, is none."""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_over, is_question, says_fine
from sales.spoken_numbers import numbers_in

_STRONG = re.compile(
    r"\b(?:(?:the|our|my|a|one|another|biggest|main|real|big|huge|only) (?:\w+ )?(?:problem|issue|pain(?: point)?|headache|challenge|nightmare|bottleneck|frustration|struggle|mess)s? (?:is|are|['’]s|was|we|with|for|that|there|here|at)|(?:it|that|this|which)(?:['’]s| is) (?:just |really |such |still )?(?:a |an )?(?:problem|pain|headache|nightmare|mess|disaster|killer|brutal|killing|painful|broken|a bottleneck|chaos|horrible|terrible|awful|ridiculous|madness|not (?:working|sustainable|good enough))|"
    r"(?:we|I|they|people|everyone|everybody|the team|he|she)(?:['’]re| are|['’]m| am|['’]s| is)? (?:\w+ )?(?:struggl\w+|drowning|wasting|losing|bleeding|stuck|behind|firefighting|guessing|flying blind|burning|paying for|suffer\w*)|"
    r"(?:we|I|they) (?:just |keep |always |constantly |still |also |already |usually )*(?:lose|lost|losing|waste|wasted|wasting|miss|missed|missing|spend|burn|pay|paid|forget|forgot|write off|wrote off|chase|chasing|re-?enter|retype|re-?key|redo|struggle|suffer)\b|"
    r"takes? (?:us|me|them|him|her|forever|ages|way too long|too long)|(?:costs?|cost|costing|runs?|running) (?:us|me)\b|keeps? (?:breaking|failing|crashing|happening|falling|coming back|going (?:down|wrong|the wrong way))|fall(?:s|ing)? (?:over|apart|through the cracks|behind|between)|slip(?:s|ping)? through|"
    r"(?:is|are|was|were|['’]s|['’]re) (?:\w+ )?(?:brutal|broken|painful|a mess|horrible|terrible|awful|killing (?:us|me)|too slow|so slow|really slow|wrong|down|late|unreliable|flaky|out of date|outdated|manual|all manual|done by hand|error[- ]prone|a nightmare|overwhelmed|overloaded|burn(?:ed|t) out|going the wrong way|ticked off|furious|leaving)|"
    r"(?:can['’]t|cannot|couldn['’]t|unable to|no way to|hard to|impossible to|nobody (?:can|knows?)|no one (?:can|knows?)|don['’]t (?:know|have any idea|have (?:any )?visibility)|no (?:visibility|idea|overview|single|audit trail|record)) (?:\w+ ){0,3}(?:see|find|track|tell|explain|know|where|what|who|which|trust|measure|report|forecast|keep up|keep track|scale|prove|reconcile|into|how|when|source)|"
    r"(?:double|duplicate|manual) (?:entry|data entry|payouts?|bookings?|work|process|check\w*|steps?)|by hand\b|copy(?:ing)?[- ](?:and[- ])?past\w+|(?:four|five|six|ten|twenty|too many|so many|endless|\d+) (?:\w+ )?(?:spreadsheets|tabs|emails|tools|systems|formats|versions)|whiteboard|"
    r"dried up|(?:went|gone|dropped|fell|fallen|down) from (?:\w+ ){0,4}to\b|complain\w*|escalat(?:ed|ions?)|churn(?:ed|ing)?|turnover|overtime|penalt(?:y|ies)|fines?\b|chargebacks?|detention|rework|scrap\b|downtime|outage|backlog|error rates?|mistakes?)\b",
    re.I,
)
_HURT = re.compile(
    r"\b(?:problem|pain|issue|slow|late|wrong|broken|lose|lost|losing|waste|miss|missed|error|manual|fail\w*|stuck|delay\w*|cost|costs|hours|days|weeks|dried up|nobody|can['’]t|never|worst|worse|bad|hard|struggle|mess|nightmare|complain\w*|by hand|rerun|red|unexplained|rescue|twice)\b",
    re.I,
)
_ABOUT_YOU = re.compile(
    r"\b(?:your (?:price|pricing|product|tool|contract|team|quote|proposal|terms|platform)|you guys|you(?:['’]re| are) (?:too|asking))\b",
    re.I,
)
_PLEASANTRY = re.compile(
    r"\b(?:sorry|airpods?|camera|mute|screen|zoom|audio|weather|traffic|coffee|kids?|dog|weekend|game|football|lunch|elevator|flight|vacation|holiday)\b",
    re.I,
)


def pain_weight(text: str) -> float:
    """Return how much a buyer's sentence tells of what hurts them: 0 for nothing, 1 and more for a pain, more with figures."""
    if len(text.split()) < 4 or is_question(text) or is_condition(text) or is_over(text) or _ABOUT_YOU.search(text):
        return 0.0
    found = _STRONG.search(text)
    if found is None or _PLEASANTRY.search(text):
        return 0.0
    around = text[max(0, found.start() - 40) : found.end() + 30]
    if says_fine(around) and len(_HURT.findall(text)) < 2:
        return 0.0
    return 1.0 + 0.3 * min(3, len(_HURT.findall(text))) + 0.4 * min(2, len(numbers_in(text)))
