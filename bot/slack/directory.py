"""Who is who in a workspace, and who reads a channel, as Slack tells it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.channel import MOST_READERS, Readers
from bot.people import People, Profile, Standing
from bot.slack.installations import Workspace
from bot.slack.web import Paces, Refused, Web
from infra.errors import Fatal
from infra.spine.database import Database
from sales.clock import Clock

_PLACE_KEPT_S = 30.0
_PLACES_MOST = 5_000
_UNKNOWN_USER = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


@dataclass(frozen=True)
class Place:
    """A conversation: whether it is a direct message with us, and who reads it (None in a direct message)."""

    private: bool
    readers: Readers | None


class Directory:
    """Looks up workspaces, people and channels; remembers what it learned for a short while."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        api_url: str,
        find_workspace: Callable[[str], Workspace | None],
        single_token: str | None,
    ) -> None:
        self._api_url = api_url
        self._find_workspace = find_workspace
        self._single_token = single_token
        self._paces = Paces()
        self._webs: dict[str, Web] = {}
        self._single: Workspace | None = None
        self._places: dict[str, tuple[float, Place]] = {}
        self._lock = threading.Lock()
        self.people = People(database, clock, "slack", self._profile)

    def workspace(self, id: str) -> Workspace:
        """Return the workspace with this id, or the one that the single token is for. Raises Fatal where we are not installed."""
        found = self._find_workspace(id)
        if found is not None:
            return found
        if self._single_token is None:
            raise Fatal("Dealwright is not installed in this workspace.", "Ask your admin to install it.")
        if self._single is None:
            own = self._web(self._single_token).call("auth.test")
            self._single = Workspace(
                str(own.get("team_id") or id), self._single_token, own.get("user_id"), own.get("bot_id")
            )
        return self._single

    def web(self, workspace: str) -> Web:
        """Return the Web API with the token of a workspace."""
        found = self._find_workspace(workspace)
        token = found.token if found is not None else self._single_token
        if token is None:
            raise Fatal("Dealwright is not installed in this workspace.", "Ask your admin to install it.")
        return self._web(token)

    def _web(self, token: str) -> Web:
        with self._lock:
            if token not in self._webs:
                self._webs[token] = Web(self._api_url, token, self._paces)
            return self._webs[token]

    def _profile(self, external_id: str) -> Profile:
        workspace, _, user_id = external_id.partition(":")
        try:
            user = self.web(workspace).read("users.info", user=user_id).get("user") or {}
        except Refused as error:
            if error.code in _UNKNOWN_USER:
                return Profile(external_id, None, "outsider")
            raise
        return Profile(external_id, (user.get("profile") or {}).get("email"), _standing(user, workspace))

    def place(self, workspace: str, channel: str) -> Place:
        """Return what a conversation is and who reads it, at most half a minute old."""
        key = f"{workspace}:{channel}"
        until, known = self._places.get(key, (0.0, None))
        if known is not None and until > time.monotonic():
            return known
        place = self._look_at(workspace, channel)
        with self._lock:
            if len(self._places) > _PLACES_MOST:
                self._places.clear()
            self._places[key] = (time.monotonic() + _PLACE_KEPT_S, place)
        return place

    def has_outsiders(self, workspace: str, channel: str) -> bool:
        """Return whether people of other organisations read a channel, or are invited to: https://docs.slack.dev/apis/slack-connect."""
        info = self.web(workspace).read("conversations.info", channel=channel).get("channel") or {}
        return _has_outsiders(info)

    def _look_at(self, workspace: str, channel: str) -> Place:
        web = self.web(workspace)
        info = web.read("conversations.info", channel=channel, include_num_members=True).get("channel") or {}
        if info.get("is_im"):
            return Place(True, None)
        if _has_outsiders(info):
            return Place(False, Readers(frozenset(), outsiders=True))
        members = self._members(web, channel)
        if members is None:
            return Place(False, Readers(frozenset(), too_many=True))
        own = self.workspace(workspace).bot_user
        accounts = [f"{workspace}:{member}" for member in members if member != own]
        users = self.people.users(accounts)
        programs = self.people.are_programs(accounts)
        strangers = [one for one in accounts if one not in users and one not in programs]
        return Place(False, Readers(frozenset(user.id for user in users.values()), strangers=len(strangers)))

    def _members(self, web: Web, channel: str) -> list[str] | None:
        members: list[str] = []
        cursor: str | None = None
        while True:
            page = web.read("conversations.members", channel=channel, limit=MOST_READERS, cursor=cursor)
            members += page.get("members") or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if len(members) > MOST_READERS or (cursor and len(members) == MOST_READERS):
                return None
            if cursor is None:
                return members


def _standing(user: dict[str, Any], workspace: str) -> Standing:
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    if user.get("deleted"):
        return "outsider"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    if user.get("is_stranger") or not _belongs(user, workspace):
        return "outsider"
    return "colleague"


def _belongs(user: dict[str, Any], workspace: str) -> bool:
    enterprise = user.get("enterprise_user") or {}
    homes = {user.get("team_id"), enterprise.get("enterprise_id"), *(enterprise.get("teams") or [])}
    # An absent team id is an older shape of the answer, where only members of the workspace are told of.
    return workspace in homes or homes == {None}


def _has_outsiders(info: dict[str, Any]) -> bool:
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        return True
    return bool(info.get("is_shared")) and not info.get("is_org_shared")
