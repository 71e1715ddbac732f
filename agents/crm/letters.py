"""Dead letters: what could not be read or written, kept whole with its reason until somebody has it tried again or lets it go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agents.intake.identity import fitted, stable_id
from agents.intake.writing import chunks
from infra.errors import Fatal
from infra.spine.crm import CrmWrite, DeadLetter

Direction = Literal["read", "write"]
_LONGEST = 20_000


def put(
    session: Session,
    system: str,
    direction: Direction,
    kind: str,
    key: str,
    *,
    code: str,
    reason: str,
    record: Mapping[str, Any],
    now: datetime,
) -> str:
    """Keep a dead letter and return its id. The same record again is the same letter, with one more attempt."""
    identity = stable_id("letter", system, direction, kind, key)
    known = session.get(DeadLetter, identity)
    if known is not None:
        known.attempts += 1
        known.code, known.reason, known.last_at, known.state = code, reason, now, "waiting"
        known.record = _storable(record)
        return identity
    session.add(
        DeadLetter(
            id=identity,
            system=system,
            direction=direction,
            kind=kind,
            key=fitted("key", key, 200),
            record=_storable(record),
            code=code[:40],
            reason=reason,
            attempts=1,
            state="waiting",
            at=now,
            last_at=now,
        )
    )
    session.flush()
    return identity


def _storable(value: Any) -> Any:
    """Return JSON without what a database can't hold, and without endless texts."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()[:_LONGEST]
    if isinstance(value, Mapping):
        return {str(_storable(str(name))): _storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value if isinstance(value, int | float | bool) or value is None else str(value)


def answered(session: Session, system: str, kind: str, keys: Sequence[str], now: datetime) -> None:
    """Settle letters of records that could be read after all."""
    waiting = select(func.count()).where(
        DeadLetter.system == system,
        DeadLetter.kind == kind,
        DeadLetter.direction == "read",
        DeadLetter.state == "waiting",
    )
    if not session.scalar(waiting):
        return
    for some in chunks(list(keys)):
        session.execute(
            update(DeadLetter)
            .where(
                DeadLetter.system == system,
                DeadLetter.direction == "read",
                DeadLetter.kind == kind,
                DeadLetter.state == "waiting",
                DeadLetter.key.in_(some),
            )
            .values(state="replayed", last_at=now)
            .execution_options(synchronize_session=False)
        )


def listed(
    session: Session, *, state: str = "waiting", system: str | None = None, limit: int = 200
) -> list[DeadLetter]:
    """Return letters, the newest first."""
    query = select(DeadLetter).where(DeadLetter.state == state).order_by(DeadLetter.last_at.desc(), DeadLetter.id)
    if system is not None:
        query = query.where(DeadLetter.system == system)
    return list(session.scalars(query.limit(limit)))


def waiting(session: Session) -> dict[str, int]:
    """Return how many letters wait, by system."""
    rows = session.execute(
        select(DeadLetter.system, func.count()).where(DeadLetter.state == "waiting").group_by(DeadLetter.system)
    )
    return {row[0]: row[1] for row in rows}


def letter(session: Session, identity: str) -> DeadLetter:
    """Return a letter. Raises Fatal (404)."""
    found = session.get(DeadLetter, identity)
    if found is None:
        raise Fatal("There is no such dead letter.", "`dealwright letters` lists them.", status=404)
    return found


def drop(session: Session, identity: str, now: datetime) -> DeadLetter:
    """Let a letter go: a person has settled it otherwise. Its write stays undone."""
    found = letter(session, identity)
    if found.state == "waiting":
        found.state, found.last_at = "dropped", now
    return found


def replay_writes(session: Session, letters: Iterable[DeadLetter], now: datetime, *, absent: bool = False) -> int:
    """Plan the writes of letters anew, from their present state: what is there already is found again, not done twice. Returns how many.

    With `absent` a person has looked and says that what is of unknown outcome is not there.
    """
    count = 0
    for one in letters:
        if one.direction != "write" or one.state != "waiting":
            continue
        row = session.get(CrmWrite, str(one.record.get("write") or one.key))
        if row is None or row.state not in ("dead", "unknown", "failed"):
            continue
        # An attempt of unknown outcome is looked for before anything is sent.
        row.state = "sending" if row.state == "unknown" and not absent else "planned"
        row.attempts += 1
        row.due_at, row.holder, row.trouble = now, None, None
        row.receipt = {**row.receipt, "tries": 0}
        one.state, one.last_at = "replayed", now
        count += 1
    session.flush()
    return count
