"""Comparing the names of companies and people: what is the same, what is worth asking about, what is different.

Keys make sameness exact (one lookup in the spine); `compare` judges the rest. Only spelling that carries no meaning is
taken as the same: case, accents, punctuation, spaces, legal forms, a leading article. One letter off is offered to a
person, never joined, since `Sonron` and `Sonrob` can be two companies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Verdict = Literal["same", "offer", "different"]


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set, for lists of words that are easier read as a sentence."""
    return frozenset(text.split())


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
_FORMS = word_set(
    "inc incorporated llc llp lp plc ltd limited corp corporation co company gmbh mbh ag kg kgaa ohg ug gbr ev sarl sas sasu eurl "
    "srl sl slu sa sae bv nv cv vof ab oy oyj aps asa kk pty pte pvt private sdn bhd jsc ooo oao zao pjsc kft zrt doo dd ood ead "
    "sro spol spzoo zoo lda ltda sab"
)
_SHOUTED_FORMS = frozenset({"as", "se", "spa"})  # ordinary words unless written AS, SE or SpA
_CJK_FORMS = re.compile(r"株式会社|有限会社|有限公司|股份有限公司|주식회사|㈜|\(주\)")
_GENERIC = word_set(
    "group holding holdings international intl global worldwide europe emea apac america americas usa us uk de eu north south technologies "
    "technology tech solutions services systems software labs consulting partners industries enterprises gruppe"
)
_TITLES = word_set(
    "dr prof professor mr mrs ms miss herr frau sir madam ing dipl mag md phd jr sr ii iii iv esq mba cpa pmp"
)


@dataclass(frozen=True)
class Nearness:
    """How near two company names are: the verdict, its reason in words, and a score from 0 to 1."""

    verdict: Verdict
    reason: str
    score: float


@dataclass(frozen=True)
class DisplayName:
    """A person's name as a meeting tool shows it, put in order: `Last, First (Contractor)` → name `First Last`, note `Contractor`."""

    name: str
    note: str | None = None


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Case, accents and special letters taken away; punctuation and spaces kept."""
    lowered = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(letter for letter in lowered if not unicodedata.combining(letter))


def _company_words(name: str) -> list[str]:
    name = _CJK_FORMS.sub(" ", unicodedata.normalize("NFKC", name))
    name = re.sub(
        r"(?<![^\W_])((?:[^\W\d_]\.){2,}[^\W\d_]?)(?![^\W_])", lambda m: m.group().replace(".", "").upper(), name
    )
    name = re.sub(r"(?<!\w)([A-Za-z])/([A-Za-z])(?!\w)", r"\1\2", name)
    name = re.sub(r"['’`´]", "", name).replace("&", " and ").replace("+", " plus ")
    written = re.findall(r"[^\W_]+", name)
    words = [fold(word) for word in written]
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
        written.pop(0)
    while len(words) > 1 and (words[-1] in _FORMS or (words[-1] in _SHOUTED_FORMS and written[-1][-1:].isupper())):
        words.pop()
        written.pop()
        if len(words) > 1 and words[-1] in ("and", "und"):
            words.pop()
            written.pop()
    return words


@lru_cache(maxsize=65536)
def account_key(name: str) -> str:
    """The key under which spellings of one company meet: `The Acme-Pro, Inc.` and `AcmePro` are both `acmepro`; "" for no letters at all."""
    return "".join(_company_words(name))


@lru_cache(maxsize=65536)
def person_key(name: str) -> str:
    """The key under which spellings of one person meet: `Müller, Anna (Contractor)` and `anna muller` are both `anna muller`."""
    words = re.findall(r"[^\W_]+", fold(re.sub(r"['’`´]", "", split_display_name(name).name)))
    return " ".join(words)


def split_display_name(text: str) -> DisplayName:
    """Take apart a shown name: notes in brackets, `Last, First`, titles. An address or a device name is left as it is."""
    text = re.sub(r"\s+", " ", text).strip()
    notes = [note.strip() for note in re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)]
    bare = re.sub(r"\s+", " ", re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text)).strip(" ,;")
    bare = bare or text
    if bare.count(",") >= 1 and "@" not in bare:
        last, _, first = bare.partition(",")
        first, *more = [part.strip() for part in first.split(",")]
        after = fold(first).replace(".", "").split()
        if (
            last.strip()
            and first
            and not all(word in _TITLES for word in after)
            and len(last.split()) <= 4
            and len(first.split()) <= 4
        ):
            bare = f"{first} {last.strip()}"
            notes += [part for part in more if part]
        else:
            bare = last.strip() or bare
    words = bare.split()
    while len(words) > 1 and fold(words[0]).strip(".") in _TITLES:
        words.pop(0)
    return DisplayName(" ".join(words), ", ".join(note for note in notes if note) or None)


def _one_edit(a: str, b: str) -> bool:
    """Whether one letter added, dropped, changed or swapped with its neighbour makes `a` into `b`."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        return rest_a[1:] == rest_b[1:] or (
            len(rest_a) > 1 and rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
        )
    return rest_a[1:] == rest_b if len(a) > len(b) else rest_a == rest_b[1:]


