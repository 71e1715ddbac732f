"""The suppression list in the spine: putting people and domains on it, taking them off, and asking it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from agents.guard.trail import address_mark, note
from infra.errors import Denied, Fatal
from infra.spine.people import User
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.touches import Sequence as TouchSequence
from infra.spine.touches import Suppression, Touch
from sales.addresses import compared_address, parent_domains
from sales.suppression import (
    GUARDED,
    LASTING,
    Kind,
    Listed,
    Reason,
    heaviest,
    lookup_values,
    read_value,
    replaces,
    sentence,
)

STOPPABLE = ("active", "paused")
_AT_ONCE = 500


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
    """Put many on the list, stop what is planned for them, and return how many entries are new or changed."""
    wanted = [_compared(entry) for entry in entries]
    known = _known(session, wanted)
    changed = [entry for entry in wanted if _write(session, entry, known, source, by, now)]
    if not changed:
        return 0
    session.flush()
    _stop(session, changed, now)
    for entry in changed:
        note(
            session,
            now,
            "suppression.added",
            by=by,
            surface=surface,
            subject=entry.value if entry.kind == "domain" else address_mark(entry.value),
            kind=entry.kind,
            reason=entry.reason,
            source=source,
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
) -> bool:
    """Write one entry; return whether the list is another one for it. `rows` are those on the list already."""
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
        )
        rows[entry.kind, entry.value] = known
        session.add(known)
        return True
    ended = known.until is not None and known.until <= now and known.reason not in LASTING
    if not ended and not replaces(entry.reason, _reason(known)):
        return False
    if not ended and until is not None:
        # Whoever may put somebody on the list may not take them off, which an earlier end would do.
        until = None if known.until is None or known.reason in LASTING else max(until, known.until)
    if not ended and (known.reason, known.until) == (entry.reason, until) and entry.note in (None, known.note):
        return False
    known.reason, known.until, known.source, known.by, known.at = entry.reason, until, source, by, now
    known.note = entry.note or known.note
    return True


def _reason(row: Suppression) -> Reason:
    return row.reason  # type: ignore[return-value]


def _stop(session: Session, changed: Sequence[Entry], now: datetime) -> None:
    """Stop the sequences to whom entries name, drop their planned touches, and say on waiting cards why they can't go."""
    named = {(entry.kind, entry.value): entry for entry in changed}
    running = session.execute(
        select(TouchSequence.id, TouchSequence.recipient).where(TouchSequence.state.in_(STOPPABLE))
    )
    for entry, ids in _by_entry(named, [(row[0], row[1]) for row in running]):
        session.execute(
            update(TouchSequence)
            .where(TouchSequence.id.in_(ids))
            .values(state="stopped", reason=entry.reason, ended_at=now)
        )
        session.execute(
            update(Touch)
            .where(Touch.sequence_id.in_(ids), Touch.state.in_(("planned", "proposed")))
            .values(state="dropped")
        )
    waiting = session.execute(
        select(Proposal.id, ProposalVersion.effect["to"].as_string())
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version),
        )
        .where(Proposal.state.in_(("draft", "pending", "snoozed", "approved")))
    )
    for entry, ids in _by_entry(named, [(row[0], row[1]) for row in waiting]):
        told = sentence(Listed(entry.kind, entry.value, entry.reason, entry.until))
        session.execute(update(Proposal).where(Proposal.id.in_(ids)).values(held=told))


def _by_entry(
    named: Mapping[tuple[Kind, str], Entry], rows: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[Entry, list[str]]]:
    """Yield each entry with the ids of the rows whose address it holds: a person's own entry goes before their domain's."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for identity, address in rows:
        person = compared_address(address) if address else None
        if person is None:
            continue
        keys: list[tuple[Kind, str]] = [("person", person)]
        keys += [("domain", domain) for domain in parent_domains(person.partition("@")[2])]
        key = next((one for one in keys if one in named), None)
        if key is not None:
            found.setdefault(key, []).append(identity)
    for key, ids in found.items():
        yield named[key], ids


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
    return heaviest(
        (Listed("domain" if row.kind == "domain" else "person", row.value, _reason(row), row.until) for row in rows),
        now,
    )


def entries(session: Session, *, containing: str = "", limit: int = 10_000) -> list[Suppression]:
    """Return what stands on the list, the newest first."""
    chosen = select(Suppression).order_by(Suppression.at.desc(), Suppression.value).limit(limit)
    if containing:
        chosen = chosen.where(Suppression.value.contains(containing.lower(), autoescape=True))
    return list(session.scalars(chosen))


def unsuppress(
    session: Session, kind: Kind, value: str, *, user: User | None, reason: str, surface: str, now: datetime
) -> None:
    """Take one off the list. Only a manager or admin may; what people asked for themselves and legal holds, only an admin.

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
    session.delete(known)
    note(session, now, "suppression.removed", by=user.id, surface=surface, subject=mark, kind=kind, reason=known.reason)
