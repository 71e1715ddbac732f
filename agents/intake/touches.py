"""Calls, meetings, mails, notes and tasks: from tables, transcripts and mailboxes to activities with people, sides and turns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from agents.intake.batch import Batch, Custom, table_of
from agents.intake.identity import ACTIVITY_ID_LENGTH, fitted, stable_id
from agents.intake.lookup import Found
from agents.intake.placement import Guest, Placement, place
from agents.intake.rows import Columns, Line
from agents.intake.sitting import guest_rows, turn_rows, write_people_and_turns
from agents.intake.touchwords import direction_of, kind_of, state_of
from agents.intake.writing import chunks, write
from infra.spine.models import Activity
from sales.automatic import is_automatic_subject
from sales.records import ActivityKind, Direction, MailMessage, Origin, Person, SpokenTurn, Transcript

INFERRED = "_deal"
"""Key in an activity's named fields that says that its deal was not named, but inferred."""
FILE = "_file"
"""Key in an activity's named fields that says which file told of a call or a mail."""
_IN_THIS_BATCH = "\x00"
_MET = (ActivityKind.CALL, ActivityKind.MEETING)
_ROLES = frozenset("attendee organizer speaker host from to cc bcc reply-to sender".split())


@dataclass
class Touch:
    """Something that happened, whatever kind of file told of it. `counted_as` is its kind in the report."""

    origin: Origin
    id: str
    kind: ActivityKind
    counted_as: str
    subject: str | None = None
    body: str | None = None
    at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    status: str = "done"
    direction: Direction | None = None
    automatic: bool = False
    account: str | None = None
    deal: str | None = None
    owner: str | None = None
    thread_key: str | None = None
    url: str | None = None
    people: list[Person] = field(default_factory=list)
    turns: tuple[SpokenTurn, ...] = ()
    custom: Custom = field(default_factory=dict)
    raw: str = ""

    def content_hash(self) -> str:
        """Return the hash of the words that can be found."""
        digest = hashlib.sha256()
        for part in (self.subject, self.body, *(f"{t.turn_id}\x1f{t.speaker}\x1f{t.text}" for t in self.turns)):
            digest.update((part or "").encode("utf-8", "replace") + b"\x1e")
        return digest.hexdigest()


def natural_parts(values: Mapping[str, object]) -> tuple[object, ...]:
    """Return what tells an activity without an id from others: kind, time, subject and people."""
    return tuple(
        values.get(name) for name in ("type", "at", "due_at", "subject", "account", "deal", "contact", "owner")
    )


def touch_of_line(batch: Batch, line: Line, repeat: int) -> Touch:
    """Return what a line of an activities table tells."""
    work, told = batch.work, line.text("type")
    due, at = work.moment(line.values.get("due_at")), work.moment(line.values.get("at"))
    kind = kind_of(told) or _kind_by_shape(line, due)
    if at is None and kind in _MET:
        at, due = due, due
    words = line.text("status")
    direction = direction_of(line.text("direction") or told, kind, words)
    identity = line.text("external_id")
    made = stable_id("activity", *natural_parts(line.values), *([repeat] if repeat else []))
    people = [
        Person(name=part.strip(), role="attendee") for part in (line.text("contact") or "").split(";") if part.strip()
    ]
    return Touch(
        origin=line.row.origin,
        id=fitted("activity", identity, ACTIVITY_ID_LENGTH) if identity else made,
        kind=kind,
        counted_as="activity",
        subject=line.text("subject"),
        body=line.text("body"),
        at=at,
        ended_at=work.moment(line.values.get("ended_at")),
        due_at=due,
        status=state_of(words) or _state_by_time(kind, at, work.now),
        direction=direction,
        automatic=_is_automatic(line, kind),
        account=line.text("account"),
        deal=line.text("deal"),
        owner=line.text("owner"),
        url=line.text("url"),
        people=people,
        custom=line.row.custom,
        raw=line.raw(),
    )


def _is_automatic(line: Line, kind: ActivityKind) -> bool:
    told = line.values.get("automatic")
    if isinstance(told, bool):
        return told
    return kind is ActivityKind.MAIL and is_automatic_subject(line.text("subject") or "")


def _kind_by_shape(line: Line, due: datetime | None) -> ActivityKind:
    if line.values.get("ended_at") is not None:
        return ActivityKind.MEETING
    return ActivityKind.TASK if due is not None and line.values.get("at") is None else ActivityKind.NOTE


