"""What a company says of itself on its own website: addresses of people by name, a phone number, a sentence about what it does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser

from integrations.enrichment.fetch import Fetcher, Page
from integrations.enrichment.record import Fact, Lookup
from sales.addresses import ascii_domain, written_address
from sales.names import fold

PATHS = ("/", "/about", "/team", "/contact")
"""Pages that are looked at, at most, in this order."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_GENERAL = frozenset("info sales contact hello office support admin jobs careers press privacy legal billing team hr mail service webmaster postmaster".split())  # fmt: skip
_LONGEST_DESCRIPTION = 300


class Website:
    """Reads a company's website."""

    name = "website"

    def __init__(self, fetcher: Fetcher | None = None, scheme: str = "https") -> None:
        self._fetcher = fetcher or Fetcher()
        self._scheme = scheme

    def look_up(self, lookup: Lookup) -> Sequence[Fact]:
        """Return what the company's pages say. An address is a person's only where their name is in it: nobody is guessed. Raises Retriable or Fatal."""
        domain = _domain(lookup.domain)
        if domain is None:
            return ()
        found: dict[str, Fact] = {}
        for path in PATHS:
            if set(lookup.wanted) <= set(found):
                break
            page = self._fetcher.page(f"{self._scheme}://{domain}{path}")
            if page is None:
                continue
            for fact in self._facts(page, lookup, domain):
                found.setdefault(fact.field, fact)
        return tuple(fact for fact in found.values() if fact.field in lookup.wanted)

    def _facts(self, page: Page, lookup: Lookup, domain: str) -> list[Fact]:
        read = _Reader()
        read.feed(page.text)
        facts = []
        if read.description:
            facts.append(Fact("description", read.description[:_LONGEST_DESCRIPTION], page.url))
        if read.phones:
            facts.append(Fact("phone", read.phones[0], page.url))
        company = domain.removeprefix("www.").partition(":")[0]
        for address in dict.fromkeys([*read.addresses, *_ADDRESS.findall(unescape(page.text))]):
            if written_address(address) and lookup.person and _is_theirs(address, lookup.person, company):
                facts.append(Fact("email", address.lower(), page.url))
                break
        return facts


def _domain(text: str | None) -> str | None:
    """Return the host to ask; a port may stand behind it."""
    host, colon, port = (text or "").strip().lower().partition(":")
    if host in ("localhost",) or re.fullmatch(r"[\d.]+", host):
        return text
    found = ascii_domain(host)
    return f"{found}{colon}{port}" if found else None


def _is_theirs(address: str, person: str, company: str) -> bool:
    """Whether an address carries the person's last name, with their first name or its initial, or both names."""
    local, _, domain = address.lower().rpartition("@")
    words = [word for word in re.findall(r"[a-z]+", fold(person)) if len(word) > 1]
    if len(words) < 2 or local in _GENERAL or not (domain == company or domain.endswith(f".{company}")):
        return False
    first, last = words[0], words[-1]
    letters = re.sub(r"[^a-z]", "", fold(local))
    return letters in (first + last, last + first, first[0] + last, last + first[0], first + last[0])


class _Reader(HTMLParser):
    """Gathers links to addresses and phones, and the description, from a page however broken."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []
        self.phones: list[str] = []
        self.description: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at links and at what the page says of itself."""
        given = {key: value or "" for key, value in attrs}
        target = given.get("href", "")
        if tag == "a" and target.lower().startswith("mailto:"):
            self.addresses += _ADDRESS.findall(target[7:])[:1]
        if tag == "a" and target.lower().startswith("tel:"):
            self.phones.append(target[4:].strip()[:40])
        if tag == "meta" and given.get("name", "").lower() == "description" and given.get("content"):
            self.description = " ".join(given["content"].split())
