"""Access tokens: one that was set, or one of OAuth that is renewed when it runs out, once for all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True)
class Grant:
    """What a consent gave. `base_url` is where the system told to go with it, `lasts_s` how long it can be renewed, where it says so."""

    access_token: str
    refresh_token: str = ""
    base_url: str = ""
    lasts_s: int | None = None


class Tokens(Protocol):
    """Gives the token for the next request."""

    def current(self) -> str:
        """Return the token to send. Raises SignedOut where there is none to be had."""
        ...

    def renew(self, refused: str) -> bool:
        """Get another token than the one that was `refused`; return False where none can be got."""
        ...


class FixedToken:
    """A token that somebody set: of a private app, or a key."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        """Return the token."""
        return self._token

    def renew(self, refused: str) -> bool:
        """Return False: a person has to set another."""
        return False


class RenewedToken:
    """A token of OAuth. `refresh` trades a grant for a fresh one (None: refused for good); `kept` is told each fresh one, so that it survives the process."""

    def __init__(
        self,
        grant: Grant,
        refresh: Callable[[Grant], Grant | None],
        kept: Callable[[Grant], None] = lambda _grant: None,
    ) -> None:
        self._grant = grant
        self._refresh = refresh
        self._kept = kept
        self._lock = threading.Lock()

    def current(self) -> str:
        """Return the token, "" where the first one has still to be got."""
        return self._grant.access_token

    @property
    def base_url(self) -> str:
        """Return where the system told to go with the token, "" where it did not tell (yet)."""
        return self._grant.base_url

    def renew(self, refused: str) -> bool:
        """Renew, unless another thread has done it meanwhile."""
        with self._lock:
            if self._grant.access_token != refused:
                return True
            fresh = self._refresh(self._grant)
            if fresh is None:
                return False
            # Some systems give the refresh token only once.
            self._grant = fresh if fresh.refresh_token else replace(fresh, refresh_token=self._grant.refresh_token)
            self._kept(self._grant)
            return True
