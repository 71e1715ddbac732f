"""What a reading of a question has gathered before it becomes a plan: filters, windows, measures and their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agents.structured.numbers import Number
from agents.structured.pieces import Piece
from agents.structured.plan import Condition
from agents.structured.vocabulary import ValueRef
from agents.structured.windows import Span

Reading = tuple[Condition, str]
"""One meaning of a filter, and the words that tell it apart from the others ("the West team")."""


@dataclass
class Filter:
    """A condition with its possible meanings. `at` is the place of its first piece, `place` the letters that a clearer wording replaces."""

    at: int
    readings: list[Reading]
    place: tuple[int, int] | None = None
    joined: Literal["and", "or"] = "and"
    part_of: int | None = None


@dataclass
class ValueGroup:
    """Values named beside each other (`West or East`): their fields are settled together."""

    at: int
    refs: list[tuple[ValueRef, ...]]
    texts: list[str]
    negated: bool = False
    conjunction: str = ""
    hint: tuple[str, ...] = ()
    whole_team: bool = False
    label_after: str = ""
    last: int = 0


@dataclass
class StatusUse:
    """A status that is named: at which place, which, and whether it is denied."""

    at: int
    value: str
    negated: bool = False
    noun_after: bool = False


@dataclass
class WindowUse:
    """A window, with the verb or field that it belongs to where one stands beside it."""

    at: int
    span: Span
    text: str
    anchor: str | None = None
    negated: bool = False
    status: str | None = None


@dataclass
class Quantity:
    """A number with its comparison, and what it seems to count: candidate fields, measure names, `deals`, or nothing."""

    at: int
    op: str
    numbers: tuple[Number, ...]
    fields: tuple[str, ...] = ()
    measure: str | None = None
    counts_deals: bool = False
    text: str = ""


@dataclass
class Superlative:
    """`most`, `largest`, `best` …: the direction, and what it is about where that stands beside it."""

    at: int
    kind: str
    text: str
    measure: str | None = None
    fields: tuple[str, ...] = ()
    noun: str | None = None
    plural: bool = False


@dataclass
class Group:
    """A dimension to group by: candidate fields, or a grain of time."""

    at: int
    fields: tuple[str, ...] = ()
    grain: str | None = None
    text: str = ""


@dataclass
class Draft:
    """Everything that a question was found to say."""

    text: str
    pieces: list[Piece]
    focus: str | None = None
    focus_fields: tuple[str, ...] = ()
    focus_grain: str | None = None
    focus_plural: bool = False
    focus_at: int = -1
    count_at: int | None = None
    asks_list: bool = False
    how_much: bool = False
    how_long: bool = False
    measures: list[tuple[int, str]] = field(default_factory=list)
    aggregates: list[tuple[int, str]] = field(default_factory=list)
    fields: list[tuple[int, tuple[str, ...], str]] = field(default_factory=list)
    values: list[ValueGroup] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    statuses: list[StatusUse] = field(default_factory=list)
    anchors: list[tuple[int, str, bool]] = field(default_factory=list)
    windows: list[WindowUse] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    supers: list[Superlative] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    order_by: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    ascending: bool | None = None
    limit: int | None = None
    deal_nouns: list[int] = field(default_factory=list)
    nouns: list[tuple[int, str]] = field(default_factory=list)
    none_at: list[int] = field(default_factory=list)
    mine: bool = False
    my_team: bool = False
    compare_at: int | None = None
    change: bool = False
    share_at: int | None = None
    special: dict[str, int] = field(default_factory=dict)
    lookup: str | None = None
    sold: bool = False
    notes: list[str] = field(default_factory=list)
    trouble: str | None = None

    def has_measure(self, *names: str) -> bool:
        """Whether one of these measures is named."""
        return any(name in names for _, name in self.measures)

    @property
    def one_deal(self) -> bool:
        """Whether a single deal is spoken of (`the Acme deal`), by the name of its account, its product or its own."""
        return (
            bool(self.values)
            and bool(self.deal_nouns)
            and not any(self.pieces[at].norm.endswith("s") for at in self.deal_nouns)
        )

    def leftovers(self) -> list[Piece]:
        """Return the pieces that nothing made use of and that are not mere filling."""
        return [piece for piece in self.pieces if not piece.used and not piece.noise]
