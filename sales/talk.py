"""What rules about speech ask of a turn, whatever record it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar


class Utterance(Protocol):
    """One turn of a talk. `position` counts from 0; `side` is buyer, seller or unknown."""

    @property
    def position(self) -> int:
        """Return its place in the talk."""
        ...

    @property
    def speaker(self) -> str | None:
        """Return who spoke, as the transcript names them."""
        ...

    @property
    def side(self) -> str:
        """Return which side the speaker is of."""
        ...

    @property
    def text(self) -> str:
        """Return the words."""
        ...


T = TypeVar("T", bound=Utterance)


def answers_after(turns: Sequence[T], index: int, within: int = 3) -> Iterator[T]:
    """Give the turns of others that follow turn `index`, at most `within` of them."""
    given = 0
    for turn in turns[index + 1 :]:
        if turn.speaker != turns[index].speaker and turn.text.strip():
            yield turn
            given += 1
            if given == within:
                return


def said_before(turns: Sequence[T], index: int, within: int = 3) -> Iterator[T]:
    """Give the turns of others in front of turn `index`, the nearest first, at most `within` of them."""
    given = 0
    for turn in reversed(turns[:index]):
        if turn.speaker != turns[index].speaker and turn.text.strip():
            yield turn
            given += 1
            if given == within:
                return
