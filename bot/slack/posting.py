"""Posting once: what was posted is remembered by its key, and found again by its metadata where a crash left it unknown.

Metadata: https://docs.slack.dev/messaging/message-metadata
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.slack.blocks import unpictured
from bot.slack.web import Refused, Web
from infra.errors import DealwrightError
from infra.logs import logger
from infra.spine.database import Database
from infra.spine.desk import Post
from infra.spine.scope import Scope
from sales.clock import Clock

METADATA = "dealwright_message"
_PAGES = 3
_UNDRAWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
_NOT_YET = "invalid_blocks"
_PAUSES = (1.0, 2.0, 4.0)
"""Seconds that Slack is given to look at a picture, time after time, before it is told in words."""

_LOG = logger("slack")


@dataclass(frozen=True)
class Draft:
    """A message to post. `key` is its own for good; `grants` is the scope it was made in (`Scope.key`), None where it shows no records.

    `context` names the conversation that a reply to it goes on with; `after` is the time stamp of what it answers.
    """

    key: str
    workspace: str
    channel: str
    thread_ts: str | None
    text: str
    blocks: list[dict[str, Any]]
    context: str
    after: str
    grants: list[list[str]] | None = None

    def place(self, ts: str | None) -> dict[str, Any]:
        """Return what the table of posts keeps of it."""
        return {
            "channel": self.channel,
            "thread": self.thread_ts,
            "ts": ts,
            "context": self.context,
            "grants": self.grants,
        }


def thread_name(workspace: str, channel: str, thread_ts: str | None) -> str:
    """Return the name of a thread, or of a direct conversation outside of threads, for contexts and for finding posts."""
    return f"slack:{workspace}:{channel}:{thread_ts}" if thread_ts else f"slack:{workspace}:{channel}"


class Posts:
    """Everything that we posted to Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def post(self, web: Web, draft: Draft) -> str:
        """Post the draft unless it stands there already; returns its time stamp. Safe to repeat after a crash."""
        known = self._remembered(draft.key)
        if known is not None and known.get("ts"):
            return str(known["ts"])
        unsure = known is not None
        if unsure and (ts := self._search(web, draft)):
            self._remember(draft, ts)
            return ts
        if not unsure:
            self._remember(draft, None)
        ts = self._send(web, draft)
        self._remember(draft, ts)
        if unsure:
            self._remove_double(web, draft, ts)
        return ts

    def is_ours(self, workspace: str, channel: str, thread_ts: str) -> bool:
        """Return whether we have said something in a thread."""
        return self.context_of(workspace, channel, thread_ts) is not None

    def context_of(self, workspace: str, channel: str, thread_ts: str) -> str | None:
        """Return the conversation that a thread goes on with: its own, or that of the message of ours which it hangs from."""
        names = [thread_name(workspace, channel, thread_ts), f"{thread_name(workspace, channel, thread_ts)}:root"]
        with self._database.session() as session:
            place = session.scalars(
                select(Post.place).where(Post.surface == "slack", Post.about.in_(names)).order_by(Post.at).limit(1)
            ).first()
        return None if place is None else str(place.get("context") or names[0])

    def scope_of(self, workspace: str, channel: str, ts: str) -> Scope | None:
        """Return the scope that a message of ours was made in, or None where that is not known."""
        with self._database.session() as session:
            place = session.scalars(
                select(Post.place).where(Post.surface == "slack", Post.key == _by_stamp(workspace, channel, ts))
            ).first()
        grants = None if place is None else place.get("grants")
        return None if grants is None else Scope(tuple(frozenset(grant) for grant in grants))

    def _remembered(self, key: str) -> dict[str, Any] | None:
        with self._database.session() as session:
            post = session.get(Post, key)
            return None if post is None else post.place

    def _remember(self, draft: Draft, ts: str | None) -> None:
        at = self._clock.now()
        about = thread_name(draft.workspace, draft.channel, draft.thread_ts)
        with self._database.transaction() as session:
            session.merge(Post(key=draft.key, surface="slack", place=draft.place(ts), about=about, at=at))
            if ts is not None:
                # Found by its time stamp when a button on it is pressed, or when somebody replies to it.
                root = f"{thread_name(draft.workspace, draft.channel, ts)}:root"
                stamp = _by_stamp(draft.workspace, draft.channel, ts)
                session.merge(Post(key=stamp, surface="slack", place=draft.place(ts), about=root, at=at))

    def _send(self, web: Web, draft: Draft) -> str:
        message: dict[str, Any] = {
            "channel": draft.channel,
            "thread_ts": draft.thread_ts,
            "text": draft.text,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": METADATA, "event_payload": {"key": draft.key}},
        }
        pictured = any(block["type"] == "image" for block in draft.blocks)
        # A file that was uploaded just now is refused until Slack has looked at it; an address, where Slack can't fetch it.
        tries = [*((draft.blocks, pause) for pause in _PAUSES if pictured), (unpictured(draft.blocks), 0.0)]
        for blocks, pause in tries:
            try:
                sent = web.call("chat.postMessage", place=draft.channel, blocks=blocks, **message)
            except Refused as error:
                if error.code not in _UNDRAWABLE:
                    raise
                _LOG.info("blocks refused", key=draft.key, code=error.code)
                time.sleep(pause if error.code == _NOT_YET else 0.0)
            else:
                return str(sent.get("ts") or "")
        # Better the point in plain words than nothing.
        _LOG.error("no blocks taken", key=draft.key)
        sent = web.call("chat.postMessage", place=draft.channel, **message)
        return str(sent.get("ts") or "")

    def _search(self, web: Web, draft: Draft) -> str | None:
        try:
            stamps = self._stamps(web, draft)
        except DealwrightError as error:
            _LOG.warning("posts could not be searched", key=draft.key, exc_info=error)
            return None
        return min(stamps, default=None)

    def _stamps(self, web: Web, draft: Draft) -> list[str]:
        stamps: list[str] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            asked: dict[str, Any] = {"channel": draft.channel, "oldest": draft.after, "cursor": cursor, "limit": 100}
            if draft.thread_ts:
                page = web.read("conversations.replies", ts=draft.thread_ts, include_all_metadata=True, **asked)
            else:
                page = web.read("conversations.history", include_all_metadata=True, **asked)
            for message in page.get("messages") or []:
                metadata = message.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == METADATA and payload.get("key") == draft.key:
                    stamps.append(str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return stamps

    def _remove_double(self, web: Web, draft: Draft, ts: str) -> None:
        # The first try may have come through after we looked.
        try:
            others = [one for one in self._stamps(web, draft) if one != ts]
            for other in others:
                web.call("chat.delete", channel=draft.channel, ts=other)
        except DealwrightError as error:
            _LOG.warning("doubles could not be removed", key=draft.key, exc_info=error)


def _by_stamp(workspace: str, channel: str, ts: str) -> str:
    return f"slack-ts:{workspace}:{channel}:{ts}"[:200]
