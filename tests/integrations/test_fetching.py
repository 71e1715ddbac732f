"""Fetching pages of strangers: bounded, only what has changed, and never from inside our own network."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from infra.errors import Retriable, Skippable
from integrations.fetching import Fetcher, is_public
from tests.fakes.job_boards import Boards, serve_boards


@pytest.fixture
def boards() -> Iterator[Boards]:
    """Boards on loopback."""
    with serve_boards() as served:
        yield served


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::7f00:1", "2002:7f00:1::", "not an address"],
)  # fmt: skip
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_network_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/news.rss", "http://localhost:{port}/news.rss", "http://[::1]:{port}/news.rss", "http://2130706433:{port}/news.rss", "http://0x7f.1:{port}/news.rss"])  # fmt: skip
def test_nothing_inside_is_asked_unless_an_admin_named_it(boards: Boards, url: str) -> None:
    port = urlsplit(boards.url).port
    # Some resolvers take a number for an address: what it comes to is what counts.
    fetcher = Fetcher() if "0x" not in url and "213" not in url else Fetcher(resolve=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(Skippable, match="private network"):
        fetcher.get(url.format(port=port))
    assert not boards.hits


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://news.example/1", "http://user:pw@news.example/", "http://", "gopher://x", "http://news.example:99999/"])  # fmt: skip
def test_only_plain_http_is_fetched(url: str) -> None:
    with pytest.raises(Skippable):
        Fetcher(resolve=lambda _host, _port: ["93.184.216.34"]).get(url)


def test_a_redirect_into_the_network_is_not_followed(boards: Boards) -> None:
    boards.pages["/away"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    with pytest.raises(Skippable, match="private network"):
        Fetcher(allowed=frozenset({boards.url})).get(f"{boards.url}/away")


def test_redirects_without_end_are_given_up(boards: Boards) -> None:
    boards.pages["/round"] = (302, {"Location": "/round"}, b"")
    with pytest.raises(Skippable, match="without end"):
        Fetcher(allowed=frozenset({boards.url})).get(f"{boards.url}/round")
    assert boards.hits["/round", 302] == 6


def test_the_address_that_was_checked_is_the_one_that_is_asked(boards: Boards) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        # A name that is public for the check and private a moment later.
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    fetcher = Fetcher(resolve=resolve)
    target, headers, extensions = fetcher._target("https://news.example/feed?x=1", {})
    assert target == "https://93.184.216.34:443/feed?x=1"
    assert headers["Host"] == "news.example"
    assert extensions == {"sni_hostname": "news.example"}
    with pytest.raises(Skippable, match="private network"):
        fetcher.get("https://news.example/feed")


def test_a_name_with_one_private_address_among_public_ones_is_not_asked() -> None:
    with pytest.raises(Skippable, match="private network"):
        Fetcher(resolve=lambda _host, _port: ["93.184.216.34", "10.0.0.1"]).get("http://news.example/")


def test_what_has_not_changed_is_not_sent_again(boards: Boards) -> None:
    fetcher = Fetcher(allowed=frozenset({boards.url}))
    first = fetcher.get(f"{boards.url}/news.rss")
    again = fetcher.get(f"{boards.url}/news.rss", first.etag, first.modified)
    assert first.body
    assert again.body is None
    assert boards.hits == {("/news.rss", 200): 1, ("/news.rss", 304): 1}


def test_more_than_is_taken_is_refused(boards: Boards) -> None:
    boards.pages["/large"] = (200, {}, b"x" * 50_000)
    with pytest.raises(Skippable, match="more than is taken"):
        Fetcher(allowed=frozenset({boards.url}), largest=10_000).get(f"{boards.url}/large")


@pytest.mark.parametrize(("status", "error"), [(429, Retriable), (503, Retriable), (404, Skippable), (403, Skippable)])
def test_busy_is_tried_again_and_refused_is_not(boards: Boards, status: int, error: type[Exception]) -> None:
    boards.pages["/it"] = (status, {}, b"secret words of a customer")
    with pytest.raises(error) as caught:
        Fetcher(allowed=frozenset({boards.url})).get(f"{boards.url}/it")
    assert "customer" not in str(caught.value)
