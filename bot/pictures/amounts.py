"""Amounts as a picture has room for them: `$84k`, `€1.2M`, `−$38k`. The exact figures stand in the words and tables beside it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from bot.figures import money

_STEPS = (
    (Decimal(1_000_000_000_000), "T"),
    (Decimal(1_000_000_000), "B"),
    (Decimal(1_000_000), "M"),
    (Decimal(1_000), "k"),
)
_THREE = Decimal(1_000)


def short_money(value: Decimal, currency: str | None) -> str:
    """Return an amount with three figures at most and its unit; below a thousand whole."""
    for number, (unit, sign) in enumerate(_STEPS):
        if abs(value) >= unit:
            shown = _three(value / unit)
            if abs(shown) >= _THREE and number > 0:
                larger, larger_sign = _STEPS[number - 1]
                return money(_three(value / larger), currency) + larger_sign
            return _trimmed(money(shown, currency)) + sign
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return short_money(whole, currency) if abs(whole) >= _THREE else money(whole, currency)


def change(value: Decimal, currency: str | None) -> str:
    """Return a short amount with its sign: `+$61k`, `−$38k`."""
    told = short_money(value, currency)
    return f"+{told}" if value > 0 else told


def _three(value: Decimal) -> Decimal:
    places = Decimal(1) if abs(value) >= 100 else Decimal("0.1")
    return value.quantize(places, ROUND_HALF_UP)


def _trimmed(told: str) -> str:
    # `money` tells cents in full; here one figure after the point is all there is.
    whole, point, rest = told.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if point and rest else whole
