"""What an alert tells, and what programs are shown of it: the JSON of `dealwright alerts --json` and of `GET /api/alerts`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence
from agents.health.record import NextAction

AlertKind = Literal["risk", "renewal", "expansion"]
AlertState = Literal["waiting", "held", "told", "working", "snoozed", "dismissed", "resolved", "muted"]

OPEN: frozenset[str] = frozenset({"waiting", "held", "told", "working", "snoozed", "muted"})
"""The states of an alert that has not ended."""

STANDING: frozenset[str] = frozenset({"waiting", "told", "working", "snoozed"})
"""The states of an alert that a person was told of or is about to be."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cause(_Frozen):
    """One reason for an alert. `kind` is a key of `agents.health.record.Reason` or a kind of signal; `weight` the points it takes; `sentence` is fixed wording with facts."""

    kind: str
    sentence: str
    weight: int = 0
    since: date | None = None
    evidence: tuple[Evidence, ...] = ()


class Play(_Frozen):
    """What to do about a cause, by playbooks.toml, and how it went here before: `worked` of `tried` times the cause was gone afterwards.

    `otherwise_worked` of `otherwise` is how often it was gone without. Counts are None where too few were seen to mean anything.
    """

    cause: str
    do: str
    tried: int | None = None
    worked: int | None = None
    otherwise: int | None = None
    otherwise_worked: int | None = None


class Ending(_Frozen):
    """How an alert ended or came to be as it is: fixed wording, when, and the words that it rests on."""

    sentence: str
    at: datetime
    evidence: tuple[Evidence, ...] = ()


class AlertOut(_Frozen):
    """An alert as it stands. `new` are the causes since the last time, `standing` those that stood before; both worst first.

    `why_held` says visibly why an alert was not told: the day's budget, a muted rule. `proposal` is the id of the draft that goes with it.
    """

    id: str
    kind: AlertKind
    state: AlertState
    deal: str = Field(description="Id of the deal.")
    name: str = Field(description="What people call the deal.")
    account: str | None = Field(None, description="Id of the account.")
    account_name: str | None = None
    owner: str | None = Field(None, description="Mail address of the deal's owner.")
    to: str = Field(description="Mail address of whoever is told.")
    amount: Decimal | None = None
    currency: str | None = None
    stage: str | None = None
    close_date: date | None = None
    title: str
    score_before: int | None = None
    score_after: int | None = None
    score_told: int | None = Field(
        None, description="The score that the title names: that of the moment when it was told."
    )
    score_now: int | None = Field(
        None, description="The deal's health at the moment that is told of; None where it is not known, or not asked."
    )
    next: NextAction | None = Field(None, description="The one thing to do next on the deal.")
    since: datetime | None = Field(None, description="The last time to which `new` compares.")
    new: tuple[Cause, ...] = ()
    standing: tuple[Cause, ...] = ()
    play: Play | None = None
    rule: str = Field(description="The cause that weighs most.")
    rank: float = Field(description="Value × risk × what can be done; the unit is a typical open deal.")
    proposal: str | None = None
    why_held: str | None = None
    ending: Ending | None = None
    verdict: Literal["useful", "useless"] | None = None
    event_at: datetime
    raised_at: datetime
    told_at: datetime | None = None
    snoozed_until: datetime | None = None
    tried_again: datetime | None = Field(None, description="When it was told anew to somebody whom it had not reached.")

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: money as decimal strings, times in ISO with offset."""
        return self.model_dump(mode="json")


class RuleStanding(_Frozen):
    """How a rule did: `useful` of `judged` alerts, `precision` between 0 and 1 (None while nobody judged), and whether it is muted, since when and by whom."""

    rule: str
    told: int
    judged: int
    useful: int
    precision: float | None
    upper: float | None = Field(None, description="Wilson's upper bound (95 %) of the precision.")
    muted_at: datetime | None = None
    muted_by: str | None = None


class Alerts(_Frozen):
    """All that `dealwright alerts` tells: `standing` alerts, what is `held` and why, what `would` be raised as of that moment, and the rules."""

    as_of: datetime
    standing: tuple[AlertOut, ...]
    held: tuple[AlertOut, ...]
    would: tuple[AlertOut, ...]
    ended: tuple[AlertOut, ...] = ()
    rules: tuple[RuleStanding, ...] = ()
    unknown: int = Field(0, description="Open deals of which too little is known: they are never alerted.")

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return self.model_dump(mode="json")
