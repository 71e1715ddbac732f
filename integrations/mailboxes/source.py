"""What a mailbox or calendar gives: pages of mails or meetings with the cursor after them, and how it says that it can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from infra.errors import Fatal, Retriable
from sales.records import Person

Cursor = dict[str, Any]
"""How far a source was read, as JSON. Empty: never."""

FIRST_DAYS = 90
"""So many days back the first reading of a mailbox begins."""

LARGEST_MAIL = 25_000_000
"""Bytes. A larger mail is left out: its words stand in the first part of one that is smaller, or nowhere."""


@dataclass(frozen=True)
class Found:
    """One mail: `name` is the source's own id of it, `raw` its bytes (RFC 5322)."""

    name: str
    raw: bytes


@dataclass(frozen=True)
class Meeting:
    """One meeting, or one occurrence of a series. `id` is stable; an occurrence that was moved keeps it. `private` ones are never kept."""

    id: str
    subject: str | None
    begins: datetime
    ends: datetime | None
    people: tuple[Person, ...] = ()
    cancelled: bool = False
    private: bool = False
    url: str | None = None


@dataclass(frozen=True)
class Page:
    """Some mails or meetings in order, the cursor to go on from, and whether there is more at once. `left_out` counts what was too large or not readable.

    `whole` says that the meetings are all that the calendar holds; without it they are what has changed.
    """

    cursor: Cursor
    mails: tuple[Found, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    more: bool = False
    left_out: int = 0
    whole: bool = False


class Source(Protocol):
    """A mailbox or calendar that is read in pages."""

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the next page. Raises Retriable where it may work later, Fatal where a person must connect it again."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


@dataclass(frozen=True)
class Secret:
    """What opens a mailbox: a password, or OAuth's tokens. Never in a log, never in a repr."""

    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


def occurrence(series: str, original: datetime) -> str:
    """Return the id of one occurrence of a series: by the moment that the series gives it, wherever it was moved to."""
    return f"{series}/{original.astimezone(UTC).strftime('%Y%m%dT%H%M%SZ')}"


def unreachable() -> Retriable:
    """Return the error of a server that does not answer."""
    return Retriable("The mailbox can't be reached.", "It is tried again in some minutes.")


def refused() -> Fatal:
    """Return the error of a server that does not take the credentials."""
    return Fatal(
        "The mailbox does not take the password or token any more.",
        "Connect it again: say “connect my mailbox”, or run `dealwright mailbox connect`.",
    )


def not_understood() -> Retriable:
    """Return the error of a server whose answer is none."""
    return Retriable("The mailbox gave an answer that makes no sense.", "It is tried again in some minutes.")
