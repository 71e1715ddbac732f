"""Where evidence opens: a Protocol, implemented by the console in `bot/`, which knows the addresses of its pages."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Gives the address at which a source opens at the cited place."""

    def evidence(self, source: str, id: str, turns: tuple[str, ...] = ()) -> str | None:
        """Return the address of a source (call, mail, note, deal, account, …) at its first cited turn, or None where there is no page."""
        ...


class NoLinks:
    """For where no console runs: nothing can be opened."""

    def evidence(self, source: str, id: str, turns: tuple[str, ...] = ()) -> str | None:
        """Return None."""
        return None
