"""Fetching pages of strangers: bounded in size and time, never from an address inside our own network, and only what has changed."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from infra.errors import Retriable, Skippable

LARGEST = 20_000_000
TIMEOUT_S = 15.0
WHOLE_S = 60.0
MOST_REDIRECTS = 5
_AGENT = "dealwright"
_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Page:
    """What was fetched. `body` is None where nothing has changed since `etag` and `modified` were told."""

    url: str
    body: bytes | None
    etag: str | None = None
    modified: str | None = None


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses that a host name stands for. Raises Retriable where it stands for none now."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as error:
        raise Retriable("The address can't be found.", "Check it, or try again later.") from error


def is_public(address: str) -> bool:
    """Return whether an address is one of the open network: not loopback, private, link-local, multicast or reserved, nor one of these inside IPv6."""
    try:
        told = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(told, ipaddress.IPv6Address):
        inner = told.ipv4_mapped or told.sixtofour or (told.teredo[1] if told.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if told in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(told) & 0xFFFFFFFF)))
    return told.is_global and not (told.is_multicast or told.is_reserved or told.is_unspecified)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Fetcher:
    """Fetches pages over HTTP. `allowed` are origins (`http://127.0.0.1:8080`) that an admin named themselves and that may be inside the network.

    `what` is fetched ("A source of signals"); `mend` and `inside` say to people where its address, and one inside the network, is set.
    """

    def __init__(
        self,
        allowed: frozenset[str] = frozenset(),
        resolve: Callable[[str, int], list[str]] = addresses_of,
        largest: int = LARGEST,
        what: str = "A source of signals",
        mend: str = "Mend its address in signals.toml.",
        inside: str = "Name its origin under `inside` in signals.toml if that is meant.",
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._largest = largest
        self._what = what
        self._mend = mend
        self._inside = inside

    def get(self, url: str, etag: str | None = None, modified: str | None = None) -> Page:
        """Return a page. Raises Retriable where it may work later, Skippable where it will not."""
        import httpx

        headers = {"User-Agent": _AGENT, "Accept-Encoding": "gzip, identity"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": modified} if modified else {}
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                target, sent, extensions = self._target(url, headers)
                try:
                    with client.stream("GET", target, headers=sent, extensions=extensions) as response:
                        if response.status_code in _MOVED and response.headers.get("location"):
                            url = urljoin(url, response.headers["location"])
                            continue
                        return self._page(url, response)
                except httpx.HTTPError as error:
                    raise Retriable(
                        f"{self._what} does not answer.", "It is tried again with the next round."
                    ) from error
        raise Skippable(
            f"{self._what} leads from one address to the next without end.", "Name the address that it ends at."
        )

    def _target(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
        """Return where to connect: the very address that was checked, so that a name can't stand for another one a moment later."""
        parts = urlsplit(url)
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Skippable(f"{self._what} has an address that can't be used.", self._mend) from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise Skippable(
                f"{self._what} has an address that can't be used.",
                "Only http and https without a password are fetched.",
            )
        if f"{parts.scheme}://{parts.netloc}" in self._allowed:
            return url, headers, {}
        addresses = self._resolve(parts.hostname, port)
        if not addresses or not all(is_public(one) for one in addresses):
            raise Skippable(f"{self._what} stands at an address inside a private network.", self._inside)
        address = addresses[0]
        host = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{host}:{port}").geturl()
        return target, {**headers, "Host": parts.netloc}, {"sni_hostname": parts.hostname}

    def _page(self, url: str, response: Any) -> Page:
        if response.status_code == 304:
            return Page(url, None, response.headers.get("etag"), response.headers.get("last-modified"))
        if response.status_code in _BUSY:
            raise Retriable(f"{self._what} is busy.", "It is tried again with the next round.")
        if response.status_code != 200:
            raise Skippable(f"{self._what} refused the request.", self._mend)
        body = bytearray()
        deadline = time.monotonic() + WHOLE_S
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._largest:
                raise Skippable(f"{self._what} sends more than is taken.", "Choose a smaller one.")
            if time.monotonic() > deadline:
                raise Retriable(f"{self._what} is too slow.", "It is tried again with the next round.")
        return Page(url, bytes(body), response.headers.get("etag"), response.headers.get("last-modified"))
