"""Who tells people of proposals: implemented in `bot`, which knows the surfaces."""

from __future__ import annotations

from typing import Protocol


class Announcer(Protocol):
    """Tells people. Called after the commit, in any thread, possibly twice for the same thing; it returns quickly and raises nothing of its own."""

    def offer(self, proposal_id: str) -> None:
        """Show a new card, or one that came back from a snooze, to whoever decides on it."""
        ...

    def changed(self, proposal_id: str) -> None:
        """Draw every copy of the card anew."""
        ...


class NoAnnouncer:
    """Where no surface shows cards: at the terminal without a server."""

    def offer(self, proposal_id: str) -> None:
        """Show nothing."""

    def changed(self, proposal_id: str) -> None:
        """Draw nothing."""
