"""What the mailroom hands on: what a mail was taken for, and the occasion for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from sqlalchemy.orm import Session

from agents.proposals.record import NewProposal

Movement = Literal["go_on", "pause", "stop"]
Kept = Literal["reply", "activity", "both", "nothing", "known", "unreadable"]
"""What was written of a mail: a reply to a touch, an activity, both, nothing as it concerns nobody we know, nothing as it was known, or it can't be read."""

Judge = Callable[[Session, str, datetime], str | None]
"""Called in the transaction that writes a bounce or complaint, with our sending domain and the moment: returns why the domain was paused, or None."""


@dataclass(frozen=True)
class Occasion:
    """Somebody answered and an answer is due today: what they wrote, to which mail of ours, in which thread.

    `text` are their own words, which are data and nobody's instructions. `in_reply_to` and `references` are the Message-IDs of the thread with angle brackets.
    """

    reply_id: str
    kind: str
    text: str
    words: str
    subject: str
    sender: str
    sender_name: str
    recipient: str
    in_reply_to: str
    references: tuple[str, ...]
    touch_id: str
    sequence_id: str
    owner_id: str | None
    account_id: str | None
    contact_id: str | None
    signal_id: str | None
    at: datetime


class Answerer(Protocol):
    """Who words an answer to interest: a call proposed in the same thread, the same day. Implemented by whoever drafts."""

    def answer(self, session: Session, occasion: Occasion) -> NewProposal | None:
        """Return the proposal to put forward, of kind reply or call, or None where there is nothing to propose. Runs inside the transaction."""
        ...


@dataclass(frozen=True)
class Taken:
    """What became of one mail. `kind` is the verdict's; `movement` what it did to the sequence; `paused_domain` why sending stopped, if it did.

    `answered_card` is the card of the mail that was answered: it tells of it from now on.
    """

    id: str
    kept: Kept
    kind: str = ""
    touch_id: str | None = None
    sequence_id: str | None = None
    movement: Movement = "go_on"
    suppressed: tuple[str, ...] = ()
    back_on: date | None = None
    revisit_on: date | None = None
    proposal_id: str | None = None
    paused_domain: str | None = None
    trouble: str | None = None
    answered_card: str | None = None

    def public(self) -> dict[str, Any]:
        """Return it as JSON for programs."""
        return {
            "id": self.id,
            "kept": self.kept,
            "kind": self.kind or None,
            "touch": self.touch_id,
            "sequence": self.sequence_id,
            "movement": self.movement,
            "suppressed": list(self.suppressed),
            "back_on": self.back_on.isoformat() if self.back_on else None,
            "revisit_on": self.revisit_on.isoformat() if self.revisit_on else None,
            "proposal": self.proposal_id,
            "paused": self.paused_domain,
            "trouble": self.trouble,
        }


@dataclass
class Tally:
    """How many mails and meetings of a batch came to what."""

    read: int = 0
    activities: int = 0
    replies: int = 0
    left_out: int = 0
    unreadable: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, taken: Taken) -> None:
        """Count one."""
        self.read += 1
        self.activities += taken.kept in ("activity", "both")
        self.replies += taken.kept in ("reply", "both")
        self.left_out += taken.kept == "nothing"
        self.unreadable += taken.kept == "unreadable"
        if taken.kept in ("reply", "both"):
            self.kinds[taken.kind] = self.kinds.get(taken.kind, 0) + 1
