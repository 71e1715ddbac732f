"""What is to happen after a talk: promises, offers that were taken up, requests that were agreed to, meetings that were set.

A proposal alone is nothing: an offer or a request counts where the other side agrees, and whatever the other side declines is dropped, however
firmly it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sales.agreeing import agrees, declines
from sales.asserting import is_question
from sales.commitments import due_in, same_object, topic_stems
from sales.sentences import Sentence, joined, sentences
from sales.spoken_dates import When, days_in
from sales.talk import Utterance
from sales.wording import MONTH_NAMES

Kind = Literal["promise", "offer", "request", "meeting", "plan"]

_DELIVERS = (
    r"send|share|forward|e-?mail|mail|write|call|ring|text|ping|message|ask|find out|look (?:into|at|up|over)|dig (?:into|up|out)|get (?:it|that|this|them|those|these|you|him|her|back|our|your|my|his|\w+ to|(?:a|an|the|some) \w+)|come (?:back|out|by|over|and|down|up|with|to)|be back|"
    r"go (?:back|through|over|away and)|bring|confirm|put|prepare|draft|set|schedule|book|arrange|organi[sz]e|introduce|connect|loop|chase|push|follow|circle|provide|deliver|supply|answer|talk|speak|raise|run|review|read|sign|let you know|let (?:him|her|them|\w+) know|"
    r"update|fix|correct|revise|redo|change|add|include|work (?:on|out|up|through)|invite|pass|return|clarify|check|verify|double[- ]check|report|upload|make|build|give|reach|see (?:if|whether|what|who|about|him|her|them|with)|take|drop|line|pull|quote|cost|scope|price|sort|nudge|compare|count|measure|test|try|submit|file|mark|redline|approve|order|print|sit|meet|join|visit|show|present|demo|walk|"
    r"have|leave|hold|block|reserve|summari[sz]e|document|record|note|collect|gather|fill|complete|finish|escalate|log|open|create|start|kick|help|think about|consider|discuss|decide|do|import|export|map|load|configure|enable|provision|migrate|train|evaluate|investigate|explore|pick|tell|figure|inform|copy|cc|poke|warn|remind|grab|unpick|text|line up"
)
_SAID_NOT_DONE = re.compile(
    r"^(?:be (?:honest|frank|straight|quick|brief|fair|blunt|here|there|in|on|right)|say|admit|see you|take (?:it|that|this)\b(?! (?:to|up|back to|away|over|with|by|on board|home|from))|give me\b|leave (?:it|that|this) with you|take (?:mostly|the|a (?:look|seat|second|guess|minute))|give you (?:that|an example|a (?:sense|hint|minute|second|quick|little|bit of background|flavor|break|hard))|let you (?:go|off|finish|get|know if|drive|speak|be)|make (?:it|this|sure we don|a note of that|do)|"
    r"put it (?:this|that|another|like|to you|bluntly)|put up|leave it (?:there|at that)|leave you|hold (?:on|you to|my|that thought)|have (?:to|a (?:look|think)|been|the (?:salad|soup)|none)|ask (?:you|a|one|the|it)(?: \w+){0,3} (?:question|stupid|differently|quick|straight|directly)|start\b|show (?:you (?:a|the|what|how|this|that|one|where|my|our|some|real|two|quickly|now)|up|this|that)|"
    r"walk you|share (?:my|the|a) (?:screen|slide|window|desktop|story|few)|pull (?:it|this|that|up)|open (?:it|this|that|up|with)|run (?:through|you|out)|go (?:through|over|first|ahead|back(?: (?:a|one|to the))?|with|for|into)|do (?:my best|the (?:talking|intro))|tell you|read (?:it|that|you|out)|call (?:it|that|them|you (?:on|out)|\w+ (?:a|the))|note that|think|try (?:not|and|to (?:keep|be|make))|turn|stop|switch|skip|jump|move|keep|get (?:to (?:that|it|the)|into|out|there|off|in|on|over|used|started|going|straight|rid|my head)|come (?:to (?:that|it)|back to (?:that|it|this)(?: (?:in a|later|point))?)|talk (?:about|you|through)|speak (?:to that|about|up)|add (?:that|one|something|to that)|take (?:you|us) through|discuss (?:that|this|it) (?:later|in a)|mention|repeat|explain|check out|be back in (?:a|one) (?:second|minute|sec)|help you (?:with that )?(?:now|today)?|meet you (?:half|in))\b",
    re.I,
)
_ADVERB = r"(?:\s+(?:also|then|just|still|gladly|happily|personally|go and|go ahead and|definitely|certainly|probably|quickly|actually|simply|at least|both|all|first|now|go))*"
_PROMISE = re.compile(
    rf"\b(?:(?P<who>I|we)(?:['’]ll| will| shall|['’]m going to|['’]re going to| am going to| are going to|['’]m gonna|['’]re gonna| gonna){_ADVERB}\s+(?:try (?:to|and) |make sure (?:to|that|you) |be able to |be )?(?P<act>(?:{_DELIVERS}|sending|sharing|coming|getting|writing|calling)\b.*)"
    rf"|(?P<let>let me|lemme)\s+(?:just |quickly )?(?P<act2>(?:check|ask|find out|look into|come back|get back|confirm|talk to|speak to|speak with|talk with|take (?:it|that|this) (?:back|away|to)|run (?:it|that|this) (?:by|past)|send|get (?:you|that|it|the|an?|back)|see (?:if|what|whether)|dig|follow up|circle back|go back|set up|put together|write|draft|book|introduce|connect|forward|share|prepare|think about)\b.*)"
    r"|\b(?:then |and |so )?I (?P<act6>(?:send|forward|mail|prepare|share|write|tell|ask|talk|speak|call|bring|give)\s+(?:you|it|this|these|those|that|the|them|him|her|over|to|with)\b.*)"
    r"|\b(?:I|we)['’](?:m|re) (?P<act7>(?:sending|getting|preparing|drafting|bringing|setting up|booking|sharing|forwarding|writing)\b.*)"
    r"|(?P<yours>you(?:['’]ll| will| shall| are going to|['’]re going to) (?:have|get|receive|hear from|see)\b.*)"
    r"|(?P<willdo>(?:\bwill do\b(?=\W*$|[.,!;])|^\W*(?:(?:yes|yeah|ok(?:ay)?|sure)\W+)?(?:I|we) will(?=[.!]?\W*$)|\bconsider it done\b|\bleave (?:it|that) with me\b|^\W*(?:(?:yeah|yes|ok(?:ay)?|sure)\W+)?(?:I['’]?m |we['’]?re )?on it\b|\b(?:I|we) (?:still )?owe (?:you|him|her|them) (?:the|an answer|that|those|an? (?:answer|reply|quote|document|number|list|call|response|draft|date))).*)"
    r"|(?P<have>it['’]?(?:ll| will) be (?:in your inbox|with you|there|done|ready|on your desk)\b.*))",
    re.I | re.S,
)
_OFFER = re.compile(
    rf"\b(?:(?:I|we)(?: can| could|['’]d be (?:happy|glad|delighted) to|['’]m happy to|['’]re happy to| would be happy to| might be able to){_ADVERB}\s+(?P<act>(?:{_DELIVERS})\b.*)"
    rf"|(?:shall|should|can|could|may) (?:I|we){_ADVERB}\s+(?P<act2>(?:{_DELIVERS})\b.*)"
    rf"|(?:(?:do|would) you (?:want|like) (?:me|us) to|want (?:me|us) to|would it (?:help|be (?:useful|helpful|worth it)) if (?:I|we)|how about (?:I|we)|what if (?:I|we)|happy to|glad to)\s+(?P<act3>(?:{_DELIVERS}|sent|shared|set|put|got|ran|brought|wrote|introduced)\b.*))",
    re.I | re.S,
)
_REQUEST = re.compile(
    rf"(?:\b(?:can|could|would|will) (?:you|we get you to)(?: guys| please| maybe| just| also| possibly)*\s+(?P<act>(?:{_DELIVERS})\b.*)"
    rf"|\b(?:please|would you mind|just|then|yeah,?|and|so)\s+(?P<act2>(?:send|share|put|write|forward|give|get|add|include|bring|check|ask|confirm|make sure|do that|mail|email|set up|book|call|cc|copy|talk to|speak to)\b.*)"
    r"|^(?:(?:and|so|then|but|okay|yeah|yes|well|also)[\s,]+)*(?P<act3>(?:send|share|put|write|forward|add|include|bring|email|mail|do that|send me|get me|give me|give us|copy|cc)\b.*)"
    r"|\b(?:could|can|may|might) (?:I|we) (?:please |also |maybe )?(?P<act4>(?:get|have) (?:the|a|an|that|your|those|it|some|access)\b.*)"
    r"|\b(?:I|we)(?:['’]d| would|['’]ll)? (?:also |really |still |just )?(?:need|want|like|love|appreciate)(?: to (?:see|get|have))? (?P<act5>(?:the|a|an|your|that|it|something|those|you to)\b.*(?:\b(?:in writing|on paper|written|from you|before|by|sent|over|please|to look at)\b).*))",
    re.I | re.S,
)
_NOW = re.compile(
    r"\b(?:hear me|see (?:my|the|it|this|me|who|what|how|where|that|which)|share (?:your|my) screen|mute|unmute|camera|louder|repeat|say (?:that|it) again|go back|scroll|click|zoom|explain|tell (?:me|us)|walk (?:me|us)|show (?:me|us)|talk (?:me|us) through|give (?:me|us) (?:a|an|one) (?:sec|second|minute|example|sense|idea|feel|number|ballpark)|speak up|hold on|wait|remind (?:me|us)|describe|elaborate|clarify that|say more|start|be (?:more )?specific|help (?:me|us) understand|pull (?:it|that) up|put (?:it|that|this) (?:another|this|that) way|put (?:you|me) on (?:mute|hold|speaker)|have (?:a )?(?:look|seat|minute)|take (?:a )?(?:look|seat|guess)|ask(?=[,.?]|$| (?:you|something|a|one|what|how|why|who|about|if|whether|is|are|did|does|do|this|that|it|because|while|then)\b)|check (?:that|something) (?:quickly|real quick|now)|jump in|add something|do (?:it|that|this)\?|give (?:it|that) a)\b",
    re.I,
)
_MEETING = re.compile(
    r"\b(?:let['’]?s|let us|shall we|should we|can we|could we|we should|we could|we can|we['’]ll|I['’]d (?:suggest|propose) we|why don['’]t we|how about we|maybe we)(?: just| also| maybe| then| all| plan to| try to| try and)* (?P<act>(?:meet|talk|speak|catch up|reconvene|regroup|touch base|sync|connect|sit down|get (?:together|back together|on a call|something|it|that|a \w+|another|\w+ on|us|the|this) ?(?:in|on|together)?|have (?:a|another|that) (?:\w+ )?(?:call|chat|meeting|session|conversation|follow-?up|demo)|do (?:a|another|the|that|it|this|one|\w+day)|schedule|book|set up|find (?:a|some) (?:time|slot)|put (?:something|a|it|time|\w+) (?:in|on|down)|pick (?:it|this|that) up|continue|say|go for|make it|aim for|plan (?:for|on)|jump on|hop on|run (?:it|that|this))\b.*)"
    r"|\b(?P<act2>(?:talk|speak|see|catch|meet) (?:to )?(?:you|each other|again|then)(?: all| both| guys| again)?(?: then)?,? (?:on |at |in |next |the |this )?(?:mon|tues|wednes|thurs|fri|satur|sun|next|tomorrow|the|january|february|march|april|may|june|july|august|september|october|november|december|in|week)\w*.*)"
    r"|\b(?P<act3>(?:the |our |your )?(?:next|follow-?up) (?:call|meeting|session|conversation|demo|workshop|review) (?:is|will be|would be|on|at|should be)\b.*)"
    r"|\b(?P<act4>(?:does|would|how about|how['’]s|how is|what about|is)\s+(?:next |this |the )?(?:mon|tues|wednes|thurs|fri)\w*day\b.*)"
    r"|\b(?:would you (?:want|like) to|do you want to|are you (?:free|available|around)|can you do|could you do|would you be up for|are you open to|would you be open to)(?P<act5>\b.*\b(?:diary|calendar|call|meet|meeting|chat|session|demo|workshop|mon|tues|wednes|thurs|fri|next week|week after|o['’]?clock|[ap]m|free|available)\w*.*)",
    re.I | re.S,
)
_PLAN = re.compile(
    r"\b(?:(?:the |our |your |my )?(?:next|immediate) steps? (?:is|are|would be|will be|for (?:us|me|you) (?:is|are)|from (?:here|our side|my side) (?:is|are))|(?:the |an )?action (?:item|point)s?(?: for \w+)?(?: is| are|:)|(?:the |my |your )?to-?do(?: is| for \w+ is|:)|what happens next is)\s*(?P<act>.+)",
    re.I | re.S,
)
_THIRD = r"\b(?P<name>{names})(?:['’]ll| will| is going to|['’]s going to| is gonna|['’]s gonna| can| could)(?: also| then| just)* (?P<act>(?:send|share|forward|write|call|set|check|prepare|review|look|get|follow|come|join|run|put|introduce|confirm|talk|speak|provide|draft|give|bring|update|work|be in touch|reach|arrange|book|schedule|email|mail)\b.*)"
_HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|in case|suppose|assuming|whether|would have|could have|might have|in theory|for example|for instance|usually|typically|normally|often|always|every (?:day|week|month|time|night|year)|generally)\b",
    re.I,
)
_POLITE_IF = re.compile(
    r"\bif (?:that['’]?s|that is|it['’]?s|that|you|it) ?(?:['’]d |would )?(?:ok(?:ay)?|fine|all ?right|helpful|useful|helps?|like|want|don['’]t mind|works?|prefer|wish|need|good|cool|easier|suits?)\b|\bif you (?:have|['’]ve got) (?:any|a minute|time|further|other)\b|\b(?:see|check|find out|ask|know|tell|look|confirm|figure out) (?:\w+ ){0,3}if\b|\b(?:see|check|ask|confirm|find out|know|figure out)(?: \w+){0,2} whether\b",
    re.I,
)
_NEGATED = re.compile(
    r"\b(?:won['’]t|will not|never|not going to|can['’]t|cannot|couldn['’]t|wouldn['’]t|don['’]t want|not gonna|before I promise|let me not|I['’]d rather not)\b",
    re.I,
)
_REPORTED = re.compile(
    r"\b(?:said|says|told (?:me|us|them|him|her)|thinks?|thought|guess(?:es)?|hoped?)\s*,?\s*[\"“']?\s*(?:that )?$|\b(?:he|she|they) (?:said|says|was like|goes)\b", re.I
)  # fmt: skip
_PRODUCT = re.compile(
    r"^(?:(?:send|give|show|let|make|create|get|have|take|help|run|do|open|add|record|log|import|map|load|start|check|update|train|migrate|build|provide|set|put)\b)", re.I
)  # fmt: skip
_TO_THEM = re.compile(
    r"\b(?:you|over|to (?:you|him|her|them|[A-Z]\w+)|across|back|with (?:you|[A-Z]\w+)|your|together|proposal|quote|contract|paper|deck|summary|notes?|invite|link|recording|slides|details?|list|draft|plan|report|pricing|agreement|docs?|documents?|material|template|questionnaire|soc|invoice|order form|numbers?|reference|intro\w*|sandbox|pilot|trial|meeting|call|workshop|session|terms|wording|redlines?|roadmap|schedule|estimate|calculation|business case|one[- ]pager|nda|msa|dpa|statement|test)\b",
    re.I,
)
_GOING_WITHIN = 2
_SHORT = 12
_DOES_IT = re.compile(r"^do (?:it|that|this|both|so)\b", re.I)
_HABIT = re.compile(
    r"\b(?:when|whenever|every|always|usually|sometimes|then they|if|because|normally|mostly|each)\b", re.I
)
_MOST_ASKED = 36
_DEADLINE = re.compile(
    r"\b(?:by|on|before|until|till|for|from|in|at|end of|early|late|mid|starting|beginning|around|no later than|latest)(?: the)?\s*$",
    re.I,
)


@dataclass(frozen=True)
class Undertaking:
    """One thing that is to happen. `position` and `sentence` are where it was said, `act` the words of doing, verbatim.

    `owner` is the speaker who is to do it, as the transcript names them, and `side` theirs; `due` the day that was named, in the turn
    `due_position`. `about` is what was asked for, where the words themselves name nothing, and `agreed` where the other side agreed.
    """

    kind: Kind
    position: int
    sentence: Sentence
    act: str
    owner: str | None
    side: str
    due: When | None = None
    due_position: int | None = None
    due_words: str | None = None
    about: tuple[int, Sentence] | None = None
    agreed: tuple[int, Sentence] | None = None

    @property
    def topic(self) -> frozenset[str]:
        """Return the stems that tell it from others."""
        return topic_stems(self.act) | (topic_stems(self.about[1].text) if self.about else frozenset())


def undertakings_in(
    turns: Sequence[Utterance], said_on: date, names: Sequence[tuple[str, str, str]] = ()
) -> list[Undertaking]:
    """Return what is to happen after the talk, in its order, each thing once. `names` are people of the talk: first name, speaker, side."""
    made: list[Undertaking] = []
    for index, turn in enumerate(turns):
        for sentence in sentences(turn.text):
            if len(sentence.text) > 1_500:
                continue
            found = _in_sentence(turns, index, sentence, said_on, names)
            if found is not None:
                made.append(found)
    return _each_once(made)


def _in_sentence(
    turns: Sequence[Utterance], index: int, sentence: Sentence, said_on: date, names: Sequence[tuple[str, str, str]]
) -> Undertaking | None:
    turn, text = turns[index], sentence.text
    third = _third_person(text, names)
    if third is not None:
        act, owner, side = third
        made = Undertaking("promise", turn.position, sentence, act, owner, side)
        return _dated(_unless_declined(made, turns, index), turns, index, said_on)
    for kind, pattern in (("meeting", _MEETING), ("promise", _PROMISE), ("offer", _OFFER), ("request", _REQUEST), ("plan", _PLAN)):  # fmt: skip
        match = pattern.search(text)
        if match is None or not _stands(text, match, kind):
            continue
        act = _act_of(match)
        made = Undertaking(kind, turn.position, sentence, act, turn.speaker, turn.side)  # type: ignore[arg-type]
        settled = _settled(made, turns, index, said_on)
        if settled is not None:
            return _dated(settled, turns, index, said_on)
    return None


def _act_of(match: re.Match[str]) -> str:
    words = next(value for name, value in match.groupdict().items() if value and name.startswith(("act", "yours", "willdo", "have")))  # fmt: skip
    return " ".join(words.split()).strip(" ,;–-")


def _third_person(text: str, names: Sequence[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    """Return what a sentence says that somebody of the talk will do: `Marcus will send you the deck`."""
    known = {first.casefold(): (speaker, side) for first, speaker, side in names if len(first) > 1}
    if not known or is_question(text):
        return None
    pattern = _THIRD.replace("{names}", "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True)))
    found = re.search(pattern, text, re.I | re.S)
    if found is None or _NEGATED.search(text) or (_HYPOTHETICAL.search(text) and not _POLITE_IF.search(text)):
        return None
    speaker, side = known[found["name"].casefold()]
    return " ".join(found["act"].split()), speaker, side


def _stands(text: str, match: re.Match[str], kind: str) -> bool:
    """Whether a match is meant as something that is to happen."""
    act = _act_of(match)
    before = text[: match.start()]
    if _NEGATED.search(before + text[match.start() : match.end() - len(act)]) or _REPORTED.search(before):
        return False
    hypothetical = _HYPOTHETICAL.search(text)
    if hypothetical and not _POLITE_IF.search(text) and kind != "request":
        return False
    if kind == "promise":
        if match.groupdict().get("act6") and (_HABIT.search(text) or len(text.split()) > _SHORT + 4):
            return False
        if match.groupdict().get("act7") and due_in(text, date(2026, 1, 5)) is None:
            return False
        if is_question(text) or (_SAID_NOT_DONE.match(act) and due_in(act, date(2026, 1, 5)) is None):
            return False
        if (match.groupdict().get("yours") or "").lower().split()[-1:] and re.match(
            r"you(?:['’]ll| will| are going to) (?:get|see|receive)\b", match["yours"] or "", re.I
        ):
            return due_in(act, date(2026, 1, 5)) is not None
        ours = (match.groupdict().get("who") or "").lower() == "we"
        if (ours or match.groupdict().get("yours")) and _PRODUCT.match(act) and not _TO_THEM.search(act):
            return due_in(act, date(2026, 1, 5)) is not None
        return True
    if kind in ("offer", "request"):
        return not _NOW.search(act) and (not _SAID_NOT_DONE.match(act) or due_in(act, date(2026, 1, 5)) is not None)
    if kind == "meeting":
        return due_in(text, date(2026, 1, 5)) is not None or re.search(r"\b(?:diary|calendar|another (?:call|meeting|session)|next (?:call|meeting)|follow-?up|find (?:a|some) (?:time|slot))\b", act, re.I) is not None  # fmt: skip
    return len(act.split()) >= 3


def _settled(made: Undertaking, turns: Sequence[Utterance], index: int, said_on: date) -> Undertaking | None:
    """Return an undertaking as the other side took it, or None where they declined, or had to agree and didn't."""
    asked = made.kind in ("offer", "request") or (made.kind == "meeting" and is_question(made.sentence.text))
    answer = _reply_to(made, turns, index)
    if made.kind == "request":
        return _taken_on(made, turns, answer, said_on) if answer is not None else None
    if answer is not None and declines(turns[answer].text):
        return None
    if made.kind == "offer" and made.side == "unknown" and answer is None:
        return None
    if made.kind == "offer" and _was_asked_for(turns, index):
        return _with_object(made, turns, index)
    if asked:
        if answer is None:
            return None
        firm = _agreement(turns[answer], said_on)
        if firm is None:
            return None
        made = replace(made, agreed=(turns[answer].position, firm))
    return _with_object(made, turns, index)


