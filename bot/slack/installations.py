"""Workspaces that installed us by OAuth, with their tokens sealed; and the state that an install carries through the browser.

Mail addresses of a workspace are believed, so not every workspace may install: the first one may, and those that
DEALWRIGHT_SLACK_WORKSPACES names.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import delete, select

from infra.errors import Fatal
from infra.sealing import Sealer
from infra.spine.database import Database
from infra.spine.desk import AuditEntry, Fact
from sales.clock import Clock

_PREFIX = "slack:installation:"
_STATE_S = 600
_CACHED_S = 60.0


@dataclass(frozen=True)
class Workspace:
    """What we need of a workspace: its token, who we are in it, and who installed us."""

    id: str
    token: str
    bot_user: str | None
    bot_id: str | None = None
    installed_by: str | None = None


class Installations:
    """The stored workspaces. Synchronous; `Store` is its face for slack-bolt."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, allowed: tuple[str, ...]) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._allowed = frozenset(allowed)
        self._cache: dict[str, tuple[float, Workspace | None]] = {}
        self._lock = threading.Lock()

    def find(self, workspace: str) -> Workspace | None:
        """Return the workspace (or the enterprise that installed us for all of its) with this id."""
        until, found = self._cache.get(workspace, (0.0, None))
        if until > time.monotonic():
            return found
        with self._database.session() as session:
            row = session.get(Fact, _PREFIX + workspace)
        found = Workspace(**json.loads(self._sealer.open(row.value["sealed"]))) if row is not None else None
        with self._lock:
            self._cache[workspace] = (time.monotonic() + _CACHED_S, found)
        return found

    def all(self) -> list[str]:
        """Return the ids of the workspaces that installed us."""
        with self._database.session() as session:
            keys = session.scalars(select(Fact.key).where(Fact.key.startswith(_PREFIX, autoescape=True)))
            return sorted(key.removeprefix(_PREFIX) for key in keys)

    def save(self, workspace: Workspace) -> None:
        """Keep a workspace. Raises Fatal where it may not install."""
        with self._database.transaction() as session:
            keys = session.scalars(select(Fact.key).where(Fact.key.startswith(_PREFIX, autoescape=True))).all()
            known = {key.removeprefix(_PREFIX) for key in keys}
            welcome = not known or workspace.id in known or workspace.id in self._allowed
            session.add(
                AuditEntry(
                    at=self._clock.now(),
                    actor=f"{workspace.id}:{workspace.installed_by}",
                    surface="slack",
                    action="installed" if welcome else "install refused",
                    subject=workspace.id,
                )
            )
            if welcome:
                sealed = self._sealer.seal(json.dumps(asdict(workspace)))
                session.merge(Fact(key=_PREFIX + workspace.id, value={"sealed": sealed}))
        if not welcome:
            raise Fatal(
                "This Dealwright serves another workspace.",
                f"Its admin can let this one in: DEALWRIGHT_SLACK_WORKSPACES must name {workspace.id}.",
            )
        self._forget_cached(workspace.id)

    def remove(self, workspace: str) -> None:
        """Forget a workspace and its token."""
        with self._database.transaction() as session:
            session.execute(delete(Fact).where(Fact.key == _PREFIX + workspace))
            session.add(
                AuditEntry(
                    at=self._clock.now(), actor=workspace, surface="slack", action="uninstalled", subject=workspace
                )
            )
        self._forget_cached(workspace)

    def _forget_cached(self, workspace: str) -> None:
        with self._lock:
            self._cache.pop(workspace, None)


class Store(AsyncInstallationStore):
    """The installations as slack-bolt's OAuth flow saves and finds them."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def async_save(self, installation: Installation) -> None:
        """Keep what the flow got."""
        place = installation.enterprise_id if installation.is_enterprise_install else installation.team_id
        if not place or not installation.bot_token:
            raise BoltError("the installation has no workspace or no bot token")
        workspace = Workspace(
            place, installation.bot_token, installation.bot_user_id, installation.bot_id, installation.user_id
        )
        try:
            await asyncio.to_thread(self._installations.save, workspace)
        except Fatal as error:
            raise BoltError(f"{error.sentence} {error.next_step}") from error

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return the bot of a workspace or enterprise."""
        place = enterprise_id if is_enterprise_install else team_id
        found = await asyncio.to_thread(self._installations.find, place) if place else None
        if found is None:
            return None
        return Bot(
            team_id=team_id,
            enterprise_id=enterprise_id,
            bot_token=found.token,
            bot_id=found.bot_id or "",
            bot_user_id=found.bot_user or "",
            installed_at=0.0,
        )

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return nothing: only the bot's token is kept, no person's."""
        return None


class States(AsyncOAuthStateStore):
    """The `state` of an install: sealed, ten minutes old at most, good once. The browser's cookie is compared by the flow."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._used: dict[str, float] = {}

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """Return a new state."""
        return self._sealer.seal(secrets.token_urlsafe(16))

    async def async_consume(self, state: str) -> bool:
        """Return whether the state is one of ours, fresh, and was not used before."""
        now = time.monotonic()
        self._used = {one: until for one, until in self._used.items() if until > now}
        if state in self._used:
            return False
        try:
            self._sealer.open(state, max_age_s=_STATE_S)
        except Fatal:
            return False
        self._used[state] = now + _STATE_S
        return True
