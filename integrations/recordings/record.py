"""A recorded call as a recorder tells it, whoever that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.errors import Fatal, Retriable, Skippable

LARGEST = 20_000_000
"""Bytes of a transcript: an hour of captions has about 150,000."""
TIMEOUT_S = 30.0
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Recorded:
    """A call with its captions (WebVTT). `people` are names and mail addresses, either of which may be missing; `id` is unique over all recorders."""

    id: str
    system: str
    captions: bytes
    title: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    host: str | None = None
    people: tuple[tuple[str | None, str | None], ...] = ()


def text_of(value: object, most: int = 400) -> str | None:
    """Return a text that is one and says something, cut to a length that a title may have."""
    return value.strip()[:most] or None if isinstance(value, str) else None


def moment_of(value: object) -> datetime | None:
    """Return an ISO instant with an offset, or None."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def objects_of(value: object) -> list[Mapping[str, Any]]:
    """Return the JSON objects of a list; what is something else is passed over."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def not_there(recorder: str) -> Skippable:
    """Return the error of a transcript that isn't kept any more."""
    return Skippable(
        f"{recorder} does not have this transcript any more.", "Import it as a file if somebody has saved it."
    )


def busy(recorder: str) -> Retriable:
    """Return the error of a recorder that can't answer now."""
    return Retriable(f"{recorder} does not answer.", "It is tried again in a while.")


def refused(recorder: str, mend: str) -> Fatal:
    """Return the error of a recorder that does not let us read."""
    return Fatal(f"{recorder} does not let us read this transcript.", mend)


def too_large(recorder: str) -> Skippable:
    """Return the error of a transcript that is longer than any call."""
    return Skippable(f"A transcript of {recorder} is larger than is taken.", "Import it as a file.")
