"""Finding the names in a question: longest first, exact before short forms, short forms before typos, and the thread for pronouns."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from agents.linking.plain_words import begins_sentence, is_meant, shouts
from agents.linking.pronouns import from_thread
from agents.linking.typos import is_ordinary, near_names
from agents.linking.vocabulary import Named, Vocabulary, build_vocabulary, data_version
from agents.mentions import Entity, Mention, Mentions
from agents.thread import Context
from infra.spine.scope import Scope
from sales.names import account_key
from sales.wording import FUNCTION_WORDS, Token, tokens

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+[a-z]{2,}\b|\b[a-z]+(?:-[\w]+)+\b", re.I)
_KEPT_VOCABULARIES = 48
_LONGEST_QUESTION = 4_000
_MOST_MEANINGS = 8


class Linker:
    """Links questions; keeps the vocabularies of recent scopes while the data stays as it is. Safe to call from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], tuple[tuple[object, ...], Vocabulary]] = OrderedDict()
        self._lock = threading.Lock()

    def vocabulary(self, session: Session, scope: Scope) -> Vocabulary:
        """Return the names inside a scope, from memory where nothing was imported since."""
        key = (str(session.get_bind().engine.url), scope.key())
        version = data_version(session)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(key)
                return kept[1]
        built = build_vocabulary(session, scope)
        with self._lock:
            self._kept[key] = (version, built)
            while len(self._kept) > _KEPT_VOCABULARIES:
                self._kept.popitem(last=False)
        return built

    def link(self, session: Session, scope: Scope, question_text: str, context: Context | None = None) -> Mentions:
        """Return what the question names. Only the first 4,000 characters are read; nothing outside the scope is ever found."""
        text = question_text[:_LONGEST_QUESTION]
        vocabulary = self.vocabulary(session, scope)
        found, strangers = _addresses(text, vocabulary)
        words = [word for word in tokens(text) if not any(start <= word.start < end for start, end in strangers)]
        found += _names(text, words, vocabulary, found)
        found = _without_half_names(text, words, found)
        found, unknown = near_names(text, words, vocabulary, found)
        unknown += [text[start:end] for start, end in strangers]
        found = _deal_names(text, words, vocabulary, sorted(found, key=lambda mention: mention.start))
        unknown = [name for name in unknown if not any(name in mention.text for mention in found)]
        found = _settled(found, vocabulary, context or Context())
        found += from_thread(text, words, found, context or Context(), vocabulary)
        return Mentions(tuple(sorted(found, key=lambda mention: (mention.start, mention.end))), tuple(unknown))


_shared = Linker()


def link(session: Session, scope: Scope, question_text: str, context: Context | None = None) -> Mentions:
    """Return what a question names inside the scope, with the process's own cache of names."""
    return _shared.link(session, scope, question_text, context)


def _addresses(text: str, vocabulary: Vocabulary) -> tuple[list[Mention], list[tuple[int, int]]]:
    """Return the mail addresses, domains and ids that are known, and the places of mail addresses that are not."""
    found: list[Mention] = []
    strangers = []
    for match in _ADDRESS.finditer(text):
        words = match.group().casefold().removeprefix("www.")
        entities = vocabulary.exact.get(words)
        if entities is None and "@" in words:
            entities = [entity for entity in vocabulary.exact.get(words.split("@")[1], []) if entity.kind == "account"]
            if not entities:
                strangers.append(match.span())
        if entities:
            found.append(
                Mention(match.start(), match.end(), match.group(), tuple(entities[:_MOST_MEANINGS]), len(entities) > 1)
            )
    return found, strangers


def _without_half_names(text: str, words: list[Token], found: list[Mention]) -> list[Mention]:
    """Drop who was found by half a name where the other half beside it is somebody else's: `Owen Tran` is not `Sylvie Tran`, `Larry Culp` no company."""
    no_capitals = not any(word.capital for word in words)
    kept = []
    for mention in found:
        person = mention.best.kind in ("contact", "user") and mention.best.score <= 0.9
        company = mention.best.kind == "account" and not re.search(r"[\s.@]", mention.text) and not no_capitals
        beside = [word for word in words if word.end + 1 == mention.start or (person and word.start == mention.end + 1)]
        if (person or company) and any(_other_half(text, word, mention, found, no_capitals) for word in beside):
            continue
        kept.append(mention)
    return kept


def _other_half(text: str, word: Token, mention: Mention, found: list[Mention], no_capitals: bool) -> bool:
    between = text[min(word.end, mention.end) : max(word.start, mention.start)]
    opens = begins_sentence(text, word) or (word.end < mention.start and no_capitals)
    return (
        between == " "
        and (word.capital or no_capitals)
        and not is_ordinary(word, word.capital)
        and not opens
        and _free(word.start, word.end, found)
    )


