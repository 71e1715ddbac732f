"""What a connector that writes can do: tell its schema, read a record's present values, change it, create one that carries a marker and find it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    def present(self, kind: str, external_id: str, names: Sequence[str]) -> Present:
        """Return what stands in these fields now. Raises NotThere."""
        ...

    def update(self, kind: str, external_id: str, values: Mapping[str, Any]) -> None:
        """Set fields; doing it twice is doing it once. Raises Refused, NotThere."""
        ...

    def create(self, new: NewRecord) -> str:
        """Make a record and return its id. Raises OutcomeUnknown where it may have been made, Clash where its marker is there already."""
        ...

    def carries_marker(self, kind: str) -> bool:
        """Whether a created record of this kind bears its marker, so that it can be found again."""
        ...

    def find(self, kind: str, marker: str) -> str | None:
        """Return the id of the record that carries a marker, also one that was made a moment ago; None where none does."""
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
