"""What is learned of a person from a provider and from a company's own website, and what must never be asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from infra.errors import Fatal, Retriable
from integrations.enrichment.fetch import MOST_BYTES, Fetcher
from integrations.enrichment.http import HttpProvider
from integrations.enrichment.record import Fact, Lookup
from integrations.enrichment.website import Website
from integrations.fetching import is_public

WANTED = Lookup(wanted=("email",), company="Northwind", person="Dana Whitfield")


class _Site(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer as scripted."""
        self.asked.append(self.path)
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for key, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def site() -> Iterator[int]:
    """A website on loopback; gives its port."""
    _Site.pages, _Site.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def website(port: int) -> Website:
    """Read the site on loopback as if it were a public one, under its own name."""
    fetcher = Fetcher(allowed=lambda one: one == "127.0.0.1", ports=(port,), resolver=lambda host, port: ["127.0.0.1"])
    return Website(fetcher, scheme="http")


def about(port: int) -> Lookup:
    """Ask about the person at the site's company."""
    return Lookup(wanted=("email",), person="Dana Whitfield", domain=f"northwind.example:{port}")


def test_a_persons_own_address_is_found_on_the_companys_pages(site: int) -> None:
    _Site.pages["/"] = (200, {}, b"<a href='mailto:info@northwind.example'>mail</a>")
    _Site.pages["/team"] = (200, {}, b"<p>Dana: <a href='mailto:d.whitfield@northwind.example?subject=x'>write</a>")
    assert website(site).look_up(about(site)) == (
        Fact("email", "d.whitfield@northwind.example", f"http://northwind.example:{site}/team"),
    )


def test_a_mailbox_or_a_namesake_elsewhere_is_nobody(site: int) -> None:
    _Site.pages["/"] = (200, {}, b"info@northwind.example dana.whitfield@elsewhere.example lee.park@northwind.example")
    assert website(site).look_up(about(site)) == ()


def test_robots_are_respected(site: int) -> None:
    _Site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /team\n")
    _Site.pages["/team"] = (200, {}, b"dana.whitfield@northwind.example")
    assert website(site).look_up(about(site)) == ()
    assert "/team" not in _Site.asked


def test_a_page_without_end_is_cut_off(site: int) -> None:
    _Site.pages["/"] = (200, {}, b"x" * (MOST_BYTES * 3))
    page = Fetcher(allowed=lambda one: True, ports=(site,), resolver=lambda host, port: ["127.0.0.1"]).page(
        f"http://a.example:{site}/"
    )
    assert page is not None
    assert len(page.text) == MOST_BYTES


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "172.16.3.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1", "nonsense"],
)  # fmt: skip
def test_nothing_inside_is_public(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:4700:4700::1111")


def test_a_name_that_leads_inside_is_not_asked(site: int) -> None:
    for addresses in (["10.0.0.1"], ["93.184.215.14", "127.0.0.1"]):
        fetcher = Fetcher(ports=(site,), resolver=lambda host, port, found=addresses: found)  # type: ignore[misc]
        with pytest.raises(Fatal):
            fetcher.page(f"http://northwind.example:{site}/")
    assert _Site.asked == []


@pytest.mark.parametrize(
    "where", ["http://10.0.0.1/", "file:///etc/passwd", "http://user@northwind.example/", "gopher://x/"]
)
def test_a_redirect_leads_nowhere_inside(site: int, where: str) -> None:
    _Site.pages["/"] = (302, {"Location": where}, b"")
    names = {"northwind.example": ["127.0.0.1"]}
    fetcher = Fetcher(
        allowed=lambda one: one == "127.0.0.1", ports=(site, 80), resolver=lambda host, port: names.get(host, [host])
    )
    with pytest.raises(Fatal):
        fetcher.page(f"http://northwind.example:{site}/")


def test_a_provider_is_asked_with_what_is_known(site: int) -> None:
    _Site.pages["/find?n=Dana%20Whitfield&d="] = (200, {"Content-Type": "application/json"}, b'{"data": {"email": "dana@northwind.example", "employees": 12}}')  # fmt: skip
    provider = HttpProvider("finder", f"http://127.0.0.1:{site}/find?n={{person}}&d={{domain}}", token="t")
    assert provider.look_up(WANTED) == [Fact("email", "dana@northwind.example")]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(404, b"", None), (200, b"{}", None), (200, b'{"email": {"x": 1}}', None), (200, b"[]", None), (401, b"", Fatal), (500, b"", Retriable), (200, b"<html>", Retriable), (302, b"", Retriable)],
)  # fmt: skip
def test_a_provider_that_does_not_know_or_fails(
    site: int, status: int, body: bytes, error: type[Exception] | None
) -> None:
    _Site.pages["/"] = (status, {"Content-Type": "application/json"}, body)
    provider = HttpProvider("finder", f"http://127.0.0.1:{site}/")
    if error is None:
        assert list(provider.look_up(WANTED)) == []
    else:
        with pytest.raises(error):
            provider.look_up(WANTED)
