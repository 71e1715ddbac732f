"""Reviews by mail, with a way out of these mails."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from bot.delivering_opt_out import way_out
from bot.message import Message
from bot.own_mail import OwnMail
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.delivering import ReviewOptOut
from sales.clock import Clock


class MailRoad:
    """See `bot.delivering.Road`. A place is a user's id: their address is read when the mail is written."""

    surface = "mail"

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._mail = OwnMail(settings, database, clock, what="review", page="/reviews")

    @cached_property
    def _sealer(self) -> Sealer:
        return Sealer(self._settings)

    def place_of(self, user_id: str) -> str | None:
        """Return the person's id where they are active, have an address and want reviews by mail."""
        with self._database.session() as session:
            wanted = session.get(ReviewOptOut, user_id) is None
        return user_id if wanted and self._mail.reader(user_id) is not None else None

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Send it to the person. Raises Fatal and Retriable, see `OwnMail.send`."""
        user = self._mail.addressed(place)
        return self._sent(user.email or "", user.name, key, message, way_out(self._settings, self._sealer, place))

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Send it to the `address` of a list."""
        return self._sent(str(place["address"]), "", key, message, None)

    def _sent(self, address: str, name: str, key: str, message: Message, way: str | None) -> dict[str, Any]:
        sent = self._mail.send(address, name, key, message, way)
        return {"marker": sent.marker, "carrier": sent.carrier}
