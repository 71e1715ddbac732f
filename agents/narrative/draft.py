"""What a narrative answer is made of before it is checked: a point, claims, and what can be done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.answer import Action, Answer, Claim
from agents.mentions import Entity


@dataclass
class Draft:
    """An answer in the making. `focus` is what the thread is about afterwards; `looked` says in words what was searched, for "not found"."""

    headline: str
    claims: list[Claim] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    focus: tuple[Entity, ...] = ()
    topic: str | None = None
    looked: str = ""
    checked: int | None = None
    accounts: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()
    rule: str | None = None

    def answer(self, claims: Sequence[Claim]) -> Answer:
        """Return the answer with the claims that stood the check."""
        return Answer(
            kind="narrative",
            headline=self.headline,
            claims=tuple(claims),
            actions=tuple(self.actions),
            notes=tuple(self.notes),
            checked=self.checked,
            unknown_words=self.unknown_words,
            rule=self.rule,
        )
