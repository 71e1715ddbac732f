"""Slack's way to a person who did not ask: a direct message, found again by its key, and drawn anew in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.channel import SHARED_OUTSIDE
from bot.compose import view_at
from bot.figures import Calendar
from bot.message import Message
from bot.pictures.keeping import Pictures
from bot.slack.directory import Directory
from bot.slack.installations import Installations
from bot.slack.pictures import uploaded
from bot.slack.posting import Draft, Posts
from bot.slack.render import render
from bot.slack.web import Refused, Web
from infra.errors import Fatal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import Identity, User
from sales.clock import Clock

_NOT_THERE = frozenset({"users_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "account_inactive"})
_STAYS = frozenset(
    {"message_not_found", "channel_not_found", "cant_update_message", "edit_window_closed", "is_inactive"}
)
_LOG = logger("slack")


class SlackCourier:
    """See `bot.telling.Courier`. A place is a chat account (`T1:U1`)."""

    surface = "slack"

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, directory: Directory, installations: Installations
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._directory = directory
        self._installations = installations
        self._posts = Posts(database, clock)
        self._pictures = Pictures(settings, database, clock)

    def place_of(self, user_id: str) -> str | None:
        """Return the person's account in a workspace that we are in: one that we know, else the one with their mail address."""
        with self._database.session() as session:
            known = session.scalars(
                select(Identity.external_id)
                .where(Identity.surface == self.surface, Identity.user_id == user_id)
                .order_by(Identity.learned_at.desc(), Identity.external_id)
            ).all()
            email = session.scalar(select(User.email).where(User.id == user_id, User.active))
        if known:
            return known[0]
        return self._by_email(email) if email else None

    def _by_email(self, email: str) -> str | None:
        for workspace in self._workspaces():
            try:
                found = self._directory.web(workspace).read("users.lookupByEmail", email=email)
            except Refused as refused:
                if refused.code in _NOT_THERE:
                    continue
                raise
            account = f"{workspace}:{(found.get('user') or {}).get('id')}"
            # Their mail address says who they are only as far as for their own questions: guests and strangers are told nothing.
            if account in self._directory.people.users([account]):
                return account
        return None

    def _workspaces(self) -> list[str]:
        installed = self._installations.all()
        return installed or ([self._directory.workspace("").id] if self._settings.slack_bot_token else [])

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Post to the person alone, once."""
        workspace, _, user = place.partition(":")
        web = self._directory.web(workspace)
        channel = str((web.call("conversations.open", users=user).get("channel") or {}).get("id") or "")
        return self._post(web, workspace, channel, key, message)

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Post to a channel, once. `place` has the `channel` and, where we are in several, the `workspace`.

        Raises Fatal where people of other organisations read along.
        """
        web = self._directory.web(str(place.get("workspace") or ""))
        workspace, channel = self._directory.workspace(str(place.get("workspace") or "")).id, str(place["channel"])
        # Looked at each time: a channel that is ours today may be shared tomorrow.
        if self._directory.has_outsiders(workspace, channel):
            raise Fatal(*SHARED_OUTSIDE)
        return self._post(web, workspace, channel, key, message)

    def _post(self, web: Web, workspace: str, channel: str, key: str, message: Message) -> dict[str, Any]:
        shown = uploaded(web, self._pictures.linked(message))
        rendered = render(shown, self._calendar)
        draft = Draft(
            key=f"slack:{key}"[:200],
            workspace=workspace,
            channel=channel,
            thread_ts=None,
            text=rendered.text,
            blocks=rendered.blocks,
            context=f"slack:{workspace}:{channel}",
            after="0",
        )
        ts = self._posts.post(web, draft)
        return {"workspace": workspace, "channel": channel, "ts": ts, "place": f"{channel}:{ts}"}

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Put the message in the place of what stands there."""
        rendered = render(message, self._calendar)
        try:
            self._directory.web(str(ref["workspace"])).call(
                "chat.update", channel=ref["channel"], ts=ref["ts"], text=rendered.text, blocks=rendered.blocks
            )
        except Refused as refused:
            if refused.code not in _STAYS:
                raise
            _LOG.info("copy is gone", code=refused.code)

    @property
    def _calendar(self) -> Calendar:
        return view_at(self._settings, self._clock.now()).calendar
