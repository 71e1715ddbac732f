"""What agents need of the search: a Protocol, implemented by `retrieval.search.Search`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from infra.spine.scope import Scope
from retrieval.found import Found

__all__ = ["EvidenceSearch", "Found"]


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
