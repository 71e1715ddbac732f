"""Numbers in a question: `50k`, `$1.2M`, `over fifty thousand`, `1,000`, `50%`, `100+`, `a week`, `two weeks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.structured.lexer import Token, singular
from agents.structured.windows import SMALL_NUMBERS
from sales.amounts import currency_code, parse_amount

_UNITS = {
    "day": "day",
    "d": "day",
    "week": "week",
    "wk": "week",
    "month": "month",
    "mo": "month",
    "quarter": "quarter",
    "year": "year",
    "yr": "year",
    "fortnight": "fortnight",
}
_SCALES = {
    "thousand": 1_000,
    "k": 1_000,
    "grand": 1_000,
    "million": 1_000_000,
    "m": 1_000_000,
    "mil": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
}
_MONEY = {
    "dollar": "USD",
    "usd": "USD",
    "buck": "USD",
    "euro": "EUR",
    "eur": "EUR",
    "pound": "GBP",
    "gbp": "GBP",
    "quid": "GBP",
    "chf": "CHF",
    "franc": "CHF",
}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}


def read_number(tokens: Sequence[Token], at: int, *, units: bool = True) -> tuple[Number, int] | None:
    """Return the number that begins at a token, with its unit, its percent sign or its currency, and the token after it."""
    token = tokens[at]
    after = at + 1
    currency: str | None = None
    money = False
    if token.kind == "number":
        amount = parse_amount(token.text)
        if amount is None:
            return None
        value, currency = amount.value, amount.currency
        money = currency is not None or token.norm[-1:].isalpha()
    elif token.norm in _TENS or token.norm in SMALL_NUMBERS:
        spoken = _spoken(tokens, at)
        if spoken is None:
            return None
        value, after = spoken
    elif token.norm in ("a", "an", "half") and _article_number(tokens, at) is not None:
        value, after = _article_number(tokens, at)  # type: ignore[misc]
    else:
        return None
    if (
        after < len(tokens)
        and tokens[after].norm in _SCALES
        and not (tokens[after].norm in ("k", "m") and tokens[after].start > tokens[after - 1].end)
    ):
        value, after, money = value * _SCALES[tokens[after].norm], after + 1, True
    return (
        _with_unit(tokens, Number(value, currency, False, money), after)
        if units
        else (Number(value, currency, False, money), after)
    )


def _with_unit(tokens: Sequence[Token], number: Number, after: int) -> tuple[Number, int]:
    plus = False
    if after < len(tokens) and tokens[after].norm == "+":
        plus, after = True, after + 1
    unit, percent, currency, money = None, False, number.currency, number.money
    if after < len(tokens):
        word = tokens[after].norm
        single = singular(word)
        if word in ("%", "percent", "pct"):
            percent, after = True, after + 1
        elif word == "per" and after + 1 < len(tokens) and tokens[after + 1].norm == "cent":
            percent, after = True, after + 2
        elif single in _MONEY or (len(word) == 3 and currency_code(word) and word not in ("all", "top", "try")):
            currency, money, after = _MONEY.get(single) or currency_code(word), True, after + 1
        elif (
            single in ("business", "working", "calendar")
            and after + 1 < len(tokens)
            and singular(tokens[after + 1].norm) == "day"
        ):
            if single == "calendar":
                unit, after = "day", after + 2
        elif single in _UNITS and number.value == number.value.to_integral_value():
            unit, after = _UNITS[single], after + 1
    if not plus and after < len(tokens) and tokens[after].norm == "+":
        plus, after = True, after + 1
    return Number(number.value, currency, percent, money, plus, unit), after


def _spoken(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    total, after = 0, at
    while after < len(tokens) and (tokens[after].norm in _TENS or tokens[after].norm in SMALL_NUMBERS):
        word = tokens[after].norm
        if word == "hundred":
            total = max(total, 1) * 100
        elif word in _TENS:
            total += _TENS[word]
        else:
            total += SMALL_NUMBERS[word]
        after += 1
        if after < len(tokens) and tokens[after].norm == "-" and total:
            after += 1
    if after == at or (after == at + 1 and tokens[at].norm in ("one", "zero")):
        follows = after < len(tokens) and (singular(tokens[after].norm) in _UNITS or tokens[after].norm in _SCALES)
        if not follows:
            return None
    return Decimal(total), after


def _article_number(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """`a week`, `a month` after a word of duration, `half a million`, `a million`."""
    words = [token.norm for token in tokens[at : at + 3]]
    if words[0] == "half" and words[1:2] == ["a"] and words[2:] and words[2] in ("million", "billion"):
        return Decimal("0.5"), at + 2
    if words[0] in ("a", "an") and len(words) > 1 and words[1] in ("million", "thousand", "billion", "hundred"):
        return (Decimal(100), at + 2) if words[1] == "hundred" else (Decimal(1), at + 1)
    before = tokens[at - 1].norm if at else ""
    if (
        words[0] in ("a", "an")
        and len(words) > 1
        and words[1] in ("day", "week", "month", "year", "quarter", "fortnight")
        and before in ("for", "than", "over", "least", "about", "within", "under", "past")
    ):
        return Decimal(1), at + 1
    return None


@dataclass(frozen=True)
class Number:
    """A number as a question says it. `unit` is day, week, month or year where it counts time; `money` that it is surely an amount; `plus` that it means or more."""

    value: Decimal
    currency: str | None = None
    percent: bool = False
    money: bool = False
    plus: bool = False
    unit: str | None = None
