"""What a question asks for: `And who signs off?` opens the economic buyer, whatever words the answer then uses."""

from __future__ import annotations

import re
from functools import lru_cache

from sales.qualifying.talk import even

_ASKED: dict[str, tuple[str, ...]] = {
    "economic_buyer": (
        r"\b(?:under|in|from|out of) your (?:own )?(?:cost cent(?:re|er)|budget|p&l)\b",
        r"\bwho (?:chairs|heads|runs|leads|funds|sponsors) (?:it|that|the (?:\w+ )?(?:board|committee|panel|fund|budget|group))\b|\b(?:is|would) (?:it|that|this) (?:just )?(?:be )?(?:you (?:who|that|alone)|just you|come (?:out of|from) (?:the|your)|coming out of)\b|\bwho (?:do|would) you have to (?:get|clear|run|sell|take) (?:it|this|that) (?:past|by|with|to)\b|\bhas to say yes\b",
        r"\bwho (?:\w+ )?(?:takes|makes|has|took|gives|would take|would make) (?:\w+ )?(?:the|this|that|such) (?:\w+ )?(?:decision|call|word|go)\b|\bwho (?:\w+ )?(?:releases|gives|spends) (?:the )?(?:money|budget)\b|\b(?:is it|is that) you (?:who|that)(?: would| will)? (?:decides?|signs?|takes?|makes?|has|pays?)\b|\b(?:signing|decision|approval) is with\b",
        r"\bwho(?:'s| is| else| would| will| has| have|'d| does| do| ultimately| actually| finally| needs to| has to| really| normally)*(?: the one| the person| going to| gonna| able to| to| have to| need to| be| that| got| get| gets| would| you know)* (?:signs?|signing|sign[- ]?off|approves?|approving|pays?|paying|decides?|decide|deciding|decision[- ]maker|owns? the (?:budget|money|p&l)|has the (?:budget|money|final|last)|holds? the|controls?|green-? ?lights?|says? yes|gives? the (?:ok|okay|go|green|nod)|authori[sz]\w+|puts? pen to paper|releases?|writes? the|funds?|the budget (?:holder|owner)|made the call|makes the call|okays?)\b(?! (?:who|when|where|how|which|what|on which|on what|between))",
        r"\bwho(?:'s| is)? the (?:person|one|guy|woman|decision[- ]maker|budget holder|boss|signatory)\b|\bwhose (?:\w+ )?(?:budget|money|line|cost cent\w+|p&l|pot|pocket|funds?|call|decision|signature|desk)\b|\bwhere (?:does|would|will|is)(?: \w+){0,3} (?:budget|money|funding|funds|it)(?: \w+){0,2} (?:come from|sit|live|out of|from)\b",
        r"\b(?:is|would|will) (?:it|that|this|he|she|\w+)(?: \w+){0,5} (?:to (?:approve|sign|decide|release)|(?:who|that) (?:signs?|approves?|decides?|pays?|makes the)|signs? (?:off|it|this)|approves? (?:it|this)|final (?:say|decision|approval))\b|\bdoes (?:he|she|that|it|\w+) (?:sign|approve|decide|have to sign|hold|need (?:anyone|anybody|someone))\b",
        r"\b(?:money|budget|funds?) (?:get|gets|be|is|would be) (?:released|approved|signed)\b|\bapprove (?:it |that |this )?yourself\b|\bsomething you can (?:approve|sign|decide|buy)\b|\bwho(?:'s| is)? (?:to )?(?:says?|gives?) (?:go|yes|the go)\b|\b(?:anybody|anyone|somebody|someone)(?:'s)? (?:else's |else )?(?:blessing|approval|sign-?off|permission|okay)\b|\bneed (?:\w+ )?(?:blessing|approval|sign-?off|permission)\b|\bwhose is it\b|\bi should (?:be )?(?:convinc\w+|talking to|speaking to|win over)\b|\bwhere would (?:the )?(?:money|budget|funding)\b",
        r"\bdecision[- ]makers?\b|\beconomic buyer\b|\bfinal (?:say|approval|sign)\b|\bsigning authority\b|\bholds? the (?:budget|purse)\b|\bsanction-wise\b|\banyone above (?:you|him|her)\b",
        r"\b(?:can|could) you (?:sign|approve) (?:it|this|that|off)\b|\bis (?:it|that) (?:you\b|your (?:call|decision|budget)|within your)\b|\byou (?:again|yourself) or\b|\bit you (?:again|that|who)\b",
        r"\b(?!(?:you|they|we|who|it|that)\b)\w+ (?:decides|signs|approves|pays)\?|\bwho(?:'s| is) (?:upstairs|above|over)\b",
    ),
    "decision_process": (
        r"\b(?:how|what)(?:'s| is| does| do| did| would| will)(?: \w+){0,4} (?:the )?(?:decision|deciding|path|road|approval|evaluation|selection|procurement process|buying process|buy(?:ing)?|process|purchase)\b(?: (?:process|look|work|made|get|go|at))?",
        r"\bhow (?:do|does|would|will|did|is) (?:you|it|this|that|she|he|they|your \w+|we)(?: guys| all| normally| usually| typically)?(?: \w+){0,4} (?:decide|decided|choose|pick|buy|bought|approve|approved|get (?:to a yes|approved|signed|done|over the line)|go from here|assessed|scored|evaluated|made|move forward|proceed|go on)\b",
        r"\bwhat(?:'s| is| would be| happens| are)(?: the)?(?: next)? (?:steps? (?:on your|to get|internally|in your|before)|left (?:between|before)|between (?:that|this|now|here) and|after (?:that|this|you|your)|the road)\b",
        r"\bwhat (?:has|needs|would need|would have|still has) to happen\b|\bthen what\b|\bwhere does (?:that|it|this) go\b|\bwho else (?:is|needs|would|has|should|do|does|cares|will|gets|weighs)\b|\bwho (?:else )?(?:is|are|'s|would be|will be) (?:involved|in the room|part of|on the)\b|\bwho decides (?:which|what|on|between)\b|\bwho(?:'s| is) upstairs\b",
        r"\bwhat (?:do|would|does) (?:you|they|he|she) need (?:to see )?(?:to|from \w+ to) (?:decide|say yes|move|sign|get to)\b|\bwhen (?:do|does|will|would|could|are|is|can) (?:you|they|the \w+|he|she|it|a decision)(?: \w+){0,4} (?:decide|decision|sign|meet|choose|pick|vote|buy|place|order)\b",
        r"\b(?:timetable|timeline|timescales?|time ?frame|date you(?:'re| are)? (?:looking|need|want)|decision date|the committee|the board|a formality)\b",
        r"\bwho signs(?:,| and)? in what order\b|\bhow did you decide\b|\bwho(?: in the end)?,? made the (?:call|decision)\b|\bif you (?:two |both )?like it\b",
    ),
    "paper_process": (
        r"\b(?:contract|legal|paperwork|on paper|paper side|procurement|purchasing|security (?:piece|review|side)|vendor (?:onboarding|risk)|nda|msa|dpa|template|redlines|purchase order|terms)\b",
        r"\bwhat (?:has|needs) to happen (?:on paper|with the paper)\b|\bafter (?:she|he|they|you) say(?:s)? yes\b|\bhow (?:do|does) (?:the )?(?:contracts?|paper|signature)\b",
    ),
    "decision_criteria": (
        r"\b(?:further|other|any|more|your|the|additional|what) (?:\w+ )?(?:criteria|requirements|must-haves)\b",
        r"\bwhat(?:'s| is| are| would| will| else)?(?: be)?(?: \w+){0,4} (?:important|matter(?:s)?|must[- ]haves?|criteria|requirements?|look(?:ing)? for|deal ?breakers?|priorit\w+|non-negotiable|key things?|at the top)\b",
        r"\bwhat would (?:you|they|he|she|it|make|have|need|that|convince|a good)\b(?! (?:cost|that cost|it cost))|\bwhat do(?:es)? (?:you|they|he|she|it) (?:need|want|have|care|look)(?! (?:from me|from us|on time))\b",
        r"\bwhat (?:will|would|did|do) you (?:compare|judge|score|measure|base|decide on|weigh|want from|want to see)\b|\bhow (?:will|would|do) (?:it|you|they) (?:be )?(?:assess|assessed|score|scored|judge|judged|compare|evaluate|evaluated|weigh|weighted)\b",
        r"\bwhat (?:made|makes|would make) you (?:choose|pick|go|switch)\b|\bwhy (?:us|them|not us|did you (?:choose|go|pick))\b|\bwas it (?:the )?price\b|\banything (?:that )?(?:makes|would make|you see|stop|stops)(?: \w+){0,3} (?:a no|no)\b|\bto be at ease\b|\bsuccess (?:look|mean|criteria)\b",
    ),
    "metrics": (
        r"\bhow (?:much|many|long|often|big|far|frequently|fast|slow|high)\b(?![^?]*\b(?:committee|legal|contract|sign|approv\w+|decide|questionnaire|review|onboard\w*|implement\w*|rollout|pilot|budget|seats?|licen[cs]es?|discount|price|notice|we have|left)\b)(?! (?:time (?:do|have) (?:you|we)|do (?:you|we) have (?:today|left)))",
        r"\bwhat(?:'s| is| does| do| did| would| are|'d)(?: \w+){0,5} (?:cost|costs|worth|run you|save|value|impact|payback|roi|return|numbers?|figures?|baseline|target|goal|rate|average|volume|look like(?: in numbers)?)\b",
        r"\bin (?:numbers|dollars|euros|pounds|money|hours|terms of)\b|\bdo you (?:know|have|track|measure)(?: \w+){0,4} (?:number|figure|data|cost|costs|how|what|long|takes|time)\b|\bwhat would (?:a )?good(?: result)? look like\b|\bwhat(?:'s| is) big\b|\bcost(?:s|ing)? you\b|\bbill you\b",
    ),
    "pain": (
        r"\bwhat(?:'s| is| are| was)(?: the| your| really| actually| been| biggest| main)* (?:pain|problems?|issues?|challenges?|frustrations?|hardest|worst|wrong|broken|headaches?|bottlenecks?|struggl\w+|keeping you|biggest|annoying|bugging|eating)\b",
        r"\bwhat (?:prompted|triggered|started|made you|brought|got you|led|drove|caused|happens (?:when|if|today|now|to)|goes wrong|changed|keeps you|follows|would happen)\b|\bwhy (?:now|are you looking|did you (?:reach|call|come|write)|are we talking|is that (?:a problem|bad))\b|\bwhy is it\b",
        r"\bwhat(?:'s| is| was) (?:behind|the trigger|driving|changed|going on|the story|life like|the matter)\b|\bhow come\b|\b(?:has|did|does) (?:that|it|this)(?: \w+){0,2} (?:bitten|hurt|cost|burned|caused|bother|come up)\b|\band then what\b|\bwhat does (?:that|it|this) do (?:to|for)\b|\bday to day\b|\bwhat started (?:this|it|that)\b|\bwhy (?:is|are|does|do) (?:it|that|they|this) (?:going|so|still|not|a problem|happen\w*)\b|\bwhat happens (?:when|if|then|now|today|to)\b|\bhow bad\b",
        r"\bwhere (?:does|do|is) it (?:hurt|break|get stuck)\b|\btell me (?:about|a bit|more|the long)\b(?!.*\b(?:weekend|family|trip)\b)|\bwalk me through\b|\bbrutal how\b|\bhow (?:do|does|did) (?:that|it|this) (?:affect|hurt|impact|bite|show)\b|\bif you (?:do|did|don't do|didn't do) (?:nothing|anything)\b|\bbitten you\b|\bwhat happens\b|\bhow do you (?:do|handle|manage|run|track) (?:it|that|this)\b|\bhear (?:about )?(?:your world|what happens)\b",
    ),
    "champion": (
        r"\b(?:would|will|could|can) you (?:\w+ )?(?:push|support|back|sponsor|champion|take (?:it|this|that) (?:to|up)|recommend|sell|fight|bring (?:it|this) to|introduce|get me|help me)\b",
        r"\bwho(?:'s| is| else| would)?(?: \w+){0,2} (?:pushing|behind|driving|champion\w*|sponsor\w*|supportive|in our corner|in favou?r|on our side)\b|\bhow (?:do|would) you feel about\b|\bdid (?:that|it) go up the chain\b|\byour own (?:feeling|view|opinion)\b|\bwhere are you with it\b|\bwhere do you stand\b",
    ),
    "competition": (
        r"\b(?:did|has|have|are|is|was|were|do|does)\b[^?]{0,40}\b(?:in the (?:picture|frame|mix|running|race|game)|come (?:out|in|back|by)\b|coming (?:out|in|by)\b|quoted?\b|still (?:around|there|talking|pushing|bidding)|pitch\w*|bid(?:ding)?\b)|\b(?:had|have|seen|got|spoken? (?:to|with)|speak(?:ing)? (?:to|with)|talk(?:ing|ed)? (?:to|with)|met|considering|looking at|look at|looked at|evaluating|comparing) (?:with )?(?:any|some|no|every)(?:one|body) else\b|\bwho else (?:have|are|do|did|might) (?:you|they)\b|\bwho(?:'s| is| was) the other (?:one|party|vendor|company)\b|\bother (?:companies|names|firms|people|horses) (?:in|on|you)\b|\bis (?:there )?(?:an|the) incumbent\b|\bwhat (?:would|will|do) you do (?:if|instead)\b",
        r"\bwho(?:'s| is| are|'ve| have| else)?(?: \w+){0,4} (?:looking at|talking to|looked at|talked to|spoken (?:to|with)|other one|else (?:are you|have you|did you|is in (?:the|this)|on the (?:list|table)|you)|in the (?:race|running|mix|picture|frame)|compet\w+|comparing|up against|considering|evaluating|taking part|bidding)\b",
        r"\b(?:any(?:one|body)?|some(?:one|body)?) else(?: \w+){0,4} (?:in the picture|looking|look at|talking|involved in this|you(?:'re| are| have)?|in the (?:race|mix|running))\b|\blooking at (?:anyone|anybody|any|other|others|like)\b|\bother (?:vendors?|suppliers?|options?|quotes?|providers?|tools?|studios?|agencies|firms|companies|solutions?|people)\b|\balternatives?\b|\bcompetit\w+\b|\bhave you (?:others|had other|looked at (?:any|other|else)|talked to (?:any|other)|been talking to (?:any|other)|seen any|got (?:any )?other)\b|\bwhat else(?:'s| is| are)? (?:on the table|you|in|out there)\b|\bwho(?:'ve| have) you (?:looked|talked|spoken|seen)\b|\banyone (?:you|else)\b",
        r"\b(?:see|saw|seen|look|looked|looking|try|tried|consider\w*|check\w*|test\w*|compar\w+|got|get|have)(?: \w+){0,3} (?:at )?(?:others\b|other (?:systems?|products?|offers?|brands?|platforms?|ones|software|machines?|demos?|bids?))|\b(?:go to|use|choose|take|do) instead\b|\bthe only ones?\b[^?]{0,30}\?|\bwho the other\b|\bwho else (?:is|has|'s|was|are)(?: \w+)? (?:pitch\w*|bid\w*|present\w*|quot\w*|offer\w*|there|in)\b",
        r"\bplan b\b|\bcompared (?:with|to) (?:the )?(?:others?|rest|competition)\b|\bweighing (?:us|it|this)\b|\bup against\b|\bwho did you (?:use|have|work with)\b|\bif (?:you|it) (?:don't|doesn't|didn't|isn't) (?:go|work|happen|us|be us|choose)\b|\bother (?:way|ways|routes?)\b|\binstead of us\b|\bhow do (?:we|you) (?:compare|stack)\b|\bversus\b|\bbuild (?:it|this|something|question|versus|vs)\b|\bin-house\b|\bwhat (?:did|do) you think of\b|\bwhat's your read on\b|\bincumbent\b|\bdo (?:they|you) use something else\b|\bcurrent (?:vendor|provider|supplier)\b",
    ),
    "budget": (
        r"\bbudgets?\b|\bhow much (?:have you|do you have|money|is (?:there|set aside|allocated)|can you|could you|are you (?:looking|willing|able))\b|\bwhat(?:'s| is| would be)(?: \w+){0,4} (?:price|number|right size|ceiling|range|spend|ballpark)\b|\bfund(?:s|ed|ing)\b|\bset aside\b|\bprice range\b|\bwhat can you (?:spend|afford)\b|\bnumber that you could\b",
    ),
    "timing": (
        r"\bwhen (?:do|does|would|will|could|are|is|did|should|can) (?:you|it|we|they|this)(?: \w+){0,5} (?:need|want|like|live|start|running|ready|go|launch|switch|begin|in|by|sign|decide)\b|\b(?:time ?line|time ?frame|timescales?|timetable|timing|deadline|target date|go[- ]live|by when|how soon|a date)\b|\bwhen (?:would|do) (?:you|it)\b",
    ),
    "situation": (
        r"\bhow (?:do|does|are|is|many|much|big)(?: \w+){0,4} (?:today|now|currently|at the moment|do it|handle|manage|run|work|sites?|people|users?|doors?|employees?|locations?|team)\b|\bwhat (?:do you|are you|system|tools?|software)(?: \w+){0,3} (?:use|using|run|running|have|on)\b|\btell me (?:about|a bit)\b|\bwhat's your \w+\b|\bwhat do you run on\b|\bwalk me through\b|\bcurrent (?:set-?up|process|system)\b|\bwho (?:keeps|runs|manages|owns|does)\b",
    ),
    "implication": (
        r"\bwhat (?:happens|follows|would happen|does (?:that|it) (?:cost|mean)|is the (?:impact|consequence|effect))\b|\bhow (?:does|did) (?:that|it|this) (?:affect|impact|hurt)\b|\bif you (?:do|did|don't|didn't) (?:do )?(?:nothing|anything)\b|\bcost(?:s|ing)? you\b|\bbitten you\b|\bwhat(?:'s| is) (?:that|it) (?:cost|costing)\b|\bbill you\b|\bwhat does it cost\b",
    ),
    "payoff": (
        r"\b(?:would|will|could) (?:that|it|this) (?:\w+ )?(?:help|save|be (?:useful|valuable|worth)|make (?:a difference|your)|change)\b|\bwhat would (?:that|it|this) (?:mean|do|give|change|be worth)\b|\bwhat would (?:a )?good\b|\bif you could\b|\bhow would (?:that|it) help\b|\bpicture it working\b|\bin an ideal\b|\bmagic wand\b",
    ),
}  # fmt: skip
_PATTERNS = {kind: re.compile("|".join(f"(?:{one})" for one in told), re.I) for kind, told in _ASKED.items()}
_A_QUESTION = re.compile(
    r"\?|\b(?:who|what|whose|which|when|where|why|how)\b|\b(?:can|could|would|will|do|does|did|is|are|was|have|has) (?:you|it|that|there|he|she|they|we|i|anyone|anybody|this)\b|\btell me\b|\bwalk me\b|\b(?:in|and|the|your|or|like|so|on)\b[^.?!]{0,60}\?",
    re.I,
)
_NO_ANSWER = re.compile(
    r"\b(?:no idea|i (?:really |honestly |just |actually )?(?:don't|do not|wouldn't|couldn't) (?:know|have (?:a|that|the|any)|remember|tell you)|don't know (?:yet|that)|not sure|no clue|couldn't (?:say|tell)|can't (?:tell you|say|go into|share|talk about|disclose|name)|cannot (?:tell|say|share)|i'd rather (?:not|we didn't)|rather not say|never you mind|none of your|hard to say|too early|we(?:'ll| will) see|let me (?:check|ask|find out|come back)|i'd have to (?:ask|check|look)|i(?:'m| am) not going to (?:tell|read|say)|ask me (?:later|again)|good question|that's (?:private|confidential)|have to get back to you)\b",
    re.I,
)
_NOBODY = re.compile(
    r"^\W*(?:no|nope|nah|not really|honestly,? no|none|nobody|no one|not (?:yet|at the moment|right now)|just you|only you|you're the (?:only|first))\b|\b(?:haven't|have not|hadn't|didn't|not) (?:really |actually |even )?(?:looked|talked|spoken|spoke|been (?:looking|talking)|looking|talking|considered|evaluated)(?: \w+){0,3} (?:anyone|anybody|any|others?|anything|elsewhere)\b|\b(?:nobody|no one|none|nothing) else\b|\bjust you (?:guys|lot)?\b|\byou(?:'re| are) the (?:only|first) (?:one|ones|vendor|company|people)\b|\bno (?:other|competitor|alternative)s?\b",
    re.I,
)


