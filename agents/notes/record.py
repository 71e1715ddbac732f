"""The notes of a call as a record that the card, the brief and the CRM work on. `CallNotes.public()` is the JSON of `dealwright notes`.

Nothing stands in it without the words that it rests on.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["buyer", "seller", "unknown"]
ElementState = Literal["filled", "open", "contradicted"]
Stance = Literal["supporter", "neutral", "against", "unknown"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Frozen):
    """Words of the call. `quote` stands verbatim in turn `position` (counted from 0; `turn` is its id as imported).

    `start_s` is in seconds from the call's beginning, None where the transcript has no times.
    """

    quote: str
    position: int
    turn: str
    speaker: str | None = None
    side: Side = "unknown"
    start_s: float | None = None
    url: str | None = None


class Line(_Frozen):
    """One line of the notes and what it rests on."""

    text: str
    said: tuple[Said, ...] = Field(min_length=1)


class TopicNotes(_Frozen):
    """What was said about one topic, in the order of the call."""

    topic: str
    label: str
    lines: tuple[Line, ...]


class NextStep(_Frozen):
    """Something that is to happen. `owner` is a name as it stands among the participants; `due` is None where no day was named."""

    text: str
    owner: str | None
    side: Side
    due: date | None
    due_words: str | None = Field(None, description="The words that name the day, verbatim.")
    said: tuple[Said, ...] = Field(min_length=1)


class Commitment(_Frozen):
    """What one side promised the other."""

    text: str
    by: str | None
    side: Side
    due: date | None
    said: tuple[Said, ...] = Field(min_length=1)


class ObjectionNote(_Frozen):
    """An objection of the buyer, with the answer that was given; `handled` is answered, open or unknown."""

    topic: str
    label: str
    text: str
    said: tuple[Said, ...] = Field(min_length=1)
    answer: Said | None = None
    handled: Literal["answered", "open", "unknown"] = "unknown"


class Mentioned(_Frozen):
    """A name that came up: a competitor."""

    name: str
    said: tuple[Said, ...] = Field(min_length=1)


class Disagreement(_Frozen):
    """What a statement stands against: the CRM's value or what was said before. `source` is crm or call; `id` the deal's or call's id."""

    source: Literal["crm", "call"]
    id: str
    label: str
    value: str
    at: datetime | None = None


class ElementNote(_Frozen):
    """One element of the qualification as this call leaves it. `open` has no words; it is never guessed."""

    element: str
    label: str
    state: ElementState
    text: str | None = None
    said: tuple[Said, ...] = ()
    against: Disagreement | None = None


class Qualification(_Frozen):
    """All elements of the team's framework, in its order."""

    framework: str
    elements: tuple[ElementNote, ...]


class Feeling(_Frozen):
    """How a participant of the buyer stands to the matter, from their words; `before` is the stance at their last call."""

    name: str
    contact: str | None
    stance: Stance
    before: Stance | None = None
    said: tuple[Said, ...] = ()


class Attendee(_Frozen):
    """Somebody who was there. `contact` or `user` is an id of ours; `matched_by` says how they were recognised (mail, name, domain, or None)."""

    name: str | None
    email: str | None = None
    side: Side = "unknown"
    contact: str | None = None
    user: str | None = None
    matched_by: str | None = None
    proposed: bool = Field(False, description="Nobody we know: proposed as a contact of the account.")


class Risk(_Frozen):
    """A phrase that puts the deal at risk; `kind` is a key of `sales.cues` or `sales.risks`."""

    kind: str
    label: str
    said: tuple[Said, ...] = Field(min_length=1)


class CallNotes(_Frozen):
    """The notes of one call. With `state` review the transcript is too poor: `trouble` says why, and nothing is claimed of it."""

    call: str
    title: str | None
    at: datetime | None
    account: str | None = Field(None, description="Id of the account.")
    deal: str | None = None
    state: Literal["ready", "review"]
    trouble: str | None = None
    participants: tuple[Attendee, ...] = ()
    summary: tuple[TopicNotes, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    objections: tuple[ObjectionNote, ...] = ()
    competitors: tuple[Mentioned, ...] = ()
    pains: tuple[Line, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    decision_process: tuple[Line, ...] = ()
    sentiment: tuple[Feeling, ...] = ()
    risks: tuple[Risk, ...] = ()
    qualification: Qualification | None = None
    took_ms: int = 0

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return self.model_dump(mode="json")
