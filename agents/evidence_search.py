"""What agents need of the search: a Protocol, implemented by `retrieval.search.Search`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from infra.spine.scope import Scope


@dataclass(frozen=True)
class Found:
    """A ranked passage: its source, its exact place in it, and the words. `turns` are turn ids as imported (empty for a text)."""

    passage_id: int
    activity_id: str
    kind: str
    account_id: str | None
    deal_id: str | None
    turns: tuple[str, ...]
    first: int
    last: int
    speaker: str | None
    at: datetime | None
    text: str
    score: float


class EvidenceSearch(Protocol):
    """Hybrid search inside a scope."""

    def search(
        self,
        query: str,
        scope: Scope,
        *,
        k: int = 10,
        as_of: datetime | None = None,
        accounts: Sequence[str] = (),
        deals: Sequence[str] = (),
        activity: str | None = None,
        since: datetime | None = None,
    ) -> list[Found]:
        """Return at most `k` passages, best first. Nothing from after `as_of`; only inside `scope` and the given accounts, deals or one call."""
        ...
