"""How an approved mail leaves: which carrier takes it, and what the finished message is."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Protocol

from agents.guard.finishing import finished
from agents.proposals.record import Mail
from infra.sealing import Sealer
from infra.settings import Settings
from integrations.sending.carrier import Carrier
from integrations.sending.outbox import FOLDER, Outbox
from integrations.sending.smtp import Smtp


class PostOffice(Protocol):
    """Writes mails and knows their carriers."""

    def carrier_of(self, sender: str) -> Carrier:
        """Return the carrier that this sender's mails leave by. Raises DealwrightError where it can't be used."""
        ...

    def written(self, mail: Mail, *, marker: str, proposal_id: str, at: datetime) -> bytes:
        """Return the finished message with its footer and headers. Raises DealwrightError where it can't be written."""
        ...


class Post:
    """The company's one way out: its SMTP server where one is set, else the built-in outbox folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _carrier(self) -> Carrier:
        url = self._settings.smtp_url
        return Smtp(url.get_secret_value()) if url is not None else Outbox(self._settings.home / FOLDER)

    @cached_property
    def _sealer(self) -> Sealer:
        return Sealer(self._settings)

    def carrier_of(self, sender: str) -> Carrier:
        """Return the same carrier for everybody. Raises Fatal where the server's address can't be read."""
        return self._carrier

    def written(self, mail: Mail, *, marker: str, proposal_id: str, at: datetime) -> bytes:
        """Return the finished message. Raises Skippable where an address is none, Fatal where DKIM is set up wrongly."""
        return finished(
            mail, marker=marker, proposal_id=proposal_id, settings=self._settings, sealer=self._sealer, date=at
        )
