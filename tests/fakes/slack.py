"""A Slack workspace on loopback: its Web API with state, rate limits and refusals, Socket Mode, and requests signed as Slack signs them.

What each method takes, gives and refuses is written in its docstring's page. Not modelled: scopes, other people's tokens, files.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-fake-1"
APP_TOKEN = "xapp-fake-1"
TEAM = "T1"
BOT_USER = "UBOT"
BOT_ID = "BBOT"
_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts"
_TOTAL = 9_597
_TRIGGER_S = 3.0

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
class Called:
    """One call that came in: the method, its arguments, the token, and when (monotonic)."""

    method: str
    arguments: Arguments
    token: str
    at: float


class FakeSlack:
    """The workspace. Start it with `start`, read `messages`, `called` and `responses`; everything is guarded by `lock`."""

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
        self.delay_s = 0.0
        self.late_posts_s = 0.0
        self.rate_limited = rate_limited
        self.page = page
        self.url = ""
        self.statuses_work = True
        self.acknowledged: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self._posted: dict[str, deque[float]] = defaultdict(deque)
        self._triggers: dict[str, float] = {}
        self._response_urls: dict[str, int] = {}
        self._stamps = itertools.count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._schemas = _schemas()
        self.person(BOT_USER, None, is_bot=True)

    # -- the world -----------------------------------------------------------------------------------------------

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
        """Return a fresh trigger id, or one that is `age_s` old."""
        with self.lock:
            trigger = f"{next(self._stamps)}.{TEAM}.trigger"
            self._triggers[trigger] = time.monotonic() - age_s
        return trigger

    def response_url(self, uses: int = 5) -> str:
        """Return a `response_url`, which works five times: https://docs.slack.dev/interactivity/handling-user-interaction."""
        with self.lock:
            name = f"r{next(self._stamps)}"
            self._response_urls[name] = uses
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

    # -- requests from Slack to us -------------------------------------------------------------------------------

    @staticmethod
    def signed(body: str, *, secret: str = SECRET, age_s: int = 0, kind: str = "application/json") -> dict[str, str]:
        """Return the headers of a signed request: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
        stamp = str(int(time.time()) - age_s)
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}

    def event(self, event_id: str, event: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return the envelope of an event: https://docs.slack.dev/apis/events-api#callback-field."""
        installed = {
            "enterprise_id": None,
            "team_id": TEAM,
            "user_id": BOT_USER,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event": {"event_ts": event.get("ts", "1790000000.000000"), **event},
            "type": "event_callback",
            "event_id": event_id,
            "event_time": 1_790_000_000,
            "authorizations": [installed],
            "is_ext_shared_channel": False,
            **more,
        }

    def mention(
        self, event_id: str, channel: str, user: str, text: str, thread_ts: str | None = None
    ) -> dict[str, Any]:
        """Return an `app_mention` that now stands in the channel: https://docs.slack.dev/reference/events/app_mention."""
        ts = self._write(channel, user, f"<@{BOT_USER}> {text}", thread_ts)
        said = {"type": "app_mention", "user": user, "text": f"<@{BOT_USER}> {text}", "ts": ts, "channel": channel}
        return self.event(event_id, said | ({"thread_ts": thread_ts} if thread_ts else {}))

    def message(
        self, event_id: str, channel: str, user: str, text: str, thread_ts: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Return a `message` event that now stands in the channel: https://docs.slack.dev/reference/events/message."""
        ts = self._write(channel, user, text, thread_ts)
        kind = self.channels[channel].kind if channel in self.channels else "channel"
        said = {
            "type": "message",
            "user": user,
            "text": text,
            "ts": ts,
            "channel": channel,
            "channel_type": kind,
            **more,
        }
        return self.event(event_id, said | ({"thread_ts": thread_ts} if thread_ts else {}))

    def _write(self, channel: str, user: str, text: str, thread_ts: str | None) -> str:
        with self.lock:
            ts = self.stamp()
            self.messages[channel].append(
                {"type": "message", "user": user, "text": text, "ts": ts, "thread_ts": thread_ts}
            )
        return ts

    def command(self, channel: str, user: str, text: str) -> str:
        """Return the form of `/deal text`: https://docs.slack.dev/interactivity/implementing-slash-commands."""
        return urlencode(
            {
                "token": "verification",
                "team_id": TEAM,
                "channel_id": channel,
                "user_id": user,
                "command": "/deal",
                "text": text,
                "response_url": self.response_url(),
                "trigger_id": self.trigger(),
                "api_app_id": "A1",
            }
        )

    def click(
        self,
        user: str,
        channel: str,
        message: dict[str, Any],
        button: dict[str, Any],
        more: dict[str, Any] | None = None,
    ) -> str:
        """Return the form of a pressed button: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.

        `more` replaces fields of the payload.
        """
        payload = {
            "type": "block_actions",
            "user": {"id": user, "team_id": TEAM},
            "api_app_id": "A1",
            "team": {"id": TEAM, "domain": "tallyport"},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False},
            "channel": {"id": channel, "name": "deals"},
            "message": message,
            "trigger_id": self.trigger(),
            "response_url": self.response_url(),
            "actions": [{**button, "block_id": "b", "action_ts": self.stamp()}],
            **(more or {}),
        }
        return urlencode({"payload": json.dumps(payload)})

    # -- the server ----------------------------------------------------------------------------------------------

    def start(self) -> str:
        """Serve in a thread; returns the base URL of the Web API."""
        ready = threading.Event()

        def run() -> None:
            loop = self._loop = asyncio.new_event_loop()
            loop.run_until_complete(self._open())
            ready.set()
            loop.run_forever()
            loop.close()

        self._thread = threading.Thread(target=run, name="fake-slack", daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return f"{self.url}/api/"

    def stop(self) -> None:
        """Close everything."""
        if self._loop is None or self._thread is None:
            return
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._thread = None

    def send(self, envelope: dict[str, Any]) -> None:
        """Send an envelope over Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self.sockets[-1].send_json(envelope), self._loop).result(10)

    async def _open(self) -> None:
        app = web.Application(client_max_size=4_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{name}", self._respond)
        app.router.add_get("/link", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{port}"

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(arguments.pop("token", ""))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if method == "chat.postMessage" and self.late_posts_s:
            # The message stands before the caller hears of it: what a kill in between makes of that is the question.
            answer = self._answer(method, arguments, token)
            await asyncio.sleep(self.late_posts_s)
            return answer
        return self._answer(method, arguments, token)

    def _answer(self, method: str, arguments: Arguments, token: str) -> web.Response:
        with self.lock:
            self.called.append(Called(method, arguments, token, time.monotonic()))
            try:
                if method not in ("oauth.v2.access", "apps.connections.open") and token not in self.tokens:
                    raise Refusal("invalid_auth" if token else "not_authed")
                self.fail(method, arguments)
                handler = getattr(self, "_" + method.replace(".", "_"), None)
                if handler is None:
                    raise Refusal("unknown_method")
                return web.json_response({"ok": True, **handler(arguments | {"_token": token})})
            except Refusal as refusal:
                body = {"ok": False, "error": refusal.code}
                if refusal.retry_after is None:
                    return web.json_response(body)
                return web.json_response(body, status=429, headers={"Retry-After": str(refusal.retry_after)})

    async def _respond(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = request.match_info["name"]
        with self.lock:
            left = self._response_urls.get(name, 0)
            if left <= 0:
                return web.Response(status=404, text="used_url" if name in self._response_urls else "expired_url")
            self._response_urls[name] = left - 1
            try:
                if body.get("blocks"):
                    self._check_blocks(body["blocks"])
            except Refusal as refusal:
                return web.Response(status=400, text=refusal.code)
            self.responses.append(body)
        return web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data))
        return socket

    # -- methods -------------------------------------------------------------------------------------------------

    def _auth_test(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/auth.test"""
        return {"team_id": self.tokens[arguments["_token"]], "user_id": BOT_USER, "bot_id": BOT_ID, "team": "Tallyport"}

    def _users_info(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/users.info"""
        user = self.users.get(arguments.get("user", ""))
        if user is None:
            raise Refusal("user_not_found")
        return {"user": user}

    def _conversations_info(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.info"""
        channel = self._known(arguments)
        shape = {
            "is_channel": channel.kind == "channel",
            "is_im": channel.kind == "im",
            "is_mpim": channel.kind == "mpim",
        }
        return {"channel": {"id": channel.id, **shape, "is_ext_shared": False, "is_shared": False, **channel.flags}}

    def _conversations_members(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.members"""
        return self._paged("members", self._known(arguments).members, arguments)

    def _conversations_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.open"""
        user = str(arguments.get("users", ""))
        if user not in self.users:
            raise Refusal("users_not_found")
        if self.users[user]["is_bot"]:
            raise Refusal("cannot_dm_bot")
        id = f"D{user}"
        self.channels.setdefault(id, Channel(id, [user, BOT_USER], "im"))
        return {"channel": {"id": id}}

    def _conversations_history(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.history"""
        channel = self._known(arguments)
        found = [m for m in self.messages[channel.id] if not m.get("thread_ts") or m["thread_ts"] == m["ts"]]
        return self._paged("messages", self._told(found, arguments)[::-1], arguments)

    def _conversations_replies(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/conversations.replies"""
        channel = self._known(arguments)
        root = arguments.get("ts")
        found = [m for m in self.messages[channel.id] if root in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise Refusal("thread_not_found")
        return self._paged("messages", self._told(found, arguments), arguments)

    def _chat_postMessage(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.postMessage"""
        channel = self._writable(arguments)
        self._check_message(arguments)
        self._take_rate(channel.id)
        ts = self.stamp()
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": ts, "posted_at": time.monotonic()}
        for key in ("text", "blocks", "thread_ts", "metadata"):
            if arguments.get(key):
                message[key] = arguments[key]
        self.messages[channel.id].append(message)
        return {"channel": channel.id, "ts": ts, "message": message}

    def _chat_update(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.update"""
        channel = self._writable(arguments)
        self._check_message(arguments)
        for message in self.messages[channel.id]:
            if message["ts"] == arguments.get("ts"):
                if message.get("bot_id") != BOT_ID:
                    raise Refusal("cant_update_message")
                message.update({key: arguments[key] for key in ("text", "blocks") if key in arguments})
                return {"channel": channel.id, "ts": message["ts"]}
        raise Refusal("message_not_found")

    def _chat_delete(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.delete"""
        channel = self._known(arguments)
        kept = [m for m in self.messages[channel.id] if m["ts"] != arguments.get("ts")]
        if len(kept) == len(self.messages[channel.id]):
            raise Refusal("message_not_found")
        self.messages[channel.id] = kept
        return {"ts": arguments["ts"]}

    def _chat_postEphemeral(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
        channel = self._writable(arguments)
        if arguments.get("user") not in channel.members:
            raise Refusal("user_not_in_channel")
        self._check_message(arguments)
        self.ephemerals.append(arguments)
        return {"message_ts": self.stamp()}

    def _reactions_add(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/reactions.add"""
        reaction = self._reaction(arguments)
        if reaction in self.reactions:
            raise Refusal("already_reacted")
        self.reactions.add(reaction)
        return {}

    def _reactions_remove(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/reactions.remove"""
        reaction = self._reaction(arguments)
        if reaction not in self.reactions:
            raise Refusal("no_reaction")
        self.reactions.remove(reaction)
        return {}

    def _views_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/views.open"""
        made = self._triggers.pop(arguments.get("trigger_id", ""), None)
        if made is None:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - made > _TRIGGER_S:
            raise Refusal("expired_trigger_id")
        return self._keep_view(arguments, f"V{len(self.views) + 1}")

    def _views_update(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/views.update"""
        if not any(view["id"] == arguments.get("view_id") for view in self.views):
            raise Refusal("not_found")
        return self._keep_view(arguments, arguments["view_id"])

    def _assistant_threads_setStatus(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""
        if not self.statuses_work:
            raise Refusal("missing_scope")
        self._in_thread(arguments)
        if "status" not in arguments:
            raise Refusal("invalid_arguments")
        self.statuses.append(arguments)
        return {}

    def _assistant_threads_setSuggestedPrompts(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts"""
        self._in_thread(arguments)
        prompts = arguments.get("prompts") or []
        if not 1 <= len(prompts) <= 4 or any(set(prompt) != {"title", "message"} for prompt in prompts):
            raise Refusal("invalid_arguments")
        self.prompts.append(arguments)
        return {}

    def _oauth_v2_access(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/oauth.v2.access"""
        answer = self.codes.pop(str(arguments.get("code")), None)
        if answer is None:
            raise Refusal("invalid_code")
        return answer

    def _apps_connections_open(self, arguments: Arguments) -> Arguments:
        """https://docs.slack.dev/reference/methods/apps.connections.open"""
        if arguments["_token"] != APP_TOKEN:
            raise Refusal("not_allowed_token_type")
        return {"url": f"{self.url.replace('http', 'ws')}/link?ticket=1"}

    # -- what several methods check ------------------------------------------------------------------------------

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
        if sum(block["type"] == "table" for block in blocks) > 1:
            raise Refusal("invalid_blocks")
        if most == 50 and len(json.dumps(blocks, ensure_ascii=False)) > _TOTAL:
            raise Refusal("msg_blocks_too_long")
        if self._schemas is not None and not self._schemas["blocks"].is_valid(blocks):
            raise Refusal("invalid_blocks")

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


async def _arguments(request: web.Request) -> Arguments:
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(await request.text() or "{}")
    elif request.can_read_body:
        arguments |= {key: str(value) for key, value in (await request.post()).items()}
    return arguments


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
