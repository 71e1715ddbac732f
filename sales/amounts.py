"""Reading written numbers: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56`, `$1.2M`, `€50k`, `(1,200)`, `12 %`.

One value is often ambiguous (`1.234`), a column seldom is: `NumberVotes` looks at all values of a column and decides which
mark is the decimal one; `parse_amount` then reads each value by that rule and refuses what contradicts it, because a wrong
figure is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from sales.names import word_set

Mark = Literal[".", ","]

_EMPTY = frozenset(
    {"", "-", "--", "—", "–", "n/a", "na", "#n/a", "null", "none", "nan", "nil", "(null)", "(none)", "(blank)", "\\n"}
)
_SYMBOLS = {
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₪": "ILS", "zł": "PLN",
    "kč": "CZK", "us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD",
    "r$": "BRL", "mx$": "MXN", "fr.": "CHF", "sfr": "CHF", "rs": "INR", "rs.": "INR",
}  # fmt: skip
_CODES = word_set(
    "USD EUR GBP JPY CHF CAD AUD NZD CNY HKD SGD INR SEK NOK DKK PLN CZK HUF RON BGN TRY RUB UAH ILS ZAR BRL MXN ARS CLP COP PEN "
    "KRW TWD THB IDR MYR PHP VND AED SAR QAR KWD BHD EGP NGN KES MAD ISK"
)
_SCALES: dict[str, Decimal] = {
    **dict.fromkeys(("k", "tsd", "thousand", "tausend", "mille"), Decimal(1_000)),
    **dict.fromkeys(("m", "mm", "mn", "mio", "mln", "million", "millions", "millionen", "millones", "mill"), Decimal(1_000_000)),
    **dict.fromkeys(("b", "bn", "billion", "billions", "mrd", "md", "milliard", "milliarden"), Decimal(1_000_000_000)),
}  # fmt: skip
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f\u2002\u2003]+")
_CORE = re.compile(r"[0-9](?:[0-9.,'’` ]*[0-9])?|[.,][0-9]+")
_PLAIN = re.compile(r"[0-9]+|[0-9]*[.][0-9]+(?:[eE][+-]?[0-9]{1,3})?|[0-9]+[eE][+-]?[0-9]{1,3}")
_MAX_DIGITS = 28


@dataclass(frozen=True)
class Amount:
    """One written number: its exact value, the currency written beside it (ISO code) and whether it was a percentage."""

    value: Decimal
    currency: str | None = None
    percent: bool = False


@dataclass(frozen=True)
class NumberRule:
    """How a column writes numbers. `sure` is False where no value settled which mark is the decimal one."""

    decimal: Mark = "."
    sure: bool = False


def is_empty(text: str) -> bool:
    """Whether a cell says "nothing" in one of the usual ways (blank, `-`, `n/a`, `null` …)."""
    return (len(text) <= 12 and text.strip().casefold() in _EMPTY) or text.isspace()


def currency_code(text: str) -> str | None:
    """The ISO code that a currency symbol or code stands for, or None (`€` → `EUR`, `usd` → `USD`)."""
    word = text.strip()
    return word.upper() if word.upper() in _CODES else _SYMBOLS.get(word.casefold())


@dataclass
class _Parts:
    core: str
    negative: bool
    currency: str | None
    percent: bool
    scale: Decimal
    mark: Mark | None = None


def _affix(word: str, parts: _Parts, *, before: bool) -> bool:
    """Take in what stands before or after the digits; False if it is nothing that belongs to a number."""
    for piece in re.findall(r"[+\-−–]|%|[^\W\d_]*[$€£¥₹₩₺₽₪]|[^\W\d_]+\.?|\S", word):
        lower = piece.casefold()
        if piece in "+-−–":
            parts.negative = parts.negative or piece != "+"
        elif piece == "%":
            parts.percent = True
        elif not before and lower.rstrip(".") in _SCALES and parts.scale == 1:
            parts.scale = _SCALES[lower.rstrip(".")]
        elif (code := currency_code(piece) or currency_code(piece.rstrip("."))) and parts.currency in (None, code):
            parts.currency = code
        elif not before and piece[0].isalpha() and len(piece) > 1 and lower[0] in _SCALES and currency_code(lower[1:]):
            parts.scale, parts.currency = _SCALES[lower[0]], currency_code(lower[1:])
        else:
            return False
    return True


@lru_cache(maxsize=16384)
def _split(text: str) -> _Parts | None:
    text = _SPACES.sub(" ", text).strip()
    if not text or len(text) > 60 or not text.isprintable():
        return None
    bracketed = re.fullmatch(r"([^\d(]*)\((.*)\)([^\d)]*)", text)
    negative = bracketed is not None
    if bracketed:
        text = "".join(bracketed.groups()).strip()
        if not text:
            return None
    if _PLAIN.fullmatch(text.lstrip("+-−")) and len(text) - len(text.lstrip("+-−")) <= 1:
        return _Parts(text.lstrip("+-−"), negative or text[0] in "-−", None, False, Decimal(1))
    found = _CORE.search(text)
    if found is None or (not found.group().isascii() and not re.fullmatch(r"[0-9.,'’` ]+", found.group())):
        return None
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    mark: Mark | None = None
    if (sign := after[:1]) in (".", ",") and after[1:].lstrip()[:1] in ("", "-", "–", "—"):  # "1.200,-" and "5."
        mark, after = "," if sign == "," else ".", after[1:].strip(" -–—")
    parts = _Parts(found.group().strip(), negative, None, False, Decimal(1), mark)
    if re.search(r"\d", after) or not (_affix(before, parts, before=True) and _affix(after, parts, before=False)):
        return None
    return parts


def _grouped(core: str, mark: str) -> bool:
    """Whether `mark` splits the whole part into groups as people write them (1,234,567 or 12,34,567)."""
    first, *rest = core.split(mark)
    return bool(rest) and 1 <= len(first) <= 3 and len(rest[-1]) == 3 and all(len(part) in (2, 3) for part in rest)


def _bare(core: str) -> str:
    return re.sub(r"['’` ]", "", core)


def _evidence(parts: _Parts) -> Mark | Literal["", "?", "x"]:
    """Which mark one value proves to be the decimal one: that mark, "" for neither, "?" for either, "x" for a broken number."""
    core = parts.core
    if re.search(r"['’` ]", core):
        whole = re.split(r"[.,]", core)[0]
        groups = re.split(r"['’` ]", whole)
        if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) not in (2, 3) for group in groups[1:])):
            return "x"
    bare = _bare(core)
    if parts.mark is not None:
        other: Mark = "," if parts.mark == "." else "."
        return "x" if parts.mark in bare or (other in bare and not _grouped(bare, other)) else parts.mark
    dots, commas = bare.count("."), bare.count(",")
    if dots and commas:
        last: Mark = "." if bare.rfind(".") > bare.rfind(",") else ","
        other = "," if last == "." else "."
        whole, _, _ = bare.rpartition(last)
        return last if last not in whole and _grouped(whole, other) else "x"
    mark: Mark = "." if dots else ","
    if dots + commas == 0:
        return ""
    if dots + commas > 1:
        return ("," if mark == "." else ".") if _grouped(bare, mark) else "x"
    head, _, tail = bare.partition(mark)
    if len(tail) != 3 or head.startswith("0") or not 1 <= len(head) <= 3 or bare != core:
        return mark
    return "?"


class NumberVotes:
    """Gathers what a column's values say about its decimal mark."""

    def __init__(self) -> None:
        """Start without any value."""
        self.values = self.numbers = self.percents = 0
        self._votes = {".": 0, ",": 0}
        self._open = {".": 0, ",": 0}
        self.largest = Decimal(0)
        self.currencies: set[str] = set()

    def add(self, text: str) -> None:
        """Count one non-empty cell."""
        self.values += 1
        parts = _split(text)
        if parts is None or (evidence := _evidence(parts)) == "x":
            return
        self.numbers += 1
        self.percents += parts.percent
        if evidence == "?":
            self._open["." if "." in parts.core else ","] += 1
        elif evidence:
            self._votes[evidence] += 1
        amount = parse_amount(text, NumberRule(evidence if evidence in (".", ",") else "."))
        if amount is not None:
            self.largest = max(self.largest, abs(amount.value))
            if amount.currency:
                self.currencies.add(amount.currency)

    def settled(self) -> Mark | None:
        """The decimal mark that the values prove, or None where none does or they contradict each other evenly."""
        dot, comma = self._votes["."], self._votes[","]
        if dot == comma:
            return None
        return "." if dot > comma else ","

    def rule(self, *, money: bool = False, hint: Mark | None = None) -> NumberRule:
        """Decide. `hint` is the mark that other columns of the file use; `money` says that three decimals are unlikely."""
        settled = self.settled()
        if settled is not None:
            return NumberRule(settled, sure=True)
        if hint is not None:
            return NumberRule(hint, sure=False)
        if money and self._open["."] and not self._open[","]:
            return NumberRule(",", sure=False)
        return NumberRule(".", sure=False)

    @property
    def ambiguous(self) -> bool:
        """Whether some values can be read either way and nothing else in the column settles it."""
        return self.settled() is None and (self._open["."] + self._open[","] > 0)


