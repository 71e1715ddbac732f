"""Never silent: that a question has arrived, and how its answer comes along.

A status in the thread is best (https://docs.slack.dev/reference/methods/assistant.threads.setStatus; it goes away by itself when we post). Where
Slack refuses one, or where there is no thread, the question gets a reaction.
"""

from __future__ import annotations

import threading
import time

from bot.slack.web import Refused, Web
from infra.errors import DealwrightError
from infra.logs import logger

_LOG = logger("slack")
_EVERY_S = 1.5
_REACTION = "eyes"
_LONGEST = 100
_REFUSED_KEPT_S = 3600.0
_LATE_S = 6.0


class Statuses:
    """Shows statuses; remembers for an hour which workspaces refuse them."""

    def __init__(self) -> None:
        self._refused: dict[str, float] = {}
        self._lock = threading.Lock()

    def looking(self, web: Web, workspace: str, channel: str, ts: str, thread_ts: str | None, user: str) -> Status:
        """Show at once that the question `ts` is being looked into; best effort."""
        status = Status(self, web, workspace, channel, ts, thread_ts, user)
        status.begin()
        return status

    def may_try(self, workspace: str) -> bool:
        """Return whether the workspace has not refused a status lately."""
        return self._refused.get(workspace, 0.0) < time.monotonic()

    def note_refused(self, workspace: str) -> None:
        """Remember that the workspace refuses statuses."""
        with self._lock:
            self._refused[workspace] = time.monotonic() + _REFUSED_KEPT_S


class Status:
    """The status of one question. `say` may be called from any thread."""

    def __init__(
        self, statuses: Statuses, web: Web, workspace: str, channel: str, ts: str, thread_ts: str | None, user: str
    ) -> None:
        self._statuses = statuses
        self._web = web
        self._workspace = workspace
        self._channel = channel
        self._ts = ts
        self._thread_ts = thread_ts
        self._user = user
        self._reacted = False
        self._told_late = False
        self._began = time.monotonic()
        self._last = self._began

    def begin(self) -> None:
        """Show the status, or the reaction."""
        if not self._set("is looking…"):
            self._reacted = self._try("reactions.add", channel=self._channel, timestamp=self._ts, name=_REACTION)

    def say(self, line: str) -> None:
        """Show how it goes, at most every second and a half: a quick answer needs no progress."""
        now = time.monotonic()
        if now - self._last < _EVERY_S:
            return
        self._last = now
        if self._set(line) or self._told_late or now - self._began < _LATE_S:
            return
        self._told_late = True
        self._try(
            "chat.postEphemeral",
            channel=self._channel,
            user=self._user,
            thread_ts=self._thread_ts,
            text=f"Still at it: {line}",
        )

    def end(self) -> None:
        """Take the reaction away; a status goes by itself."""
        if self._reacted:
            self._try("reactions.remove", channel=self._channel, timestamp=self._ts, name=_REACTION)

    def _set(self, line: str) -> bool:
        if self._thread_ts is None or not self._statuses.may_try(self._workspace):
            return False
        return self._try(
            "assistant.threads.setStatus", channel_id=self._channel, thread_ts=self._thread_ts, status=line[:_LONGEST]
        )

    def _try(self, method: str, **arguments: str | None) -> bool:
        try:
            self._web.try_once(method, **arguments)
        except Refused as error:
            if method == "assistant.threads.setStatus":
                self._statuses.note_refused(self._workspace)
            return error.code == "already_reacted"
        except DealwrightError as error:
            _LOG.info("status not shown", method=method, exc_info=error)
            return False
        return True
