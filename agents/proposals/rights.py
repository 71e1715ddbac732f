"""Who may decide on a proposal, and to whom its card goes, as the spine knows it. The rule itself is `sales.deciding`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infra.spine.people import User
from infra.spine.proposals import Absence
from infra.spine.scope import scope_of
from sales.deciding import Decider, Right, right_of


def right_to_decide(session: Session, user_id: str, owner_id: str | None, now: datetime) -> Right | None:
    """Return by what right this user may decide on what `owner_id` owns, or None."""
    user = session.get(User, user_id)
    if user is None:
        return None
    leads: frozenset[str] = frozenset()
    if user.role == "manager":
        # Reporting lines are the team where they are known, else the team's name: the same rule as for what a manager sees.
        leads = scope_of(session, user, "own").grants[0]
    decider = Decider(user.id, user.role, user.active, leads)
    return right_of(decider, owner_id, delegates_of(session, owner_id, now))


def delegates_of(session: Session, owner_id: str | None, now: datetime) -> frozenset[str]:
    """Return the delegates of an owner who is away now."""
    if owner_id is None:
        return frozenset()
    return frozenset(
        session.scalars(
            select(Absence.delegate_id).where(
                Absence.user_id == owner_id,
                Absence.begins_at <= now,
                or_(Absence.ends_at.is_(None), Absence.ends_at > now),
            )
        )
    )


def receivers(session: Session, owner_id: str | None, now: datetime) -> tuple[str, ...]:
    """Return the users who are shown the card: the delegates while the owner is away, else the owner; admins where nobody is left."""
    away = delegates_of(session, owner_id, now)
    wanted = away or (frozenset({owner_id}) if owner_id else frozenset())
    active = session.scalars(select(User.id).where(User.id.in_(wanted), User.active).order_by(User.id)).all()
    if active:
        return tuple(active)
    return tuple(session.scalars(select(User.id).where(User.role == "admin", User.active).order_by(User.id)))
