"""How each line of a submitted card stands: told from the writes and the mail that came of it, and kept in the proposal's outcome.

A line's `state` is made (a task), goes, sent, held, closed or unknown (the mail), waiting (it stands in our record, and no CRM is connected or knows it), writing,
written, conflict, failed. A card is settled when no line can change any more; until then every round tells it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from agents.closing.changes import label_of
from agents.closing.drafting import EXPIRES_AFTER
from agents.intake.identity import stable_id
from agents.proposals.book import content_of, proposal_id, put_forward
from agents.proposals.record import Change, Closing, Content, NewProposal
from infra.spine.crm import CrmWrite
from infra.spine.proposals import Effect, Proposal, ProposalVersion
from sales.ownership import moves_forecast

LINES, SETTLED = "lines", "settled"
KINDS = ("call", "crm_update")
"""Kinds of proposals whose lines are submitted one by one."""

_LOOKED_AT = timedelta(days=60)
MOST = 200
"""So many cards are looked at in a round."""

_JUST = timedelta(minutes=10)
_FINAL = frozenset({"made", "written", "waiting", "sent", "closed", "failed", "conflict"})
"""What changes by nothing of its own: a write that waits for a CRM is looked at again once one takes it."""


@dataclass(frozen=True)
class _Came:
    """What came of some cards: their writes by key, their mails by id, and when those mails go."""

    writes: Mapping[str, CrmWrite]
    mails: Mapping[str, Proposal]
    goes: Mapping[str, datetime]


def stand(session: Session, row: Proposal) -> bool:
    """Bring the lines of a submitted card up to date; return whether any changed."""
    told = _told(row, _came_of(session, [row]))
    if told == row.outcome:
        return False
    row.outcome = told
    session.flush()
    return True


def would_move(session: Session, rows: Sequence[Proposal]) -> bool:
    """Return whether `stand` would change any of these cards."""
    came = _came_of(session, rows)
    return any(_told(row, came) != row.outcome for row in rows)


def _came_of(session: Session, rows: Sequence[Proposal]) -> _Came:
    mails = [
        str(line["proposal"]) for row in rows for line in (row.outcome.get(LINES) or {}).values() if "proposal" in line
    ]
    writes = session.scalars(select(CrmWrite).where(CrmWrite.proposal_id.in_([row.id for row in rows])))
    going = select(Effect.proposal_id, Effect.due_at).where(
        Effect.proposal_id.in_(mails), Effect.state.in_(("planned", "sending"))
    )
    return _Came(
        {write.key: write for write in writes},
        {mail.id: mail for mail in session.scalars(select(Proposal).where(Proposal.id.in_(mails)))},
        {row.proposal_id: row.due_at for row in session.execute(going)},
    )


def _told(row: Proposal, came: _Came) -> dict[str, Any]:
    before = row.outcome.get(LINES) or {}
    lines = {name: _line(line, came) for name, line in before.items()}
    return {**row.outcome, LINES: lines, SETTLED: all(_is_final(line) for line in lines.values())}


def _is_final(line: dict[str, Any]) -> bool:
    return line["state"] in _FINAL and line.get("crm") != "writing"


def _line(line: dict[str, Any], came: _Came) -> dict[str, Any]:
    if "proposal" in line:
        return {**line, **_mail(str(line["proposal"]), came)}
    write = came.writes.get(str(line.get("write")))
    if line["state"] == "failed" or write is None:
        return line
    told = _written(write)
    if "activity" in line:
        # A task stands in any case; how it reached the CRM is told besides.
        return {**line, "crm": told["state"], **({"system": write.system} if write.system else {})}
    return {"write": write.key, **told}


def _written(write: CrmWrite) -> dict[str, Any]:
    told: dict[str, Any] = {"system": write.system} if write.system else {}
    if write.state == "done":
        at = write.done_at.isoformat() if write.done_at else None
        here = {"only_here": True} if write.receipt.get("only_here") else {}
        return {"state": "written", "at": at, **told, **here}
    if write.state == "conflict":
        return {"state": "conflict", "again": again_id(write.key), **told}
    if write.state in ("failed", "dead", "unknown"):
        return {"state": "failed", "trouble": write.trouble or "The CRM did not take it.", **told}
    return {"state": "waiting" if write.state == "waiting" else "writing", **told}


def _mail(identity: str, came: _Came) -> dict[str, Any]:
    child = came.mails.get(identity)
    if child is None:
        return {"state": "closed", "trouble": "It was deleted."}
    told: dict[str, Any] = {"version": child.version, "trouble": child.held or child.reason}
    if child.state in ("approved", "executing"):
        due = came.goes.get(identity)
        return {**told, "state": "goes", "at": due.isoformat() if due else None}
    if child.state == "done":
        return {**told, "state": "sent", "at": child.outcome.get("done_at")}
    if child.state in ("rejected", "expired"):
        return {**told, "state": "closed"}
    return {**told, "state": "unknown" if child.state == "unknown" else "held"}


def unsettled(now: datetime) -> Select[Proposal]:
    """Return the submitted cards of which some line can still change, or a write has just moved, the newest first."""
    under_way = select(CrmWrite.proposal_id).where(
        or_(
            CrmWrite.state.in_(("planned", "sending")),
            CrmWrite.attempted_at >= now - _JUST,
            CrmWrite.done_at >= now - _JUST,
        )
    )
    open_still = and_(Proposal.decided_at >= now - _LOOKED_AT, Proposal.outcome[SETTLED].as_boolean().is_(False))
    return (
        select(Proposal)
        .where(Proposal.kind.in_(KINDS), Proposal.state == "done", or_(open_still, Proposal.id.in_(under_way)))
        .order_by(Proposal.decided_at.desc())
    )


def to_ask(now: datetime) -> Select[CrmWrite]:
    """Return the writes that somebody's change stands against and that nobody was asked about again, the oldest first."""
    return (
        select(CrmWrite)
        .where(
            CrmWrite.state == "conflict",
            CrmWrite.operation == "update",
            CrmWrite.proposal_id.is_not(None),
            CrmWrite.at >= now - _LOOKED_AT,
            CrmWrite.receipt["asked"].as_boolean().is_distinct_from(True),
        )
        .order_by(CrmWrite.at)
    )


