"""What a question speaks of: spans of its words that name somebody or something in the spine, inside the asker's scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EntityKind = Literal["account", "contact", "deal", "user", "team", "product", "lead"]


@dataclass(frozen=True)
class Entity:
    """One record that a mention may mean. `id` is the record's (the team's name for a team); `score` is 0 to 1, 1 for its own name or alias."""

    kind: EntityKind
    id: str
    name: str
    score: float


@dataclass(frozen=True)
class Mention:
    """Words `text[start:end]` of the question, and the records they may mean, best first.

    One entity, or several equally good ones: then it is `ambiguous` and the asker is asked which. `typo` tells that the words were close to the name but not the
    name itself. A pronoun ("their", "that deal") is a mention taken from the thread (`from_thread`).
    """

    start: int
    end: int
    text: str
    entities: tuple[Entity, ...]
    ambiguous: bool = False
    typo: bool = False
    from_thread: bool = False

    @property
    def best(self) -> Entity:
        """The likeliest record."""
        return self.entities[0]


@dataclass(frozen=True)
class Mentions:
    """All mentions of a question in order, and capitalised or quoted words that look like a name but match nothing visible."""

    found: tuple[Mention, ...] = ()
    unknown_names: tuple[str, ...] = ()

    def of(self, kind: EntityKind) -> tuple[Mention, ...]:
        """Return the mentions whose best entity is of this kind."""
        return tuple(mention for mention in self.found if mention.best.kind == kind)
