"""What Zoom saves beside a transcript: the participants' list and the chat.

The list is joined to the transcript with the same stem (`X_transcript.vtt` and `X_participants.csv` in one folder); alone it
is kept aside, since it says who was there but not what happened. The chat becomes a note of the meeting.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from integrations.files.decoding import Source, clean, lines
from integrations.files.options import Hints
from sales.columns import normal
from sales.dates import as_datetime, parse_date
from sales.names import split_display_name
from sales.records import ActivityKind, Origin, Person, RecordKind, Reject, Row

_SIDES = re.compile(
    r"[\s._-]*(?:audio[\s_-]?)?(?:transcript|recording|participants?|chat|closed[\s_-]?captions?|cc|captions?)(?:[\s._-].*)?$",
    re.IGNORECASE,
)
CHAT = re.compile(
    r"^\s*(\d{1,2}:\d{2}:\d{2})\s*\t\s*(?:From\s+)?(.+?)(?:\s+[Tt]o\s+\S.*?)?\s*:\s*\t?\s?(.*)$|^(\d{1,2}:\d{2}:\d{2}) From (.+?) [Tt]o .+?:\s*(.*)$"
)


@dataclass(frozen=True)
class Sidecar:
    """What a participants' list says of a meeting."""

    participants: tuple[Person, ...]
    topic: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    host: str | None = None


def is_participants(head: list[str]) -> bool:
    """Whether a text begins as Zoom's participants' list does: columns of name and total duration, or a meeting's above them."""
    for line in head[:12]:
        words = normal(line)
        if ("total duration minutes" in words and words.startswith("name")) or words.startswith(
            "name original name user email"
        ):
            return True
        if words.startswith("meeting id topic start time"):
            return True
    return False


def is_chat(head: list[str]) -> bool:
    """Whether a text is a saved chat: times, a tab, names."""
    filled = [line for line in head if line.strip()][:20]
    return (
        len(filled) > 0
        and sum(1 for line in filled if CHAT.match(line)) >= 0.5 * len(filled)
        and CHAT.match(filled[0]) is not None
    )


def read_sidecar(source: Source, hints: Hints) -> Sidecar | None:
    """Read a participants' list: the meeting's table, if it is there, and the people's below it."""
    rows = [
        [cell.strip() for cell in row]
        for row in csv.reader(islice((line.replace("\x00", "") for line in lines(source)), 5000))
    ]
    meeting: dict[str, str] = {}
    people: list[Person] = []
    header: list[str] = []
    for row in rows:
        words = [normal(cell) for cell in row]
        if not any(row):
            header = []
        elif words[0] == "meeting id" or words[0].startswith("name"):
            header = words
        elif header and header[0] == "meeting id" and not meeting:
            meeting = dict(zip(header, row, strict=False))
        elif header and row[0]:
            cells = dict(zip(header, row, strict=False))
            shown = split_display_name(clean(row[0]))
            email = next((cells[key] for key in header if "email" in key and "@" in cells.get(key, "")), None)
            people.append(Person(shown.name, email.lower() if email else None))
    if not people and not meeting:
        return None
    start, end = (_moment(meeting.get(key), hints) for key in ("start time", "end time"))
    host = meeting.get("user email") or None
    return Sidecar(tuple(people), clean(meeting.get("topic", "")) or None, start, end, host)


def _moment(text: str | None, hints: Hints) -> datetime | None:
    found = parse_date(text, zone=hints.zone) if text else None
    return as_datetime(found, hints.zone) if found else None


def stem_of(source: Source) -> str:
    """The part of a name that a meeting's files share."""
    return _SIDES.sub("", source.stem).casefold()


def beside(source: Source, hints: Hints) -> Sidecar | None:
    """The participants' list that lies beside a transcript, if there is one."""
    if source.path is None:
        return None
    stem = stem_of(source)
    for path in sorted(source.path.parent.glob("*articipant*.csv"))[:500]:
        other = Source(path.name, path)
        if stem and stem_of(other) == stem and is_participants(list(islice(lines(other), 12))):
            return read_sidecar(other, hints)
    return None


def _has_transcript(source: Source) -> bool:
    if source.path is None:
        return False
    stem = stem_of(source)
    others = [path for ending in ("*.vtt", "*.srt") for path in source.path.parent.glob(ending)]
    return any(stem_of(Source(path.name, path)) == stem for path in others[:2000])


def read_participants(source: Source, hints: Hints) -> Iterator[Reject]:
    """Nothing of its own: the transcript beside it carries these people. Without one, a reject that says so."""
    if not _has_transcript(source):
        yield Reject(
            Origin(source.name, 0, "zoom"),
            "This is a meeting's list of participants. Its transcript is not beside it: import the two together, under the names that Zoom gave them.",
        )


def read_chat(source: Source, hints: Hints) -> Iterator[Row | Reject]:
    """A saved chat as one note. Lines without a time go on with the message before them."""
    said: list[str] = []
    for line in lines(source):
        found = CHAT.match(line)
        if found:
            said.append(clean(f"{(found[2] or found[5]).strip().rstrip(':')}: {(found[3] or found[6] or '').strip()}"))
        elif line.strip() and said:
            said[-1] = f"{said[-1]} {clean(line.strip())}"
    if not said:
        yield Reject(Origin(source.name, 0, "zoom"), "This chat has no messages.")
        return
    sidecar = beside(source, hints)
    values: dict[str, object] = {
        "external_id": f"chat {clean(source.stem)}",
        "type": ActivityKind.NOTE.value,
        "subject": f"Chat: {sidecar.topic if sidecar and sidecar.topic else clean(source.stem)}",
        "body": "\n".join(said),
    }
    if sidecar and sidecar.started_at:
        values["at"] = sidecar.started_at
    if sidecar and sidecar.host:
        values["owner"] = sidecar.host
    yield Row(RecordKind.ACTIVITY, Origin(source.name, 1, "zoom"), values)
