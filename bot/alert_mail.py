"""Alerts by mail, for whoever no chat reaches: the alert itself, and later one mail that says how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.message import Message
from bot.own_mail import OwnMail
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import Clock

_TOLD_LATER = frozenset({"resolved"})
"""How an alert stands when its reader gets one more mail: what they did themselves they know."""


class AlertMail:
    """See `bot.telling.Courier`. A place is a user's id: their address is read when the mail is written."""

    surface = "mail"

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._mail = OwnMail(settings, database, clock, what="alert", page="/alerts")

    def place_of(self, user_id: str) -> str | None:
        """Return the person's id where they are active and have an address."""
        return user_id if self._mail.reader(user_id) is not None else None

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Send it to the person. Raises Fatal and Retriable, see `OwnMail.send`."""
        user = self._mail.addressed(place)
        sent = self._mail.send(user.email or "", user.name, key, message)
        return {"marker": sent.marker, "place": place, "user": place}

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Say in one more mail how the alert ended by itself; a mail that was sent can't be drawn anew."""
        state = message.about.get("state", "")
        if state in _TOLD_LATER:
            self.deliver(str(ref["user"]), f"{ref['marker']}:{state}", message)
