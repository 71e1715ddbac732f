"""What a connector declares: its streams, each with a page function that takes a cursor and returns the next, and a mapping to the spine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol

from sales.outcome import DealStatus
from sales.records import Record

Cursor = dict[str, Any]
"""Where a stream was left, as JSON that only its connector reads. {} begins."""

Kind = Literal["user", "account", "contact", "lead", "deal", "activity", "stage", "change"]
"""What a stream's records are in the spine."""


class Ref(NamedTuple):
    """A reference to a record of the same system, in place of a value of a `Row`: its object type there and its id. It becomes the id that the record has in the spine."""

    remote: str
    id: str


@dataclass(frozen=True)
class Remote:
    """A record as the system gave it. `merged` are the ids of records that it took over; a `deleted` one needs no data."""

    id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    modified_at: datetime | None = None
    deleted: bool = False
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some records in order, and the cursor that goes on after them. `more` tells that this run has not come to its end."""

    records: tuple[Remote, ...]
    cursor: Cursor
    more: bool


@dataclass(frozen=True)
class Mapped:
    """A record for the spine. `seen` are its values under the system's own names, those that we may write; `about` are references that a mail can't name itself."""

    record: Record
    seen: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[Literal["account", "deal", "owner"], Ref] = field(default_factory=dict)


class Unreadable(Exception):
    """A record that can't be read. `code` is a fixed word, the text a sentence to act on without the record's words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Told:
    """A change that a system told of by itself: `id` is the same when it tells it again; `change` is changed, deleted, merged or associated."""

    id: str
    remote: str
    external_id: str
    change: str
    happened_at: datetime


@dataclass(frozen=True)
class StageTold:
    """A stage of deals as the system itself defines it. `position` counts from 0 inside its pipeline, `probability` is in percent.

    `pipeline` is the name that deals bear; None where the system has one list of stages for all.
    """

    id: str
    name: str
    position: int
    status: DealStatus
    probability: Decimal | None = None
    pipeline: str | None = None


@dataclass(frozen=True)
class Stream:
    """One kind of record of a system: `remote` is its object type there, `key` the field of its id, `cursor` the field that tells when it changed.

    `page` gives the next page after a cursor; it may be called from a thread of its own, one page after the other. `read` maps a record, or raises
    Unreadable. Streams are applied in the order in which a connector declares them: what is referred to before what refers to it.
    """

    name: str
    kind: Kind
    remote: str
    key: str
    cursor: str
    page: Callable[[Cursor], Page]
    read: Callable[[Remote], Mapped]


class Connector(Protocol):
    """An outside system that is read."""

    name: str
    title: str

    def streams(self) -> Sequence[Stream]:
        """Return its streams in the order in which they are to be applied. May ask the system for its schema."""
        ...

    def some(self, remote: str, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these records of an object type as they are now, at most some hundred; those that are not there any more as deleted."""
        ...

    def stages(self) -> Sequence[StageTold] | None:
        """Return the stages that deals can stand in, None where the system does not tell. May ask the system."""
        ...

    @property
    def requests(self) -> int:
        """How many requests went out so far."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...
