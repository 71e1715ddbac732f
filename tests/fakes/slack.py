"""A Slack workspace on loopback: its Web API with state, rate limits and refusals, Socket Mode, and requests signed as Slack signs them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from tests.fakes.slack_methods import Methods
from tests.fakes.slack_state import (
    APP_TOKEN,
    BOT_ID,
    BOT_USER,
    SECRET,
    TEAM,
    TOKEN,
    Arguments,
    Called,
    Refusal,
)

__all__ = ["APP_TOKEN", "BOT_ID", "BOT_USER", "SECRET", "TEAM", "TOKEN", "FakeSlack", "Refusal"]


class FakeSlack(Methods):
    """The workspace. Start it with `start`; read `messages`, `called` and `responses`."""

    def __init__(self, *, rate_limited: bool = True, page: int = 100) -> None:
        super().__init__(rate_limited=rate_limited, page=page)
        self.acknowledged: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

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
            "response_url": self.response_url(user=user, channel=channel),
            "actions": [{**button, "block_id": "b", "action_ts": self.stamp()}],
            **(more or {}),
        }
        return urlencode({"payload": json.dumps(payload)})

    def submission(self, user: str, view: dict[str, Any], values: dict[str, str]) -> str:
        """Return the form of a submitted modal: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission.

        `values` are by the `action_id` of their elements; what is not named stays as it was first shown.
        """
        state: dict[str, Any] = {}
        for block in view["blocks"]:
            element = block["element"]
            name, kind = element["action_id"], element["type"]
            filled: dict[str, Any] = {"type": kind}
            if kind == "plain_text_input":
                filled["value"] = values.get(name, element.get("initial_value"))
            elif kind == "datepicker":
                filled["selected_date"] = values.get(name, element.get("initial_date"))
            else:
                chosen = [one for one in element["options"] if one["value"] == values.get(name)]
                filled["selected_option"] = chosen[0] if chosen else element.get("initial_option")
            state[block["block_id"]] = {name: filled}
        payload = {
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "tallyport"},
            "user": {"id": user, "team_id": TEAM},
            "api_app_id": "A1",
            "trigger_id": self.trigger(),
            "view": {**view, "hash": f"{view['id']}.1", "state": {"values": state}},
        }
        return urlencode({"payload": json.dumps(payload)})

    def environment(self) -> dict[str, str]:
        """Return the settings that connect a server to this workspace, events by HTTP."""
        return {
            "DEALWRIGHT_SLACK_BOT_TOKEN": TOKEN,
            "DEALWRIGHT_SLACK_SIGNING_SECRET": SECRET,
            "DEALWRIGHT_SLACK_API_URL": f"{self.url}/api/",
        }

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
        app.router.add_post("/upload/{file}", self._upload)
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
        with self.lock:
            dies = self.dies(method)
        if dies:
            # The connection breaks, "before" anything was done or "after" it: whoever called can't tell which.
            if dies == "after":
                self._answer(method, arguments, token)
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
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
            if name in self._pressed_by and body.get("response_type") == "ephemeral" and not body["replace_original"]:
                self.ephemerals.append({**body, **self._pressed_by[name]})
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        """https://docs.slack.dev/messaging/working-with-files: the bytes, to the address that was given for them, without a token."""
        content = await request.read()
        with self.lock:
            file = self.files.get(request.match_info["file"])
            if file is None or file.title is not None:
                return web.Response(status=404)
            file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data))
        return socket


async def _arguments(request: web.Request) -> Arguments:
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(await request.text() or "{}")
    elif request.can_read_body:
        arguments |= {key: str(value) for key, value in (await request.post()).items()}
    return arguments
