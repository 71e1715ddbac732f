"""Who sat there and what was said, as rows: participants and turns of activities, written only where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from agents.intake.placement import Guest, speaker_of
from agents.intake.rows import Columns
from agents.intake.writing import chunks, storable
from infra.spine.models import Participant, Turn
from sales.records import SpokenTurn

_PEOPLE = ("name", "email", "role", "side", "contact_id", "user_id")
_TURN = ("position", "turn_id", "id_is_text", "speaker", "side", "contact_id", "user_id", "start_s", "end_s", "text")


def guest_rows(activity: str, guests: Iterable[Guest]) -> list[Columns]:
    """Return the participants of an activity, each once in each role."""
    rows: dict[tuple[str, str | None, str | None], Columns] = {}
    for guest in guests:
        name = storable(guest.name) if guest.name else None
        email = storable(guest.email) if guest.email else None
        rows.setdefault(
            (guest.role, name, email),
            {
                "activity_id": activity,
                "name": name,
                "email": email,
                "role": guest.role,
                "side": guest.side,
                "contact_id": guest.contact_id,
                "user_id": guest.user_id,
            },
        )
    return list(rows.values())


def turn_rows(activity: str, turns: Sequence[SpokenTurn], guests: Sequence[Guest]) -> list[Columns]:
    """Return the turns of a call, each with its speaker's side and person."""
    by_speaker = {speaker: speaker_of(speaker, guests) for speaker in {turn.speaker for turn in turns}}
    rows = []
    for position, turn in enumerate(turns):
        guest = by_speaker[turn.speaker]
        rows.append(
            {
                "activity_id": activity,
                "position": position,
                "turn_id": storable(turn.turn_id),
                "id_is_text": turn.id_is_text,
                "speaker": storable(turn.speaker) if turn.speaker else None,
                "side": guest.side if guest else "unknown",
                "contact_id": guest.contact_id if guest else None,
                "user_id": guest.user_id if guest else None,
                "start_s": turn.start,
                "end_s": turn.end,
                "text": storable(turn.text),
            }
        )
    return rows


def write_people_and_turns(
    session: Session, people: Mapping[str, list[Columns]], turns: Mapping[str, list[Columns]]
) -> set[str]:
    """Bring participants and turns to what is told now. Returns the activities in which something differed."""
    return _replace(session, Participant, people, _PEOPLE) | _replace(session, Turn, turns, _TURN)


def _replace(session: Session, model: Any, told: Mapping[str, list[Columns]], names: tuple[str, ...]) -> set[str]:
    stored: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    table = model.__table__
    for some in chunks(list(told)):
        columns = [table.c.activity_id, *(table.c[name] for name in names)]
        for row in session.execute(select(*columns).where(table.c.activity_id.in_(some))):
            stored[row[0]].append(tuple(row[1:]))
    differing = {
        identity
        for identity, rows in told.items()
        if sorted(map(_sortable, stored[identity]))
        != sorted(_sortable(tuple(row[name] for name in names)) for row in rows)
    }
    for some in chunks([identity for identity in differing if stored[identity]]):
        session.execute(delete(table).where(table.c.activity_id.in_(some)))
    fresh = [row for identity, rows in told.items() if identity in differing for row in rows]
    for some in chunks(fresh, 5_000):
        session.execute(insert(table), list(some))
    return differing


def _sortable(row: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, repr(value)) for value in row)
