"""The objection library as it is read: counts by topic with what came of them, quotes, and the answers that were given. `Library.public()` is the JSON of `dealwright objections`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sales.objection_outcome import Outcome, rate


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Results(_Frozen):
    """What came of it, in deals: each counts once under each outcome that it had. `told` are those of which it can be told (went on, stalled or lost).

    `won` and `lost_at_last` are how deals ended, of the `ended` ones. Rates are whole percent, None where the sample is below three deals.
    """

    deals: int
    told: int
    went_on: int
    stalled: int
    lost: int
    too_early: int
    ended: int
    won: int
    lost_at_last: int

    @property
    def went_on_rate(self) -> int | None:
        """Share of the told deals that went on, in whole percent."""
        return rate(self.went_on, self.told)

    @property
    def lost_rate(self) -> int | None:
        """Share of the ended deals that were lost, in whole percent."""
        return rate(self.lost_at_last, self.ended)


class Said(_Frozen):
    """Verbatim words and where they stand: turn ids as imported."""

    quote: str
    speaker: str | None
    turn: str | None
    url: str | None


class Heard(_Frozen):
    """One objection with the answer that was given and what came of it."""

    id: str
    topic: str
    label: str
    call: str
    title: str | None
    at: datetime
    account: str | None
    account_name: str | None
    deal: str | None
    deal_name: str | None
    said: Said
    answer: Said | None
    answer_kind: str | None
    handled: Literal["answered", "open", "unknown"]
    outcome: Outcome


class TopicCount(_Frozen):
    """How often objections of a topic were heard in the window and in the same span before it (None where there is none), and what came of them."""

    topic: str
    label: str
    count: int
    before: int | None
    accounts: int
    results: Results
    quotes: tuple[Heard, ...] = ()


class AnswerKind(_Frozen):
    """Answers of one kind to one topic: how often they were given, how often the buyer took them in the call, what came of their deals, and the best of them."""

    kind: str
    label: str
    count: int
    taken: int = Field(description="How often the buyer let it stand in the same call.")
    results: Results
    examples: tuple[Heard, ...] = ()


class PersonCount(_Frozen):
    """How one of the asker's own people did with objections."""

    user: str
    name: str
    count: int
    taken: int
    results: Results


class Library(_Frozen):
    """The library inside a scope. `since` is inside, `until` outside; `before_since` to `before_until` is the span it is compared with."""

    as_of: datetime
    since: datetime | None
    until: datetime | None
    before_since: datetime | None
    before_until: datetime | None
    window: str
    topic: str | None
    count: int
    before: int | None
    topics: tuple[TopicCount, ...]
    answers: tuple[AnswerKind, ...] = Field((), description="Of the topic asked for; none without one.")
    rule: str

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return self.model_dump(mode="json")