@lru_cache(maxsize=16384)
def parse_amount(text: str, rule: NumberRule | None = None) -> Amount | None:
    """Read one written number by the column's rule; None if it isn't one, or if it contradicts a rule that is sure.

    Without a rule a value must settle its own marks, or be read as English (`1,234` is a thousand and more).
    """
    parts = _split(text)
    if parts is None:
        return None
    if "e" in parts.core or "E" in parts.core:
        return _made(parts, parts.core)
    rule = rule or NumberRule()
    evidence = _evidence(parts)
    bare = _bare(parts.core)
    if evidence == "x":
        return None
    both = "." in bare and "," in bare
    if evidence in (".", ",") and evidence != rule.decimal and rule.sure and not both:
        return None
    decimal = rule.decimal if evidence in ("", "?") else evidence
    grouping = "," if decimal == "." else "."
    return _made(parts, bare.replace(grouping, "").replace(decimal, "."))


def _made(parts: _Parts, digits: str) -> Amount | None:
    if len(digits) > _MAX_DIGITS:
        return None
    try:
        value = Decimal(digits) * parts.scale
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        return None
    if value == value.to_integral_value() and (parts.scale != 1 or "e" in digits.lower()):
        # Not quantize: beyond 28 digits the context refuses it.
        value = Decimal(int(value))
    return Amount(-value if parts.negative else value, parts.currency, parts.percent)
