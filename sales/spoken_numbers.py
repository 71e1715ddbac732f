"""Numbers as people say and write them in a sentence: `seventy thousand`, `forty-one minutes`, `$84k`, `ten point six`, `half a million`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sales.amounts import currency_code, parse_amount

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
} | {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
} | {"thirtieth": 30}  # fmt: skip
_NUMBER_WORDS = frozenset({*_UNITS, *_TENS, *_ORDINALS, "half"})
_MONEY_WORDS = re.compile(r"(?:dollars?|bucks|usd|euros?|eur|pounds?|gbp|quid|francs?|chf)\b", re.I)
_CURRENCY_OF_WORD = {
    "d": "USD",
    "b": "USD",
    "u": "USD",
    "e": "EUR",
    "p": "GBP",
    "g": "GBP",
    "q": "GBP",
    "f": "CHF",
    "c": "CHF",
}
_WRITTEN = re.compile(
    r"(?P<before>(?:US|C|CA|A|AU)?[$€£¥]\s?|\b(?:USD|EUR|GBP|CHF)\s)?(?P<digits>(?<![\w.,])\d+(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d+)?|(?<=[$€£¥])\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?)"
    r"(?P<scale>\s?(?:k|m|mn|mio|bn|thousand|grand|million|billion)\b)?(?P<after>\s?%|\s?percent\b|\s?[€£$]|\s?(?:USD|EUR|GBP|CHF|dollars?|euros?|pounds?|bucks)\b)?(?![\d])",
    re.I,
)
_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Spoken:
    """One number in a text: its place, its value, and what it counts where that is said: money (with its currency, if named), percent, or plain."""

    start: int
    end: int
    value: Decimal
    kind: str = "plain"
    currency: str | None = None
    in_words: bool = False


@lru_cache(maxsize=16384)
def numbers_in(text: str) -> tuple[Spoken, ...]:
    """Return the numbers of a text in order, written and in words; ordinals (`the 15th`) with their number."""
    found = _written(text)
    taken = [(number.start, number.end) for number in found]
    for number in _worded(text):
        if not any(start < number.end and number.start < end for start, end in taken):
            found.append(number)
    return tuple(sorted(found, key=lambda number: number.start))


def money_in(text: str) -> list[Spoken]:
    """Return the numbers that are sums of money: with a currency, or a thousand and more said as `thousand`, `k`, `grand` or `million`."""
    return [number for number in numbers_in(text) if number.kind == "money"]


def _written(text: str) -> list[Spoken]:
    found: list[Spoken] = []
    if not any(letter.isdigit() for letter in text):
        return found
    for match in _WRITTEN.finditer(text):
        before, scale, after = (
            (match["before"] or "").strip(),
            (match["scale"] or "").strip(),
            (match["after"] or "").strip(),
        )
        if scale.lower() == "m" and not before and not (after and after[0] not in "%p"):
            scale = ""  # "5 m" may be metres or minutes
        digits = re.sub(r"[\u00a0\u202f]", " ", match["digits"]).strip()
        amount = parse_amount(digits + ("k" if scale.lower() in ("k", "grand") else scale))
        if amount is None:
            continue
        kind, currency = "plain", None
        if after.startswith("%") or after.lower() == "percent":
            kind = "percent"
        elif before or after:
            kind = "money"
            currency = currency_code(before or after) or (_CURRENCY_OF_WORD.get(after[:1].lower()) if after else None)
        elif scale.lower() in ("k", "grand"):
            kind = "money"
        end = match.end()
        found.append(Spoken(match.start(), end, amount.value, kind, currency))
    return found


def _worded(text: str) -> list[Spoken]:
    if not _NUMBER_WORDS.intersection(_WORD.findall(text.lower())):
        return []
    words = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]
    found = []
    i = 0
    while i < len(words):
        word = words[i][2]
        if word not in _NUMBER_WORDS or (word == "half" and not _half(words, i)):
            i += 1
            continue
        number, used = _read(text, words, i)
        found.append(number)
        i += used
    return found


def _half(words: list[tuple[int, int, str]], i: int) -> bool:
    return (
        [word[2] for word in words[i : i + 2]] == ["half", "a"]
        and i + 2 < len(words)
        and words[i + 2][2] in ("million", "billion")
    )


def _read(text: str, words: list[tuple[int, int, str]], i: int) -> tuple[Spoken, int]:
    """Read one number in words from word `i`; return it and how many words it took."""
    begin = i
    if _half(words, i):
        value = Decimal(_SCALES[words[i + 2][2]]) / 2
        return _made(text, words, begin, i + 3, value, "million"), 3
    if words[i][2] in _ORDINALS:
        return _made(text, words, begin, i + 1, Decimal(_ORDINALS[words[i][2]]), ""), 1
    sum_ = _Sum()
    while i < len(words):
        if i > begin and re.search(r"[^\s-]", text[words[i - 1][1] : words[i][0]]):
            break
        if words[i][2] == "point" and sum_.last in ("unit", "ten") and i + 1 < len(words) and words[i + 1][2] in _UNITS:
            i = sum_.add_decimals(words, i + 1)
            continue
        following = words[i + 1][2] if i + 1 < len(words) else ""
        if not sum_.take(words[i][2], following):
            break
        i += 1
        if sum_.last == "ordinal":
            break
    return _made(text, words, begin, i, sum_.total + sum_.current, sum_.largest), max(1, i - begin)


@dataclass
class _Sum:
    """A number in words while it is read: what stands fast above the last scale, what is still open below it."""

    total: Decimal = Decimal(0)
    current: Decimal = Decimal(0)
    largest: str = ""
    last: str = ""

    def take(self, word: str, following: str) -> bool:
        """Take in one word; False if it does not belong to the number."""
        if word in _UNITS and self.last not in ("unit",) and not (self.last == "ten" and _UNITS[word] >= 10):
            self.current, self.last = self.current + _UNITS[word], "unit"
        elif word in _TENS and self.last not in ("unit", "ten"):
            self.current, self.last = self.current + _TENS[word], "ten"
        elif word in _ORDINALS and self.last == "ten" and _ORDINALS[word] < 10:
            self.current, self.last = self.current + _ORDINALS[word], "ordinal"
        elif word in _SCALES and self.last:
            if _SCALES[word] == 100:
                self.current *= 100
            else:
                self.total, self.current, self.largest = self.total + self.current * _SCALES[word], Decimal(0), word
            self.last = "scale"
        elif word == "and" and self.last == "scale" and (following in _UNITS or following in _TENS):
            self.last = "and"
        else:
            return False
        return True

    def add_decimals(self, words: list[tuple[int, int, str]], i: int) -> int:
        """Read the digits after `point` from word `i`; return the word after them."""
        digits = ""
        while i < len(words) and _UNITS.get(words[i][2], 10) < 10:
            digits += str(_UNITS[words[i][2]])
            i += 1
        self.current += Decimal(f"0.{digits or '0'}")
        self.last = "unit"
        return i


def _made(text: str, words: list[tuple[int, int, str]], first: int, after: int, value: Decimal, scale: str) -> Spoken:
    end = words[after - 1][1]
    rest = text[end:].lstrip()
    if rest.lower().startswith(("percent", "per cent", "%")):
        return Spoken(words[first][0], end, value, "percent", None, True)
    if unit := _MONEY_WORDS.match(rest):
        return Spoken(words[first][0], end, value, "money", _CURRENCY_OF_WORD.get(unit.group()[0].lower()), True)
    counted = re.match(
        r"(?:minutes?|hours?|days?|weeks?|months?|years?|people|drivers?|trucks?|orders?|units?|pallets?|users?|sites?|doors?|employees|rows|times)\b",
        rest,
        re.I,
    )
    kind = "money" if scale and counted is None else "plain"
    return Spoken(words[first][0], end, value, kind, None, True)
