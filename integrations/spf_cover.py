"""Whether an SPF record lets an address send, as a receiver would find (RFC 7208, sections 4 and 5), and which records it includes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from integrations.dns import Dns

_MOST_LOOKUPS = 10
"""RFC 7208, 4.6.4: mechanisms and modifiers that ask the DNS."""

Address = IPv4Address | IPv6Address


class _CantTell(Exception):
    """The record holds what is answered for each mail anew (macros, ptr, exists), or asks for too much."""


@dataclass
class _Left:
    lookups: int = _MOST_LOOKUPS

    def take(self) -> None:
        self.lookups -= 1
        if self.lookups < 0:
            raise _CantTell


def addresses_of(dns: Dns, host: str) -> tuple[Address, ...]:
    """Return the addresses of a host by the DNS, or its own where it is one. Raises DnsSilent."""
    try:
        return (ip_address(host.strip("[]")),)
    except ValueError:
        return dns.addresses(host)


def covers(dns: Dns, domain: str, address: Address) -> bool | None:
    """Return whether the SPF record of `domain` lets `address` send; None where that can't be told. Raises DnsSilent."""
    try:
        return _passes(dns, domain, address, _Left())
    except (_CantTell, ValueError):
        return None


def includes(dns: Dns, domain: str, wanted: str) -> bool | None:
    """Return whether the SPF record of `domain` includes the record `wanted`, itself or through others. Raises DnsSilent."""
    try:
        return _includes(dns, domain, wanted.lower(), _Left())
    except _CantTell:
        return None


def _record(dns: Dns, domain: str) -> list[str]:
    found = [text for text in dns.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(found) != 1:
        raise _CantTell
    return found[0].split()[1:]


def _includes(dns: Dns, domain: str, wanted: str, left: _Left) -> bool:
    for name in _named(_record(dns, domain)):
        left.take()
        if name == wanted or _includes(dns, name, wanted, left):
            return True
    return False


def _named(terms: list[str]) -> Iterator[str]:
    for term in terms:
        plain = term.lstrip("+").lower()
        for begins in ("include:", "redirect="):
            if plain.startswith(begins):
                if "%" in plain:
                    raise _CantTell
                yield plain.removeprefix(begins).rstrip(".")


def _passes(dns: Dns, domain: str, address: Address, left: _Left) -> bool:
    """Return whether the first mechanism that matches lets the address send."""
    redirect = None
    for term in _record(dns, domain):
        if term.lower().startswith("redirect="):
            redirect = term.partition("=")[2]
            continue
        if "=" in term.partition(":")[0]:
            continue
        sign, plain = (term[0], term[1:]) if term[0] in "+-~?" else ("+", term)
        if _matches(dns, domain, plain, address, left):
            return sign == "+"
    if redirect is not None:
        left.take()
        if "%" in redirect:
            raise _CantTell
        return _passes(dns, redirect.rstrip("."), address, left)
    return False


def _matches(dns: Dns, domain: str, term: str, address: Address, left: _Left) -> bool:
    name, _, value = term.partition(":")
    kind, slash, length = name.partition("/")
    kind = kind.lower()
    if kind == "all":
        return True
    if kind in ("ip4", "ip6"):
        return address in ip_network(value, strict=False)
    left.take()
    if "%" in value or kind not in ("a", "mx", "include"):
        raise _CantTell
    if kind == "include":
        return _passes(dns, value.rstrip("."), address, left)
    if value:
        value, slash, length = value.partition("/")
    host = (value or domain).rstrip(".")
    hosts = (host,) if kind == "a" else dns.exchanges(host)
    bits = _length(slash, length, address)
    return any(
        address in ip_network(f"{one}/{bits}", strict=False)
        for host in hosts[:_MOST_LOOKUPS]
        for one in dns.addresses(host)
        if one.version == address.version
    )


def _length(slash: str, length: str, address: Address) -> int:
    """Return the length of the prefix for the address's version: `a/24//64` gives 24 for IPv4 and 64 for IPv6."""
    if not slash:
        return address.max_prefixlen
    four, _, six = length.partition("//")
    told = four if address.version == 4 else six.lstrip("/")
    return int(told) if told else address.max_prefixlen
