"""The server: every surface under one address, in one process that owns the home."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import AsyncIterator
from importlib.metadata import version
from types import FrameType

from anyio import to_thread
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from bot import (
    connecting,
    crm_connecting,
    crm_hooks,
    delivering_opt_out,
    holds,
    slack,
    teams,
    unsubscribing,
    web,
    webhooks,
)
from bot.api import alerts as alerts_api
from bot.api import briefs as briefs_api
from bot.api import coaching as coaching_api
from bot.api import crm as crm_api
from bot.api import deal_health as deal_health_api
from bot.api import digest as digest_api
from bot.api import guarding as guarding_api
from bot.api import health
from bot.api import metrics as metrics_api
from bot.api import notes as notes_api
from bot.api import operating as operating_api
from bot.api import pipeline as pipeline_api
from bot.api import proposals as proposals_api
from bot.api import routes as api
from bot.api import signals as signals_api
from bot.api import workflow as workflow_api
from bot.api.envelope import Envelope, handle_errors
from bot.api.guard import bearer_is
from bot.api.guarded import token_of
from bot.app import App
from bot.pictures import routes as pictures
from bot.recordings import routes as recordings
from bot.terminal import beside
from infra.errors import Fatal, Retriable
from infra.logs import logger

_LOG = logger("server")
_GRACE_S = 10
_SWITCH_S = 0.001


def assemble(app: App) -> ASGIApp:
    """Return the whole web application of `app`. Parts are opened at its start and closed at its end."""

    @contextlib.asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(app.open)
        # Made before anything starts: whoever does durable work must have said so by then.
        await to_thread.run_sync(lambda: app.schedule)
        for start in app.start_hooks:
            await start()
        for ready in app.ready_hooks:
            await ready()
        # Last: what an earlier process had begun goes on at once, and everybody who does it must be there.
        await app.indexing.start()
        for rounds in app.rounds:
            await rounds.start()
        # What stands now stays: looking through it again and again would stop every thread for a tenth of a second each time.
        gc.collect()
        gc.freeze()
        _LOG.info("started")
        try:
            yield
        finally:
            for rounds in reversed(app.rounds):
                await rounds.stop()
            for stop in reversed(app.stop_hooks):
                await stop()
            await app.work.stop()
            await app.indexing.stop()
            await to_thread.run_sync(_wind_down, app)
            _LOG.info("stopped")

    server = FastAPI(
        title="Dealwright",
        summary="Answers about deals, with evidence.",
        version=version("dealwright"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    # Teams brings a token of its own to /api/messages.
    handle_errors(server, app, lambda request: _may_look(app, request))
    # The console comes last: to browsers it also answers what nobody else does.
    for router in (
        health.routes(app),
        api.routes(app),
        proposals_api.routes(app),
        signals_api.routes(app),
        briefs_api.routes(app),
        notes_api.routes(app),
        deal_health_api.routes(app),
        coaching_api.routes(app),
        pipeline_api.routes(app),
        digest_api.routes(app),
        metrics_api.routes(app),
        workflow_api.routes(app),
        operating_api.routes(app),
        alerts_api.routes(app),
        guarding_api.routes(app),
        unsubscribing.routes(app),
        holds.routes(app),
        pictures.routes(app),
        delivering_opt_out.routes(app),
        connecting.routes(app),
        webhooks.routes(app),
        recordings.routes(app),
        crm_hooks.routes(app),
        crm_connecting.routes(app),
        crm_api.routes(app),
        beside.routes(app),
        slack.routes(app),
        teams.routes(app),
        web.routes(app),
    ):
        if router is not None:
            server.include_router(router)
    return Envelope(server, app)


def _may_look(app: App, request: Request) -> bool:
    return request.url.path == "/api/messages" or bearer_is(request, token_of(app))


def _wind_down(app: App) -> None:
    for job in list(app.jobs):
        job.stop.set()
    # Work that is stopped ends at its next safe point; the files are closed after it.
    with contextlib.suppress(Retriable), app.writing(wait_s=_GRACE_S):
        app.close()


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(app: App, host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises Fatal where the port is taken, or where a stranger could come in without a password."""
    settings = app.settings
    if not is_loopback(host) and not (
        settings.console_password or settings.console_identity_header or settings.api_token
    ):
        raise Fatal(
            f"Listening on {host} would let anybody in.",
            "Set DEALWRIGHT_CONSOLE_PASSWORD, DEALWRIGHT_CONSOLE_IDENTITY_HEADER or DEALWRIGHT_API_TOKEN, or listen on 127.0.0.1.",
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        raise Fatal(
            f"Port {port} on {host} can't be opened.", "Another program has it, most likely: take another with --port."
        ) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address under which this machine reaches `listening`."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: App, listening: socket.socket) -> None:
    """Serve until a signal comes; then finish what is under way, for at most ten seconds, and return."""
    import uvicorn

    config = uvicorn.Config(
        assemble(app),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=65_536,
    )
    server = uvicorn.Server(config)
    # Threads that think must let the event loop in soon: it acknowledges what waits for an answer within milliseconds.
    sys.setswitchinterval(_SWITCH_S)

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn repeats the signal to the handler that stood before its own: this one, so that a stop is not a failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    server.run(sockets=[listening])
