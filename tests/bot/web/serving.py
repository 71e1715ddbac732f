"""A real console on a real server on loopback, over the sample company, in a thread of the test's own process."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from bot.app import App
from bot.server import assemble
from bot.web.sessions import COOKIE
from infra.settings import Settings
from sales.clock import Clock
from tests.bot.web.scripted import ScriptedAsk

_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class ScriptedApp(App):
    """The whole application; two kinds of questions are scripted."""

    @property
    def ask(self) -> ScriptedAsk:  # type: ignore[override]
        """What answers here."""
        return self._part("scripted", lambda: ScriptedAsk(self.database, super(ScriptedApp, self).ask))


@dataclass
class Console:
    """A running console."""

    url: str
    app: ScriptedApp

    def client(self, **headers: str) -> httpx.Client:
        """Return a browser without a script: it keeps cookies and does not follow redirects."""
        return httpx.Client(base_url=self.url, headers={"accept": "text/html", **headers}, timeout=30)


def form_token(page: httpx.Response) -> str:
    """Return the token that the forms of a page carry."""
    found = _TOKEN.search(page.text)
    assert found is not None, page.text[:400]
    return found[1]


def post(client: httpx.Client, path: str, **values: str) -> httpx.Response:
    """Send a form as a page of the console would, with the token of its start page."""
    return client.post(path, data={"token": form_token(client.get("/")), **values})


def has_seat(client: httpx.Client) -> bool:
    """Return whether the console gave this browser a cookie."""
    return COOKIE in client.cookies


@contextmanager
def serving(settings: Settings, clock: Clock) -> Iterator[Console]:
    """Serve the console until the block ends."""
    app = ScriptedApp(settings, clock=clock)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(assemble(app), log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # The socket listens already: the first request waits until the server is up.
        httpx.get(f"{url}/healthz", timeout=60)
        yield Console(url, app)
    finally:
        server.should_exit = True
        # A round in hand is waited for: on a busy machine that takes its time.
        thread.join(timeout=60)
        assert not thread.is_alive()
