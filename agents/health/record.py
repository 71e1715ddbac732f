"""A deal's health as a record: what the panel, the messages, the alerts and programs are made from. `Health.public()` is the JSON of `dealwright health`.

Every reason is a named rule of `sales.health`; its sentence is fixed wording filled with facts, its evidence is verbatim. What can't be told
stands in `unknown`, in words, and costs no points.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence
from sales.health.reason import Band, Tone

Trend = Literal["worse", "better", "same", "new"]
Verb = Literal["draft", "ask", "open", "do"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Frozen):
    """One named reason. `weight` are the points that it takes from 100 where it stands alone (`sales.health.reason.score` puts several together); one that speaks for the deal has a weight below zero and gives them back.

    `since` is the day from which it holds, where that is known. `new` tells that it did not hold seven days ago.
    """

    kind: str
    family: str
    weight: int
    tone: Tone
    sentence: str
    since: date | None = None
    evidence: tuple[Evidence, ...] = ()
    new: bool = False


class NextAction(_Frozen):
    """The one thing to do next. `verb` is draft (a mail for the deal `value`), ask (asks `value`), open (opens the link `value`) or do (a person's own act); `why` names the reason that it answers."""

    label: str
    verb: Verb
    value: str
    why: str


class Health(_Frozen):
    """How one deal stands as of a moment. `score` is 0 to 100, None where too little is known to say; `before` is the score seven days earlier.

    `reasons` stand worst first, those that speak for the deal last. `likelihood` is 0 to 1, `likelihood_of` its method and sample.
    """

    deal_id: str
    deal: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    close_date: date | None
    as_of: datetime
    score: int | None = Field(ge=0, le=100)
    band: Band
    before: int | None = None
    trend: Trend = "new"
    reasons: tuple[Reason, ...] = ()
    unknown: tuple[str, ...] = Field((), description="What can't be told, and why, a sentence each.")
    likelihood: Decimal | None = None
    likelihood_of: str | None = None
    expected_close: date | None = None
    next_action: NextAction | None = None
    last_from_buyer: datetime | None = None
    sentiment: str | None = Field(
        None, description="positive, neutral or negative, in the last call whose notes tell it."
    )

    @property
    def bad(self) -> tuple[Reason, ...]:
        """The reasons that speak against the deal, worst first."""
        return tuple(reason for reason in self.reasons if reason.tone == "bad")

    @property
    def good(self) -> tuple[Reason, ...]:
        """The reasons that speak for the deal."""
        return tuple(reason for reason in self.reasons if reason.tone == "good")

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: every key present, money as decimal strings, times in ISO with offset."""
        return self.model_dump(mode="json")
