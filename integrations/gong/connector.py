"""The Gong connector: its streams. Gong is read only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from integrations.connectors.client import Client
from integrations.connectors.pacing import Timer
from integrations.connectors.stream import Remote, StageTold, Stream
from integrations.connectors.tokens import FixedToken
from integrations.gong import mapping
from integrations.gong.api import TITLE, Api, service, written
from integrations.gong.reading import CallReading, UserReading

NAME = "gong"
CALLS = "calls"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Gong:
    """A company's Gong. `token` is `access key:secret`, the same in base64, or a token of OAuth. Nothing is asked before it is used."""

    name = NAME
    title = TITLE

    def __init__(
        self,
        token: str,
        *,
        base_url: str | None = None,
        timer: Timer | None = None,
        now: Callable[[], datetime] = _utc_now,
        timeout_s: float = 30.0,
    ) -> None:
        self._client = Client(
            service(base_url, token), FixedToken(written(token)), timer=timer, timeout_s=timeout_s, connections=3
        )
        self._api = Api(self._client)
        self._calls = CallReading(self._api, now)

    @property
    def requests(self) -> int:
        """How many requests went out so far."""
        return self._client.requests

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def streams(self) -> Sequence[Stream]:
        """Return users, then calls."""
        users = UserReading(self._api)
        return (
            Stream("users", "user", "users", "id", "id", users.page, mapping.read_user),
            Stream(CALLS, "activity", CALLS, "id", "started", self._calls.page, mapping.read_call),
        )

    def some(self, remote: str, ids: Sequence[str]) -> tuple[Remote, ...]:
        """Return these calls as they are now. Users can't be asked for by their ids: they come with the next run."""
        return self._calls.some(ids) if remote == CALLS else ()

    def stages(self) -> Sequence[StageTold] | None:
        """Return None: Gong has no pipelines of its own."""
        return None
