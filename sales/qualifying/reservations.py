"""What takes a statement back: it is solved, denied, only supposed, long ago, of somebody else, or no more than small talk."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")

SOLVED = re.compile(
    r"\b(?:(?:that|it|that's|it's|that one|which|they|you)(?:'s| is| has| got| was|'ve| have)? (?:all )?(?:been )?(?:gone|solved|sorted(?: out)?|fixed|resolved|taken care of|over|behind us|dead and buried|history|done with|good as gold|working (?:fine|now)|fine now|not (?:a|an|the|my|our) (?:problem|issue)|no longer)|(?:got|was|were|been|we|you|they|he|she) (?:sorted|fixed|solved|resolved)|haven't thought about it since|not (?:it's )?now\b|it's not now|hasn't happened since|we(?:'re| are) (?:past|over) that|that's fine|is fine\b|are fine\b|no complaints|works? (?:great|fine|well)|everything's working|no (?:problems?|issues?)\b(?! to)|not my problem|isn't (?:a|an|the) (?:problem|issue)|not (?:a|an) (?:problem|issue)|it isn't the)\b"
)
PAST = re.compile(
    r"\b(?:(?:two|three|four|five|ten|\d+|a few|couple of|many|some) years? ago|years ago|used to|back (?:then|in (?:twenty|20\d\d))|at my (?:last|old|previous|former) (?:company|job|place|employer)|in my (?:last|previous|old|former) (?:job|company|role)|before my time|in twenty-one|at \w+ \w+,? (?:they|it was|when they)|under the old|last century|my predecessor)\b"
)
STILL = re.compile(
    r"\b(?:still|since then|to this day|again|today|now|ever since|this year|these days|every (?:day|week|month))\b"
)
OTHERS = re.compile(
    r"\b(?:my (?:friend|buddy|mate|neighbou?r|cousin|kid|kids|son|daughter|grandkids?|son-in-law|physio|brother-in-law)(?:'s)?|our competitors?|the other team|not us\b|my \w+'s (?:company|firm|shop|place|employer|hospital|school|office|business)|other (?:companies|people|councils|hospitals|banks|teams)|a (?:friend|buddy) (?:of mine|at)|(?:customers?|clients?) of (?:yours|theirs)|your other customers?|in the news|i read (?:that|about))\b"
)
SUPPOSED = re.compile(
    r"\b(?:if we ever|if we (?:win|won|get|got|were|ever|merge|grow|expand|hire)|what if|suppose|imagine|let's say|hypothetically|i (?:guess|suppose|imagine|assume)|probably|maybe (?:one day|someday|in the future)|might|someday|one day|would have (?:been|cost)|could have been|i'd guess|not sure (?:if|whether)|let us|let's|if it (?:goes|does|happens))\b"
)
DENIED = re.compile(
    r"\b(?:(?:not|isn't|aren't|wasn't|don't|doesn't|didn't|haven't|hasn't|never|no) (?:really |actually |even |necessarily |been |have |need |see |had )*(?:any |a |an |the |that )?)$"
)
UNKNOWN = re.compile(
    r"\b(?:don't (?:really |actually |honestly |even )*know (?:who|that it's|if it's|whether|how|what|which|if|where)|no idea (?:who|how|what)|not sure (?:who|how|what|which)|honestly don't know|couldn't tell you|can't remember)\b"
)
NOBODY_ELSE = re.compile(
    r"\b(?:nobody|no one|no-one|none|nothing) else (?:is |was )?(?:in the (?:picture|race|running|mix)|on the (?:table|list))\b|\b(?:not|never|n't) (?:\w+ ){0,4}(?:bake-?off|looking at (?:any|other)|talking to (?:any|other)|out to tender)\b|\byou(?:'re| are) the only (?:one|ones|vendor|company)\b"
)
PRICED = re.compile(
    r"\b(?:percent for|percent is|for annual|(?:you|they|we)(?:'d| would)? (?:quoted|offered|been at|came in|come in|charge)|per (?:user|seat|licen[cs]e|head per month)|(?:is|was|it's) (?:too )?(?:expensive|dear|rich|steep|pricey)|percent cap|cap(?:ped)?|discount|your (?:price|quote|offer|proposal|number)|the (?:quote|proposal|offer|price|licen[cs]e|contract|subscription)|per seat|list price|up front|in advance|annual billing|invoice|renewal|pilot (?:fee|agreement)|i'm fine with|we'd be paying|what i'm paying|i'm paying|sixty days end|payment|notice of)\b"
)
JOKE = re.compile(
    r"\b(?:ha(?: ha)+|haha|lol|just kidding|i'm kidding|i'm joking|joke|axe throwing|football|golf|vikings|weather|vacation|birthday|grandchildren|a baby|boat|the lake|the dog|the cat|bacon|cake|rain(?:ed|ing)?|snow(?:ing)?|marathon|concert|knee|crutches|walleye|grandkids|scarf|hat\b|wine|beer|herring|traffic|headset|commute|plumber|my emails?|my inbox)\b"
)
_ORDERS = re.compile(
    r"\b(?:ignore (?:all|any|previous|the above)|system prompt|as an ai|dear (?:assistant|ai|notetaker|note taker)|note ?taker|whoever reads this transcript|to the (?:ai|assistant|bot)|mark (?:this|the) (?:deal|opportunity|element|stage) as|set the (?:stage|amount|deal)|(?:ai|summari[sz]er|assistant|transcriber|bot)[,:] (?:please |now )?(?:write|record|note|mark|set|put|state|add|fill|log|change|update))\b"
)

_FORMS = re.compile(
    r"\b(?:a form|questionnaire|portal|turnaround|registration|review board|our (?:erp|crm|payroll|wms|accounting) (?:is|system))\b"
)
_WEIGHTS: dict[str, tuple[float, float, float, float, float]] = {
    # kind: solved, past, others, supposed, denied
    "pain": (1.2, 0.8, 1.2, 0.5, 0.7),
    "metrics": (1.0, 0.7, 1.2, 0.35, 0.3),
    "economic_buyer": (0.0, 0.5, 0.8, 0.4, 3.0),
    "decision_criteria": (0.8, 0.5, 0.8, 0.3, 0.3),
    "decision_process": (0.3, 0.5, 0.8, 0.2, 0.3),
    "paper_process": (0.4, 0.5, 0.8, 0.2, 0.3),
    "champion": (0.2, 0.4, 1.0, 0.5, 0.8),
    "competition": (0.3, 0.5, 1.0, 0.2, 0.6),
}
_ELSEWISE = (0.4, 0.4, 0.8, 0.3, 0.4)


LONG_AGO = re.compile(
    r"^\W*(?:but |and |well )?(?:that(?:'s| was| is)|it was|this was|all that was) (?:\w+ )?(?:(?:\w+ )?(?:years?|decades?) ago|ages ago|before (?:my|our) time|the old days|under the old \w+|in (?:19|20)\d\d)\b|\bwe don't do (?:that|it) any ?more\b|\b(?:doesn't|don't) happen any ?more\b"
)


def taken_back(kind: str, small: str, place: tuple[int, int]) -> float:
    """Return how much is taken off the weight of a statement at `place` of an evened-out turn."""
    start, end = _sentence_around(small, place)
    sentence = small[start:end]
    following = small[end : _next_end(small, end)]
    solved, past, others, supposed, denied = _WEIGHTS.get(kind, _ELSEWISE)
    off = 0.0
    if SOLVED.search(sentence) or (SOLVED.search(following) and len(following.split()) < 16):
        off += solved
    if PAST.search(sentence) and not STILL.search(sentence):
        off += past
    elif LONG_AGO.search(following):
        off += past + 0.3
    if OTHERS.search(sentence):
        off += others
    if SUPPOSED.search(sentence):
        off += supposed
    if DENIED.search(small[max(0, place[0] - 40) : place[0]]):
        off += denied
    if UNKNOWN.search(sentence):
        off += 0.7
    if kind == "metrics" and PRICED.search(sentence):
        off += 0.6
    if kind in ("pain", "metrics") and PAST.search(small[max(0, start - 120) : start]) and not STILL.search(sentence):
        off += 1.0
    off += _besides(kind, small, sentence)
    if sentence.rstrip().endswith("?"):
        off += 0.3 if kind in ("decision_criteria", "pain") else 0.6
    return off


def gives_orders(small: str) -> bool:
    """Whether a turn gives orders to whoever reads the transcript."""
    return _ORDERS.search(small) is not None


def _besides(kind: str, small: str, sentence: str) -> float:
    """Return what is taken off for what a whole turn says besides: that there is no rival, a joke, orders to whoever reads."""
    off = 1.0 if kind == "competition" and NOBODY_ELSE.search(small) else 0.0
    off += 0.5 if kind == "competition" and _FORMS.search(sentence) else 0.0
    off += 0.6 if JOKE.search(sentence) else 0.0
    return off + (5.0 if gives_orders(small) else 0.0)


def _sentence_around(small: str, place: tuple[int, int]) -> tuple[int, int]:
    start = 0
    for match in _SENTENCE_END.finditer(small):
        if match.end() <= place[0]:
            start = match.end()
        elif match.end() >= place[1]:
            return start, match.end()
    return start, len(small)


def _next_end(small: str, start: int) -> int:
    match = _SENTENCE_END.search(small, start)
    return match.end() if match else len(small)