def _reply_to(made: Undertaking, turns: Sequence[Utterance], index: int) -> int | None:
    """Return the index of the next turn of somebody else that says anything: of another side, where sides are known."""
    seen = 0
    for later in range(index + 1, min(len(turns), index + 8)):
        turn = turns[later]
        if turn.speaker == turns[index].speaker or not turn.text.strip():
            continue
        if made.side != "unknown" and turn.side == made.side:
            continue
        seen += 1
        if len(turn.text.split()) > 0:
            return later
        if seen == _GOING_WITHIN:
            break
    return None


def _was_asked_for(turns: Sequence[Utterance], index: int) -> bool:
    """Whether an offer comes after a yes to what its speaker asked just before: `Would a visit help? — It would. — We can set that up.`"""
    if index < 2 or turns[index - 1].speaker == turns[index].speaker:
        return False
    asked = turns[index - 2]
    return asked.speaker == turns[index].speaker and "?" in asked.text and agrees(turns[index - 1].text)


def _agreement(turn: Utterance, said_on: date) -> Sentence | None:
    """Return the words by which a turn agrees, or None."""
    parts = sentences(turn.text)
    if not parts:
        return None
    dated = next((one for one in parts[:3] if due_in(one.text, said_on)), None)
    # "Two pages, on Monday" agrees by naming the day.
    by_day = dated is not None and len(turn.text.split()) <= _SHORT and not is_question(turn.text)
    if not (agrees(turn.text) or (by_day and not declines(turn.text))):
        return None
    return dated or parts[0]


