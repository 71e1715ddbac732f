"""What every surface can have of a call's notes: the record inside the asker's scope, and its sections in the order in which people read them. It blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.notes.record import CallNotes, Line, Said
from bot.app import App
from bot.asker import Door, find_asker
from bot.figures import Calendar
from bot.moments import read_moment

_STANCES = {"supporter": "for it", "neutral": "neutral", "against": "against it", "unknown": "not told"}
_HANDLED = {"answered": "answered", "open": "open", "unknown": "answer given"}


@dataclass(frozen=True)
class Row:
    """One line of notes: what it says, of what kind it is, who it is about, the words under it, and a second line with its own words."""

    text: str
    said: tuple[Said, ...] = ()
    label: str | None = None
    who: str | None = None
    due: str | None = None
    reply: Said | None = None


@dataclass(frozen=True)
class Section:
    """Lines under one heading."""

    title: str
    rows: tuple[Row, ...]


def read_notes(app: App, email: str | None, door: Door, call_id: str, as_of: str | None = None) -> CallNotes:
    """Return the notes of a call. Raises Fatal (404) where there is no such call inside the asker's scope, or it was later than `as_of`."""
    asker = find_asker(app, email, door)
    by = read_moment(as_of, app.settings.zone) if as_of else None
    return app.notes.of(call_id, scope=asker.scope, by=by)


def sections_of(notes: CallNotes, calendar: Calendar) -> list[Section]:
    """Return the sections that hold anything, in reading order."""
    made = [Section("Next steps", tuple(_steps(notes, calendar)))]
    # Pains and how they decide have sections of their own, which hold more.
    apart = {key for key, lines in (("pains", notes.pains), ("decision", notes.decision_process)) if lines}
    made += [Section(topic.label, tuple(_lines(topic.lines))) for topic in notes.summary if topic.topic not in apart]
    made.append(Section("Objections", tuple(_objections(notes))))
    made.append(Section("Competitors", tuple(_rivals(notes))))
    made.append(Section("Pains", tuple(_lines(notes.pains))))
    made.append(Section("Decision process", tuple(_lines(notes.decision_process))))
    made.append(Section("Qualification", tuple(_elements(notes))))
    made.append(Section("How they stand to it", tuple(_feelings(notes))))
    made.append(
        Section(
            "Risks",
            tuple(
                Row(" ".join(one.said[0].quote.split()), one.said, label=one.label, who=one.said[0].speaker)
                for one in notes.risks
            ),
        )
    )
    return [section for section in made if section.rows]


def _lines(lines: tuple[Line, ...]) -> Iterator[Row]:
    for line in lines:
        speaker = line.said[0].speaker
        named = speaker is None or line.text.startswith(f"{speaker}:") or speaker.split()[0] in line.text
        yield Row(line.text, line.said, who=None if named else speaker)


def _rivals(notes: CallNotes) -> Iterator[Row]:
    for one in notes.competitors:
        yield Row(" ".join(one.said[0].quote.split()), one.said, label=one.name)


def _steps(notes: CallNotes, calendar: Calendar) -> Iterator[Row]:
    for step in notes.next_steps:
        owner = step.owner or ("Us" if step.side == "seller" else "They" if step.side == "buyer" else None)
        yield Row(step.text, step.said, who=owner, due=f"by {calendar.day(step.due)}" if step.due else None)


def _objections(notes: CallNotes) -> Iterator[Row]:
    for one in notes.objections:
        handled = _HANDLED[one.handled] if one.answer else "no answer"
        yield Row(one.text, one.said, label=f"{one.label} · {handled}", reply=one.answer)


def _elements(notes: CallNotes) -> Iterator[Row]:
    elements = notes.qualification.elements if notes.qualification else ()
    for element in elements:
        if element.state == "open":
            continue
        against = f" (against {element.against.label}: {element.against.value})" if element.against else ""
        yield Row(f"{element.text or element.said[0].quote}{against}", element.said, label=element.label)
    silent = [element.label for element in elements if element.state == "open"]
    if silent and len(silent) < len(elements):
        yield Row(", ".join(silent), label="Nothing was said of")


def _feelings(notes: CallNotes) -> Iterator[Row]:
    for one in notes.sentiment:
        changed = f", was {_STANCES[one.before]}" if one.before and one.before != one.stance else ""
        yield Row(f"{_STANCES[one.stance]}{changed}", one.said, who=one.name)


def clock(seconds: float | None) -> str | None:
    """Return a place in a call as `12:31` or `1:02:09`; None where the transcript has no times."""
    if seconds is None:
        return None
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
