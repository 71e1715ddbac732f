"""Which review somebody wants, before it is known what there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """Which review is wanted, as it comes from a command line, an address or a chat."""

    week: str | None = None
    team: str | None = None
    company: bool = False
    as_of: str | None = None
