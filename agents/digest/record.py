"""The weekly review as a record: what messages, pictures, mail, PDF and programs are made from. `Digest.public()` is the JSON of `dealwright digest --json`.

A review is a diff against the week before. What it leaves out for want of room stands in `more` of its section, never nowhere.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Action, Evidence, Freshness, Tone
from agents.digest.pictures import Picture

Audience = Literal["rep", "manager", "team", "company"]
"""Who a review is for. `rep` and `manager` go to that person alone; `team` and `company` may stand in a channel: they tell of no person by themselves."""

PERSONAL: frozenset[Audience] = frozenset({"rep", "manager"})

SectionKey = Literal[
    "forecast",
    "risk",
    "moved",
    "hot",
    "closing",
    "said",
    "overdue",
    "alerts",
    "patterns",
    "coaching",
    "quality",
    "change",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Frozen):
    """One line: plain text. `label` stands before it in bold ("Worse"), `subject` is the record that it is about and `url` opens that.

    `evidence` are verbatim quotes, or the records that a figure was counted from; `action` is the one thing to do about it. `rank` is value × change,
    by which lines of a section were ordered; `before` and `after` are what changed, as text, where one figure did.
    """

    key: str
    text: str
    label: str | None = None
    subject: str | None = None
    url: str | None = None
    deal_id: str | None = None
    account_id: str | None = None
    owner_id: str | None = None
    owner: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    before: str | None = None
    after: str | None = None
    tone: Tone = "plain"
    evidence: tuple[Evidence, ...] = ()
    action: Action | None = None
    rank: float = 0.0


class Section(_Frozen):
    """A part of the review. `lines` are on the first screen, `more` behind a button; `total` counts everything that belongs to it, shown or not.

    `folded` says that the reader called this section not useful so often that it is folded for them, and `folded_why` says so in a sentence.
    """

    key: SectionKey
    title: str
    lines: tuple[Line, ...] = ()
    more: tuple[Line, ...] = ()
    total: int = 0
    note: str | None = Field(
        None, description="What a careful reader must know: the rule, the sample, what is left out."
    )
    folded: bool = False
    folded_why: str | None = None


class Digest(_Frozen):
    """A review of one week. `week` is the ISO week (2026-W47) from `begin` to before `end`, in the zone of `zone`; `as_of` is the moment that it tells of.

    `about` is the user's id (rep, manager), the team's name, or None for the company; `about_name` is what it is called. `headline` is the point in one
    line: the forecast and its change. `quiet` says that nothing changed. `sections` stand in the order in which they are read; `pictures` hold figures only.
    `through` is before `end` where the week is not over at `as_of`.
    """

    id: str
    week: str
    audience: Audience
    about: str | None
    about_name: str
    begin: datetime
    end: datetime
    through: datetime
    zone: str
    headline: str
    headline_facts: tuple[str, ...] = ()
    quiet: bool = False
    open_deals: int = 0
    sections: tuple[Section, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    as_of: datetime
    took_ms: int = 0

    @property
    def personal(self) -> bool:
        """Whether it is for one person's eyes."""
        return self.audience in PERSONAL

    def section(self, key: str) -> Section | None:
        """Return the section of that key, None where there was nothing for it."""
        return next((one for one in self.sections if one.key == key), None)

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs: money as decimal strings, times in ISO with offset, every key present."""
        return self.model_dump(mode="json")


def review_id(week: str, audience: Audience, about: str | None) -> str:
    """Return the id of a review: one a week and audience. At most 120 characters; a longer name is told by a mark of it."""
    from hashlib import sha256

    name = about or "all"
    if len(name) > 80:
        name = name[:60] + sha256(name.encode()).hexdigest()[:16]
    return f"{week}:{audience}:{name}"
