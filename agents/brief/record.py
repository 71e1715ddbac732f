"""The brief as a record: what the message, the page, the PDF and programs are made from. `Brief.public()` is the JSON of `dealwright brief`.

Every line that claims something carries its evidence. What is not known stands in `unknown`, in words, by the name of its field.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence, Freshness, Tone

Stance = Literal["supporter", "neutral", "against", "unknown"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(_Frozen):
    """A record of ours: its id and its name."""

    id: str
    name: str


class Line(_Frozen):
    """One line of the page and what it rests on. `tone` marks trouble without reading the text."""

    text: str
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    tone: Tone = "plain"


class Meeting(_Frozen):
    """The meeting that the brief is for. `at` is when it begins."""

    id: str
    title: str | None
    at: datetime
    url: str | None = None


class Attendee(_Frozen):
    """Somebody of the buyer's side, with the words that tell most of where they stand.

    `contact` is the contact's id, None for somebody whom we only know from the invitation. `coming` tells that they are invited to the
    meeting; without a booked meeting the buying committee stands here, and nobody is known to come. `stance` is from their own words, else
    as the CRM has it; `before` what it was at the call before, where it changed.
    """

    name: str
    title: str | None = None
    role: str | None = None
    contact: str | None = None
    coming: bool = False
    stance: Stance = "unknown"
    before: Stance | None = None
    line: Line


class Gap(_Frozen):
    """An element of the qualification that is open or contradicted. An open one rests on nothing: it has no evidence."""

    element: str
    label: str
    state: Literal["open", "contradicted"]
    text: str
    evidence: tuple[Evidence, ...] = ()


class DiscoveryQuestion(_Frozen):
    """A question to ask, and the gap that it aims at. It claims nothing; `evidence` is what it leans on, where there is something."""

    text: str
    element: str
    label: str
    evidence: tuple[Evidence, ...] = ()


class ExpectedObjection(_Frozen):
    """An objection to expect. `line` is in their own words where they raised it, else in another buyer's.

    `deals` counts the deals in the asker's scope in which the topic came up by then, `decided` those of them that have ended, `won` those
    that were won. `answer` is one that was given in a deal that was won, verbatim.
    """

    topic: str
    label: str
    raised_here: bool
    open: bool
    line: Line
    answer: Line | None = None
    deals: int = 0
    decided: int = 0
    won: int = 0


class Brief(_Frozen):
    """One page before a call. `headline` is how the main deal stands, in one line; the fields stand in the order in which they are read."""

    headline: str
    account: Named
    deal: Named | None
    meeting: Meeting | None
    company: Line | None = None
    next_step: Line | None = Field(None, description="What to ask for.")
    attendees: tuple[Attendee, ...] = ()
    we_owe: tuple[Line, ...] = ()
    they_owe: tuple[Line, ...] = ()
    questions: tuple[DiscoveryQuestion, ...] = ()
    gaps: tuple[Gap, ...] = ()
    objections: tuple[ExpectedObjection, ...] = ()
    history: tuple[Line, ...] = ()
    news: tuple[Line, ...] = ()
    led_here: Line | None = None
    pains: tuple[Line, ...] = ()
    competitors: tuple[Line, ...] = ()
    similar_customers: tuple[Line, ...] = ()
    deals: tuple[Line, ...] = ()
    unknown: dict[str, str] = Field(
        default_factory=dict, description="By field: what was looked for and is not known, in a sentence."
    )
    freshness: tuple[Freshness, ...] = ()
    as_of: datetime
    took_ms: int = 0

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: every key present, times in ISO with offset."""
        return self.model_dump(mode="json")
