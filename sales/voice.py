"""How somebody writes their mails: greeting, sign-off, how they sign, length of sentences, contractions. Told from their own mails, pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

from sales.names import fold
from sales.sentences import sentences

Greeting = Literal["Hi", "Hello", "Hey", "Dear", "Good morning", ""]
Tone = Literal["casual", "neutral", "formal"]

FEWEST_MAILS = 3
"""From fewer mails nothing is learned: two may be alike by chance."""

_GREETING = re.compile(r"^\s*(?P<word>hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo)?\b[ ]*(?P<name>[^\W\d_][\w.'’ -]{0,40}?)?\s*(?P<mark>[,!:.–-]|—)?\s*$", re.IGNORECASE)  # fmt: skip
_SIGN_OFF = re.compile(
    r"^\s*(?P<words>(?:(?:best|kind|warm|warmest|many)\s+(?:regards|wishes|thanks)|best|regards|thanks(?: a lot| again| so much)?|thank you|cheers|sincerely|yours(?: sincerely| truly)?|all the best|talk soon|speak soon|take care|with (?:best|kind) regards))\s*(?P<mark>[,!.]?)\s*$",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(
    r"\b\w+['’](?:m|re|ve|ll|d|t)\b|\b(?:it|that|there|here|what|let|he|she)['’]s\b", re.IGNORECASE
)
_STRETCHED = re.compile(r"\b(?:I am|I have|I will|I would|we are|we have|we will|do not|does not|cannot|can not|is not|are not|it is|that is|you are|would not)\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """How a rep writes. `greeting` "" greets by the bare name (`Ray,`); `sign_off` None puts the name alone; `words` is the usual length of a sentence.

    `mails` is how many it was learned from: 0 for the default and for a voice that was set by hand.
    """

    greeting: Greeting = "Hi"
    sign_off: str | None = "Best"
    signs_with: Literal["first", "full"] = "first"
    contractions: bool = True
    words: int = 14
    tone: Tone = "neutral"
    mails: int = 0


DEFAULT = Voice()


def learned(bodies: Sequence[str], name: str) -> Voice:
    """Return the voice of the mails that somebody wrote; the default for fewer than `FEWEST_MAILS`."""
    if len(bodies) < FEWEST_MAILS:
        return DEFAULT
    greetings: Counter[Greeting] = Counter()
    closings: Counter[str] = Counter()
    signed: Counter[str] = Counter()
    lengths: list[int] = []
    short = stretched = 0
    for body in bodies:
        lines = [line.strip() for line in body.strip().splitlines() if line.strip()]
        if not lines:
            continue
        if (greeting := _greeting(lines[0])) is not None:
            greetings[greeting] += 1
        closing, signature = _closing(lines, name)
        closings[closing or ""] += 1
        if signature:
            signed[signature] += 1
        lengths += [len(one.text.split()) for one in sentences(body) if len(one.text.split()) > 2]
        short += len(_CONTRACTED.findall(body))
        stretched += len(_STRETCHED.findall(body))
    greeting = _usual(greetings) if greetings else DEFAULT.greeting
    closing = _usual(closings) if closings else ""
    contractions = short >= stretched
    return Voice(
        greeting=greeting,
        sign_off=closing or None,
        signs_with="full" if signed and _usual(signed) == "full" else "first",
        contractions=contractions,
        words=max(4, round(median(lengths))) if lengths else DEFAULT.words,
        tone=_tone(greeting, contractions=contractions),
        mails=len(bodies),
    )


_T = TypeVar("_T", bound=str)


def _usual(counted: Counter[_T]) -> _T:
    """Return the most frequent; of equally frequent ones the first by name, so that the same mails give the same voice."""
    return min(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))[0]


def _greeting(line: str) -> Greeting | None:
    found = _GREETING.match(line)
    if found is None or not (found["word"] or (found["mark"] in (",", "!", ":", "–", "-", "—") and found["name"])):
        return None
    word = (found["word"] or "").lower()
    if not word:
        return "" if len((found["name"] or "").split()) <= 3 else None
    known: dict[str, Greeting] = {"hi": "Hi", "hallo": "Hello", "hello": "Hello", "hey": "Hey", "dear": "Dear"}
    return known.get(word, "Good morning")


def _closing(lines: Sequence[str], name: str) -> tuple[str | None, Literal["first", "full"] | None]:
    """Return the words of the sign-off and how the name stands below them."""
    signature: Literal["first", "full"] | None = None
    first = fold(name).split()[0] if name.split() else ""
    for line in reversed(lines[-6:]):
        bare = fold(line.strip(" ,-–—."))
        if bare and bare == fold(name):
            signature = "full"
        elif bare and bare == first:
            signature = "first"
        if (found := _SIGN_OFF.match(line)) is not None:
            words = found["words"].strip()
            return words[:1].upper() + words[1:].lower(), signature
    return None, signature


def _tone(greeting: Greeting, *, contractions: bool) -> Tone:
    if greeting == "Dear" or not contractions:
        return "formal"
    return "casual" if greeting in ("Hey", "") else "neutral"


_SHORTER = (
    ("I am", "I'm"), ("I have", "I've"), ("I will", "I'll"), ("I would", "I'd"), ("we are", "we're"), ("We are", "We're"), ("do not", "don't"), ("does not", "doesn't"),
    ("cannot", "can't"), ("is not", "isn't"), ("are not", "aren't"), ("it is", "it's"), ("It is", "It's"), ("That is", "That's"), ("you are", "you're"),
    ("would not", "wouldn't"), ("you would", "you'd"), ("you have", "you've"), ("should not", "shouldn't"), ("what is", "what's"),
)  # fmt: skip


def spoken(text: str, voice: Voice) -> str:
    """Return words of ours as this person would write them: with contractions, or without. Never applied to a quote."""
    if not voice.contractions:
        return text
    for long, short in _SHORTER:
        text = re.sub(rf"\b{long}\b(?!\s+not\b)", short, text)
    return text
