"""Fetching a stranger's page without being led astray: public addresses only, bounded in size, time and hops, robots.txt respected.

A name is resolved once and the connection goes to that address, so that an answer that changes between the check and the connection
(DNS rebinding) leads nowhere inside.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from infra.errors import Fatal, Retriable
from integrations.fetching import is_public

AGENT = "Dealwright"
MOST_BYTES = 500_000
MOST_HOPS = 4
TIMEOUT_S = 8.0
_PORTS = (80, 443)

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host, as texts."""


@dataclass(frozen=True)
class Page:
    """A page as it was read: its final address and its text, cut at `MOST_BYTES`."""

    url: str
    text: str


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host by the system's resolver. Raises Retriable where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Retriable("The website's name is not known.", "Check the company's domain.") from error
    return [str(one[4][0]) for one in found]


class Fetcher:
    """Reads pages. `allowed` says which addresses may be spoken to; tests let loopback in."""

    def __init__(
        self,
        *,
        allowed: Callable[[str], bool] = is_public,
        ports: Sequence[int] = _PORTS,
        resolver: Resolve = resolve,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allowed = allowed
        self._ports = tuple(ports)
        self._resolve = resolver
        self._timeout = httpx.Timeout(timeout_s)

    def page(self, url: str) -> Page | None:
        """Return a page of text; None where it is not there, is no text, or robots.txt forbids it. Raises Retriable where the site can't be reached, Fatal for an address that is not public."""
        if not self._may_read(url):
            return None
        return self._read(url)

    def _may_read(self, url: str) -> bool:
        parts = urlsplit(url)
        robots = self._read(f"{parts.scheme}://{parts.netloc}/robots.txt", html=False)
        if robots is None:
            return True
        rules = RobotFileParser()
        rules.parse(robots.text.splitlines())
        return rules.can_fetch(AGENT, url)

    def _read(self, url: str, *, html: bool = True) -> Page | None:
        for _ in range(MOST_HOPS + 1):
            response, body = self._once(url)
            if response.is_redirect and (where := response.headers.get("location")):
                url = urljoin(url, where)
                continue
            if response.status_code >= 500:
                raise Retriable("The website could not be read.", "Try again later.")
            kind = response.headers.get("content-type", "text/html").lower()
            if response.status_code != 200 or not kind.startswith("text/") or (html and "html" not in kind):
                return None
            return Page(url, body.decode(response.charset_encoding or "utf-8", "replace"))
        return None

    def _once(self, url: str) -> tuple[httpx.Response, bytes]:
        """Ask once, at an address that was looked at before, and read no more than the limit."""
        parts = urlsplit(url)
        host, port = parts.hostname, _port(url)
        if parts.scheme not in ("http", "https") or not host or port not in self._ports or parts.username:
            raise Fatal("The website's address can't be used.", "Use a plain http or https address.")
        addresses = self._resolve(host, port)
        if not addresses or not all(self._allowed(one) for one in addresses):
            raise Fatal("The website's address is not a public one.", "Check the company's domain.")
        address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        target = parts._replace(netloc=f"{address}:{port}", fragment="").geturl()
        headers = {"Host": parts.netloc, "User-Agent": AGENT, "Accept": "text/html,text/plain"}
        try:
            with (
                httpx.Client(timeout=self._timeout, trust_env=False, follow_redirects=False) as client,
                client.stream("GET", target, headers=headers, extensions={"sni_hostname": host}) as response,
            ):
                body = b""
                for piece in response.iter_bytes(16_384):
                    body += piece
                    if len(body) >= MOST_BYTES:
                        break
                return response, body[:MOST_BYTES]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Retriable("The website could not be reached.", "Try again later.") from error


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