def _taken_on(made: Undertaking, turns: Sequence[Utterance], answer: int, said_on: date) -> Undertaking | None:
    """Return a request as the undertaking of whoever agreed to it."""
    turn = turns[answer]
    if declines(turn.text):
        return None
    promised = any(
        (match := _PROMISE.search(one.text)) is not None and _stands(one.text, match, "promise")
        for one in sentences(turn.text)
    )
    if promised:
        return None  # their own words say it, and take the request up as what they are about
    firm = _agreement(turn, said_on)
    if firm is None:
        return None
    return replace(made, owner=turn.speaker, side=turn.side, agreed=(turn.position, firm))


def _unless_declined(made: Undertaking, turns: Sequence[Utterance], index: int) -> Undertaking | None:
    answer = _reply_to(replace(made, side=turns[index].side), turns, index)
    return None if answer is not None and declines(turns[answer].text) else made


def _with_object(made: Undertaking, turns: Sequence[Utterance], index: int) -> Undertaking | None:
    """Add what was asked for, where the words of a promise name nothing themselves."""
    if made.kind == "meeting" or len(topic_stems(made.act)) >= 2:
        return made
    own = [one for one in sentences(turns[index].text) if one.end <= made.sentence.start and topic_stems(one.text)]
    for earlier in range(index - 1, max(-1, index - 5), -1):
        turn = turns[earlier]
        if turn.speaker == turns[index].speaker:
            continue
        if (asked := _asked_for(turn)) is not None:
            return replace(made, about=(turn.position, asked))
    if _DOES_IT.match(made.act):
        return made if due_in(made.act, date(2026, 1, 5)) else None
    if not topic_stems(made.act):
        if own:
            return replace(made, about=(turns[index].position, own[-1]))
        earlier_one = next((turn for turn in reversed(turns[max(0, index - 3) : index]) if turn.speaker != turns[index].speaker and topic_stems(turn.text)), None)  # fmt: skip
        if earlier_one is not None:
            last = next((one for one in reversed(sentences(earlier_one.text)) if topic_stems(one.text)), None)
            return replace(made, about=(earlier_one.position, last)) if last is not None else made
        return made if due_in(made.act, date(2026, 1, 5)) else None
    return made


