"""How an approved mail leaves: which carrier takes it, and what the finished message is."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from agents.guard.carriers import Carriers
from agents.guard.finishing import finished
from agents.proposals.record import Mail
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from integrations.sending.carrier import Carrier
from integrations.sending.choosing import house_carrier
from integrations.sending.outbox import Outbox

_OUTBOX = "outbox:"
_SIGNED_BY_US = frozenset({"outbox", "smtp"})


class PostOffice(Protocol):
    """Writes mails and knows their carriers."""

    def carrier_of(self, sender: str) -> Carrier:
        """Return the carrier that this sender's mails leave by. Raises DealwrightError where it can't be used."""
        ...

    def place_of(self, sender: str) -> str:
        """Return where this sender's mails leave from, kept with an attempt so that whoever looks for it later looks there."""
        ...

    def asked(self, place: str, sender: str) -> Carrier | None:
        """Return the carrier that can be asked about an attempt from `place`; None where that place can't be reached from here."""
        ...

    def written(self, mail: Mail, *, marker: str, proposal_id: str, at: datetime) -> bytes:
        """Return the finished message with its footer and headers. Raises DealwrightError where it can't be written."""
        ...


class Post:
    """The ways out: a sender's own connected mailbox, else the company's SMTP server, else the built-in outbox folder.

    Without `database` nobody has a mailbox of their own.
    """

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def _carriers(self) -> Carriers | None:
        return Carriers(self._settings, self._database, self._sealer) if self._database is not None else None

    @cached_property
    def _house(self) -> Carrier:
        return house_carrier(self._settings)

    @cached_property
    def _sealer(self) -> Sealer:
        return Sealer(self._settings)

    def carrier_of(self, sender: str) -> Carrier:
        """Return the carrier of this sender's mails. Raises Fatal where the server's address can't be read, or the mailbox holds no token."""
        return self._carriers.of(sender) if self._carriers is not None else self._house

    def place_of(self, sender: str) -> str:
        """Return `outbox:` with the folder, or the carrier's name. Raises Fatal like `carrier_of`."""
        carrier = self.carrier_of(sender)
        return f"{_OUTBOX}{carrier.folder}" if isinstance(carrier, Outbox) else carrier.name

    def asked(self, place: str, sender: str) -> Carrier | None:
        """Return the outbox of that very folder, which may be another worker's; else the present carrier, where it is of that kind."""
        if place.startswith(_OUTBOX):
            folder = Path(place.removeprefix(_OUTBOX))
            # A folder that was never made holds nothing; one whose home can't be seen from here may hold anything.
            return Outbox(folder) if folder.parent.is_dir() else None
        carrier = self.carrier_of(sender)
        return carrier if carrier.name == place else None

    def written(self, mail: Mail, *, marker: str, proposal_id: str, at: datetime) -> bytes:
        """Return the finished message. Raises Skippable where an address is none, Fatal where DKIM is set up wrongly."""
        return finished(
            mail,
            marker=marker,
            proposal_id=proposal_id,
            settings=self._settings,
            sealer=self._sealer,
            date=at,
            sign=self.carrier_of(mail.sender).name in _SIGNED_BY_US,
        )
