"""The suppression list in the spine: putting people and domains on it, taking them off, and asking it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from agents.guard.stopping import stop_planned
from agents.guard.trail import address_mark, note
from infra.errors import Denied, Fatal
from infra.spine.people import User
from infra.spine.touches import Suppression
from sales.suppression import (
    GUARDED,
    LASTING,
    REASONS,
    Kind,
    Listed,
    Reason,
    end_of,
    heaviest,
    lookup_values,
    read_value,
    replaces,
)

_AT_ONCE = 500
_ADDRESS = re.compile(r"\S+@\S+")
_LONGEST_WHY = 300


@dataclass(frozen=True)
class Entry:
    """Somebody, or a domain, to put on the list; `value` as `sales.suppression.read_value` gives it."""

    kind: Kind
    value: str
    reason: Reason
    note: str | None = None
    until: datetime | None = None


def suppress(session: Session, entry: Entry, *, source: str, by: str | None, surface: str, now: datetime) -> bool:
    """Put one on the list and stop what is planned for them; return whether the list changed.

    A lighter reason never takes the place of a heavier one, and what people asked for themselves has no end.
    """
    return suppress_all(session, [entry], source=source, by=by, surface=surface, now=now) == 1


def suppress_all(
    session: Session, entries: Sequence[Entry], *, source: str, by: str | None, surface: str, now: datetime
) -> int:
    """Put many on the list, stop what is planned for them, and return how many entries are new or changed.

    A reason that is lighter than the one that stands is kept beneath it and noted; it changes nothing else.
    """
    wanted = [_compared(entry) for entry in entries]
    known = _known(session, wanted)
    told = [(entry, _write(session, entry, known, source, by, now)) for entry in wanted]
    for entry, outcome in told:
        if outcome is not None:
            note(
                session,
                now,
                f"suppression.{outcome}",
                by=by,
                surface=surface,
                subject=entry.value if entry.kind == "domain" else address_mark(entry.value),
                kind=entry.kind,
                reason=entry.reason,
                source=source,
                stands=known[entry.kind, entry.value].reason,
            )
    changed = [entry for entry, outcome in told if outcome == "added"]
    if any(outcome for _, outcome in told):
        session.flush()
    if changed:
        stop_planned(
            session, {(entry.kind, entry.value): _read(known[entry.kind, entry.value]) for entry in changed}, now
        )
    return len(changed)


def _compared(entry: Entry) -> Entry:
    """Return an entry under the form that addresses and domains are compared in, whichever road it came by."""
    found = read_value(entry.value)
    return replace(entry, value=found[1]) if found is not None and found[0] == entry.kind else entry


def _known(session: Session, wanted: Sequence[Entry]) -> dict[tuple[str, str], Suppression]:
    values = sorted({entry.value for entry in wanted})
    chunks = [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]
    rows = [row for chunk in chunks for row in session.scalars(select(Suppression).where(Suppression.value.in_(chunk)))]
    return {(row.kind, row.value): row for row in rows}


def _write(
    session: Session,
    entry: Entry,
    rows: dict[tuple[str, str], Suppression],
    source: str,
    by: str | None,
    now: datetime,
) -> Literal["added", "kept"] | None:
    """Write one entry, `rows` being those on the list already. Return `added` where another reason or end stands now, `kept` where a lighter
    reason was put beneath the one that stands, None where nothing is new."""
    until = None if entry.reason in LASTING else entry.until
    known = rows.get((entry.kind, entry.value))
    if known is None:
        known = Suppression(
            kind=entry.kind,
            value=entry.value,
            reason=entry.reason,
            note=entry.note,
            source=source,
            by=by,
            at=now,
            until=until,
            also={},
        )
        rows[entry.kind, entry.value] = known
        session.add(known)
        return "added"
    before = dict(known.also)
    if known.until is not None and known.until <= now and known.reason not in LASTING:
        known.reason, known.until, known.source, known.by, known.at = entry.reason, until, source, by, now
        known.note, known.also = entry.note or known.note, {}
        return "added"
    if not replaces(entry.reason, _reason(known)):
        return "kept" if _beneath(known, entry.reason, until) else None
    # Whoever may put somebody on the list may not take them off, which an earlier end would do.
    until = end_of(until, known.until, {entry.reason, _reason(known), *_reasons(before)})
    if (known.reason, known.until) == (entry.reason, until) and entry.note in (None, known.note):
        return None
    if known.reason != entry.reason:
        known.also = {**before, known.reason: known.until.isoformat() if known.until else None}
    known.reason, known.until, known.source, known.by, known.at = entry.reason, until, source, by, now
    known.note = entry.note or known.note
    return "added"


def _beneath(known: Suppression, reason: Reason, until: datetime | None) -> bool:
    """Keep a lighter reason beneath the one that stands; return whether it is new."""
    if reason in known.also:
        return False
    known.also = {**known.also, reason: until.isoformat() if until else None}
    if reason in LASTING:
        known.until = None
    return True


def _reasons(also: Mapping[str, object]) -> list[Reason]:
    return [one for one in REASONS if one in also]


def _reason(row: Suppression) -> Reason:
    return row.reason  # type: ignore[return-value]


def _read(row: Suppression) -> Listed:
    return Listed("domain" if row.kind == "domain" else "person", row.value, _reason(row), row.until)


def listed(session: Session, address: str, now: datetime) -> Listed | None:
    """Return the heaviest entry in force for an address, or None where it may be written to. Raises ValueError where it is no address."""
    person, domains = lookup_values(address)
    rows = session.scalars(
        select(Suppression).where(
            or_(
                and_(Suppression.kind == "person", Suppression.value == person),
                and_(Suppression.kind == "domain", Suppression.value.in_(domains)),
            )
        )
    )
    return heaviest(map(_read, rows), now)


def entries(session: Session, *, containing: str = "", limit: int = 10_000) -> list[Suppression]:
    """Return what stands on the list, the newest first."""
    chosen = select(Suppression).order_by(Suppression.at.desc(), Suppression.value).limit(limit)
    if containing:
        chosen = chosen.where(Suppression.value.contains(containing.lower(), autoescape=True))
    return list(session.scalars(chosen))


def unsuppress(
    session: Session, kind: Kind, value: str, *, user: User | None, reason: str, surface: str, now: datetime
) -> Reason | None:
    """Take one off the list; return the lighter reason for which they stay on it, None where they are off it.

    Only a manager or admin may; what people asked for themselves and legal holds, only an admin. The trail says who did and why.
    Raises Denied without the right, Fatal where nothing of that name is on the list or no reason is given.
    """
    known = session.get(Suppression, (kind, value))
    mark = value if kind == "domain" else address_mark(value)
    if known is None:
        raise Fatal("That is not on the suppression list.", "`dealwright suppress list` shows what is.", status=404)
    if not reason.strip():
        raise Fatal("A reason is needed to take somebody off the list.", "Say why with --reason.", status=422)
    allowed = ("admin",) if known.reason in GUARDED else ("admin", "manager")
    if user is None or user.role not in allowed:
        raise Denied(
            "You may not take this off the suppression list.",
            "An admin can." if known.reason in GUARDED else "A manager or admin can.",
        )
    taken_off, left = _reason(known), dict(known.also)
    stays = next((one for one in _reasons(left) if _holds(one, left[one], now)), None)
    if stays is None:
        session.delete(known)
    else:
        until = left.pop(stays)
        known.reason, known.also = stays, left
        known.until = datetime.fromisoformat(until) if until and not LASTING & {stays, *_reasons(left)} else None
    note(
        session,
        now,
        "suppression.removed",
        by=user.id,
        surface=surface,
        subject=mark,
        kind=kind,
        reason=taken_off,
        why=_ADDRESS.sub("(an address)", reason.strip())[:_LONGEST_WHY],
        **({"stands": stays} if stays else {}),
    )
    return stays


def _holds(reason: Reason, until: str | None, now: datetime) -> bool:
    return reason in LASTING or until is None or datetime.fromisoformat(until) > now
