"""Who is told of a deal: whoever decides for its owner now, and the owner's manager above a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agents.alerts.watched import Subject
from infra.settings import Settings
from infra.spine.people import User
from infra.spine.proposals import Absence


@dataclass(frozen=True)
class Listener:
    """Somebody who may be told. `email` is empty where none is known."""

    id: str
    email: str
    time_zone: str | None


class Listeners:
    """Everybody of ours, read once for a look at many deals."""

    def __init__(self, session: Session, settings: Settings, now: datetime) -> None:
        self._settings = settings
        rows = session.scalars(select(User).where(User.active).order_by(User.id)).all()
        self._users = {row.id: row for row in rows}
        away = select(Absence.user_id, Absence.delegate_id).where(
            Absence.begins_at <= now, or_(Absence.ends_at.is_(None), Absence.ends_at > now)
        )
        self._delegates = {row.user_id: row.delegate_id for row in session.execute(away)}
        self._managers = {row.team: row.id for row in reversed(rows) if row.role == "manager" and row.team}
        self._admin = next((row.id for row in rows if row.role == "admin"), None)

    def of(self, subject: Subject) -> list[Listener]:
        """Return who is told of a deal, its owner or their delegate first; an admin where nobody owns it. Nobody is named twice."""
        owner = self._users.get(subject.owner_id or "")
        delegate = self._delegates.get(subject.owner_id or "")
        first = owner.id if owner is not None else self._admin
        ids = [delegate if delegate in self._users else first]
        if owner is not None and subject.amount is not None and subject.amount >= self._settings.alerts_manager_from:
            ids.append(owner.manager_id or self._managers.get(owner.team or ""))
        found = dict.fromkeys(one for one in ids if one is not None and one in self._users)
        return [Listener(one, self._users[one].email or "", self._users[one].time_zone) for one in found]

    def email_of(self, user_id: str | None) -> str | None:
        """Return somebody's mail address."""
        found = self._users.get(user_id or "")
        return found.email if found is not None else None

    def zone_of(self, user_id: str) -> str | None:
        """Return somebody's time zone, as far as it is known."""
        found = self._users.get(user_id)
        return found.time_zone if found is not None else None
