"""A mail that came in, taken apart, and what it turned out to be. Readers of MIME make the one; `sales.mail.sorting` makes the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sales.records import Person

Kind = Literal[
    "positive",
    "question",
    "objection",
    "not_now",
    "unclear",
    "out_of_office",
    "opt_out",
    "hard_bounce",
    "soft_bounce",
    "complaint",
    "automatic",
]
"""What came back. `automatic` is what a machine sent without saying anything about us or our mail: a receipt, a notice."""

HUMAN: frozenset[Kind] = frozenset({"positive", "question", "objection", "not_now", "unclear", "opt_out"})
"""The kinds that a person wrote."""

Reason = Literal[
    "user_unknown",
    "host_unknown",
    "moved",
    "takes_no_mail",
    "mailbox_full",
    "disabled",
    "too_big",
    "spam",
    "blocked",
    "no_reverse_dns",
    "unauthenticated",
    "policy",
    "content",
    "no_relaying",
    "too_much",
    "sender_refused",
    "filtered",
    "network",
    "expired",
    "delayed",
    "not_a_member",
    "system",
    "unknown",
]
"""Why a mail did not arrive."""

HARD: frozenset[Reason] = frozenset({"user_unknown", "host_unknown", "moved", "takes_no_mail"})
"""The reasons that tell of a dead address. All others tell of this mail, this sender or this day."""


@dataclass(frozen=True)
class Incoming:
    """One mail as it came in.

    `headers` are its first values by lower-case name; `new` is what was written anew, `quoted` the history below it, `text` both and
    everything between. `delivery` holds the groups of fields of a delivery report (RFC 3464) that the mail itself is, never those
    of a mail enclosed in it; `feedback` the fields of a complaint (RFC 5965). `returned` are the headers of the mail of ours that came back.
    """

    message_id: str
    subject: str = ""
    sender: Person | None = None
    recipients: tuple[Person, ...] = ()
    sent_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    new: str = ""
    quoted: str = ""
    delivery: tuple[Mapping[str, str], ...] = ()
    feedback: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[str, str] = field(default_factory=dict)
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """Return a header's value, "" where it is absent."""
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Failure:
    """One recipient whom a mail did not reach. `status` is an enhanced status code (RFC 3463), `said` the server's or the system's own words."""

    recipient: str | None
    reason: Reason
    status: str | None = None
    said: str = ""

    @property
    def hard(self) -> bool:
        """Whether the address is dead."""
        return self.reason in HARD


@dataclass(frozen=True)
class Verdict:
    """What a mail turned out to be.

    `failures` are those of a bounce. `back_on` is the first day on which somebody away is there again, `revisit_on` the day from which somebody who
    said "not now" may be asked. `words` is the sentence that decided it, as written. `feedback` is the type that a complaint names.
    `left` tells that somebody works there no more.
    """

    kind: Kind
    failures: tuple[Failure, ...] = ()
    back_on: date | None = None
    revisit_on: date | None = None
    words: str = ""
    feedback: str | None = None
    left: bool = False

    @property
    def human(self) -> bool:
        """Whether a person wrote it."""
        return self.kind in HUMAN
