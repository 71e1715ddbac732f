"""Slack's doors: HTTP with a checked signature, Socket Mode, and the OAuth install; all end in the inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from bot.app import App
from bot.slack.intake import SURFACE, arrived
from infra.errors import Fatal, Retriable
from infra.logs import logger

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult
    from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_bolt.response import BoltResponse

    from bot.slack.directory import Directory
    from bot.slack.installations import Installations

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:write",
    "users:read",
    "users:read.email",
)
"""What we ask a workspace for; the manifest in `infra/` asks for the same."""

_LARGEST = 2_000_000
_CONNECT_S = 15.0
_MISSHAPEN = (ValueError, TypeError, AttributeError, KeyError, IndexError)
_LOG = logger("slack")


class Surface:
    """Slack in one process. Nothing is opened before the server starts."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._bolt: AsyncApp | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        app.on_start(self._start)

    def routes(self) -> APIRouter:
        """Return the HTTP routes: events where a signing secret is set, the install where a client id is."""
        router = APIRouter(include_in_schema=False)
        if self._app.settings.slack_signing_secret:
            router.add_api_route("/slack/events", self._handle, methods=["POST"])
        if self._app.settings.slack_client_id and self._app.settings.slack_client_secret:
            router.add_api_route("/slack/install", self._handle, methods=["GET"])
            router.add_api_route("/slack/oauth_redirect", self._handle, methods=["GET"])
        return router

    async def _handle(self, request: Request) -> Response:
        from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response

        bolt = self._bolt
        if bolt is None:
            raise Retriable("Slack is being started.", "It will be sent again.")
        body = await request.body()
        if len(body) > _LARGEST:
            return Response(status_code=413)
        try:
            asked = to_async_bolt_request(request, body)
        except _MISSHAPEN:
            # Neither a JSON object nor a form, or not UTF-8: nothing that Slack sends.
            return Response(status_code=400)
        return to_starlette_response(await self._answer(bolt, request, asked))

    async def _answer(self, bolt: AsyncApp, request: Request, asked: AsyncBoltRequest) -> BoltResponse:
        if request.method == "POST":
            return await bolt.async_dispatch(asked)
        flow = bolt.oauth_flow
        if flow is None:
            raise Fatal("Installing by OAuth is not set up.", status=404)
        if request.url.path == flow.install_path:
            return await flow.handle_installation(asked)
        return await flow.handle_callback(asked)

    async def _start(self) -> None:
        from bot.slack.drain import SlackDrain

        settings = self._app.settings
        installations, directory = await asyncio.to_thread(self._people)
        drain = SlackDrain(self._app, directory, installations)
        self._app.inbox.register(SURFACE, drain)
        self._app.telling.add(drain.courier)
        self._app.delivering.add(drain.courier)
        self._bolt = self._make_bolt(installations)
        if settings.slack_app_token:
            # After the inbox has started: the hooks run in the order in which they were added.
            self._app.on_ready(self._listen)
            self._app.on_stop(self._stop_listening)

    def _people(self) -> tuple[Installations, Directory]:
        from bot.slack.directory import Directory
        from bot.slack.installations import Installations
        from infra.sealing import Sealer

        app, settings = self._app, self._app.settings
        installations = Installations(app.database, Sealer(settings), app.clock, settings.slack_workspaces)
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None
        return installations, Directory(app.database, app.clock, settings.slack_api_url, installations.find, token)

    def _make_bolt(self, installations: Installations) -> AsyncApp:
        from slack_bolt.async_app import AsyncApp
        from slack_sdk.web.async_client import AsyncWebClient

        settings = self._app.settings
        log = logging.getLogger("slack_bolt")
        client = AsyncWebClient(base_url=settings.slack_api_url.rstrip("/") + "/", logger=log)
        secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
        known: dict[str, Any] = {
            "name": "dealwright",
            "logger": log,
            "client": client,
            "signing_secret": secret,
            "before_authorize": self._take_in,
        }
        if settings.slack_client_id and settings.slack_client_secret:
            return AsyncApp(**known, oauth_flow=self._oauth(client, installations, log))
        return AsyncApp(**known, authorize=_nobody)

    def _oauth(self, client: Any, installations: Installations, log: logging.Logger) -> AsyncOAuthFlow:
        from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
        from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings

        from bot.slack.installations import States, Store
        from infra.sealing import Sealer

        settings = self._app.settings
        public = (settings.public_url or "").rstrip("/")
        secret = settings.slack_client_secret
        oauth = AsyncOAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=secret.get_secret_value() if secret else "",
            scopes=list(SCOPES),
            redirect_uri=f"{public}/slack/oauth_redirect" if public else None,
            install_path="/slack/install",
            redirect_uri_path="/slack/oauth_redirect",
            installation_store=Store(installations),
            installation_store_bot_only=True,
            state_store=States(Sealer(settings)),
            logger=log,
        )
        return AsyncOAuthFlow(client=client, logger=log, settings=oauth)

    async def _take_in(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Store the event, then acknowledge it. Runs after the signature check, before anything else."""
        from slack_bolt.response import BoltResponse

        if body.get("type") == "url_verification":
            await next()
            return None
        try:
            event = arrived(body)
        except _MISSHAPEN:
            return BoltResponse(status=400, body="")
        if event is not None:
            try:
                await self._app.inbox.put(event)
            except Retriable:
                return BoltResponse(status=503, body="")
        if body.get("command"):
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": "Looking…"})
        return BoltResponse(status=200, body="")

    async def _listen(self) -> None:
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        token = self._app.settings.slack_app_token
        if token is None or self._bolt is None:
            return
        # Its errors carry the address of the connection, which is a secret; we say ourselves how it goes.
        log = logging.getLogger("slack_sdk.socket")
        log.setLevel(logging.CRITICAL)
        self._socket = AsyncSocketModeHandler(self._bolt, token.get_secret_value(), logger=log)
        self._connecting = asyncio.create_task(self._connect(self._socket))

    async def _connect(self, socket: AsyncSocketModeHandler) -> None:
        # Slack being away must not keep the rest of the server from starting: the client tries again by itself.
        attempt = asyncio.ensure_future(socket.connect_async())  # type: ignore[no-untyped-call]
        try:
            while not (await asyncio.wait({attempt}, timeout=_CONNECT_S))[0]:
                _LOG.warning("socket mode not connected yet")
            _LOG.info("socket mode connected")
        finally:
            attempt.cancel()

    async def _stop_listening(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
            self._connecting = None
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
            self._socket = None


async def _nobody() -> AuthorizeResult:
    """Authorize nobody: every event ends in the inbox before Bolt asks, and its answer finds the token itself."""
    raise Fatal("Nothing is answered at the door.")
