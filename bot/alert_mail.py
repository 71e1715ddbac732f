"""Alerts by mail, for whoever no chat reaches: the alert itself, and later one mail that says how it ended.

They leave by the road of the person's other mails, from their own address to themselves: no other is sure to be ours to send from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from agents.proposals.post import Post
from bot.compose import view_at
from bot.letters import Envelope, letter
from bot.message import Message
from infra.errors import Fatal, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import User
from integrations.sending.carrier import NotTaken, OutcomeUnknown
from integrations.sending.signing import dkim_key
from sales.addresses import domain_of
from sales.clock import Clock

_NAME = "Dealwright"
_SIGNED_BY_US = frozenset({"outbox", "smtp"})
_TOLD_LATER = frozenset({"resolved"})
"""How an alert stands when its reader gets one more mail: what they did themselves they know."""


class AlertMail:
    """See `bot.telling.Courier`. A place is a user's id: their address is read when the mail is written."""

    surface = "mail"

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._post = Post(settings, database)

    def place_of(self, user_id: str) -> str | None:
        """Return the person's id where they are active and have an address."""
        with self._database.session() as session:
            user = session.get(User, user_id)
            return user_id if user is not None and user.active and user.email else None

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Send it, unless what has this key was sent already as far as the carrier can tell. Raises Fatal and Retriable."""
        with self._database.session() as session:
            user = session.get(User, place)
        if user is None or not user.email:
            raise Fatal("That person has no mail address.", "Give them one, and send it again.")
        address = user.email
        carrier = self._post.carrier_of(address)
        # The same alert has the same Message-ID however often it is tried: a carrier that can be asked knows it, and mail programs show one of two.
        marker = f"<alert.{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain_of(address)}>"
        ref = {"marker": marker, "place": place, "user": place}
        if carrier.find(marker, sender=address) == "there":
            return ref
        now = self._clock.now()
        opened = f"{self._settings.public_url.rstrip('/')}/alerts" if self._settings.public_url else None
        envelope = Envelope(address, address, marker, now, _NAME, user.name, opened)
        signing = dkim_key(self._settings) if carrier.name in _SIGNED_BY_US else None
        written = letter(message, envelope, view_at(self._settings, now).calendar, signing)
        try:
            carrier.send(written, sender=address, recipient=address, marker=marker)
        except NotTaken as refused:
            if refused.permanent:
                raise Fatal("The mail server refused the alert.", "Check the address, and send it again.") from refused
            raise Retriable("The mail server did not take the alert.", "It is tried again.") from refused
        except OutcomeUnknown as unknown:
            raise Retriable("The mail server broke off.", "It is tried again.") from unknown
        return ref

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Say in one more mail how the alert ended by itself; a mail that was sent can't be drawn anew."""
        state = message.about.get("state", "")
        if state in _TOLD_LATER:
            self.deliver(str(ref["user"]), f"{ref['marker']}:{state}", message)
