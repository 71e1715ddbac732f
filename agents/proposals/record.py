"""What a proposal holds: the exact effect, its evidence, its risks; and what programs are shown of it.

A decision binds to `Content.hash()`: nobody can approve what they did not see.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agents.answer import Evidence
from sales.addresses import written_address

ProposalKind = Literal["outreach", "follow_up", "reply", "crm_update", "task", "call", "reactivation"]


_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")


def _one_line(text: str) -> str:
    # A name or subject from outside may carry line ends that would begin another header.
    return " ".join(_CONTROL.sub(" ", text).split())


def _address(text: str) -> str:
    if _CONTROL.search(text) or (told := written_address(text)) is None:
        raise ValueError("must be one mail address")
    return told


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise ValueError("must be a Message-ID in angle brackets")
    return text


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")


OneLine = Annotated[str, AfterValidator(_storable), AfterValidator(_one_line)]
"""Words that end up in a header: what would end its line becomes a blank."""
Words = Annotated[str, AfterValidator(_storable)]
Address = Annotated[str, AfterValidator(_address)]
MessageId = Annotated[str, AfterValidator(_message_id)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mail(_Frozen):
    """A mail to one person. `body` is plain text without the footer; the footer (who writes, how to opt out) is added when it is sent.

    `in_reply_to` and `references` are Message-IDs with their angle brackets. `variant` names the opener that was used.
    """

    kind: Literal["mail"] = "mail"
    sender: Address
    sender_name: OneLine = ""
    to: Address
    to_name: OneLine = ""
    subject: OneLine
    body: Words
    in_reply_to: MessageId | None = None
    references: tuple[MessageId, ...] = ()
    variant: str | None = None


class Task(_Frozen):
    """Something for a person to do, kept in the spine."""

    kind: Literal["task"] = "task"
    title: OneLine
    due: date | None = None
    note: Words = ""


class ClosingLine(_Frozen):
    """A line of what was said in a call. `evidence` are numbers, counted from 1, of the pieces of `Content.evidence` that it rests on."""

    label: OneLine = ""
    text: OneLine
    evidence: tuple[int, ...] = ()


class ClosingElement(_Frozen):
    """An element of the qualification as the call leaves it: `text` are the buyer's words, `against` what the CRM or an earlier call says instead."""

    label: OneLine
    state: Literal["filled", "contradicted", "open"]
    text: Words = ""
    against: OneLine = ""
    evidence: tuple[int, ...] = ()


class ClosingTask(_Frozen):
    """Something of ours to do after a call. `starts_at` and `ends_at` are set where a time was agreed: then it is held in the calendar."""

    id: str
    title: OneLine
    due: date | None = None
    note: Words = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    evidence: tuple[int, ...] = ()


class Change(_Frozen):
    """One field of one record: old → new. `field` is a key of `sales.fields`; values are as JSON holds them (days as YYYY-MM-DD, sums as plain digits).

    `record_id` None makes a record, with `also` as its other fields. `forecast` is never ticked beforehand. `old` is what the CRM had when this was
    proposed: the write compares it.
    """

    id: str
    record: Literal["deal", "contact", "account"]
    record_id: str | None
    name: OneLine = Field("", description="What people call the record.")
    field: str
    label: OneLine
    old: OneLine | None = None
    new: OneLine
    also: dict[str, str] = Field(default_factory=dict)
    why: OneLine = ""
    evidence: tuple[int, ...] = ()
    forecast: bool = False


class Correspondents(_Frozen):
    """From whom to whom a follow-up mail would go: for a card without one, on which a person may write it."""

    sender: Address
    sender_name: OneLine = ""
    to: Address
    to_name: OneLine = ""


class Closing(_Frozen):
    """A call brought to its end: what was said, what we do, what we write, and what changes in the CRM, each line ticked or not when it is submitted.

    `by_hand` are changes that the rules of field ownership leave to a person. With `trouble` the transcript could not be read, and nothing is
    claimed of it. `next_step` and `next_step_date` of `deal_id` may be filled in by a person on any card that has a deal.
    """

    kind: Literal["closing"] = "closing"
    call: str
    title: OneLine = ""
    at: datetime | None = None
    url: str | None = None
    trouble: OneLine | None = None
    summary: tuple[ClosingLine, ...] = ()
    framework: OneLine = ""
    qualification: tuple[ClosingElement, ...] = ()
    tasks: tuple[ClosingTask, ...] = ()
    mail: Mail | None = None
    mail_evidence: tuple[int, ...] = ()
    between: Correspondents | None = None
    changes: tuple[Change, ...] = ()
    by_hand: tuple[Change, ...] = ()
    deal_id: str | None = None
    deal_name: OneLine = ""
    deal_next_step: str | None = None
    deal_next_step_date: str | None = None

    def lines(self) -> tuple[str, ...]:
        """Return the ids of all that can be ticked, in the order of the card."""
        mail = ("mail",) if self.mail is not None else ()
        return (*(one.id for one in self.tasks), *mail, *(one.id for one in self.changes))

    def ticked(self) -> tuple[str, ...]:
        """Return what is ticked beforehand: all but what moves the forecast."""
        forecast = {one.id for one in self.changes if one.forecast}
        return tuple(one for one in self.lines() if one not in forecast)


EffectContent = Annotated[Mail | Task | Closing, Field(discriminator="kind")]


class Content(_Frozen):
    """All that stands on the card and is decided on. `why` are the reasons in a few words each, each carried by `evidence`."""

    effect: EffectContent
    evidence: tuple[Evidence, ...] = ()
    risks: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    def hash(self) -> str:
        """Return the SHA-256 of effect, evidence, risks and reasons as canonical JSON, in hex."""
        told = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


class NewProposal(_Frozen):
    """A proposal to put forward. `key` names its occasion: the same occasion twice is the same proposal."""

    key: str
    kind: ProposalKind
    headline: str
    content: Content
    owner_id: str | None
    account_id: str | None = None
    deal_id: str | None = None
    contact_id: str | None = None
    signal_id: str | None = None
    touch_id: str | None = None
    call_id: str | None = None
    expires_at: datetime | None = None


class CopyOut(_Frozen):
    """Where a card stands. `shown` is the `<version>:<state>` that it shows."""

    surface: str
    place: str
    shown: str | None


class ProposalOut(_Frozen):
    """A proposal as programs and surfaces read it: the JSON of `GET /api/proposals/ID`."""

    id: str
    version: int
    hash: str
    state: str
    kind: str
    headline: str
    effect: EffectContent
    evidence: tuple[Evidence, ...]
    risks: tuple[str, ...]
    why: tuple[str, ...]
    owner: str | None = Field(None, description="Mail address of the owner.")
    account: str | None = Field(None, description="Id of the account.")
    deal: str | None = None
    contact: str | None = None
    signal: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    due_at: datetime | None = Field(None, description="When a snoozed one comes back, or when an approved one goes.")
    goes_at: datetime | None = Field(None, description="When a waiting mail would go if it were approved now.")
    goes_zone: str | None = Field(None, description="The recipient's time zone; none where it is not known.")
    decided_by: str | None = Field(None, description="Mail address of whoever decided.")
    decided_at: datetime | None = None
    reason: str | None = None
    held: str | None = None
    outcome: dict[str, Any] = Field(
        default_factory=dict, description="What came of it; of a submitted call card `lines` tells it by the line's id."
    )
    effect_id: str | None = None
    copies: tuple[CopyOut, ...] = ()
    revision: int = Field(0, exclude=True, description="Which change of the proposal this shows; for copies alone.")

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return self.model_dump(mode="json")
