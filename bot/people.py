"""Who a chat account is: a user by a fixed mapping or by mail address, remembered for a while in `identities`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select

from infra.errors import Denied
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.people import Identity, User
from infra.spine.scope import UNKNOWN_ASKER, UNKNOWN_ASKER_NEXT, find_user
from sales.clock import Clock

Standing = Literal["colleague", "guest", "outsider", "bot"]
"""What the platform says of an account: one of the company's own people, a guest, somebody of another company, or a program."""

REMEMBERED = timedelta(hours=1)
FIXED = datetime(9999, 1, 1, tzinfo=UTC)
"""`learned_at` of a mapping that an admin made: it does not age, and goes before the mail address."""

_STRANGERS_KEPT_S = 300.0
_STRANGERS_MOST = 20_000


@dataclass(frozen=True)
class Profile:
    """What the platform tells of an account; `external_id` has the workspace or tenant in front (`T1:U1`)."""

    external_id: str
    email: str | None
    standing: Standing = "colleague"


class Unwelcome(Denied):
    """The account may not ask. Its sentence is fixed and says nothing of what there is."""


class People:
    """Chat accounts of one surface. `look_up` asks the platform for one account; it may raise what that raises."""

    def __init__(self, database: Database, clock: Clock, surface: str, look_up: Callable[[str], Profile]) -> None:
        self._database = database
        self._clock = clock
        self._surface = surface
        self._look_up = look_up
        self._strangers: dict[str, tuple[float, Standing]] = {}
        self._lock = threading.Lock()

    def asker(self, external_id: str) -> User:
        """Return the user who asks. Raises Unwelcome for guests, people of other companies, programs, and unknown people."""
        user = self.users([external_id]).get(external_id)
        if user is not None:
            return user
        standing = self._strangers.get(external_id, (0.0, "colleague"))[1]
        with self._database.transaction() as session:
            session.add(
                AuditEntry(
                    at=self._clock.now(),
                    actor=external_id,
                    surface=self._surface,
                    action="denied",
                    detail={"reason": "unknown asker" if standing == "colleague" else standing},
                )
            )
        if standing == "colleague":
            raise Unwelcome(UNKNOWN_ASKER, UNKNOWN_ASKER_NEXT)
        raise Unwelcome(
            "I answer only people of the company itself, not guests or people of other companies.",
            "Ask a colleague there to ask for you.",
        )

    def users(self, external_ids: Collection[str]) -> dict[str, User]:
        """Return the users among these accounts. Asks the platform only for accounts that were not looked up lately."""
        known = self._remembered(external_ids)
        unknown = [one for one in dict.fromkeys(external_ids) if one not in known and not self._is_stranger(one)]
        known.update(self._learn(self._look_up(one) for one in unknown))
        return known

    def are_programs(self, external_ids: Iterable[str]) -> set[str]:
        """Return those accounts, of ones that `users` was asked for, which are programs and read nothing."""
        return {one for one in external_ids if self._strangers.get(one, (0.0, "colleague"))[1] == "bot"}

    def _remembered(self, external_ids: Collection[str]) -> dict[str, User]:
        with self._database.session() as session:
            rows = session.execute(
                select(Identity.external_id, User)
                .join(User, User.id == Identity.user_id)
                .where(
                    Identity.surface == self._surface,
                    Identity.external_id.in_(list(external_ids)),
                    Identity.learned_at > self._clock.now() - REMEMBERED,
                    User.active,
                )
            )
            return {row.external_id: row.User for row in rows}

    def _learn(self, profiles: Iterable[Profile]) -> dict[str, User]:
        looked_up = list(profiles)
        if not looked_up:
            return {}
        found: dict[str, User] = {}
        with self._database.transaction() as session:
            for profile in looked_up:
                user = None
                if profile.standing == "colleague" and profile.email:
                    user = find_user(session, profile.email)
                if user is None:
                    session.execute(
                        delete(Identity).where(
                            Identity.surface == self._surface,
                            Identity.external_id == profile.external_id,
                            Identity.learned_at < FIXED,
                        )
                    )
                    self._note_stranger(profile)
                    continue
                found[profile.external_id] = user
                session.merge(
                    Identity(
                        surface=self._surface,
                        external_id=profile.external_id,
                        user_id=user.id,
                        learned_at=self._clock.now(),
                    )
                )
        return found

    def _note_stranger(self, profile: Profile) -> None:
        with self._lock:
            if len(self._strangers) >= _STRANGERS_MOST:
                self._strangers.clear()
            self._strangers[profile.external_id] = (time.monotonic() + _STRANGERS_KEPT_S, profile.standing)

    def _is_stranger(self, external_id: str) -> bool:
        until, _standing = self._strangers.get(external_id, (0.0, "colleague"))
        return until > time.monotonic()
