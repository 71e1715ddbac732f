"""Words that take their meaning from the thread: `their`, `that deal`, `it`, `she`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.linking.vocabulary import Vocabulary
from agents.mentions import Entity, Mention
from agents.thread import Context
from sales.wording import Token

_OF_DEAL = re.compile(r"\b(?:that|this|the same) (?:deal|opportunity|one|renewal)\b|\bthe deal\b", re.I)
_OF_ACCOUNT = re.compile(
    r"\b(?:that|this|the same|the) (?:account|company|customer|client|prospect)\b|\b(?:their|theirs|they|them|there)\b",
    re.I,
)
_OF_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers|that person|the same person)\b", re.I)
_OF_EITHER = re.compile(r"\b(?:it|its)\b", re.I)
_OWN_PLURAL = re.compile(r"\b(?:deals|accounts|reps|people|customers|opportunities|calls|mails|leads|contacts)\b", re.I)
_EMPTY_IT = re.compile(
    r"\b(?:is|was|does|did|how(?:'s| is)) it (?:true|possible|that|going|ok)\b|\bit (?:seems|looks like)\b", re.I
)
_EXISTENTIAL = re.compile(r"\b(?:is|are|was|were|be|been|has|have) there\b|\bthere(?:'s| is| are| was| were)\b", re.I)


def from_thread(
    text: str, words: Sequence[Token], found: Sequence[Mention], context: Context, vocabulary: Vocabulary
) -> list[Mention]:
    """Return the mentions that the thread gives to pronouns. None where the question names an account, deal or person itself."""
    named = {mention.best.kind for mention in found}
    made: list[Mention] = []
    if "contact" not in named and "user" not in named and (match := _OF_PERSON.search(text)):
        made += _mention(match, _visible(context, "contact", vocabulary) or _visible(context, "user", vocabulary))
    if {"account", "deal"} & named:
        return made
    if match := _OF_DEAL.search(text):
        made += _mention(match, _visible(context, "deal", vocabulary) or _visible(context, "account", vocabulary))
    elif (match := _OF_ACCOUNT.search(text)) and not _means_its_own(text, match):
        made += _mention(match, _visible(context, "account", vocabulary))
    elif (match := _OF_EITHER.search(text)) and not _EMPTY_IT.search(text):
        made += _mention(match, _visible(context, "deal", vocabulary) or _visible(context, "account", vocabulary))
    return made


def _means_its_own(text: str, match: re.Match[str]) -> bool:
    """Whether a plural of the question itself is what `they` stands for, or `there` stands for nothing."""
    if match.group().lower() == "there":
        return _EXISTENTIAL.search(text) is not None
    return (
        match.group().lower() in ("they", "them", "their", "theirs")
        and _OWN_PLURAL.search(text[: match.start()]) is not None
    )


def _visible(context: Context, kind: str, vocabulary: Vocabulary) -> Entity | None:
    focus = context.first(kind)
    return vocabulary.known.get((focus.kind, focus.id)) if focus else None


def _mention(match: re.Match[str], entity: Entity | None) -> list[Mention]:
    if entity is None:
        return []
    return [Mention(match.start(), match.end(), match.group(), (entity,), from_thread=True)]
