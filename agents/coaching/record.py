"""The scorecard of one call for one of ours. `Scorecard.public()` is the JSON of `dealwright scorecard`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.notes.record import Said

Standing = Literal["low", "within", "high", "unknown"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Frozen):
    """One count. `value` is None where it can't be told; `low` and `high` are the range that is usual, `source` who says so."""

    key: str
    label: str
    value: float | None
    unit: Literal["percent", "seconds", "count", "per hour", "per 100 words"]
    standing: Standing = "unknown"
    low: float | None = None
    high: float | None = None
    source: str | None = None


class Clip(_Frozen):
    """A moment to look at again: where it is, what was said, and what would have been stronger. Times are seconds into the call, None without times."""

    kind: str
    label: str
    start_s: float | None
    end_s: float | None
    first: int = Field(description="Position of its first turn.")
    last: int
    said: Said
    stronger: str


class Step(_Frozen):
    """A step of the talk track: whether it was taken, and the words that show it."""

    key: str
    label: str
    taken: bool
    said: Said | None = None


class Estimate(_Frozen):
    """What the call came to, as far as its words tell (`sales.call_outcome`), and why."""

    outcome: Literal["order", "advance", "continuation", "no_sale"]
    label: str
    reasons: tuple[str, ...]


class Scorecard(_Frozen):
    """How one of ours led a call. `reason` tells why there is nothing to count."""

    call: str
    title: str | None
    at: datetime | None
    user: str
    name: str
    measures: tuple[Measure, ...] = ()
    next_step: Said | None = Field(None, description="The words of the next step that was set, None where none was.")
    covered: tuple[str, ...] = Field((), description="Elements of the framework that this call filled.")
    elements: int = 0
    track: tuple[Step, ...] = ()
    moments: tuple[Clip, ...] = ()
    estimate: Estimate | None = None
    timed: bool = True
    reason: str | None = None

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return self.model_dump(mode="json")
