"""Whether a reply agrees to what was proposed, or declines it."""

from __future__ import annotations

import re

_OPEN = r"^\W*(?:(?:oh|ah|hm+|um+|uh+|well|so|and|but|look|listen|honestly|actually|to be honest|i mean|okay|ok|yeah|right|sorry)\b[\s,.…!-]*)*"
_DAY = r"(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|tomorrow\b|the \w+(?:st|nd|rd|th)\b"
_YES = re.compile(
    r"^\W*(?:(?:oh|ah|hm+|um+|uh+|well|so|and|look|please|no)\b[\s,.…!-]*)*(?:yes|yeah|yep|yup|ya|sure|ok(?:ay)?|great|perfect|deal|fine|absolutely|of course|definitely|certainly|please|sounds? (?:good|great|fine|right|like a plan|perfect|reasonable)|that(?: works| would (?:help|be|work)|['’]d (?:help|be|work)|['’]s (?:fine|good|great|perfect|ok(?:ay)?|fair))|that['’]?d (?:be|help|work)|works?\b|do that|do it|go ahead|go for it|good|lovely|amazing|thanks|thank you|will do|got it|no (?:problem|worries)|happy to|glad to|done|agreed|i['’]?d (?:appreciate|like|love) (?:that|it)|let['’]s do (?:it|that|this)|alright|all right|cool|brilliant|excellent|noted|by all means|why not|(?:i|we) can (?:do|make|send|get)|fair enough|(?:i|we)(?:['’]ll| will) (?:do|send|get|have|be|take|make|put|set|bring|ask|check|share)|you(?:['’]ll| will) have|consider it|leave it with|(?:i|we)(?:['’]m| am|['’]re| are) (?:in|on it|free|good|happy|fine)|makes sense|there you go|right\b|mm-?hmm|uh-?huh|that would|please do|super|i (?:suppose|guess)(?: so)?\b|go on(?: then)?\b|if you (?:like|must|insist)|be my guest|by all means|"
    + _DAY
    + r"|(?:i|we) (?:could|would) do|(?:\w+(?: o['’]?clock)?|(?:the |on the )?\w+(?: \w+)?) (?:works?|fits|suits? (?:me|us)|is (?:good|fine|ok(?:ay)?|perfect|great))\b)",
    re.I,
)
_NO = re.compile(
    _OPEN
    + r"(?:no+\b(?!,? (?:that['’]?s|that is|it['’]?s|problem|worries|rush|doubt|question|question about it|please do|go ahead|of course|absolutely|sure|yeah|you['’]re right|i (?:get|understand|agree|could|can|like)))|nope\b|nah\b|not (?:yet|now|really|today|at (?:this|the) (?:point|moment|stage)|this (?:week|month|quarter|year)|necessary|quite|for (?:us|me|now)|until|before|so fast|interested|keen|a good (?:idea|time))|(?:please )?don['’]t (?:bother|worry about (?:it|that)|need|want|think (?:we|that|so|i|it)|do (?:that|it))|do not (?:bother|need)|let['’]?s (?:not|wait|hold|leave|park|see (?:\w+ ){0,4}first|skip|get (?:\w+ ){0,6}first)|(?:i|we)(?:['’]d| would) (?:rather|prefer|sooner) (?:not|wait|hold|have|do|see|keep|leave)|rather not|maybe (?:later|not|some other|another time|next (?:year|quarter))|hold (?:off|fire|that)|we(?:['’]ll| will) see|leave (?:it|that)(?! with me)\b|(?:i|we) (?:can['’]t|cannot|won['’]t|don['’]t (?:think|want|need|have time)|wouldn['’]t|doubt)|that (?:won['’]t|doesn['’]t|wouldn['’]t|isn['’]t) |too (?:early|soon|much)|premature|it['’]?s (?:too|a bit|a little) (?:early|soon|premature)|there['’]?s no (?:need|point|rush)|no (?:need|point)\b|skip (?:it|that)|thanks,? but|that['’]?s (?:ok(?:ay)?|alright|fine),? (?:we|i|don|no|you don)|(?:i|we) already have|save (?:it|yourself)|not sure (?:that|about|we|i|it))",
    re.I,
)


def declines(reply: str) -> bool:
    """Whether a reply turns down what was proposed just before: `Let's see the draft first`, `not yet`, `no need`."""
    return _NO.match(reply) is not None


def agrees(reply: str) -> bool:
    """Whether a reply agrees. `No problem` and `no, that's fine` do; a question back or another matter doesn't."""
    return not declines(reply) and _YES.match(reply) is not None