def _state_by_time(kind: ActivityKind, at: datetime | None, now: datetime) -> str:
    if kind is ActivityKind.TASK:
        return "open"
    return "booked" if kind in _MET and at is not None and at > now else "done"


def touch_of_transcript(batch: Batch, call: Transcript) -> Touch:
    """Return what a transcript tells. Without an end it ends with its last turn."""
    started = batch.work.moment(call.started_at)
    ended = batch.work.moment(call.ended_at)
    last = max((turn.end or turn.start or 0.0 for turn in call.turns), default=0.0)
    if ended is None and started is not None and 0 < last < 7 * 86_400:
        ended = started + timedelta(seconds=last)
    return Touch(
        origin=call.origin,
        id=fitted("call", call.call_id, ACTIVITY_ID_LENGTH),
        kind=ActivityKind.CALL,
        counted_as="call",
        subject=call.title,
        at=started,
        ended_at=ended,
        account=call.account,
        deal=call.deal,
        owner=call.owner,
        url=call.url,
        people=list(call.participants),
        turns=call.turns,
        custom=call.custom,
        raw=call.title or "",
    )


def touch_of_mail(batch: Batch, mail: MailMessage) -> Touch:
    """Return what a mail tells. A thread bears the id of its first mail."""
    identity = fitted("mail", mail.message_id, ACTIVITY_ID_LENGTH)
    sender = [Person(mail.sender.name, mail.sender.email, "from")] if mail.sender else []
    root = next(iter(mail.references), None) or mail.in_reply_to
    return Touch(
        origin=mail.origin,
        id=identity,
        kind=ActivityKind.MAIL,
        counted_as="mail",
        subject=mail.subject,
        body=mail.body,
        at=batch.work.moment(mail.sent_at),
        automatic=mail.automatic,
        thread_key=fitted("mail", root, ACTIVITY_ID_LENGTH) if root else identity,
        people=[*sender, *mail.recipients],
        raw=mail.subject or "",
    )


def write_touches(batch: Batch, touches: Sequence[Touch]) -> None:
    """Bring touches in: link them, place their people, and write what is new or differs."""
    touches = _to_write(batch, touches)
    rows: list[Columns] = []
    guests_of: dict[str, list[Guest]] = {}
    turns_of: dict[str, list[Columns]] = {}
    for touch in touches:
        guests = [_guest(person) for person in touch.people]
        placement = _placed(batch, touch, guests)
        rows.append(_columns(batch, touch, placement))
        guests_of[touch.id] = guests
        if touch.turns:
            turns_of[touch.id] = turn_rows(touch.id, touch.turns, guests)
    batch.flush_made()
    written = write(batch.session, table_of(Activity), rows, keep_inference)
    refused = {row["id"] for row, outcome in zip(rows, written.outcomes, strict=True) if outcome not in _IN}
    people = {
        identity: guest_rows(identity, guests) for identity, guests in guests_of.items() if identity not in refused
    }
    turns = {identity: found for identity, found in turns_of.items() if identity not in refused}
    differing = write_people_and_turns(batch.session, people, turns)
    for touch, outcome in zip(touches, written.outcomes, strict=True):
        counts = batch.work.report.of(touch.counted_as)
        if outcome == "added":
            counts.added += 1
        elif outcome == "changed" or (outcome == "unchanged" and touch.id in differing):
            counts.changed += 1
        elif outcome == "unchanged":
            counts.unchanged += 1
        else:
            batch.keep_aside(touch.counted_as, touch.origin, outcome, touch.raw)
    batch.unlink("activity", refused)


_IN = ("added", "changed", "unchanged")


def keep_inference(merged: Columns, old: Columns | None) -> None:
    """Mark an activity whose deal was inferred, as its row tells under `INFERRED`, and take the mark away from others."""
    inferred = merged.pop(INFERRED, False)
    if not inferred:
        merged["custom"] = {key: value for key, value in merged["custom"].items() if key != INFERRED}
    else:
        merged["custom"] = {**merged["custom"], INFERRED: "inferred"}
    if old is not None and old["kind"] in _MET and merged["kind"] in _MET:
        # A transcript does not know whether its call was booked as a meeting.
        merged["kind"] = old["kind"]


