"""Being away: until a day, a named colleague is shown one's cards and decides on them. All of it blocks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from bot.app import App
from infra.errors import Fatal
from infra.spine.desk import AuditEntry
from infra.spine.people import User
from infra.spine.proposals import Absence, Proposal
from sales.proposal import WAITING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def set_away(app: App, user_id: str, until: datetime | None, delegate: str, surface: str) -> dict[str, Any]:
    """Let `delegate` (a mail address or a name) decide for somebody from now until then, and show them what waits.

    Returns `{until, delegate, name, cards}`. Another absence that is under way ends. Raises Fatal (422) for a delegate who is nobody, several,
    gone, or oneself, and for a moment that is past.
    """
    now = app.clock.now()
    if until is not None and until <= now:
        raise Fatal("That day is past.", "Name the last day that you are away.", status=422)
    with app.database.transaction() as session:
        found = _delegate(session, user_id, delegate)
        _end(session, user_id, now)
        session.merge(Absence(user_id=user_id, begins_at=now, ends_at=until, delegate_id=found.id))
        _note(session, user_id, surface, "away", found.id, now)
        waiting = select(Proposal.id).where(Proposal.owner_id == user_id, Proposal.state.in_(WAITING))
        cards = list(session.scalars(waiting.order_by(Proposal.expires_at, Proposal.id)))
        told = {"until": until.isoformat() if until else None, "delegate": found.email, "name": found.name}
    for card in cards:
        app.announcer.offer(card)
    return {**told, "cards": len(cards)}


def come_back(app: App, user_id: str, surface: str) -> dict[str, Any]:
    """End an absence; returns `{back}`: whether there was one."""
    now = app.clock.now()
    with app.database.transaction() as session:
        ended = _end(session, user_id, now)
        if ended:
            _note(session, user_id, surface, "back", None, now)
    return {"back": ended}


def _end(session: Session, user_id: str, now: datetime) -> bool:
    under_way = (Absence.user_id == user_id, or_(Absence.ends_at.is_(None), Absence.ends_at > now))
    ended = session.execute(
        update(Absence)
        .where(*under_way)
        .values(ends_at=now)
        .returning(Absence.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(ended)


def _delegate(session: Session, user_id: str, words: str) -> User:
    wanted = " ".join(words.split()).lower()
    named = or_(
        func.lower(User.email) == wanted,
        func.lower(User.name) == wanted,
        func.lower(User.name).startswith(f"{wanted} "),
    )
    found = session.scalars(select(User).where(User.active, named).order_by(User.id)).all() if wanted else []
    if not found:
        raise Fatal("I know no colleague of that name.", "Name them by their mail address.", status=422)
    if len(found) > 1:
        raise Fatal("Several colleagues have that name.", "Name the one by their mail address.", status=422)
    if found[0].id == user_id:
        raise Fatal("Nobody can decide for themselves while they are away.", "Name a colleague.", status=422)
    return found[0]


def _note(session: Session, user_id: str, surface: str, action: str, delegate: str | None, now: datetime) -> None:
    detail = {"delegate": delegate} if delegate else {}
    session.add(AuditEntry(at=now, actor=user_id, surface=surface, action=action, subject=user_id, detail=detail))