def compare(a: str, b: str) -> Nearness:
    """Judge two company names: `same` may be joined, `offer` is for a person to decide, `different` is left alone."""
    words_a, words_b = _company_words(a), _company_words(b)
    key_a, key_b = "".join(words_a), "".join(words_b)
    if not key_a or not key_b:
        return Nearness("different", "no name", 0.0)
    if key_a == key_b:
        reason = "same words" if words_a == words_b else "same but for a space or a mark"
        return Nearness("same", reason, 1.0)
    if re.findall(r"\d+", key_a) != re.findall(r"\d+", key_b):
        return Nearness("different", "the numbers differ", 0.0)
    if sorted(words_a) == sorted(words_b):
        return Nearness("offer", "same words in another order", 0.9)
    shorter, longer = sorted((words_a, words_b), key=len)
    if longer[: len(shorter)] == shorter and all(word in _GENERIC for word in longer[len(shorter) :]):
        return Nearness("offer", f"only '{' '.join(longer[len(shorter) :])}' added", 0.85)
    if min(len(key_a), len(key_b)) >= 5 and _one_edit(key_a, key_b):
        return Nearness("offer", "one letter off", 0.8)
    return Nearness("different", "different words", 0.0)


def near(a: str, b: str) -> float:
    """The score of `compare`: 1 the same, 0.8 and more worth asking about, 0 different."""
    return compare(a, b).score


def near_marks(name: str) -> frozenset[str]:
    """The marks by which near names meet: any two names that `compare` offers or calls the same share one.

    They are the key, the key with any one letter dropped, the sorted words, and the words without generic ones at the end.
    """
    words = _company_words(name)
    key = "".join(words)
    if not key:
        return frozenset()
    core = list(words)
    while len(core) > 1 and core[-1] in _GENERIC:
        core.pop()
    marks = {f"k{key}", f"w{' '.join(sorted(words))}", f"k{''.join(core)}"}
    if 5 <= len(key) <= 60:
        marks |= {f"k{key[:i]}{key[i + 1 :]}" for i in range(len(key))}
    return frozenset(marks)


def near_pairs(names: Iterable[str]) -> Iterator[tuple[str, str, Nearness]]:
    """All pairs of names that `compare` offers or calls the same, without comparing each with each.

    Names meet in a bucket a mark. Linear in the number of names; buckets of more than 50 are too common to mean anything and
    are passed over.
    """
    buckets: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        for mark in near_marks(name):
            buckets.setdefault(mark, []).append(name)
    seen: set[tuple[str, str]] = set()
    for bucket in buckets.values():
        if not 2 <= len(bucket) <= 50:
            continue
        for i, first in enumerate(bucket):
            for second in bucket[i + 1 :]:
                if (first, second) not in seen:
                    seen.add((first, second))
                    found = compare(first, second)
                    if found.verdict != "different":
                        yield first, second, found
