"""Mails and meetings as activities of the spine, by the same road as an import: placed, linked, with their people, once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.intake.batch import Batch, Work, load_work
from agents.intake.identity import ACTIVITY_ID_LENGTH, fitted
from agents.intake.report import ImportReport
from agents.intake.touches import FILE, Touch, touch_of_mail, write_touches
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.desk import ImportRun
from sales.mail.incoming import Verdict
from sales.records import ActivityKind, MailMessage, Origin, Person

RUN = "run-mailboxes"
"""The run that records which can't be written are kept aside under."""

OWN = "dealwright"
"""Source of activities that were written when we sent: a copy found in a mailbox adds nothing to them."""


class Places:
    """Knows who is known. One a batch: it holds the names and addresses of the spine in memory."""

    def __init__(self, session: Session, settings: Settings, now: datetime, source: str) -> None:
        self.report = ImportReport()
        self.work: Work = load_work(session, settings, now, self.report, source)

    def ours(self, person: Person | None) -> bool:
        """Whether somebody is one of us."""
        if person is None or not person.email:
            return False
        return person.email in self.work.directory.users.emails or self.work.directory.is_ours(person.email)

    def known(self, person: Person | None) -> bool:
        """Whether somebody is a contact, or has an address at the domain of an account."""
        if person is None or not person.email or self.ours(person):
            return False
        directory = self.work.directory
        return person.email in directory.contacts.emails or directory.account_of_address(person.email) is not None

    def concerns_us(self, people: Iterable[Person]) -> bool:
        """Whether anybody of the buyers' side is there: what is only among us, or with strangers, stays out."""
        return any(self.known(person) for person in people)


def write_mail(
    session: Session, places: Places, kept: MailMessage, verdict: Verdict, text: str, account: str | None
) -> str | None:
    """Write a mail as an activity and return its id; None where it is ours and was written when it left. `account` is the one of its sequence."""
    identity = fitted("mail", kept.message_id, ACTIVITY_ID_LENGTH)
    known = session.get(Activity, identity)
    if known is not None and known.source == OWN:
        return None
    batch = _batch(session, places)
    touch = touch_of_mail(batch, replace(kept, automatic=not verdict.human, body=text or kept.body))
    touch.account = account
    write_touches(batch, [touch])
    batch.finish()
    return touch.id if session.get(Activity, touch.id) is not None else None


def write_meetings(session: Session, places: Places, meetings: Sequence[Touch]) -> int:
    """Write meetings; return how many are new or changed."""
    if not meetings:
        return 0
    batch = _batch(session, places)
    counts = places.report.of("meeting")
    before = counts.added + counts.changed
    write_touches(batch, meetings)
    batch.finish()
    return counts.added + counts.changed - before


def meeting(
    identity: str, origin: Origin, *, subject: str | None, begins: datetime, ends: datetime | None, people: Sequence[Person], cancelled: bool, now: datetime, url: str | None = None
) -> Touch:  # fmt: skip
    """Return a meeting of a calendar as it is written: booked while it lies ahead, done after, cancelled where it was."""
    return Touch(
        origin=origin,
        id=fitted("meeting", identity, ACTIVITY_ID_LENGTH),
        kind=ActivityKind.MEETING,
        counted_as="meeting",
        subject=subject,
        at=begins,
        ended_at=ends,
        status="cancelled" if cancelled else "booked" if begins > now else "done",
        url=url,
        people=list(people),
    )


def call_off(
    session: Session, source: str, calendar: str, now: datetime, *, there: Iterable[str] | None = None, gone: Iterable[str] = ()
) -> int:  # fmt: skip
    """Cancel booked meetings of a calendar: those that are not `there` any more, or, where that is None, those that are `gone`; return how many."""
    named = {fitted("meeting", one, ACTIVITY_ID_LENGTH) for one in (gone if there is None else there)}
    booked = select(Activity).where(Activity.source == source, Activity.status == "booked", Activity.at > now)
    missing = [
        one
        for one in session.scalars(booked)
        if one.custom.get(FILE) == calendar and (one.id in named) is (there is None)
    ]
    for one in missing:
        one.status = "cancelled"
    return len(missing)


def _batch(session: Session, places: Places) -> Batch:
    if session.get(ImportRun, RUN) is None:
        session.add(
            ImportRun(id=RUN, file="mailboxes", content_hash=RUN, state="done", counts={}, started_at=places.work.now)
        )
        session.flush()
    return Batch(places.work, session, RUN)
