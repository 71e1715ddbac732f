"""Who chat accounts are, as an admin sees and fixes it: known accounts, strangers who asked, and mappings that hold whatever the mail address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.app import App
from bot.people import FIXED
from infra.errors import Fatal
from infra.spine.desk import AuditEntry
from infra.spine.people import Identity, User
from infra.spine.scope import find_user

SURFACES = ("slack", "teams")
"""The surfaces whose accounts have to be told apart; the console and the terminal know users by mail address."""

STRANGERS_TOLD = 50


@dataclass(frozen=True)
class Known:
    """A chat account and who it is. `learned_at` is None for a mapping that an admin made."""

    surface: str
    external_id: str
    email: str | None
    name: str
    active: bool
    learned_at: datetime | None


@dataclass(frozen=True)
class Stranger:
    """A chat account that asked and was refused, as it is nobody's: why, how often, and when last."""

    surface: str
    external_id: str
    reason: str
    times: int
    last_at: datetime


def known_accounts(app: App) -> list[Known]:
    """Return all chat accounts that are somebody's, the fixed ones first."""
    with app.database.session() as session:
        rows = session.execute(
            select(Identity, User)
            .join(User, User.id == Identity.user_id)
            .order_by((Identity.learned_at == FIXED).desc(), Identity.surface, User.name, Identity.external_id)
        )
        return [
            Known(
                one.surface,
                one.external_id,
                user.email,
                user.name,
                user.active,
                None if one.learned_at == FIXED else one.learned_at,
            )
            for one, user in rows
        ]


def strangers(app: App, most: int = STRANGERS_TOLD) -> list[Stranger]:
    """Return chat accounts that were refused and are still nobody's, the latest first."""
    reason = func.min(AuditEntry.detail["reason"].as_string())
    with app.database.session() as session:
        rows = session.execute(
            select(AuditEntry.surface, AuditEntry.actor, reason, func.count(), func.max(AuditEntry.at).label("last"))
            .outerjoin(Identity, (Identity.surface == AuditEntry.surface) & (Identity.external_id == AuditEntry.actor))
            .where(AuditEntry.action == "denied", AuditEntry.surface.in_(SURFACES), Identity.user_id.is_(None))
            .group_by(AuditEntry.surface, AuditEntry.actor)
            .order_by(func.max(AuditEntry.at).desc(), AuditEntry.actor)
            .limit(most)
        )
        return [Stranger(*row) for row in rows]


def pin(app: App, surface: str, external_id: str, email: str, by: str) -> User:
    """Say for good who a chat account is, whatever its mail address, and return that user. Raises Fatal."""
    _check(surface, external_id)
    with app.database.transaction() as session:
        user = find_user(session, email)
        if user is None:
            raise Fatal("Nobody has that mail address.", "`dealwright users` lists who can ask.", status=404)
        session.merge(Identity(surface=surface, external_id=external_id, user_id=user.id, learned_at=FIXED))
        _note(app, session, by, "identity pinned", surface, external_id, user.id)
        session.flush()
        session.expunge(user)
    return user


def unpin(app: App, surface: str, external_id: str, by: str) -> None:
    """Take a fixed mapping back: from now on the account is who its mail address says. Raises Fatal where there is none."""
    _check(surface, external_id)
    with app.database.transaction() as session:
        user_id = session.scalar(
            delete(Identity)
            .where(Identity.surface == surface, Identity.external_id == external_id, Identity.learned_at == FIXED)
            .returning(Identity.user_id)
        )
        if user_id is None:
            raise Fatal("That account has no fixed mapping.", "`dealwright people` lists those that have.", status=404)
        _note(app, session, by, "identity unpinned", surface, external_id, user_id)


def _check(surface: str, external_id: str) -> None:
    if surface not in SURFACES:
        raise Fatal(f"“{surface}” has no chat accounts.", "Say slack or teams.", status=422)
    place, colon, account = external_id.partition(":")
    if not (place and colon and account) or len(external_id) > 200:
        raise Fatal(
            "That is not the id of a chat account.",
            "It has the workspace or tenant in front, like T024BE7LD:U061F7AUR; `dealwright people` lists who asked.",
            status=422,
        )


def _note(app: App, session: Session, by: str, action: str, surface: str, external_id: str, user_id: str) -> None:
    session.add(
        AuditEntry(
            at=app.clock.now(),
            actor=by,
            surface="terminal",
            action=action,
            subject=user_id,
            detail={"surface": surface, "account": external_id},
        )
    )
