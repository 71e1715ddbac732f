"""How somebody of the buyer stands to the matter, from their own words: for it, against it, neither, or not told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sales.asserting import is_condition, is_over, is_question
from sales.objection_refusals import refusal_of
from sales.objections import topic_of
from sales.qualifying.extract import strength
from sales.qualifying.talk import even
from sales.sentences import Sentence, sentences
from sales.talk import Utterance

Stance = Literal["supporter", "neutral", "against", "unknown"]

_PUSHES = re.compile(
    r"\b(?:I(?:['’]ll| will|['’]ve| have|['’]m going to|['’]m| am)? (?:already |gonna |going to |been )*(?:push(?:ing|ed)? (?:it|this|for|hard)|recommend(?:ed|ing)?(?! (?:that )?you)|back(?:ing|ed)? (?:it|this|you)|sell(?:ing)? (?:it|this) (?:internally|to|up)|sold (?:it|this|her|him|them)|champion\w*|fight(?:ing)? for|vouch(?:ed)?|take (?:it|this|you) (?:to|up)|took (?:it|this) (?:to|up)|taking (?:it|this) (?:around|to|up)|walked (?:\w+ )?(?:through it|(?:her|him|them) through)|got (?:\w+ )?(?:her|him|them|the (?:board|cfo|ceo|budget|money))|convinc(?:e|ed|ing) (?:her|him|them|the|my)|wrote (?:it|the memo|a memo|the case)|introduce you|put (?:it|this|you) in (?:the|my|front)|made the case|making the case|set(?:ting)? (?:it|this|you) up with)|I want (?:this|you|it to (?:work|happen)|us to (?:do|use|buy))|I(?:['’]m| am) (?:(?:all )?in(?=[.!,]|$)|sold|convinced|a (?:fan|believer)|on board|with you|all for (?:it|this)|behind (?:it|this|you))|you(?:['’]ve| have) (?:got )?my (?:vote|support|backing)|my vote (?:is|goes)|let['’]s (?:do (?:this|it)\b|get (?:this|it) (?:done|signed)|make (?:it|this) happen|move (?:ahead|forward))|(?<!why )(?<!reason )(?<!reason that )we(?:['’]re| are) (?:doing this|in\b(?! (?:the|a|our|this|that|for|line))|going (?:ahead|with you)))",
    re.I,
)
_SPEAKS_FOR_US = re.compile(
    r"\bI(?:['’]ve| have|['’]d| had)? (?:already |also |just |even |personally )*(?:asked|told|showed|shown|sent|forwarded|presented|written|wrote|put|pitched|mentioned|raised|briefed|talked to|spoke to|spoken to|convinced|lobbied|pushed|introduced|nudged) (?:(?:\w+ ){0,6})?(?:the (?:board|council|committee|team|ceo|cfo|coo|cto|cio|md|owner|boss|directors?|management|comparison|memo|case|business case)|my (?:boss|ceo|cfo|team|director|manager|vp|head)|him|her|them|our (?:ceo|cfo|board|director|boss|head|md|management))\b(?=[^.?!]{0,90}\b(?:you|your|it|this|deck|numbers|agenda|memo|comparison|systems?|that)\b)|"
    r"\b(?:you should|make sure (?:you|to)|don['’]t (?:bring|mention|lead with|talk about|be grateful)|come prepared|(?:he|she) doesn['’]t like|lead with|keep it (?:below|under|to|short)|show (?:him|her|them) (?:the|that|your)|if I were you|between (?:us|you and me)|off the record|I am telling you|what you (?:want|need) to do is|tell (?:him|her|them) (?:that|about))\b",
    re.I,
)
_LIKES = re.compile(
    r"\b(?:I|we) (?:really |actually |do |quite |genuinely |absolutely |kinda |just |all )*(?:like|love|loved|liked|enjoy(?:ed)?) (?:it\b|that\b|this\b|the (?:idea|fact|way|look|demo|approach|\w+)|what|how)|(?:that|this|it|which)(?:['’]s| is| was| looks?| sounds?| would be|['’]d be) (?:really |pretty |so |very |exactly |just |actually |quite |absolutely |super |kind of )*(?:great|awesome|amazing|perfect|excellent|impressive|fantastic|brilliant|lovely|cool|neat|helpful|useful|exactly what|what we(?:['’]ve)? (?:need|want|been)|a (?:big|huge) (?:help|win|plus|deal)|better|huge|beautiful)|that (?:would )?(?:actually |really )?helps?\b|I (?:wanna|want to|['’]d like to|would like to|can['’]t wait to) (?:try|see|get|use|have|start) (?:it|this|that)\b|(?:it|that|this)(?:['’]s| is| was| has been) (?:really |so |very )*good\b|saved? (?:us|me|my)\b|(?:very |really |so |quite )?(?:impressed|excited|thrilled|delighted|keen|happy with (?:it|this|that|you|the))|(?:exactly|just) what (?:we|I) (?:need|want)|can['’]t wait|looking forward to (?:it|this|working|getting|trying|the pilot)|I['’]ll frame it|best (?:one|thing|demo|tool)|makes (?:my|our) life|game ?changer|(?:that|this) right there|^\W*(?:oh )?(?:brilliant|awesome|fantastic|wonderful|love it|lovely|sweet|amazing)\b(?=[.!,]|$)|I['’]d (?:love|like|kill for) (?:it|this|that|one)\b|would be (?:a dream|huge|brilliant|amazing|lovely|wonderful)|(?:so|that['’]s) much (?:better|easier|faster|nicer)",
    re.I,
)
_AGAINST = re.compile(
    r"\b(?:I(?:['’]m| am) (?:a no\b|against|not (?:convinced|sold|a fan|in favou?r|comfortable|going to (?:back|support|recommend))|skeptical|sceptical|unconvinced|out\b|opposed)|I (?:don['’]t|do not|can['’]t|won['’]t|wouldn['’]t) (?:really |quite |even |actually )?(?:like(?! to\b)|want (?:another|this|it\b(?! (?:to|in|on|by))|your|any of|that (?:thing|system|in here))|buy|believe|trust|see (?:the|why|what|us|how)|support|back|think (?:it|this|that|we|you)(?:['’]s| is)? ?(?:\w+ )?(?:works?|worth|need|fit|ready|right|makes sense|will))|waste of (?:time|money)|over my dead body|(?:we|I)(?:['’]ve| have) better things|not interested|(?<!not )(?<!n['’]t )hate (?:it|this|that|the idea)|(?:this|it) (?:won['’]t|will never|is never going to|isn['’]t going to) (?:work|fly|happen|scale)|I(?:['’]d| would) rather (?:stay|keep|build|go with|have (?:them|the other))|not (?:for us|worth (?:it|the)))",
    re.I,
)
_GIVE_AND_TAKE = re.compile(
    r"^\W*(?:put|send|give|show|get|bring|fix|do|make|write)\b.{0,60}\band (?:then )?(?:I|we)(?:['’]ll| will)\b", re.I
)
_OF_THE_WHOLE = frozenset({"no_need", "trust", "risk"})
"""What somebody refuses who is against the whole of it; a price or a day can be talked about."""
_ACTS_FOR_US = 0.9
_I = re.compile(r"\bI\b", re.I)
_THIRD_PARTY = re.compile(r"\b(?:they|their|theirs|them|the (?:other|old|last|current))\b", re.I)


@dataclass
class Feelings:
    """How often somebody's words were for it and against it, and the words that weigh most on each side."""

    speaker: str
    turns: int = 0
    words: int = 0
    liking: float = 0.0
    against: float = 0.0
    opposed: int = 0
    positive: list[tuple[float, int, Sentence]] = field(default_factory=list)
    negative: list[tuple[float, int, Sentence]] = field(default_factory=list)

    @property
    def stance(self) -> Stance:
        """Return where they stand; unknown where they said next to nothing."""
        if self.liking >= (1.8 if self.against < 0.5 else 2.4) and self.liking >= 1.6 * self.against:
            return "supporter"
        if self.against >= (1.4 if self.opposed else 2.4) and self.against >= 1.6 * self.liking:
            return "against"
        return "neutral" if self.words >= 12 else "unknown"

    def telling(self, most: int = 2) -> list[tuple[int, Sentence]]:
        """Return the words that show the stance: those for it, those against it, or the weightiest of both."""
        chosen = {"supporter": self.positive, "against": self.negative}.get(self.stance, self.positive + self.negative)
        best = sorted(chosen, key=lambda one: -one[0])[:most]
        return sorted(((position, sentence) for _, position, sentence in best), key=lambda one: (one[0], one[1].start))


