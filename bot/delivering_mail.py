"""Reviews by mail: by the road that a person's other mails leave by, to that person themselves, with a way out of these mails.

Whom our buyers asked not to be written to has no bearing on it: nobody but our own active users is written to here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from agents.guard.unsubscribing import base_url
from agents.proposals.post import Post
from bot.compose import view_at
from bot.delivering_opt_out import way_out
from bot.letters import Envelope, letter
from bot.message import Message
from infra.errors import Fatal, Retriable
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.delivering import ReviewOptOut
from infra.spine.people import User
from integrations.sending.carrier import NotTaken, OutcomeUnknown
from integrations.sending.signing import dkim_key
from sales.addresses import domain_of
from sales.clock import Clock

_NAME = "Dealwright"
_SIGNED_BY_US = frozenset({"outbox", "smtp"})


class MailRoad:
    """See `bot.delivering.Road`. A place is a user's id: their address is read when the mail is written."""

    surface = "mail"

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._post = Post(settings, database)

    @cached_property
    def _sealer(self) -> Sealer:
        return Sealer(self._settings)

    def place_of(self, user_id: str) -> str | None:
        """Return the person's id where they are active, have an address and want reviews by mail."""
        with self._database.session() as session:
            user = session.get(User, user_id)
            wanted = session.get(ReviewOptOut, user_id) is None
            return user_id if user is not None and user.active and user.email and wanted else None

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Send it to the person, from their own address to themselves: no other is sure to be ours to send from."""
        with self._database.session() as session:
            user = session.get(User, place)
        if user is None or not user.email:
            raise Fatal("That person has no mail address.", "Give them one, and send it again.")
        way = way_out(self._settings, self._sealer, place)
        return self._send(user.email, user.name, key, message, way)

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Send it to the `address` of a list."""
        return self._send(str(place["address"]), "", key, message, None)

    def _send(self, address: str, name: str, key: str, message: Message, way: str | None) -> dict[str, Any]:
        carrier = self._post.carrier_of(address)
        # The same delivery has the same Message-ID however often it is tried: a carrier that can be asked knows it, and mail programs show one of two.
        marker = f"<review.{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain_of(address)}>"
        ref = {"marker": marker, "carrier": carrier.name}
        if carrier.find(marker, sender=address) == "there":
            return ref
        now = self._clock.now()
        opened = f"{base_url(self._settings)}/reviews" if self._settings.public_url else None
        envelope = Envelope(address, address, marker, now, _NAME, name, opened, way)
        key_of_ours = dkim_key(self._settings) if carrier.name in _SIGNED_BY_US else None
        written = letter(message, envelope, view_at(self._settings, now).calendar, key_of_ours)
        try:
            carrier.send(written, sender=address, recipient=address, marker=marker)
        except NotTaken as refused:
            if refused.permanent:
                raise Fatal("The mail server refused the review.", "Check the address, and send it again.") from refused
            raise Retriable("The mail server did not take the review.", "It is tried again.") from refused
        except OutcomeUnknown as unknown:
            raise Retriable("The mail server broke off.", "It is tried again.") from unknown
        return ref
