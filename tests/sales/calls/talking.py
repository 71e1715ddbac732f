"""A talk written down shortly, for tests of rules about speech."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """One turn of a talk."""

    position: int
    speaker: str | None
    side: str
    text: str


def talk(*lines: str) -> list[Turn]:
    """Return the turns of `buyer Ann: words` lines; a line without a side is of nobody known, one without a name of nobody at all."""
    turns = []
    for position, line in enumerate(lines):
        lead, _, text = line.partition(":")
        side, _, name = lead.partition(" ")
        if side not in ("buyer", "seller"):
            side, name = "unknown", lead
        turns.append(Turn(position, name or None, side, text.strip()))
    return turns
