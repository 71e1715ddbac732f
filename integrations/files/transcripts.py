"""Transcripts as text: WebVTT and SRT captions, and plain `Name: text` lines.

One turn a cue: cues are what the recorder's ids and times belong to, and a search that needs more context takes the
neighbours. A cue with several voices gives a turn for each. Turn ids are the cue's own where it has one (a number, or Teams'
`guid/12-0`), else its position from 0, so that they stay the same at each import.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.files.decoding import Source, clean, whole
from integrations.files.jsonvalues import clock, derived_id
from integrations.files.options import Hints
from integrations.files.zoom import Sidecar, beside
from sales.dates import as_datetime, parse_date
from sales.names import fold, split_display_name, word_set
from sales.records import Origin, Person, Reject, SpokenTurn, Transcript

_STAMP = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,6})?"
TIMING = re.compile(rf"^\s*({_STAMP})\s*--+>\s*({_STAMP})(?:\s+\S.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d{1,3}:[\d:.]+>", re.IGNORECASE)
_NAME = r"[^\W\d_][\w.'’\- ]*(?:, ?[^\W\d_][\w.'’\- ]*)?(?: ?[(\[][^()\[\]:]{1,60}[)\]])?"
_SPEAKER = re.compile(
    rf"^(?P<name>{_NAME}|\d{{7,15}}|\+\d[\d\s()-]{{6,18}}|[\w.+-]+@[\w.-]+)\s*:\s+(?P<text>\S.*)$", re.DOTALL
)
_BRACKETS = r"[\[(]?"
_TIME_FIRST = re.compile(
    rf"^\s*[\[(]?(?P<at>{_STAMP})[\])]?(?:\s*(?:-+>?|–|to)\s*[\[(]?{_STAMP}[\])]?)?\s*[-–:|]?\s+(?P<rest>\S.*)$"
)
_TIME_AFTER = re.compile(rf"^(?P<name>{_NAME})\s*[\[(]\s*(?P<at>{_STAMP})\s*[\])]\s*:?\s*(?P<text>.*)$")
_NAME_THEN_TIME = re.compile(rf"^(?P<name>{_NAME})\s{{1,}}(?P<at>{_STAMP})\s*$")
_PROSE = word_set(
    "note notes nb ps p.s warning caution important example e.g i.e summary agenda action actions todo to do date time subject from to cc bcc sent "
    "re fwd fw http https topic topics title location attendees participants present duration recording meeting next steps decision decisions "
    "question answer update tip hint reminder status result results conclusion deadline phone tel fax mobile email e-mail mail web website address "
    "url link file version option step section chapter part table figure source error total price amount budget von an betreff gesendet datum de para "
    "asunto enviado objet envoyé à disclaimer confidential attachment attachments regards thanks background goal goals objective problem solution reply-to "
    "message-id received return-path content-type mime-version references in-reply-to transcript host account deal started"
)
_HEAD = {
    "title": "title",
    "meeting": "title",
    "topic": "title",
    "subject": "title",
    "date": "date",
    "time": "date",
    "started": "date",
    "start": "date",
}
_HEAD |= {
    "account": "account",
    "company": "account",
    "customer": "account",
    "deal": "deal",
    "opportunity": "deal",
    "owner": "owner",
    "host": "owner",
}
_HEAD |= {"attendees": "people", "participants": "people", "present": "people", "id": "id", "call id": "id"}


@dataclass(frozen=True)
class _Cue:
    """One caption: its id, times in seconds and lines."""

    line: int
    cue_id: str | None
    start: float | None
    end: float | None
    text: str


def _cues(text: str) -> Iterator[_Cue]:
    """All cues of a caption file, wherever a timing line stands; a cue ends at a blank line, or before the next timing."""
    rows = text.split("\n")
    timings = [n for n, row in enumerate(rows) if "-->" in row and TIMING.match(row)]
    for place, at in enumerate(timings):
        stop = timings[place + 1] if place + 1 < len(timings) else len(rows)
        body: list[str] = []
        for n in range(at + 1, stop):
            row = rows[n]
            if "-->" in row:
                break
            if not row.strip():
                if body or n + 1 >= stop or not rows[n + 1].strip():
                    break
                continue
            if n == stop - 1 and place + 1 < len(timings) and _is_id(row) and body and not rows[n - 1].strip():
                break
            body.append(row.strip())
        above = rows[at - 1].strip() if at > 0 else ""
        before = rows[at - 2].strip() if at > 1 else ""
        cue_id = above if above and _is_id(above) and (not before or before.startswith("WEBVTT")) else None
        times = TIMING.match(rows[at])
        yield _Cue(
            at + 1, cue_id, clock(times[1]) if times else None, clock(times[2]) if times else None, "\n".join(body)
        )


def _is_id(row: str) -> bool:
    return (
        len(row) <= 100
        and "-->" not in row
        and not row.startswith(("NOTE", "STYLE", "REGION", "WEBVTT"))
        and (" " not in row.strip() or row.strip().isdigit())
    )


def _plain(text: str) -> str:
    """A cue's text without markup: tags off, entities read, on one line."""
    return clean(" ".join(html.unescape(_TAG.sub("", text)).split()))


