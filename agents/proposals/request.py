"""What somebody asks to have done with a proposal, and the answer that they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sales.proposal import Action

Result = Literal[
    "approved",
    "edited",
    "snoozed",
    "rejected",
    "undone",
    "sent",
    "resent",
    "stale",
    "already",
    "expired",
    "blocked",
    "denied",
    "not_found",
]


@dataclass(frozen=True)
class Request:
    """A decision on one version. `user_id` None is whoever holds the API token or the home folder: an admin, on the surfaces `api` and `terminal` alone.

    `edit` holds the fields that an edit changes (subject, body, to, to_name; title, due, note), or for an approval `{"send": "now"}`.
    `until` ends a snooze, or says when an approved mail goes. `hash` is what the person saw, where the surface knows it.
    """

    id: str
    action: Action
    version: int
    surface: str
    user_id: str | None = None
    hash: str | None = None
    edit: Mapping[str, Any] | None = None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it. `version` and `hash` are the present ones; `state` is "" where nothing may be told; `sentence` is for the person."""

    outcome: Result
    state: str
    effect_id: str | None
    version: int
    hash: str
    sentence: str

    @property
    def acted(self) -> bool:
        """Whether this very request changed the proposal."""
        return self.outcome not in ("stale", "already", "blocked", "denied", "not_found")