def _asked_for(turn: Utterance) -> Sentence | None:
    """Return the stretch of a turn that asks for something: from its first request to its last, with what spells it out behind."""
    parts = sentences(turn.text)
    places = [i for i, one in enumerate(parts) if _REQUEST.search(one.text) is not None and not _NOW.search(one.text)]
    if not places:
        return None
    first, last = places[0], places[-1]
    if last + 1 < len(parts) and not topic_stems(parts[last].text):
        last += 1
    if len(turn.text[parts[first].start : parts[last].end].split()) > _MOST_ASKED:
        first = last = places[-1]
    stretch = joined(turn.text, parts[first], parts[last])
    return stretch if topic_stems(stretch.text) or len(stretch.text.split()) >= 4 else None


def _dated(made: Undertaking | None, turns: Sequence[Utterance], index: int, said_on: date) -> Undertaking | None:
    """Add the day: from the words themselves, the sentences beside them, the agreement, or what was asked for."""
    if made is None:
        return None
    turn = turns[index]
    beside = [one for one in sentences(turn.text) if 0 <= one.start - made.sentence.end <= 3][:1]
    places: list[tuple[int, Sentence]] = [(turn.position, made.sentence), *((turn.position, one) for one in beside if len(one.text.split()) <= 8)]  # fmt: skip
    places += [place for place in (made.agreed, made.about) if place is not None]
    for position, sentence in places:
        when = _best_day(sentence.text, said_on)
        if when is not None:
            words = sentence.text[when.start : when.end]
            return replace(made, due=when, due_position=position, due_words=words)
    return made