def speaker_name(text: str) -> str | None:
    """A speaker as people know them: entities read, `Last, First (Contractor)` put in order; the note in brackets is left to the participants."""
    shown = clean(" ".join(html.unescape(text).split()))
    return split_display_name(shown).name or None if shown else None


def _voices(cue: _Cue, names: frozenset[str] | None) -> Iterator[tuple[str | None, str, str]]:
    """(speaker, speaker as written, text) for each voice in a cue."""
    marks = list(_VOICE.finditer(cue.text))
    if marks:
        if lead := _plain(cue.text[: marks[0].start()]):
            yield None, "", lead
        for place, mark in enumerate(marks):
            stop = marks[place + 1].start() if place + 1 < len(marks) else len(cue.text)
            if said := _plain(cue.text[mark.end() : stop]):
                yield speaker_name(mark[1]), html.unescape(mark[1]).strip(), said
        return
    text = _plain(cue.text)
    found = _SPEAKER.match(text) if names is not None else None
    if (
        names is not None
        and found
        and _is_speaker(found["name"])
        and (found["name"][0].isupper() or fold(found["name"]) in names or not found["name"][0].isalpha())
    ):
        yield speaker_name(found["name"]), found["name"], found["text"].strip()
    elif text:
        yield None, "", text


def _is_speaker(name: str) -> bool:
    words = fold(name).split()
    return (
        bool(words)
        and len(name) <= 60
        and len(words) <= 7
        and fold(name).strip(". ") not in _PROSE
        and words[0] not in ("http", "https")
    )


def _speakers_by_colon(cues: Sequence[_Cue]) -> frozenset[str] | None:
    """The names that come back before a colon; None where `Name: text` names no speakers in this file (none comes back, few cues begin so)."""
    names = [
        fold(found["name"])
        for cue in cues
        if (found := _SPEAKER.match(_plain(cue.text))) and _is_speaker(found["name"])
    ]
    counts = Counter(names)
    if not names or (len(names) == len(counts) and len(names) < 0.5 * len(cues)):
        return None
    return frozenset(name for name, often in counts.items() if often > 1)


def read_captions(source: Source, hints: Hints) -> Iterator[Transcript | Reject]:
    """A WebVTT or SRT file as one transcript. A cue that can't be read is kept aside; the others go in."""
    text = whole(source)
    cues = list(_cues(text))
    names = _speakers_by_colon(cues)
    turns: list[SpokenTurn] = []
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for place, cue in enumerate(cues):
        end = cue.end if cue.start is None or cue.end is None or cue.end >= cue.start else None
        for part, (speaker, written, said) in enumerate(_voices(cue, names)):
            identity = _unique((cue.cue_id or str(place)) + (f".{part + 1}" if part else ""), taken)
            if speaker:
                shown.setdefault(speaker, written)
            turns.append(SpokenTurn(identity, speaker, said, cue.start, end))
    for number, row in enumerate(text.split("\n"), start=1):
        if "-->" in row and not TIMING.match(row):
            yield Reject(Origin(source.name, number), "This cue's times can't be read.", row[:2000])
    if not turns:
        yield Reject(Origin(source.name, 0), "This caption file has no cue with words in it.")
        return
    header = _caption_header(text)
    yield _transcript(source, turns, shown, beside(source, hints), header, hints)


