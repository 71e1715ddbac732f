"""Promises and requests in what people say and write: who owes what to whom, by when, and whether it was done.

Precise rather than complete: a sentence counts as a promise where somebody says in the first person that they will do
something that another person waits for. Conditions, questions, denials and figures of speech ("I'll take it") don't.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sales.sentences import Sentence, sentences
from sales.spoken_dates import When, days_in
from sales.wording import MONTH_NAMES, WEEKDAY_NAMES, content_stems, stem

_ACTS = (
    r"send|share|forward|e-?mail|mail|write|call|ring|text|ask|find out|look into|get (?:it|that|this|them|those|these|the|you|him|her|back|an?|your|our|his|some|\w+ to)|come back|be back|"
    r"go back|bring|confirm|put (?:that|it|this|them|together|exactly|in|you|the|a)|prepare|draft|set (?:up|myself|it)|schedule|book|arrange|organi[sz]e|introduce|connect|loop in|chase|push|"
    r"follow up|provide|deliver|have (?:it|that|an answer|the|a |your|our|those|something)|answer|talk (?:to|with)|speak (?:to|with)|raise|take (?:it|that|this) (?:to|back|up)|run (?:it|that|this|the)|review|sign|"
    r"let you know|update|fix|correct|add|include|work on|invite|pass (?:it|that|this|on)|return|show|clarify|check|report back|upload|make sure|give you (?:a|an|the)|circle back|reach out|go through|see (?:him|her|them|with)|see (?-i:[A-Z]\w+)"
)
_FIRST_PERSON = re.compile(
    r"\b(?:(?:I|we)(?:['’]ll| will| shall|['’]m going to|['’]re going to| am going to| are going to|['’]m gonna|['’]ll definitely)(?: also| then| just| still| gladly| happily| personally| try to| go and)* (?P<act>"
    + _ACTS
    + r")\b|(?P<let>let me) (?P<act2>check|ask|find out|look into|come back|get back|confirm|talk to|speak to|take (?:it|that) (?:back|to)|run it|send|get (?:you|that|it|the|an?))\b"
    r"|(?P<owe>(?:I|we) (?:still )?owe (?:you|her|him|them)|what (?:I|we) owe you)\b"
    r"|(?P<have>you['’](?:ll)? (?:will )?(?:have|get|hear from)|you will (?:have|get|hear from))\b"
    r"|(?P<chasing>(?:I|we)['’](?:m|re) (?:chasing|checking|asking|finding|getting|pushing|preparing|working on|sending))\b"
    r"|^(?P<task>(?:\w+ ){1,6}?(?:to (?:you|him|her|them|both|(?-i:[A-Z])\w+)(?: and (?-i:[A-Z])?\w+)?|follows?|will follow) (?=tomorrow|today|tonight|by |next |this |on |in ))"
    r"|(?P<will>\bwill do\b)|(?P<bring>\bbring (?:it|that|this|them) back\b))",
    re.I,
)
_NOT_A_PROMISE = re.compile(
    r"\b(?:won['’]t|will not|never|not going to|can['’]t|cannot|wouldn['’]t|before I promise|let me not|don['’]t want to promise|I['’]ll (?:take it|take that|get (?:out|there|off|in)|put it (?:this|like|to you)|put up|"
    r"send (?:him|her|them) (?:off|away)|show (?:myself|you what i mean)|give you that|let you (?:go|know if)|call it|have (?:to|been|the (?:salad|soup))|ask (?:it|the stupid|a stupid)|check out|be back in (?:a|one) (?:second|minute|sec)))\b",
    re.I,
)
_CONDITION = re.compile(r"\b(?:if|unless|once|when|whenever|as soon as|in case|assuming|suppose)\b", re.I)
_DONE = re.compile(
    r"\b(?:attached|enclosed|here(?: is| are|['’]s)|please find|as promised|as discussed|find (?:below|it)|below|behind this link|this link|sent (?:it|you|them|the)|(?:we|I)['’]?(?:ve| have) (?:sent|shared|done|asked|checked|confirmed|booked|talked|spoken|added|put|set)|"
    r"is done|are done|all answered|answered|accepted|approved|confirmed|booked|in (?:the )?cc|good news|the answer is|one day early|is on its way|are (?:in|up)|went out|got it|received)\b",
    re.I,
)
_STILL_OPEN = re.compile(
    r"\b(?:haven['’]?t|have not|hasn['’]?t|has not|didn['’]?t|did not|don['’]t have (?:it|that|an answer|them)|not yet|still (?:waiting|missing|open|owe|outstanding|need|no|don)|outstanding|no (?:answer|word|reply)|nothing (?:yet|from)|never (?:heard|got|came|arrived)|where(?:['’]s| is| are)|overdue|owe|what is still missing|asked (?:me )?(?:again|twice|yesterday)|any (?:news|update)|please don['’]t let)\b",
    re.I,
)
_REQUEST = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please )?(?:also )?(?:send|share|get|give|put|confirm|check|tell|show|make|provide|ask|bring|let|call|write|arrange|come|add|include|explain)|"
    r"(?:please|just|then|and) (?:send|share|get|put|confirm|check|make sure|provide|bring|write|correct|add|call|name)|^(?:send|share|get|give|put|bring|write|push|ask|name)\b|I(?:['’]d| would) (?:like|want|need|rather have|expect)|we(?:['’]d| would) (?:like|need|want|expect)|"
    r"(?:I|we) (?:really |do |still )?(?:need|want|require|expect|ask for|are waiting for|am waiting for)|(?:I|we)['’](?:m|re) (?:still )?waiting (?:for|on)|where(?:['’]s| is| are) (?:the|our|my|your)|when (?:would|will|can|do) (?:I|we) (?:hear|get|have|see)|"
    r"what I would like|has to be|must be|have to have|in writing, please|let me know|that['’]s the one thing I need)",
    re.I,
)
_GENERIC_STEMS = frozenset(
    stem(word)
    for word in "send share forward email mail write call ring text ask find look get come bring confirm put prepare draft set schedule book arrange introduce connect chase push follow provide deliver answer talk speak raise take run review let know update fix add include work give check day days week month today tomorrow tonight morning afternoon monday tuesday wednesday thursday friday thing one back both please writing like want need hard again number still just really first second two three early late end next soon yet word page hi dear thanks owe say said know sure mean case kind lot bit person people even instead least times also answer long sorry taken exactly line something anything everything nothing".split()
)


_GENERIC_STEMS |= frozenset(stem(word) for word in MONTH_NAMES | WEEKDAY_NAMES)
_HINT = re.compile(
    r"['’](?:ll|m|re)\b|\b(?:will|shall|am|are|let me|owe|follows?|tomorrow|today|tonight|by|next|this|back)\b", re.I
)
_DELIVERS = re.compile(
    r"(?:send|share|forward|e-?mail|mail|get|come back|go back|find out|confirm|bring|provide|deliver|answer|give|have|call|introduce|book|schedule|set up|prepare|draft|chase|push|upload|follow up|let you know)\b",
    re.I,
)


@dataclass(frozen=True)
class Promise:
    """Something that the speaker said they would do: the sentence's place, the act (verbatim, from its verb on), its topic's stems, and its day.

    `firm` is False for weak forms ("let me check"). `due` is None where no day was named; `vague` says that the sentence itself names no
    object ("will do", "get it to you"), so that its topic stands in what was said before. `lead` is the sentence in front of a list whose items are promised.
    """

    sentence: Sentence
    act: str
    topic: frozenset[str]
    due: When | None
    firm: bool
    vague: bool
    lead: Sentence | None = None


@dataclass(frozen=True)
class Request:
    """Something that the speaker asked the other side for."""

    sentence: Sentence
    topic: frozenset[str]


@lru_cache(maxsize=16384)
def topic_stems(text: str) -> frozenset[str]:
    """Return the stems that tell one promise's object from another's."""
    return frozenset(one for one in content_stems(text) if one not in _GENERIC_STEMS and not one.isdigit())


@lru_cache(maxsize=16384)
def promises_in(text: str, said_on: date) -> tuple[Promise, ...]:
    """Return the promises of one turn or mail, in order."""
    if _HINT.search(text) is None:
        return ()
    found: list[Promise] = []
    parts = sentences(text)
    for i, sentence in enumerate(parts):
        match = _FIRST_PERSON.search(sentence.text)
        if match is None or not _is_promise(sentence.text, match):
            continue
        if sentence.text.endswith(":"):
            due = due_in(sentence.text, said_on)
            listed = [item for item in _items_after(text, parts, i) if topic_stems(item.text)]
            found += [
                Promise(
                    item, item.text, topic_stems(item.text), due_in(item.text, said_on) or due, True, False, sentence
                )
                for item in listed
            ]
            continue
        promise = _promise(sentence, match, said_on)
        if promise is not None:
            found.append(promise)
    return tuple(found)


def _promise(sentence: Sentence, match: re.Match[str], said_on: date) -> Promise | None:
    group = next(
        name for name in ("act", "act2", "owe", "have", "chasing", "task", "will", "bring") if match.group(name)
    )
    act = sentence.text[match.start(group) :].rstrip(" .!")
    due = due_in(act, said_on) or due_in(sentence.text, said_on)
    topic = topic_stems(sentence.text if group in ("chasing", "task") else act)
    if due is None and (
        group == "have" or act.casefold().startswith("have ") or not (topic or _DELIVERS.match(act) or group == "owe")
    ):
        return None
    if due is None and group in ("chasing", "act2", "bring", "will"):
        return None
    if _DONE.search(act):
        return None
    return Promise(sentence, act, topic, due, group in ("act", "owe", "have", "task", "will"), not topic)


def _is_promise(text: str, match: re.Match[str]) -> bool:
    if text.rstrip('"”’) ').endswith("?") or _NOT_A_PROMISE.search(text):
        return False
    before = text[: match.start()]
    clause = before[max(before.rfind("."), before.rfind(";")) + 1 :]
    after = text[match.end() :]
    if _CONDITION.search(clause) or re.match(
        r"[^.;]{0,60}?\b(?:if|unless|when|once|as soon as)\b(?! you)", after, re.I
    ):
        return False
    return (
        not re.search(r"\b(?:said|says|told (?:me|us)|think|thought|guess|maybe)\s*,?\s*[\"“']?$", clause, re.I)
        or "I said" in clause
    )


def _items_after(text: str, parts: tuple[Sentence, ...], i: int) -> list[Sentence]:
    """Return the list items that follow a sentence which ends with a colon, one sentence each."""
    items: list[Sentence] = []
    for sentence in parts[i + 1 :]:
        line_start = text.rfind("\n", 0, sentence.start) + 1
        lead = text[line_start : sentence.start]
        if re.fullmatch(r"[ \t]*(?:[-*•–]|\(?\d{1,2}[.)])[ \t]*", lead):
            items.append(sentence)
        elif (
            text[line_start : sentence.start].strip() == ""
            or "\n\n" in text[items[-1].end if items else parts[i].end : sentence.start]
        ):
            break
    return items


def due_in(text: str, said_on: date) -> When | None:
    """Return the day by which something is promised: the explicit date where there is one beside a weekday, else the first day named."""
    named = days_in(text, said_on)
    if not named:
        return None
    explicit = [
        when for when in named if when.precise and any(letter.isdigit() for letter in text[when.start : when.end])
    ]
    return (explicit or named)[0]


@lru_cache(maxsize=16384)
def requests_in(text: str) -> tuple[Request, ...]:
    """Return what the speaker asks for, one for each sentence."""
    if _REQUEST.search(text) is None:
        return ()
    return tuple(
        Request(sentence, topic_stems(sentence.text))
        for sentence in sentences(text)
        if len(sentence.text.split()) >= 3 and _REQUEST.search(sentence.text)
    )


def asks(text: str) -> bool:
    """Whether one sentence asks the other side for something."""
    return _REQUEST.search(text) is not None


def says_done(text: str, topic: frozenset[str]) -> bool:
    """Whether a later word of the promising side delivers what was promised: enough of its topic beside a word of delivery."""
    return shares(text, topic) and _DONE.search(text) is not None and not says_open(text, topic)


def says_open(text: str, topic: frozenset[str]) -> bool:
    """Whether a later word of either side shows that the promise is still open: one sentence with its topic and a word of waiting."""
    return any(
        shares(sentence.text, topic) and _STILL_OPEN.search(sentence.text) is not None for sentence in sentences(text)
    )


def shares(text: str, topic: frozenset[str]) -> bool:
    """Whether a text speaks of enough of a topic's words to be about it."""
    if not topic:
        return False
    common = len(topic & content_stems(text))
    return common >= min(2, len(topic)) and common / len(topic) >= (0.34 if len(topic) > 4 else 0.5)


def same_object(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two promises are about the same thing."""
    if not a or not b:
        return False
    return len(a & b) / min(len(a), len(b)) >= 0.5