def _free(start: int, end: int, found: Sequence[Mention]) -> bool:
    return not any(mention.start < end and start < mention.end for mention in found)


def _names(text: str, words: list[Token], vocabulary: Vocabulary, taken: list[Mention]) -> list[Mention]:
    found: list[Mention] = []
    capitals_count = not shouts(words)
    i = 0
    while i < len(words):
        for last in range(min(len(words), i + vocabulary.longest) - 1, i - 1, -1):
            if not _free(words[i].start, words[last].end, taken) or _apart(text, words, i, last):
                continue
            if last > i and words[i].key == "the" and words[i].text != "The":
                continue
            key = "".join(word.key for word in words[i : last + 1])
            named = vocabulary.names.get(key) or (
                vocabulary.names.get(account_key(text[words[i].start : words[last].end])) if last > i else None
            )
            meant = [
                one
                for one in named or ()
                if not one.plain or is_meant(text, words, i, last, one.entity.kind, capitals_count)
            ]
            if meant and (mention := _mention(text, words, i, last, meant)) is not None:
                found.append(mention)
                i = last
                break
        i += 1
    return found


def _apart(text: str, words: list[Token], first: int, last: int) -> bool:
    """Whether a sentence ends between the words, so that they can't be one name."""
    return last > first and re.search(r"[?!;\n]|\.\s", text[words[first].end : words[last].start]) is not None


def _mention(text: str, words: list[Token], first: int, last: int, meant: list[Named]) -> Mention | None:
    best = max(one.entity.score for one in meant)
    entities = [one.entity for one in meant if one.entity.score >= best - 0.02]
    if len(entities) > _MOST_MEANINGS and not words[first].capital and best < 1:
        return None
    rest = [one.entity for one in meant if one.entity.score < best - 0.02]
    end = words[last].start + len(re.sub(r"['’][sS]$", "", words[last].text))
    ambiguous = len(entities) > 1
    return Mention(
        words[first].start,
        end,
        text[words[first].start : end],
        tuple(entities if ambiguous else entities + rest[:2]),
        ambiguous=ambiguous,
    )


def _deal_names(text: str, words: list[Token], vocabulary: Vocabulary, found: list[Mention]) -> list[Mention]:
    """Add the deal where an account stands beside the words of one of its deals (`the Acme expansion`, `Northgate yard deal`)."""
    made = list(found)
    for mention in found:
        if mention.best.kind != "account" or mention.ambiguous:
            continue
        deal = _deal_beside(text, words, vocabulary, mention)
        if deal is None:
            continue
        made = [
            one
            for one in made
            if one is mention
            or not (mention.start <= one.start and one.end <= deal.end and one.best.kind in ("product", "team"))
        ]
        made.append(deal)
    return made


def _deal_beside(text: str, words: list[Token], vocabulary: Vocabulary, mention: Mention) -> Mention | None:
    after = [
        word
        for word in words
        if mention.end <= word.start and not re.search(r"[?!.;,]", text[mention.end : word.start])
    ][:4]
    best: tuple[int, bool, Entity, int] | None = None
    for entity, rest, is_open in vocabulary.deals_of.get(mention.best.id, ()):
        hits, end = 0, mention.end
        for offset, word in enumerate(after):
            if word.key in rest and offset <= hits:
                hits, end = hits + 1, word.end
        if hits and (best is None or (hits, is_open) > best[:2]):
            best = (hits, is_open, entity, end)
    if best is None:
        return None
    following = next((word.key for word in words if word.start >= best[3]), "")
    if (
        best[0] == 1
        and following not in ("deal", "deals", "opportunity", "renewal", "project", "pilot", "rollout", "")
        and following not in FUNCTION_WORDS
    ):
        return None  # "Acme count problems" speaks of counting
    return Mention(mention.start, best[3], text[mention.start : best[3]], (replace(best[2], score=0.92),))


def _settled(found: list[Mention], vocabulary: Vocabulary, context: Context) -> list[Mention]:
    """Settle ambiguous people and companies by the accounts that the question names, then by the thread's."""
    accounts = {mention.best.id for mention in found if mention.best.kind == "account" and not mention.ambiguous}
    focus = context.first("account")
    settled = []
    for mention in found:
        if mention.ambiguous:
            for preferred in (accounts, {focus.id} if focus else set()):
                fitting = tuple(entity for entity in mention.entities if _account_of(entity, vocabulary) in preferred)
                if fitting and len(fitting) < len(mention.entities):
                    mention = replace(mention, entities=fitting, ambiguous=len(fitting) > 1)
                    break
        settled.append(mention)
    return settled


def _account_of(entity: Entity, vocabulary: Vocabulary) -> str | None:
    return entity.id if entity.kind == "account" else vocabulary.account_of.get((entity.kind, entity.id))
