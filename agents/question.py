"""A question as it reaches the copilot: the words, who asks, what they may see, when, and in which thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from infra.spine.scope import Scope

Progress = Callable[[str], None]
"""Called with a short line ("Reading 3 calls…") while an answer is made. May be called from any thread."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    `scope` is what the answer may use; `user_id` is the asker (None: a program with the API token), for "my deals". `as_of` is the moment
    that the answer speaks for, in UTC. `thread` names the conversation, for "their" and "that deal"; None starts none.
    """

    text: str
    scope: Scope
    as_of: datetime
    user_id: str | None = None
    thread: str | None = None
    surface: str = "api"
