"""Slipped close dates: how often, and by how many days, the day on which a deal was to close was moved later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Slips:
    """How often a close date was moved later, and by how many days in all; days won back by moving it earlier are not taken off."""

    count: int = 0
    days: int = 0


def slips(changes: Iterable[tuple[date | None, date | None]]) -> Slips:
    """Count the slips among changes of a close date, each as (old, new). A first date and a removed one are no slips."""
    moved = [(new - old).days for old, new in changes if old is not None and new is not None and new > old]
    return Slips(len(moved), sum(moved))
