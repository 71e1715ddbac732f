"""Placing activities again when somebody or something that they name has become known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.intake.batch import Work, table_of
from agents.intake.placement import Guest, place, speaker_of
from agents.intake.rows import Columns
from agents.intake.sitting import guest_rows, write_people_and_turns
from agents.intake.touches import INFERRED, keep_inference
from agents.intake.writing import chunks, load, write
from infra.spine.database import Database
from infra.spine.models import Activity, Participant, Turn, WaitingLink
from sales.records import ActivityKind, Direction

_TOLD_BY_PEOPLE = frozenset({Direction.UNKNOWN, Direction.INTERNAL, Direction.MUTUAL})


def place_again(database: Database, work: Work, activities: Iterable[str]) -> None:
    """Find out anew who was there, on which side, and where the activity belongs; only what differs is written."""
    for some in chunks(sorted(activities), 300):
        with database.transaction() as session:
            _place(session, work, list(some))


def _place(session: Session, work: Work, ids: list[str]) -> None:
    activities = load(session, table_of(Activity), ids)
    guests_of = _guests(session, ids)
    turns_of = _turns(session, ids)
    named = set(
        session.scalars(
            select(WaitingLink.record_id).where(
                WaitingLink.kind == "activity", WaitingLink.target == "deal", WaitingLink.record_id.in_(ids)
            )
        )
    )
    rows: list[Columns] = []
    for identity, activity in activities.items():
        guests = guests_of[identity]
        inferred = INFERRED in activity["custom"]
        placement = place(
            work.directory,
            ActivityKind(activity["kind"]),
            guests,
            at=activity["at"],
            account=activity["account_id"],
            deal=None if inferred else activity["deal_id"],
            owner=activity["owner_id"],
            direction=_kept_direction(activity, guests),
        )
        if identity in named:
            placement.deal_id, placement.inferred = None, False
        rows.append(
            {
                "id": identity,
                "account_id": placement.account_id,
                "deal_id": placement.deal_id,
                "owner_id": placement.owner_id,
                "direction": placement.direction.value,
                INFERRED: placement.inferred,
            }
        )
        for turn in turns_of.get(identity, ()):
            guest = speaker_of(turn["speaker"], guests)
            if guest is not None:
                turn |= {"side": guest.side, "contact_id": guest.contact_id, "user_id": guest.user_id}
    write(session, table_of(Activity), rows, keep_inference)
    write_people_and_turns(session, {i: guest_rows(i, guests_of[i]) for i in activities}, turns_of)


def _kept_direction(activity: dict[str, Any], guests: list[Guest]) -> Direction | None:
    """Return the direction that a source told; None where it was told by who was there, and has to be told again."""
    told = Direction(activity["direction"])
    if activity["kind"] == ActivityKind.MAIL:
        return None if any(guest.role == "from" for guest in guests) else told
    return None if told in _TOLD_BY_PEOPLE and activity["kind"] in ("call", "meeting") and guests else told


def _guests(session: Session, ids: list[str]) -> dict[str, list[Guest]]:
    guests: dict[str, list[Guest]] = defaultdict(list)
    for row in session.scalars(select(Participant).where(Participant.activity_id.in_(ids)).order_by(Participant.id)):
        guest = Guest(row.name, row.email, row.role, None, row.side)  # type: ignore[arg-type]
        guest.contact_id, guest.user_id = row.contact_id, row.user_id
        guests[row.activity_id].append(guest)
    return guests


def _turns(session: Session, ids: list[str]) -> dict[str, list[Columns]]:
    table = table_of(Turn)
    turns: dict[str, list[Columns]] = defaultdict(list)
    query = select(table).where(table.c.activity_id.in_(ids)).order_by(table.c.activity_id, table.c.position)
    for row in session.execute(query).mappings():
        turns[row["activity_id"]].append(dict(row))
    return turns
