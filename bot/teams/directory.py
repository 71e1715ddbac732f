"""Who is who in a tenant, and who reads a chat or a channel, as its roster tells it.

Rosters: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from bot.channel import MOST_READERS, Readers
from bot.people import People, Profile, Standing
from bot.teams.connector import Connector, Member, Refused
from infra.errors import Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import Fact
from infra.spine.people import User
from infra.spine.scope import find_user
from sales.clock import Clock

HOME_TENANT = "teams.tenant"
"""The fact that holds the tenant of the first person who was known, where no setting names one."""

_KEPT_S = 30.0
_MOST = 5_000
_GUESTS = frozenset({"guest"})
_NOBODY = frozenset({"anonymous", "externaluser", "federated"})
_PROGRAMS = frozenset({"bot", "skill"})


class Directory:
    """Looks people and rosters up; remembers what it learned for a short while. `said` is what `bot.teams.intake` kept of an activity."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, connector: Connector) -> None:
        self._database = database
        self._settings = settings
        self._connector = connector
        self._lookups: dict[str, Callable[[], Profile]] = {}
        self._rosters: dict[tuple[str, str], tuple[float, Readers]] = {}
        self._lock = threading.Lock()
        self.people = People(database, clock, "teams", self._profile)

    def account(self, said: dict[str, Any]) -> str:
        """Return the chat account of whoever sent an activity, as `bot.people` names it: tenant and Entra object id."""
        return _account(said["tenant"], said["aad"] or said["user"])

    def asker(self, said: dict[str, Any]) -> User:
        """Return the user who sent an activity. Raises Unwelcome for guests, people of other tenants, programs, and unknown people."""
        account = self.account(said)
        # Asked for only where `people` does not remember the account.
        self._note(account, lambda: self._look_up(said, account))
        user = self.people.asker(account)
        self._settle_home(said["tenant"])
        return user

    def readers(self, said: dict[str, Any]) -> Readers | None:
        """Return who reads the place of an activity, at most half a minute old; None in a personal chat."""
        if said["place"] == "personal":
            return None
        key = (said["service"], roster_of(said))
        until, known = self._rosters.get(key, (0.0, None))
        if known is not None and until > time.monotonic():
            return known
        readers = self._read(said)
        with self._lock:
            if len(self._rosters) >= _MOST:
                self._rosters.clear()
            self._rosters[key] = (time.monotonic() + _KEPT_S, readers)
        return readers

    def has_outsiders(self, service: str, conversation: str) -> bool:
        """Return whether people of other organisations read a channel or a chat, as its roster has them."""
        members = self._connector.members(service, conversation.partition(";messageid=")[0], _MOST) or []
        home = self._settings.teams_tenant_id or self._learned_home() or ""
        return any(
            self._standing(member, str(member.get("tenantId") or home), home or str(member.get("tenantId") or ""))
            == "outsider"
            for member in members
        )

    def _read(self, said: dict[str, Any]) -> Readers:
        members = self._connector.members(said["service"], roster_of(said), MOST_READERS)
        if members is None:
            return Readers(frozenset(), too_many=True)
        profiles = [self._told(member, said["tenant"]) for member in members if member.get("id") != said["bot"]["id"]]
        if any(profile.standing == "outsider" for profile in profiles):
            return Readers(frozenset(), outsiders=True)
        for profile in profiles:
            self._note(profile.external_id, lambda profile=profile: profile)  # type: ignore[misc]
        accounts = [profile.external_id for profile in profiles]
        users = self.people.users(accounts)
        programs = {profile.external_id for profile in profiles if profile.standing == "bot"}
        strangers = [one for one in accounts if one not in users and one not in programs]
        return Readers(frozenset(user.id for user in users.values()), strangers=len(strangers))

    def _look_up(self, said: dict[str, Any], account: str) -> Profile:
        if not self._is_home(said["tenant"]):
            return Profile(account, None, "outsider")
        try:
            member = self._connector.member(said["service"], roster_of(said), said["user"])
        except Refused as error:
            if error.code != 404 and self._settings.teams_app_id:
                raise
            member = {}
        if not self._settings.teams_app_id and not (member.get("email") or member.get("userPrincipalName")):
            # Without an app id we are spoken to from this machine only, by whoever sits at it.
            return Profile(account, self._settings.user)
        if not member:
            return Profile(account, None, "outsider")
        told = self._told(member, said["tenant"])
        return Profile(account, told.email, told.standing)

    def _told(self, member: Member, tenant: str) -> Profile:
        aad = str(member.get("aadObjectId") or member.get("objectId") or member.get("id") or "")
        own = str(member.get("tenantId") or tenant)
        addresses = [str(member.get(key) or "").strip() for key in ("email", "userPrincipalName")]
        return Profile(_account(own, aad), self._address(addresses), self._standing(member, own, tenant))

    def _address(self, addresses: list[str]) -> str | None:
        given = [one for one in addresses if one]
        if len(given) == 2 and given[0].lower() != given[1].lower():
            with self._database.session() as session:
                for one in given:
                    if find_user(session, one) is not None:
                        return one
        return given[0] if given else None

    def _standing(self, member: Member, own: str, tenant: str) -> Standing:
        role = str(member.get("userRole") or member.get("role") or "").lower()
        principal = str(member.get("userPrincipalName") or "").lower()
        if role in _PROGRAMS or str(member.get("id") or "").startswith("28:"):
            return "bot"
        if role in _NOBODY or own != tenant or not self._is_home(own):
            return "outsider"
        if role in _GUESTS or "#ext#" in principal:
            return "guest"
        return "colleague"

    def _is_home(self, tenant: str) -> bool:
        home = self._settings.teams_tenant_id or self._learned_home()
        return not home or tenant.lower() == home.lower()

    def _learned_home(self) -> str | None:
        if not self._settings.teams_app_id:
            return None
        with self._database.session() as session:
            fact = session.get(Fact, HOME_TENANT)
            return str(fact.value.get("id") or "") if fact is not None else None

    def _settle_home(self, tenant: str) -> None:
        # Mail addresses are proof inside our own tenant only: whoever runs another one can write any address into it.
        if self._settings.teams_tenant_id or not self._settings.teams_app_id or not tenant:
            return
        with self._database.transaction() as session:
            if session.scalar(select(Fact.key).where(Fact.key == HOME_TENANT)) is None:
                session.add(Fact(key=HOME_TENANT, value={"id": tenant}))

    def _note(self, account: str, look_up: Callable[[], Profile]) -> None:
        with self._lock:
            if len(self._lookups) >= _MOST:
                self._lookups.clear()
            self._lookups[account] = look_up

    def _profile(self, external_id: str) -> Profile:
        with self._lock:
            # It stays: several questions of one person may be under way at once.
            look_up = self._lookups.get(external_id)
        if look_up is None:
            raise Retriable("Who asks could not be looked up.", "Try again in a minute.")
        return look_up()


def roster_of(said: dict[str, Any]) -> str:
    """Return the conversation whose roster tells who reads a place: the team's, a private or shared channel's own, or the chat's."""
    if said["team"] and said["channel_type"] not in ("private", "shared"):
        return str(said["team"])
    return str(said["channel"] or said["conversation"].partition(";messageid=")[0])


def _account(tenant: str, person: str) -> str:
    return f"{tenant}:{person}"[:200]
