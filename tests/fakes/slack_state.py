"""What a fake Slack workspace holds: people, conversations, messages; and what every call of its Web API is checked for."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-fake-1"
APP_TOKEN = "xapp-fake-1"
TEAM = "T1"
BOT_USER = "UBOT"
BOT_ID = "BBOT"
_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"
_TOTAL = 9_597
TRIGGER_S = 3.0

Arguments = dict[str, Any]


class Refusal(Exception):
    """`{"ok": false, "error": …}`, or a 429 where `retry_after` is set."""

    def __init__(self, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


@dataclass
class Channel:
    """A conversation. `kind` is channel, group, mpim or im; `flags` go into `conversations.info` as they are."""

    id: str
    members: list[str]
    kind: str = "channel"
    flags: dict[str, Any] = field(default_factory=dict)


@dataclass
class File:
    """An uploaded file: its bytes, once they came, and whether the upload was completed. `looks` counts how often it is refused before Slack has looked at it."""

    length: int
    alternative: str
    content: bytes = b""
    title: str | None = None
    looks: int = 0


@dataclass
class Called:
    """One call that came in: the method, its arguments, the token, and when (monotonic)."""

    method: str
    arguments: Arguments
    token: str
    at: float


class State:
    """The workspace; everything is guarded by `lock`."""

    def __init__(self, *, rate_limited: bool = True, page: int = 100) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.ephemerals: list[Arguments] = []
        self.responses: list[Arguments] = []
        self.views: list[dict[str, Any]] = []
        self.prompts: list[Arguments] = []
        self.statuses: list[Arguments] = []
        self.reactions: set[tuple[str, str, str]] = set()
        self.called: list[Called] = []
        self.tokens = {TOKEN: TEAM}
        self.codes: dict[str, dict[str, Any]] = {}
        self.fail: Callable[[str, Arguments], None] = lambda _method, _arguments: None
        self.fetch: Callable[[str], bool] = lambda _url: True
        self.dies: Callable[[str], str] = lambda _method: ""
        self.delay_s = 0.0
        self.late_posts_s = 0.0
        self.spared_s = 0.0
        self.rate_limited = rate_limited
        self.page = page
        self.url = ""
        self.statuses_work = True
        self.files: dict[str, File] = {}
        self.slow_files = 0
        self._posted: dict[str, deque[float]] = defaultdict(deque)
        self._triggers: dict[str, float] = {}
        self._response_urls: dict[str, int] = {}
        self._pressed_by: dict[str, Arguments] = {}
        self._stamps = itertools.count(1)
        self._schemas = _schemas()
        self.person(BOT_USER, None, is_bot=True)

    def person(self, id: str, email: str | None, **flags: Any) -> str:
        """Add a user; `flags` are fields of https://docs.slack.dev/reference/objects/user-object."""
        profile = {} if email is None else {"email": email}
        with self.lock:
            self.users[id] = {
                "id": id,
                "team_id": TEAM,
                "name": id.lower(),
                "is_bot": False,
                "profile": profile,
                **flags,
            }
        return id

    def channel(self, id: str, *members: str, kind: str = "channel", **flags: Any) -> str:
        """Add a conversation with its people; the bot is a member."""
        with self.lock:
            self.channels[id] = Channel(id, [*members, BOT_USER], kind, flags)
        return id

    def trigger(self, age_s: float = 0.0) -> str:
        """Return a fresh trigger id, or one that is `age_s` old. A fresh one holds for `spared_s` longer than Slack's: a busy machine is not what is tested."""
        with self.lock:
            trigger = f"{next(self._stamps)}.{TEAM}.trigger"
            self._triggers[trigger] = time.monotonic() - age_s + (0.0 if age_s else self.spared_s)
        return trigger

    def response_url(self, uses: int = 5, user: str | None = None, channel: str | None = None) -> str:
        """Return a `response_url`, which works five times: https://docs.slack.dev/interactivity/handling-user-interaction.

        What only the one who pressed sees is in `ephemerals`, where `user` says who pressed.
        """
        with self.lock:
            name = f"r{next(self._stamps)}"
            self._response_urls[name] = uses
            if user is not None:
                self._pressed_by[name] = {"user": user, "channel": channel}
        return f"{self.url}/respond/{name}"

    def said(self, channel: str) -> list[dict[str, Any]]:
        """Return what the bot posted in a channel, in order."""
        with self.lock:
            return [message for message in self.messages[channel] if message.get("bot_id")]

    def calls(self, method: str) -> list[Called]:
        """Return the calls of one method."""
        with self.lock:
            return [call for call in self.called if call.method == method]

    def stamp(self) -> str:
        """Return the next time stamp, unique and rising."""
        return f"{1_790_000_000 + next(self._stamps)}.000100"

    def _known(self, arguments: Arguments) -> Channel:
        channel = self.channels.get(arguments.get("channel", ""))
        if channel is None:
            raise Refusal("channel_not_found")
        return channel

    def _writable(self, arguments: Arguments) -> Channel:
        channel = self._known(arguments)
        if channel.flags.get("is_archived"):
            raise Refusal("is_archived")
        if BOT_USER not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def _check_message(self, arguments: Arguments) -> None:
        text = arguments.get("text") or ""
        if not text and not arguments.get("blocks"):
            raise Refusal("no_text")
        if len(text) > 40_000:
            raise Refusal("msg_too_long")
        if arguments.get("blocks"):
            self._check_blocks(arguments["blocks"])
        metadata = arguments.get("metadata")
        if metadata is not None and set(metadata) != {"event_type", "event_payload"}:
            raise Refusal("invalid_metadata_format")

    def _check_blocks(self, blocks: list[dict[str, Any]], most: int = 50) -> None:
        ids = [block["block_id"] for block in blocks if "block_id" in block]
        if len(blocks) > most or len(ids) != len(set(ids)):
            raise Refusal("invalid_blocks")
        for block in blocks:
            actions = [element["action_id"] for element in block.get("elements", []) if "action_id" in element]
            if len(actions) != len(set(actions)):
                raise Refusal("invalid_blocks")
        for block in blocks:
            if block["type"] == "image" and not self._has_picture(block):
                raise Refusal("invalid_blocks")
        if sum(block["type"] == "table" for block in blocks) > 1:
            raise Refusal("invalid_blocks")
        if most == 50 and len(json.dumps(blocks, ensure_ascii=False)) > _TOTAL:
            raise Refusal("msg_blocks_too_long")
        if self._schemas is not None and not self._schemas["blocks"].is_valid(blocks):
            raise Refusal("invalid_blocks")

    def _has_picture(self, block: dict[str, Any]) -> bool:
        """https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object: an image of ours, which Slack has looked at."""
        if "slack_file" not in block:
            return self.fetch(str(block["image_url"]))
        file = self.files.get(block["slack_file"].get("id", ""))
        if file is None or file.title is None or not file.content.startswith(b"\x89PNG"):
            return False
        file.looks += 1
        return file.looks > self.slow_files

    def _keep_view(self, arguments: Arguments, id: str) -> Arguments:
        view = arguments.get("view") or {}
        if any(block["type"] == "table" for block in view.get("blocks", [])):
            raise Refusal("invalid_arguments")
        if self._schemas is not None and not self._schemas["modal"].is_valid(view):
            raise Refusal("invalid_arguments")
        self._check_blocks(view["blocks"], most=100)
        kept = {**view, "id": id}
        self.views.append(kept)
        return {"view": kept}

    def _take_rate(self, channel: str) -> None:
        """One message a second and channel, with short bursts: https://docs.slack.dev/apis/web-api/rate-limits."""
        if not self.rate_limited:
            return
        now = time.monotonic()
        times = self._posted[channel]
        while times and now - times[0] > 4.0:
            times.popleft()
        if len(times) >= 4:
            raise Refusal("ratelimited", retry_after=1)
        times.append(now)

    def _reaction(self, arguments: Arguments) -> tuple[str, str, str]:
        channel = self._known(arguments)
        if not any(message["ts"] == arguments.get("timestamp") for message in self.messages[channel.id]):
            raise Refusal("message_not_found")
        return channel.id, arguments["timestamp"], arguments["name"]

    def _in_thread(self, arguments: Arguments) -> None:
        if arguments.get("channel_id") not in self.channels:
            raise Refusal("channel_not_found")
        if not arguments.get("thread_ts"):
            raise Refusal("invalid_thread_ts")

    def _told(self, messages: list[dict[str, Any]], arguments: Arguments) -> list[dict[str, Any]]:
        oldest = float(arguments.get("oldest") or 0)
        recent = [message for message in messages if float(message["ts"]) > oldest]
        if str(arguments.get("include_all_metadata", "")).lower() == "true":
            return recent
        return [{key: value for key, value in message.items() if key != "metadata"} for message in recent]

    def _paged(self, name: str, items: list[Any], arguments: Arguments) -> Arguments:
        start = int(arguments.get("cursor") or 0)
        end = start + min(int(arguments.get("limit") or 100), self.page)
        following = str(end) if end < len(items) else ""
        return {name: items[start:end], "response_metadata": {"next_cursor": following}}


def _schemas() -> dict[str, Any] | None:
    """Return validators of Slack's own shapes where the shared data is there."""
    if not _CONTRACTS.is_dir():
        return None
    from jsonschema import Draft7Validator

    read = {"blocks": "block-kit.schema.json", "modal": "modal.schema.json"}
    return {
        name: Draft7Validator(json.loads((_CONTRACTS / file).read_text(encoding="utf-8")))
        for name, file in read.items()
    }