def feelings_of(turns: Sequence[Utterance]) -> dict[str, Feelings]:
    """Return the feelings of every speaker of the buyer, by the name under which the transcript lets them speak."""
    found: dict[str, Feelings] = {}
    for turn in turns:
        if turn.side != "buyer" or not turn.speaker:
            continue
        feelings = found.setdefault(turn.speaker, Feelings(turn.speaker))
        feelings.turns += 1
        feelings.words += len(turn.text.split())
        for sentence in sentences(turn.text):
            _weigh(feelings, turn.position, sentence)
    return found


def _said_in(words: Sequence[tuple[float, int, Sentence]], position: int) -> bool:
    """Whether something of a turn is among these words already: `It's good. I can see that it's good.` is one liking."""
    return any(one[1] == position for one in words)


def _weigh(feelings: Feelings, position: int, sentence: Sentence) -> None:
    text = sentence.text
    if is_question(text) or is_condition(text) or is_over(text) or _GIVE_AND_TAKE.match(text):
        return
    refused = refusal_of(even(text))
    spoken_for = len(_SPEAKS_FOR_US.findall(text)) or int(
        _I.search(text) is not None and strength(("champion",), text) >= _ACTS_FOR_US
    )
    if spoken_for:
        feelings.liking += 1.4 * min(2, spoken_for)
        feelings.positive.append((1.4 * min(2, spoken_for), position, sentence))
    elif _AGAINST.search(text) or refused in _OF_THE_WHOLE:
        weight = 1.4 if _AGAINST.search(text) else 1.0
        feelings.opposed += 1
        feelings.against += weight
        feelings.negative.append((weight, position, sentence))
    elif refused is not None or topic_of(text) is not None:
        feelings.against += 0.8
        feelings.negative.append((0.8, position, sentence))
    elif _PUSHES.search(text):
        feelings.liking += 2.0
        feelings.positive.append((2.0, position, sentence))
    elif _LIKES.search(text) and not _THIRD_PARTY.search(text) and not _said_in(feelings.positive, position):
        feelings.liking += 0.9
        feelings.positive.append((0.9, position, sentence))
