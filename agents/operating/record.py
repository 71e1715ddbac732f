"""The operating review as a record: what messages, the page and programs are made from."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agents.answer import Evidence

AreaKey = Literal["leads", "qualified", "outreach", "overdue", "meetings"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Frozen):
    """One decision that a button stands for."""

    key: str
    label: str


class Item(_Frozen):
    """One record that waits for a decision. `facts` are what it rests on, a line each; `missing` is what nobody has found out.

    `about` is what the decision counts for beyond the record: a signal's kind, a variant, a stage.
    """

    id: str
    kind: Literal["lead", "signal", "proposal", "variant", "due", "meeting"]
    title: str
    facts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    owner_id: str | None = None
    owner: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    about: str | None = None
    url: str | None = None
    evidence: tuple[Evidence, ...] = ()


class Figure(_Frozen):
    """A figure of an area. `of` is the sample that it was counted over."""

    label: str
    count: int
    of: int | None = None


class Area(_Frozen):
    """One area: its question, its figures, the decisions that there are, and the records that wait; `total` counts those beyond `items` too."""

    key: AreaKey
    title: str
    question: str
    choices: tuple[Choice, ...]
    figures: tuple[Figure, ...] = ()
    items: tuple[Item, ...] = ()
    total: int = 0
    decided: int = 0
    note: str | None = None


class Change(_Frozen):
    """One proposed change to how the team works, with both samples; `p` is the chance of such a difference by luck alone.

    `asked_by` is whoever asked for it from a record of the review ("api" for a program), None where the figures alone put it forward.
    """

    id: str
    kind: Literal["field", "opener", "stop_rule", "segment", "rule"]
    sentence: str
    argument: str
    with_won: int
    with_all: int
    without_won: int
    without_all: int
    p: float
    tried: int
    adopts: str
    value: str
    state: Literal["open", "adopted", "refused"] = "open"
    asked_by: str | None = None


class Operating(_Frozen):
    """The whole review as of a moment. Without a `change`, `change_note` says why none is proposed; `asked_for` are those that people asked for from its records."""

    as_of: datetime
    since: datetime
    areas: tuple[Area, ...]
    change: Change | None = None
    change_note: str | None = None
    asked_for: tuple[Change, ...] = ()

    @property
    def left(self) -> int:
        """How many records wait for a decision."""
        return sum(area.total for area in self.areas)

    @property
    def decided(self) -> int:
        """How many were decided since the week began."""
        return sum(area.decided for area in self.areas)

    def public(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return {**self.model_dump(mode="json"), "left": self.left, "decided": self.decided}
