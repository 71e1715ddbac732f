"""What an import reads out of a file, before the spine knows it: one record a fact, each with the place it came from.

Readers in `integrations/` make these; `agents/intake` writes them into the spine. Texts are as found, trimmed;
references to other records (account, deal, owner, contact) are the words that the file used: an id, a name or a mail
address. Resolving them is the spine's work, not the reader's. An empty cell is None, never "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class RecordKind(StrEnum):
    """The kinds of table that an import knows."""

    ACCOUNT = "account"
    CONTACT = "contact"
    USER = "user"
    LEAD = "lead"
    DEAL = "deal"
    PRODUCT = "product"
    TARGET = "target"
    TERRITORY = "territory"
    ACTIVITY = "activity"
    CHANGE = "change"


class ActivityKind(StrEnum):
    """What happened between the two sides."""

    CALL = "call"
    MEETING = "meeting"
    MAIL = "mail"
    NOTE = "note"
    TASK = "task"


class Direction(StrEnum):
    """Who acted: the buyer (inbound), us (outbound), both at once (mutual: a call or meeting held), only among us, or not told."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    MUTUAL = "mutual"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Origin:
    """Where a record stands: the file's name as given, its line or item (1-based, 0 where there is none), and the system that made it."""

    file: str
    line: int = 0
    system: str = "import"


@dataclass(frozen=True)
class Person:
    """Somebody named in a call, a meeting or a mail. `role` is attendee, organizer, speaker, from, to, cc, bcc or host."""

    name: str | None = None
    email: str | None = None
    role: str = "attendee"
    title: str | None = None
    side: str | None = None  # "buyer" | "seller" where the source says so


@dataclass(frozen=True)
class SpokenTurn:
    """One turn of a transcript. `turn_id` is as imported (its position as text where the source has none); `start` and `end` are seconds.

    `id_is_text` tells an id that the source holds as text from a number: "12" is another id than 12 to whoever looks it up there.
    """

    turn_id: str
    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None
    id_is_text: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a table that was understood.

    `values` maps the canonical field names of `sales.fields` to parsed values (str, Decimal, date, datetime, int, bool, or a
    list of str); `custom` keeps the columns that no field claims, under the label they had, as text or number.
    """

    kind: RecordKind
    origin: Origin
    values: Mapping[str, object]
    custom: Mapping[str, str | Decimal | date | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Transcript:
    """One call with what was said in it."""

    origin: Origin
    call_id: str
    turns: tuple[SpokenTurn, ...]
    title: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    account: str | None = None
    deal: str | None = None
    owner: str | None = None
    participants: tuple[Person, ...] = ()
    url: str | None = None
    custom: Mapping[str, str | Decimal | date | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class MailMessage:
    """One mail. `body` is the new text only; `quoted` is what was cut off below it. `automatic` marks auto-replies and bounces."""

    origin: Origin
    message_id: str
    subject: str | None
    sender: Person | None
    recipients: tuple[Person, ...]
    sent_at: datetime | None
    body: str
    quoted: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: bool = False


@dataclass(frozen=True)
class Reject:
    """A row or file that could not be read: kept aside with its reason, in a sentence that a person can act on. `raw` is for the database, never for a log."""

    origin: Origin
    reason: str
    raw: str = ""


Record = Row | Transcript | MailMessage
