"""What a connector that writes can do: tell its schema, read a record's present values, change it, create one that carries a marker and find it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from integrations.connectors.stream import Connector, Ref

FieldType = Literal["text", "number", "date", "datetime", "bool", "choice", "choices"]


@dataclass(frozen=True)
class Property:
    """A field of the system's own schema. `options` are value → label of a choice; `unique` tells that no two records may share a value."""

    name: str
    label: str
    type: FieldType
    read_only: bool = False
    options: Mapping[str, str] | None = None
    unique: bool = False


@dataclass(frozen=True)
class Present:
    """A record as it stands in the system now: its values of the asked fields, as JSON values of ours."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class NewRecord:
    """A record to be made: our kind (deal, contact, account, or call, mail, meeting, note, task), its values under the system's names, what it belongs to, and the marker that finds it again."""

    kind: str
    values: Mapping[str, Any]
    marker: str
    links: tuple[Ref, ...] = ()


@dataclass(frozen=True)
class Logged:
    """Something that happened, to be logged: `kind` is call, mail, meeting, note or task; `owner` is an id of the system, `links` what it is about there."""

    kind: str
    subject: str | None
    body: str | None
    at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None
    done: bool = True
    inbound: bool = False
    owner: str | None = None
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    message_id: str | None = None
    links: tuple[Ref, ...] = ()


class Writer(Connector, Protocol):
    """A system that is written to.

    Values go in and come out as JSON values of ours: text, numbers as plain text, days as YYYY-MM-DD, moments as ISO with a zone, True and False.
    """

    def properties(self, kind: str) -> Mapping[str, Property]:
        """Return the fields of an object type by name."""
        ...

    def remote_of(self, kind: str) -> str | None:
        """Return the object type that records of our kind are there."""
        ...

    @property
    def at_once(self) -> int:
        """How many records one request of `present` or `update` takes."""
        ...

    def present(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> Mapping[str, Present]:
        """Return what stands in these fields of these records now, by id; those that are not there are left out."""
        ...

    def update(self, kind: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Set fields of records, by id, with one request that is never repeated by itself. Raises Refused, where none was set; OutcomeUnknown where some may be."""
        ...

    def create(self, new: NewRecord) -> str:
        """Make a record and return its id. Raises OutcomeUnknown where it may have been made, Clash where its marker or what must be unique is there already."""
        ...

    def carries_marker(self, kind: str) -> bool:
        """Whether a created record of this kind bears its marker, so that it can be found again."""
        ...

    def find(self, kind: str, marker: str) -> str | None:
        """Return the id of the record that carries a marker, also one that was made a moment ago; None where none does."""
        ...

    def twin(self, new: NewRecord) -> str | None:
        """Return the id of the record that a new one clashes with, by what must be unique (a contact's mail address); None where that can't be told."""
        ...

    def logged(self, happened: Logged, marker: str) -> NewRecord:
        """Return the record that logs something that happened."""
        ...

    def marker_property(self, kind: str) -> Property:
        """Return the field that an object type needs so that its creates carry a marker."""
        ...

    def associate(self, kind: str, external_id: str, other: Ref) -> None:
        """Bind two records; doing it twice is doing it once."""
        ...

    def create_property(self, kind: str, wanted: Property) -> None:
        """Add a field to an object type. Only with a person's consent."""
        ...
