"""An OpenAI-compatible server on loopback that says what a script tells it, and refuses requests that the real one would refuse.

Requests are held to https://platform.openai.com/docs/api-reference/chat/create, streamed replies follow
https://platform.openai.com/docs/api-reference/chat-streaming/streaming. Not modelled: other endpoints, audio, images, log probabilities.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator

KEY = "sk-fake-7a1c"
_KNOWN = frozenset(
    "model messages tools tool_choice parallel_tool_calls stream stream_options max_tokens max_completion_tokens temperature top_p n stop seed user response_format".split()
)

Request = dict[str, Any]


@dataclass(frozen=True)
class Calls:
    """The model calls tools: name and arguments; arguments that are a text go out as they are, however malformed."""

    calls: Sequence[tuple[str, dict[str, Any] | str]]


@dataclass(frozen=True)
class Text:
    """The model writes a text."""

    text: str


@dataclass(frozen=True)
class Status:
    """The server refuses with this status."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """The server sends these bytes as its stream."""

    body: bytes


@dataclass(frozen=True)
class Trickle:
    """The model never ends: it sends `piece` again and again, a text's words or with `comments` only signs of life."""

    piece: str = "and so on "
    pause_s: float = 0.01
    comments: bool = False


@dataclass(frozen=True)
class Silence:
    """The server takes the request and says nothing."""


@dataclass(frozen=True)
class HangUp:
    """The connection breaks off in the midst of the reply."""


Reply = Calls | Text | Status | Raw | Trickle | Silence | HangUp
Step = Reply | Callable[[Request], Reply]


class OpenAIServer:
    """A server with a script: each request takes the next step, the last step stays. `faults` are what a strict server would refuse."""

    def __init__(self) -> None:
        self.steps: list[Step] = [Text("")]
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._ids = itertools.count(1)
        self._over: asyncio.Event = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""

    def start(self) -> None:
        """Listen on a free port of loopback."""
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        """Let go of whoever waits, and stop."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def script(self, *steps: Step) -> None:
        """Say what the model does, request by request; what came in before is forgotten."""
        self.steps, self.requests = list(steps), []

    def sent(self) -> str:
        """Return everything that was ever sent here, as one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    async def _listen(self) -> str:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._completions)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/v1"

    async def _close(self) -> None:
        self._over.set()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _refused(401, "invalid_api_key")
        body: Request = await request.json()
        fault = fault_of(body)
        if fault is not None:
            self.faults.append(fault)
            return _refused(400, fault)
        self.requests.append(body)
        step = self.steps[min(len(self.requests), len(self.steps)) - 1]
        reply = step(body) if callable(step) else step
        if isinstance(reply, Status):
            return _refused(reply.status, "scripted", reply.headers)
        if isinstance(reply, Silence):
            await self._over.wait()
            return _refused(503, "over")
        return await self._streamed(request, body, reply)

    async def _streamed(self, request: web.Request, body: Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            if isinstance(reply, Raw):
                await response.write(reply.body)
            elif isinstance(reply, Trickle):
                await self._trickle(response, body, reply)
            elif isinstance(reply, HangUp):
                await response.write(self._event(body, {"role": "assistant", "content": "The"}))
                assert request.transport is not None
                request.transport.abort()
                return response
            elif isinstance(reply, Calls | Text):
                for event in self._said(body, reply):
                    await response.write(event)
            await response.write_eof()
        except ConnectionError:
            # The client has had enough: that is what a bound is for.
            pass
        return response

    async def _trickle(self, response: web.StreamResponse, body: Request, reply: Trickle) -> None:
        while not self._over.is_set():
            await response.write(b": alive\n\n" if reply.comments else self._event(body, {"content": reply.piece}))
            await asyncio.sleep(reply.pause_s)

    def _said(self, body: Request, reply: Calls | Text) -> list[bytes]:
        """Return the events of one whole reply, with arguments in two pieces as they come in reality."""
        events = [self._event(body, {"role": "assistant", "content": None if isinstance(reply, Calls) else ""})]
        if isinstance(reply, Text):
            events += [self._event(body, {"content": word}) for word in (reply.text[:7], reply.text[7:]) if word]
        else:
            for at, (name, arguments) in enumerate(reply.calls):
                text = arguments if isinstance(arguments, str) else json.dumps(arguments)
                begun = {"index": at, "id": f"call_{next(self._ids)}", "type": "function"}
                events.append(
                    self._event(body, {"tool_calls": [{**begun, "function": {"name": name, "arguments": ""}}]})
                )
                for piece in (text[:9], text[9:]):
                    events.append(self._event(body, {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}))
        events.append(self._event(body, {}, "tool_calls" if isinstance(reply, Calls) else "stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 400, "completion_tokens": 40, "total_tokens": 440}
            events.append(self._event(body, None, usage=usage))
        return [*events, b"data: [DONE]\n\n"]

    def _event(
        self, body: Request, delta: dict[str, Any] | None, finish: str | None = None, usage: Any = None
    ) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1_795_000_000,
            "model": body["model"],
            "choices": choices,
            "usage": usage,
        }
        return f"data: {json.dumps(chunk)}\n\n".encode()


def _refused(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    error = {"error": {"message": f"refused: {code}", "type": "invalid_request_error", "param": None, "code": code}}
    return web.json_response(error, status=status, headers=headers)


def fault_of(body: Request) -> str | None:
    """Return what the real server would refuse in a request, or None."""
    if unknown := set(body) - _KNOWN:
        return f"unknown parameters {sorted(unknown)}"
    if not isinstance(body.get("model"), str) or not body.get("messages"):
        return "model and messages are required"
    if body.get("stream") is not True:
        return "the road streams"
    names = set()
    for tool in body.get("tools") or []:
        function = tool.get("function", {})
        if tool.get("type") != "function" or not function.get("name", "").replace("_", "").isalnum():
            return "a tool is a function with a name of letters, digits and _"
        if len(function.get("description", "")) > 4_096:
            return "a description is too long"
        parameters = function.get("parameters")
        Draft202012Validator.check_schema(parameters)
        if parameters.get("type") != "object":
            return "parameters are an object"
        names.add(function["name"])
    choice = body.get("tool_choice")
    if choice is not None and not names:
        return "tool_choice is only allowed when tools are specified"
    if choice not in (None, "auto", "none", "required"):
        return "tool_choice is no known choice"
    return _fault_of_messages(body["messages"])


def _fault_of_messages(messages: list[dict[str, Any]]) -> str | None:
    """Hold a conversation to its order: each tool call is answered, right after the message that made it, before anything else is said."""
    waiting: set[str] = set()
    for message in messages:
        role = message.get("role")
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                return "a tool message must follow a message with its tool call"
            if not isinstance(message.get("content"), str | list):
                return "a tool message has a content"
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            return "each tool call must be answered by a tool message"
        if role not in ("system", "developer", "user", "assistant"):
            return f"no role is called {role}"
        calls = message.get("tool_calls") or []
        if role != "assistant" and (calls or not message.get("content")):
            return f"a message of the {role} has a content and no tool calls"
        if role == "assistant" and not calls and not isinstance(message.get("content"), str):
            return "an assistant's message has a content or tool calls"
        for call in calls:
            if call.get("type") != "function" or not isinstance(call.get("function", {}).get("arguments"), str):
                return "a tool call has its arguments as a text"
            waiting.add(call["id"])
    return "each tool call must be answered by a tool message" if waiting else None
