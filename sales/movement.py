"""What moved in a deal between two moments: rules on its state at both, so that an opening total and its moves make the closing total exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

State = Literal["absent", "open", "won", "lost"]
Kind = Literal[
    "new",
    "reopened",
    "won",
    "lost",
    "slipped",
    "pulled_in",
    "stage_forward",
    "stage_back",
    "amount_up",
    "amount_down",
]
NOUGHT = Decimal(0)


@dataclass(frozen=True)
class Stood:
    """A deal at one moment. `place` is its stage's place in the pipeline, counted from 0; None where the stage has none."""

    state: State
    amount: Decimal | None = None
    close_date: date | None = None
    stage: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class Step:
    """One move: its kind, what was before and after as text, by how much the open total changes, and the number of open deals."""

    kind: Kind
    old: str | None
    new: str | None
    delta: Decimal = NOUGHT
    deals: int = 0


def worth(amount: Decimal | None) -> Decimal:
    """Return what a deal adds to a total; nought without an amount."""
    return amount or NOUGHT


def steps(begin: Stood, end: Stood) -> Iterator[Step]:
    """Yield what moved. The deltas of a deal's steps are its share of the open total at the end less that at the beginning, always.

    A deal that came and was decided in between is new and won. One that was decided otherwise than before was reopened in between.
    An amount that changed before the deal was decided is a change of amount, and the deal is decided at its last amount.
    """
    was_open, is_open = begin.state == "open", end.state == "open"
    if begin.state == end.state and not is_open:
        return
    if not was_open and end.state != "absent":
        yield Step("new" if begin.state == "absent" else "reopened", None, end.stage, worth(end.amount), 1)
    if was_open and end.state == "absent":
        return
    if was_open and (changed := worth(end.amount) - worth(begin.amount)):
        yield Step("amount_up" if changed > 0 else "amount_down", _number(begin.amount), _number(end.amount), changed)
    if end.state in ("won", "lost"):
        yield Step(end.state, begin.stage, end.stage, -worth(end.amount), -1)
    if was_open and is_open:
        yield from _of_open(begin, end)


def _of_open(begin: Stood, end: Stood) -> Iterator[Step]:
    if begin.close_date is not None and end.close_date is not None and begin.close_date != end.close_date:
        kind: Kind = "slipped" if end.close_date > begin.close_date else "pulled_in"
        yield Step(kind, begin.close_date.isoformat(), end.close_date.isoformat())
    if begin.place is not None and end.place is not None and begin.place != end.place:
        yield Step("stage_forward" if end.place > begin.place else "stage_back", begin.stage, end.stage)


def _number(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
