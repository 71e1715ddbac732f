"""Whether a sentence says that something is so, now: not a question, a condition, a denial, hearsay, or what is over."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"\?[\"”’)\]]*\s*$")
_TAG = re.compile(r",\s*(?:right|no|yeah|ok(?:ay)?|eh|huh|you know|isn['’]t it|is it|don['’]t you think)\s*\?$", re.I)
_ASKED = re.compile(
    r"^\s*(?:(?:so|and|but|okay|well|um|uh|also|then|or)[\s,]+)*(?:what|who|whom|whose|when|where|why|how|which|do|does|did|is|are|was|were|can|could|would|will|should|shall|have|has|had)\b(?!\s+(?:we|I) (?:need|want|have)\b)",
    re.I,
)
_IF = re.compile(
    r"^\s*(?:(?:so|and|but|okay|well|um|uh|now|because|'cause)[\s,]+)*(?:if|unless|suppose|imagine|assuming|let['’]s say|say)\b",
    re.I,
)
_OVER = re.compile(
    r"\b(?:used to|got (?:sorted|fixed|solved|resolved)|(?:is|was|been|are|were|['’]s|['’]re) (?:now |already |since )?(?:sorted|solved|fixed|resolved|gone|over|behind us|no longer|history|settled)|not any ?more|anymore|any more|back then|in the past|years? ago|(?:we|I|they) (?:fixed|solved|sorted|moved) (?:it|that)|haven['’]t thought about it since|that was before|at my (?:last|old|previous)|no longer)\b",
    re.I,
)
_HEARSAY = re.compile(
    r"\b(?:(?:he|she|they|you|everyone|everybody|people|some(?:body|one)?|others|vendors?) (?:always |often |sometimes |all )?(?:say|says|said|told|tell|think|thinks|thought|asks?|asked|might say|would say|will say))\b|\bsome (?:people|customers|folks|of our customers)\b",
    re.I,
)
_NO_TROUBLE = re.compile(
    r"\b(?:(?:not|n['’]t|never|no longer|hardly) (?:a |an |the |my |our |really |too |very |that |so |at all |any |actually |much of a )*(?:problem|issue|concern|concerned|worried|worry|blocker|risk|risky|expensive|objection|deal ?breaker|showstopper|bad|pain|trouble|about (?:the )?(?:price|money|cost))|no (?:problem|issue|issues|concerns?|worries|worry|objections?|complaints?|trouble|risk|rush|hurry|pressure|showstoppers?|red flags?)|(?:is|are|was|['’]s|['’]re) (?:totally |completely |perfectly |actually |all |pretty |quite |just )?(?:fine|okay|ok|good|great|reasonable|fair|acceptable))\b",
    re.I,
)


def is_question(text: str) -> bool:
    """Whether a sentence asks; a statement with a tag ("that's steep, right?") does not."""
    if _TAG.search(text):
        return _ASKED.match(text) is not None
    return _QUESTION.search(text) is not None or (_ASKED.match(text) is not None and not text.rstrip().endswith("."))


def is_condition(text: str) -> bool:
    """Whether a sentence only says what would be if."""
    return _IF.match(text) is not None


def is_over(text: str) -> bool:
    """Whether a sentence speaks of what once was and is no more."""
    return _OVER.search(text) is not None


def is_hearsay(text: str) -> bool:
    """Whether a sentence tells what others say."""
    return _HEARSAY.search(text) is not None


def says_fine(text: str) -> bool:
    """Whether a sentence says that something is no trouble."""
    return _NO_TROUBLE.search(text) is not None


def asserts(text: str) -> bool:
    """Whether a sentence says of itself that something is so, now."""
    return not (is_question(text) or is_condition(text) or is_over(text))
