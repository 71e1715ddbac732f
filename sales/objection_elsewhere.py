"""Whether words that sound like an objection are about something else than buying from us: another's product, a deal of long ago, the buyer's own world, or a question.

Patterns read text as `sales.qualifying.talk.even` makes it: small letters, plain apostrophes.
"""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_question
from sales.qualifying.talk import even

_RHETORICAL = re.compile(
    r"\bwhy (?:would|should|do|did) (?:we|i|anybody|anyone)\b|\bhow (?:do|can|could|would|am|are) (?:i|we) (?:\w+ )?(?:know|trust|explain|justify|sell|defend|tell|supposed)\b|\bwhat(?:'s| is) the point\b|\bdo (?:we|i) (?:really|even|actually) (?:need|want)\b|\bwho(?:'s| is)? (?:going to|gonna) (?:pay|do all|maintain|train)\b|\bwhat (?:would|does) (?:it|that|this) change\b|\bare you (?:kidding|joking|serious)\b"
)
_THEY_ARE = re.compile(
    r"^\W*(?:(?:and|but|so|well|yeah|no|honestly|because|i mean|look|like|um+|uh+|er+m?)[\s,]+)*(?:they|he|she|those|these guys|the others?|[a-z]+'s (?:one|quote|price))(?:'re|'s|'d been| are| is| were| was)\b"
)
_CHEAPER = re.compile(r"\b(?:cheaper|less|half|included?|free|against|nervous|worried|afraid|not going|never|won't)\b")
_LONG_SINCE = re.compile(
    r"\b(?:last (?:time|year|month|summer|winter|spring|autumn|fall|quarter)|in (?:19|20)\d\d|in (?:nineteen|twenty) ?\w+|(?:a |two |three |four |five |six |ten |some |many |few |couple of )?(?:years?|months?) (?:ago|back)|back (?:in|when|then)|at (?:my|our|the) (?:last|old|previous|former)|previously|in those days|before (?:i|we) (?:joined|came|bought|moved)|when (?:we|i|they) (?:first |last )?(?:started|looked|bought|were|was|did|went|tried))\b"
)
_STILL_NOW = re.compile(
    r"\b(?:now|again|another|still|this (?:time|one|thing)|you|your|yours|today|don't want|won't|not going|i'm not|we're not)\b"
)
_OF_US = re.compile(
    r"\b(?:you|your|yours|you're|you've|you'd|y'all|the (?:demo|pilot|proposal|quote|contract|trial))\b"
)
_WILL_NOT = re.compile(
    r"\b(?:i|we)(?: really| just| honestly)?(?: (?:do not|don't|dont) (?:want|see|need|believe|think we)|'m not|'re not| am not| are not| won't| will not| would never|'d never| refuse)\b|\b(?:will not|won't|will never|would never|'ll never|is not going to|isn't going to) (?:like|accept|want|allow|approve|use|go for)\b|\bagainst (?:it|this|that)\b"
)
_DISCOVERS = re.compile(
    r"\b(?:how (?:do|does|did|are|is|many|much|often|long)|what(?:'s| is| are| does| do| did| happens| happened| kind| would)|where|who|which|tell me|walk me|why|when)\b[^?]*\b(?:you|your|they|today|currently|now|happens?|happened|it)\b"
)
_SELLING = re.compile(
    r"[$€£]|\b(?:we (?:can|could|would|do|offer|usually|typically|have|charge|integrate|support)|our (?:price|product|platform|proposal|quote|team)|(?:the|our|my) (?:price|pricing|proposal|quote|offer|contract|pilot|demo|terms?)|what do you think|how does that (?:sound|look)|does that (?:work|make sense|help)|would (?:that|you (?:be|consider|want|like))|ready to|next steps?|concerns?|hesita\w+|worr\w+|hold(?:ing)? you back|stop(?:ping)? you|in the way|questions?)\b"
)
_OWN_WORLD = frozenset({"risk", "feature", "integration", "no_need", "security", "competitor"})


def asks_rather(text: str) -> bool:
    """Whether a sentence asks for information, or says what would be if: a question is an objection only where it expects no answer (`why would we change?`)."""
    return (is_question(text) or is_condition(text)) and _RHETORICAL.search(even(text)) is None


def is_elsewhere(topic: str, text: str, asked: str) -> bool:
    """Whether a sentence that sounds like an objection of this topic is about something else. `asked` is what the seller said just before."""
    small = even(text)
    if topic in ("price", "feature", "contract", "risk") and _THEY_ARE.match(small) and not _CHEAPER.search(small):
        return _OF_US.search(small) is None
    if _LONG_SINCE.search(small) and not _STILL_NOW.search(small):
        return True
    return topic in _OWN_WORLD and _tells_of_themselves(small, even(asked))


def _tells_of_themselves(small: str, asked: str) -> bool:
    """Whether the buyer answers how things are with them: asked about their own world, and nothing of ours in the words."""
    return (
        asked.rstrip().endswith("?")
        and _DISCOVERS.search(asked) is not None
        and _SELLING.search(asked) is None
        and _OF_US.search(small) is None
        and _WILL_NOT.search(small) is None
    )
