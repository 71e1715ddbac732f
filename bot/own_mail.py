"""Mails of our own to our own people, alerts and reviews: from their own address to themselves, for no other is sure to be ours to send from.

Whom our buyers asked not to be written to has no bearing on it: nobody but our own active users, and the lists that an owner named, is written to here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from agents.guard.unsubscribing import base_url
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


@dataclass(frozen=True)
class Sent:
    """What was sent: its Message-ID, and the carrier that has it."""

    marker: str
    carrier: str


class OwnMail:
    """Sends mails of one kind, `what` ("alert", "review"), which are opened at `page` of the console."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, *, what: str, page: str) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._what = what
        self._page = page
        self._post = Post(settings, database)

    def reader(self, user_id: str) -> User | None:
        """Return the person where they are active and have an address."""
        with self._database.session() as session:
            user = session.get(User, user_id)
        return user if user is not None and user.active and user.email else None

    def addressed(self, user_id: str) -> User:
        """Return the person whom a mail is on its way to, who may have been sent home since. Raises Fatal where they have no address."""
        with self._database.session() as session:
            user = session.get(User, user_id)
        if user is None or not user.email:
            raise Fatal("That person has no mail address.", "Give them one, and send it again.")
        return user

    def send(self, address: str, name: str, key: str, message: Message, way: str | None = None) -> Sent:
        """Send it, unless what has this `key` was sent already as far as the carrier can tell; `way` leads out of such mails. Raises Fatal and Retriable."""
        carrier = self._post.carrier_of(address)
        # The same message has the same Message-ID however often it is tried: a carrier that can be asked knows it, and mail programs show one of two.
        marker = f"<{self._what}.{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain_of(address)}>"
        sent = Sent(marker, carrier.name)
        if carrier.find(marker, sender=address) == "there":
            return sent
        now = self._clock.now()
        opened = base_url(self._settings) + self._page if self._settings.public_url else None
        envelope = Envelope(address, address, marker, now, _NAME, name, opened, way)
        signing = dkim_key(self._settings) if carrier.name in _SIGNED_BY_US else None
        written = letter(message, envelope, view_at(self._settings, now).calendar, signing)
        try:
            carrier.send(written, sender=address, recipient=address, marker=marker)
        except NotTaken as refused:
            if refused.permanent:
                sentence = f"The mail server refused the {self._what}."
                raise Fatal(sentence, "Check the address, and send it again.") from refused
            raise Retriable(f"The mail server did not take the {self._what}.", "It is tried again.") from refused
        except OutcomeUnknown as unknown:
            raise Retriable("The mail server broke off.", "It is tried again.") from unknown
        return sent