@lru_cache(maxsize=8192)
def asked_in(text: str) -> frozenset[str]:
    """Return what a turn asks for, from its last question on; nothing where it asks nothing."""
    small = even(text)
    tail = _last_question(small)
    if tail is None:
        return frozenset()
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(tail))


def _last_question(small: str) -> str | None:
    pieces = [piece for piece in re.split(r"(?<=[.!?])\s+", small) if piece.strip()]
    asking = [place for place, piece in enumerate(pieces) if piece.rstrip().endswith("?")]
    if asking:
        last = asking[-1]
        if len(pieces) - 1 - last > 2:
            return None
        first = last
        while first > 0 and last - first < 2 and len(pieces[first]) < 90:
            first -= 1
        return " ".join(pieces[first : last + 1])
    tail = " ".join(pieces[-2:])[-260:]
    return tail if _A_QUESTION.search(tail) and not re.search(r"[.!]\s*$", small) else None


def refuses(text: str) -> bool:
    """Whether an answer says that it is not known, or not told."""
    small = even(text)
    return _NO_ANSWER.search(small) is not None and len(small.split()) < 26


def says_nobody(text: str) -> bool:
    """Whether an answer says that there is none."""
    return _NOBODY.search(even(text)) is not None


_YES = re.compile(
    r"^\W*(?:(?:oh|um+|uh+|well|ja|yeah|yep|yes|mm+|ok|okay|right|so),?\s+)*(?:yes|yeah|yep|yup|correct|exactly|right|that's right|that's it|that's correct|that is right|precisely|absolutely|definitely|spot on|you got it|indeed|aye|pretty much|true|sure is|it is|it does|we do|i do|he does|she does|they do|we are|ja|genau|100%|hundred percent|bingo)\b",
    re.I,
)
_BUT = re.compile(r"\b(?:but|although|except|not really|not exactly|well,? no|actually no|only|rather)\b", re.I)


def confirms(text: str) -> bool:
    """Whether a turn clearly takes up what was said just before: a yes at its beginning, without a but."""
    head = even(text)[:120]
    return _YES.search(head) is not None and _BUT.search(head) is None and "?" not in head