def _guest(person: Person) -> Guest:
    email = person.email.strip().lower() if person.email and "@" in person.email else None
    if email is not None and len(email) > 320:
        email = None
    side = person.side if person.side in ("buyer", "seller") else "unknown"
    # Recorders put a job title where others tell the part that somebody had in the call.
    role, title = (person.role, person.title) if person.role in _ROLES else ("attendee", person.title or person.role)
    return Guest(person.name or None, email, role, title, side)  # type: ignore[arg-type]


def _placed(batch: Batch, touch: Touch, guests: list[Guest]) -> Placement:
    system = touch.origin.system
    account = batch.account(touch.account, touch.origin, create=True) if touch.account else Found(None)
    deal = batch.directory.deals.find(touch.deal, account.id) if touch.deal else Found(None)
    # Whoever hosted a call may be an outsider; a user can ask, so nobody becomes one by standing in a recording.
    owner = batch.user(touch.owner, touch.origin, create=False) if touch.owner else Found(None)
    batch.link("activity", touch.id, "account_id", "account", touch.account, account, system)
    batch.link("activity", touch.id, "deal_id", "deal", touch.deal, deal, system)
    batch.link("activity", touch.id, "owner_id", "user", touch.owner, owner, system)
    placement = place(
        batch.directory,
        touch.kind,
        guests,
        at=touch.at,
        account=account.id,
        deal=deal.id,
        owner=owner.id,
        direction=touch.direction,
    )
    if touch.deal and deal.id is None:
        # The named deal will come; until then another one must not stand in for it.
        placement.deal_id, placement.inferred = None, False
    if touch.kind in _MET:
        _meet(batch, touch, guests, placement)
    return placement


def _meet(batch: Batch, touch: Touch, guests: list[Guest], placement: Placement) -> None:
    """People of the buyer's side who were listed on a call become contacts of their account."""
    for guest in guests:
        account = guest.account_id or placement.account_id
        if guest.known or guest.side != "buyer" or account is None or guest.role == "speaker":
            continue
        if guest.email or (guest.name and len(guest.name.split()) > 1):
            guest.contact_id = batch.new_contact(guest.name, guest.email, account, touch.origin, guest.title)
            guest.account_id = account


def _columns(batch: Batch, touch: Touch, placement: Placement) -> Columns:
    custom = batch.custom("activity", touch.custom)
    told: Columns = {
        "subject": touch.subject,
        "body": touch.body,
        "at": touch.at,
        "ended_at": touch.ended_at,
        "due_at": touch.due_at,
        "thread_key": touch.thread_key,
        "url": touch.url,
    }
    if touch.counted_as != "activity":
        # A transcript knows nothing of the notes that a table has on the same call.
        told = {name: value for name, value in told.items() if value is not None}
        custom[FILE] = touch.origin.file
    return {
        "id": touch.id,
        "kind": touch.kind.value,
        "direction": placement.direction.value,
        "automatic": touch.automatic,
        "status": touch.status,
        "account_id": placement.account_id,
        "deal_id": placement.deal_id,
        "owner_id": placement.owner_id,
        **told,
        "content_hash": touch.content_hash(),
        "custom": custom,
        "source": batch.work.source_of(touch.origin),
        "source_at": batch.work.now,
        INFERRED: placement.inferred,
    }


def _to_write(batch: Batch, touches: Sequence[Touch]) -> list[Touch]:
    """Return the touches that are to be written.

    A call and a mail may bear the same id in their systems: the later one takes another, so that neither is overwritten. Where two
    files of one import tell of the same call or mail (two mailboxes, two caption formats), the first one's word stands.
    """
    known: dict[str, tuple[str, str | None]] = {}
    for some in chunks([touch.id for touch in touches]):
        columns = (Activity.id, Activity.kind, Activity.custom)
        for identity, kind, custom in batch.session.execute(select(*columns).where(Activity.id.in_(some))):
            known[identity] = kind, custom.get(FILE)
    wanted: list[Touch] = []
    for touch in touches:
        kind, file = known.setdefault(touch.id, (touch.kind, None))
        if kind != touch.kind and not (kind in _MET and touch.kind in _MET):
            touch.id = stable_id(touch.kind.value, touch.id)
            _, file = known.setdefault(touch.id, (touch.kind, None))
        if touch.counted_as != "activity":
            elsewhere = file is not None and file != touch.origin.file and file in batch.work.files
            if elsewhere or file == _IN_THIS_BATCH:
                batch.work.report.of(touch.counted_as).unchanged += 1
                continue
            known[touch.id] = touch.kind, _IN_THIS_BATCH
        wanted.append(touch)
    return wanted
