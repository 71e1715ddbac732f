"""What a carrier of mail can do, and how it says what became of a mail.

A carrier is handed a finished message (RFC 5322 bytes with its Message-ID) and either has it taken, or says for sure that it was not
taken, or says that nobody can know. The last must never look like one of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Whereabouts = Literal["there", "absent", "cannot_tell"]


@dataclass(frozen=True)
class Receipt:
    """The carrier took the mail. `reference` is its own id of it, where it gave one."""

    carrier: str
    reference: str | None = None


class NotTaken(Exception):
    """The carrier refused for sure; nothing left. `permanent` is False where the same mail may be taken later. `code` is for the log."""

    def __init__(self, code: str, *, permanent: bool, about_recipient: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.about_recipient = about_recipient


class OutcomeUnknown(Exception):
    """The mail may have left or not: the connection broke between handing it over and hearing that it was taken."""


class Carrier(Protocol):
    """One way for a mail to leave."""

    name: str

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Hand the message over; `marker` is its Message-ID with angle brackets. Raises NotTaken or OutcomeUnknown. Blocks, with a bounded timeout."""
        ...

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """Tell whether a message with this Message-ID was taken. SMTP can't be asked: `cannot_tell`. Raises infra.errors.Retriable when asking fails."""
        ...