def _best_day(text: str, said_on: date) -> When | None:
    """Return the day by which it is to happen: the one that a word such as `by` leads in, else the first; a bare month is none (`the March files`)."""
    named = [
        when
        for when in days_in(text, said_on)
        if when.last >= said_on
        and (
            when.precise
            or text[when.start : when.end].casefold() not in MONTH_NAMES
            or _DEADLINE.search(text[: when.start])
        )
    ]
    led = [when for when in named if _DEADLINE.search(text[: when.start])]
    exact = [when for when in led or named if when.precise]
    return next(iter(exact or led or named), None)


def _each_once(made: Sequence[Undertaking]) -> list[Undertaking]:
    """Keep each thing once: the first wording, with the day that a later one names."""
    kept: list[Undertaking] = []
    for one in made:
        place = next((i for i, other in enumerate(kept) if _same(one, other)), None)
        if place is None:
            kept.append(one)
            continue
        before = kept[place]
        if before.due is None and one.due is not None:
            before = replace(before, due=one.due, due_position=one.due_position, due_words=one.due_words)
        if before.kind in ("offer", "request", "plan") and one.kind == "promise":
            before = replace(one, due=one.due or before.due, due_position=one.due_position or before.due_position, due_words=one.due_words or before.due_words, about=one.about if topic_stems(one.act) else one.about or (before.position, before.sentence), agreed=one.agreed or before.agreed or (before.position, before.sentence))  # fmt: skip
        kept[place] = before
    return sorted(kept, key=lambda one: (one.position, one.sentence.start))


def _same(one: Undertaking, other: Undertaking) -> bool:
    if one.kind == "meeting" or other.kind == "meeting":
        return one.kind == other.kind and (one.due is None or other.due is None or one.due.first == other.due.first)
    if one.side != other.side:
        return False
    near = abs(one.position - other.position) <= 4
    if (
        near
        and one.owner == other.owner
        and not topic_stems(one.act)
        and one.kind == "promise"
        and (one.due is None or other.due is None)
    ):
        return True  # "You'll have it Thursday" speaks of what was just offered
    if same_object(one.topic, other.topic) and (len(one.topic & other.topic) >= 2 or near):
        return one.due is None or other.due is None or one.due.first == other.due.first or near
    return near and one.owner == other.owner and one.due is not None and other.due is not None and one.due.first == other.due.first and (len(topic_stems(one.act)) == 0 or len(topic_stems(other.act)) == 0)  # fmt: skip
