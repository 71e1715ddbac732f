"""One difference between what we go by and what a system has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Drift:
    """One difference. `what` is missing, type, option, read_only, marker or stage; `sentence` says it to a person, with what to do."""

    kind: str
    field: str
    name: str | None
    what: str
    sentence: str