def moved(session: Session, now: datetime) -> list[str]:
    """Bring all cards up to date of which some line can still change, and return those that changed."""
    rows = session.scalars(unsettled(now).limit(MOST)).all()
    return [row.id for row in rows if stand(session, row)]


def again_key(write_key: str) -> str:
    """Return the key of the card that asks again because the CRM's value changed meanwhile."""
    return f"crm:{stable_id('again', write_key)}"


def again_id(write_key: str) -> str:
    """Return the id of that card."""
    return proposal_id(again_key(write_key))


def ask_again(session: Session, now: datetime) -> list[str]:
    """Put a small card forward for each write that somebody's change stands against: their value beside ours. Returns the ids of new ones."""
    writes = session.scalars(to_ask(now).limit(MOST)).all()
    made: list[str] = []
    for write in writes:
        new = _asked(session, write, now)
        if new is not None:
            made.append(put_forward(session, new, now))
        write.receipt = {**write.receipt, "asked": True}
    session.flush()
    return made


def _asked(session: Session, write: CrmWrite, now: datetime) -> NewProposal | None:
    parent = session.get(Proposal, write.proposal_id)
    if parent is None:
        return None
    content = content_of(session.get_one(ProposalVersion, (parent.id, parent.version)))
    card = content.effect if isinstance(content.effect, Closing) else None
    row = next((one for one in card.changes if one.id == write.row), None) if card is not None else None
    cited = tuple(content.evidence[number - 1] for number in row.evidence) if row is not None else content.evidence
    changes = tuple(_beside(write, key, row, len(cited), number) for number, key in enumerate(write.found, start=1))
    if not changes:
        return None
    closing = Closing(
        call=card.call if card is not None else "",
        title=card.title if card is not None else "",
        at=card.at if card is not None else None,
        url=card.url if card is not None else None,
        changes=changes,
    )
    label = changes[0].label
    name = f" of {changes[0].name}" if changes[0].name else ""
    return NewProposal(
        key=again_key(write.key),
        kind="crm_update",
        headline=f"{label}{name} was changed in the CRM meanwhile"[:120],
        content=Content(
            effect=closing, evidence=cited, why=("changed since it was proposed; nothing was overwritten",)
        ),
        owner_id=parent.owner_id,
        account_id=parent.account_id,
        deal_id=parent.deal_id,
        contact_id=parent.contact_id,
        call_id=parent.call_id,
        expires_at=now + EXPIRES_AFTER,
    )


def _beside(write: CrmWrite, key: str, row: Change | None, cited: int, number: int) -> Change:
    has, ours = write.found.get(key), write.fields.get(key)
    return Change(
        id=f"r{number}",
        record=write.kind,
        record_id=write.record_id,
        name=row.name if row is not None else "",
        field=key,
        label=row.label if row is not None and row.field == key else label_of(write.kind, key),
        old=None if has is None else str(has),
        new="" if ours is None else str(ours),
        why=write.why or "",
        evidence=tuple(range(1, cited + 1)),
        forecast=moves_forecast(write.kind, key),
    )


def held_mails(session: Session, proposals: Sequence[str]) -> list[str]:
    """Return the mails of these cards that wait for a person because a guardrail held them."""
    found: list[str] = []
    for outcome in session.scalars(select(Proposal.outcome).where(Proposal.id.in_(proposals))):
        line = (outcome.get(LINES) or {}).get("mail") or {}
        if line.get("state") == "held":
            found.append(str(line["proposal"]))
    return found