def _caption_header(text: str) -> dict[str, str]:
    """`key: value` lines between WEBVTT and the first cue, as some recorders write them."""
    head = re.split(r"\n\s*\n", text, maxsplit=1)[0]
    return _fields(head.split("\n")[1:]) if head.lstrip("\ufeff").startswith("WEBVTT") else {}


def _fields(rows: Sequence[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for row in rows:
        key, colon, value = row.strip().strip("*# ").partition(":")
        key = fold(key.strip("* "))
        if colon and key in _HEAD and value.strip(" *"):
            out.setdefault(_HEAD[key], value.strip(" *"))
    return out


def _unique(identity: str, taken: set[str]) -> str:
    name, n = identity, 2
    while name in taken:
        name, n = f"{identity}.{n}", n + 1
    taken.add(name)
    return name


def call_id_of(source: Source, turns: Sequence[SpokenTurn]) -> str:
    """A transcript's call id: the file's name without its ending; a name that any file may have is told apart by what was said."""
    bare = re.sub(
        r"[\s._-]*(transcript|recording|audio|captions?|subtitles|closed|cc|meeting|saved|call|\d{1,2}|en|us)\b",
        "",
        fold(source.stem),
    )
    if re.search(r"[a-z]{3}|\d{3}", bare) or re.search(r"\d{3}", source.stem):
        return clean(source.stem)
    return derived_id(clean(source.stem), *((turn.speaker, turn.text, turn.start) for turn in turns[:50]))


def _transcript(
    source: Source,
    turns: Sequence[SpokenTurn],
    shown: dict[str, str],
    sidecar: Sidecar | None,
    header: dict[str, str],
    hints: Hints,
) -> Transcript:
    listed = list(sidecar.participants) if sidecar else []
    for name in re.split(r"[,;]", header.get("people", "")):
        if name.strip():
            listed.append(Person(speaker_name(name)))
    known = {fold(person.name) for person in listed if person.name}
    speaking = []
    for name, written in shown.items():
        if fold(name) not in known:
            note = split_display_name(written).note
            speaking.append(Person(name, None, "speaker", title=note))
    started = (
        sidecar.started_at
        if sidecar and sidecar.started_at
        else _written_date(header.get("date"), hints) or _date_in_name(source.stem, hints)
    )
    return Transcript(
        origin=Origin(source.name, 1, "zoom" if sidecar else "import"),
        call_id=clean(header["id"]) if "id" in header else call_id_of(source, turns),
        turns=tuple(turns),
        title=(sidecar.topic if sidecar else None) or header.get("title"),
        started_at=started,
        ended_at=sidecar.ended_at if sidecar else None,
        account=header.get("account"),
        deal=header.get("deal"),
        owner=header.get("owner") or (sidecar.host if sidecar else None),
        participants=(*listed, *speaking),
    )


def _written_date(text: str | None, hints: Hints) -> datetime | None:
    found = parse_date(text, zone=hints.zone) if text else None
    return as_datetime(found, hints.zone) if found else None


def _date_in_name(stem: str, hints: Hints) -> datetime | None:
    """The start that recorders put into file names: `GMT20240315-140203_Recording`, `2024-03-15 14.02.03 …`, `…_20240315_140203`."""
    if found := re.search(r"GMT(\d{8})-(\d{6})", stem):
        moment = parse_date(f"{found[1]}T{found[2]}Z")
        return as_datetime(moment) if moment else None
    if found := re.search(
        r"(?<!\d)((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?:[ T_-]+(\d{2})[.:_-]?(\d{2})(?:[.:_-]?(\d{2}))?)?(?!\d)",
        stem,
    ):
        time = f" {found[4]}:{found[5]}" if found[4] else ""
        return _written_date(f"{found[1]}-{found[2]}-{found[3]}{time}", hints)
    return None


@dataclass
class _Line:
    """One line of a plain transcript: who begins to speak in it, when, and what."""

    number: int
    speaker: str | None
    start: float | None
    text: str


def _line(number: int, row: str, pending: float | None) -> _Line:
    row = re.sub(r"^\*\*(.+?)\*\*", r"\1", row.strip()).strip()
    row = re.sub(r"^\*\*(.+?):\*\*", r"\1:", row)
    if (found := _TIME_AFTER.match(row) or _NAME_THEN_TIME.match(row)) and _is_speaker(found["name"]):
        return _Line(number, found["name"].strip(), clock(found["at"]), (found.groupdict().get("text") or "").strip())
    start = pending
    if found := _TIME_FIRST.match(row):
        start, row = clock(found["at"]), found["rest"]
    row = re.sub(r"^[<\[(]([^<>\[\]()]{1,60})[>\])]\s*:?\s+(?=\S)", r"\1: ", row) if start is not None else row
    if (found := _SPEAKER.match(row)) and _is_speaker(found["name"]):
        return _Line(number, found["name"].strip(), start, found["text"].strip())
    if (found := re.match(rf"^(?P<name>{_NAME})\s*:\s*$", row)) and _is_speaker(found["name"]):
        return _Line(number, found["name"].strip(), start, "")
    return _Line(number, None, start, row)


def plain_lines(text: str) -> list[_Line]:
    """A text's non-blank lines as a transcript would have them; a line that is only a time belongs to the next one."""
    out: list[_Line] = []
    pending: float | None = None
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        if re.fullmatch(rf"\s*[\[(]?{_STAMP}[\])]?(?:\s*[-–>]+\s*[\[(]?{_STAMP}[\])]?)?\s*", row):
            pending = clock(re.search(_STAMP, row).group())  # type: ignore[union-attr]
            continue
        out.append(_line(number, row, pending))
        pending = None
    return out


def is_plain_transcript(text: str) -> bool:
    """Whether a text is people speaking: two names or more, some of them again and again, opening a fair share of its lines."""
    found = plain_lines(text[:60_000])
    names = [fold(line.speaker) for line in found if line.speaker]
    if len(names) < 3:
        return len(names) == 2 == len(found) == len(set(names)) and all(
            line.start is not None or line.text[-1:] in ".?!" for line in found
        )
    counts = Counter(names)
    again = sum(1 for name in names if counts[name] > 1)
    return (
        again >= 0.5 * len(names)
        and len(names) >= 0.2 * len(found)
        and (len(set(names)) >= 2 or len(names) >= 0.8 * len(found))
    )


def read_plain(source: Source, hints: Hints) -> Iterator[Transcript | Reject]:
    """A `Name: text` transcript. A line without a name goes on with what was said before it; a name that comes once in prose is no speaker."""
    text = whole(source)
    found = plain_lines(text)
    names = Counter(fold(line.speaker) for line in found if line.speaker)
    header = _fields(text.split("\n")[:15])
    turns: list[SpokenTurn] = []
    shown: dict[str, str] = {}
    for line in found:
        key = _fields([f"{line.speaker}: {line.text}"]) if line.speaker else _fields([line.text])
        if not turns and key:
            continue
        once = line.speaker is not None and names[fold(line.speaker)] == 1 and len(fold(line.speaker).split()) > 3
        if line.speaker and not once:
            speaker = speaker_name(line.speaker)
            if speaker:
                shown.setdefault(speaker, line.speaker)
            turns.append(SpokenTurn(str(len(turns)), speaker, clean(line.text), line.start))
        elif turns and line.start is None:
            said = f"{line.speaker}: {line.text}" if line.speaker else line.text
            last = turns[-1]
            turns[-1] = SpokenTurn(last.turn_id, last.speaker, f"{last.text} {clean(said)}".strip(), last.start)
        elif line.start is not None:
            turns.append(SpokenTurn(str(len(turns)), None, clean(line.text), line.start))
    turns = [turn for turn in turns if turn.text]
    if not turns:
        yield Reject(Origin(source.name, 0), "This transcript has no line with a speaker and words.")
        return
    yield _transcript(source, turns, shown, None, header, hints)
