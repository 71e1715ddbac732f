"""Win rates by count, exact to two decimals: how many of the decided deals were won."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")


def win_rate(won: int, lost: int) -> Decimal | None:
    """Return the percentage of decided deals that were won, half rounded up; None where none was decided. Raises ValueError below nought."""
    return _percent(won, won, lost)


def loss_rate(won: int, lost: int) -> Decimal | None:
    """Return the percentage of decided deals that were lost; None where none was decided."""
    return _percent(lost, won, lost)


def win_loss_ratio(won: int, lost: int) -> Decimal | None:
    """Return how many deals were won for each one lost, to two decimals; None where none was lost."""
    _check(won, lost)
    return (Decimal(won) / lost).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP) if lost else None


def _percent(part: int, won: int, lost: int) -> Decimal | None:
    _check(won, lost)
    decided = won + lost
    return (Decimal(part) * 100 / decided).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP) if decided else None


def _check(won: int, lost: int) -> None:
    if won < 0 or lost < 0:
        raise ValueError("a count can't be negative")
