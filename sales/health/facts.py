"""What the rules of health judge: the facts of one open deal as of a day, whatever they were read from.

A piece that is None, or says that it isn't known, was not recorded by anybody: a rule that needs it says that it can't tell. Ids name what a fact
rests on: `activity:…`, `change:…`, `mention:…`, `contact:…`, `signal:…`, `element:…`, or `field:…` for a field of the deal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

SilenceVerdict = Literal["silent", "heard", "meeting", "unclear", "unknown"]


@dataclass(frozen=True)
class Quiet:
    """How long it has been quiet on the buyer's side: since the last word or the deal's creation. `tries` counts our mails and calls since then."""

    verdict: SilenceVerdict = "unknown"
    since: date | None = None
    days: int | None = None
    last: str | None = None
    tries: int = 0


@dataclass(frozen=True)
class Replies:
    """How long the buyer takes to answer our mails, as medians in hours: lately and in the time before, each with the answers counted."""

    hours: float
    count: int
    before_hours: float | None = None
    before_count: int = 0


@dataclass(frozen=True)
class Meetings:
    """Calls and meetings that both held (`count` within the window, from `first` to `last`), the next one that is booked, and the last that was cancelled."""

    count: int = 0
    first: date | None = None
    last: date | None = None
    last_id: str | None = None
    next: date | None = None
    next_id: str | None = None
    cancelled: date | None = None
    cancelled_id: str | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the buyer's side. `heard` is the last day on which they wrote, spoke or were there; `stance` is supporter, neutral or against.

    `gone` tells that they left, and `gone_by` what says so. `told_by` is what the stance rests on.
    """

    name: str
    contact_id: str | None = None
    title: str | None = None
    role: str | None = None
    heard: date | None = None
    heard_in: str | None = None
    stance: str | None = None
    told_by: str | None = None
    gone: date | None = None
    gone_by: str | None = None


@dataclass(frozen=True)
class Mention:
    """Words of a call, mail or note. `kind` is one of `sales.health.hearing`; `day` a day that they name (of a date) and `name` who or what they name."""

    id: str
    kind: str
    on: date
    quote: str
    speaker: str | None = None
    contact_id: str | None = None
    side: str = "buyer"
    day: date | None = None
    name: str | None = None
    sure: bool = True


@dataclass(frozen=True)
class Owed:
    """A promise that was not kept by now. `due` is its last day, None where none was named."""

    id: str
    by_us: bool
    on: date
    due: date | None
    act: str
    who: str | None = None


@dataclass(frozen=True)
class Moved:
    """One change of the close date."""

    id: str
    at: date
    old: date
    new: date


@dataclass(frozen=True)
class Stay:
    """How long past deals stayed in this deal's stage before they went on, in days: the median, the day by which nine of ten had gone on, and how many stays that is."""

    count: int
    median: float
    ninth: float


@dataclass(frozen=True)
class Waiting:
    """A mail of ours to their legal that nobody of them answered: since when, to whom, how often."""

    id: str
    since: date
    to: str
    count: int


@dataclass(frozen=True)
class Task:
    """A task of ours that is open beyond its day."""

    id: str
    what: str
    due: date


@dataclass(frozen=True)
class Qualified:
    """What the calls have told of the qualification: elements that are filled or contradicted, with the labels of all; `calls` is how many were read."""

    calls: int
    filled: frozenset[str]
    labels: dict[str, str]


@dataclass(frozen=True)
class Feeling:
    """How a call felt on the buyer's side as a whole: +1 for it, 0 neither, -1 against it, as the mean over its speakers."""

    id: str
    on: date
    mean: float


@dataclass(frozen=True)
class Facts:
    """All that is known of one open deal on `today`.

    `place` is where its stage usually stands, from 0 (a lead) to 8 (about to sign). `fields_known` is False for a past day: the fields that keep no
    history are those of now. `steps_kept` is whether the team writes next steps at all. `told` is whether anything of what passes with the buyer is known.
    """

    today: date
    told: bool
    stage: str | None = None
    place: float | None = None
    created: date | None = None
    stage_since: date | None = None
    stage_id: str | None = None
    close_date: date | None = None
    next_step: str | None = None
    next_step_date: date | None = None
    fields_known: bool = True
    steps_kept: bool = True
    quiet: Quiet = Quiet()
    replies: Replies | None = None
    meetings: Meetings = Meetings()
    people: tuple[Person, ...] = ()
    people_known: bool = False
    roles_kept: bool = False
    mentions: tuple[Mention, ...] = ()
    owed: tuple[Owed, ...] = ()
    moves: tuple[Moved, ...] | None = None
    stay: Stay | None = None
    legal: Waiting | None = None
    tasks: tuple[Task, ...] = ()
    qualified: Qualified | None = None
    feelings: tuple[Feeling, ...] = ()

    @property
    def late(self) -> bool:
        """Whether the deal is at an offer or beyond: what must stand before a signature must stand now."""
        return self.place is not None and self.place >= OFFER

    def days_since(self, day: date) -> int:
        """Return how many calendar days ago a day was."""
        return (self.today - day).days


OFFER = 5.0
"""From this place of a stage on (`sales.stages.usual_place`) an offer lies on the table."""
