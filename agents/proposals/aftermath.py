"""What follows an effect in the spine: the activity, the touch with the next one, the entry for the CRM; all in the effect's own transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, Protocol

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from agents.intake.identity import ACTIVITY_ID_LENGTH, fitted, stable_id
from agents.outreach.beginning import begin_sequence
from agents.outreach.rules import rules_in
from agents.proposals.record import Closing, Content, Mail, Task
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.activity import Activity, Participant
from infra.spine.business import Account
from infra.spine.outbound import CrmEntry
from infra.spine.people import Contact, User
from infra.spine.proposals import Effect, Proposal
from infra.spine.touches import Reply, Touch
from infra.spine.touches import Sequence as TouchSequence
from sales.addresses import domain_of
from sales.sending_time import zone_of_place
from sales.sequence import next_due

SOURCE = "dealwright"
"""`source` of what Dealwright itself put into the spine."""


class Closer(Protocol):
    """Does what was ticked on a call's card. Implemented by `agents.closing`."""

    def close(self, session: Session, row: Proposal, content: Content, effect: Effect, at: datetime) -> None:
        """Make the tasks, put the mail forward, plan the writes, inside the caller's transaction."""
        ...


class Aftermath:
    """Writes what follows an effect. `closer` does what cards of calls ask for; where there is none, none can be submitted."""

    def __init__(self, settings: Settings, closer: Closer | None = None) -> None:
        self._settings = settings
        self._closer = closer

    def sent(self, session: Session, row: Proposal, content: Content, effect: Effect, at: datetime) -> None:
        """Log what was done: the activity, the touch as sent with the next one planned, and the entry for the CRM. Twice is once."""
        if isinstance(content.effect, Closing):
            if self._closer is None:
                raise Fatal("Cards of calls can't be submitted here.", "Submit it where the server runs.")
            self._closer.close(session, row, content, effect, at)
            return
        if isinstance(content.effect, Mail):
            activity = _mail_activity(session, row, content.effect, effect, at)
            self._touch_sent(session, row, content.effect, effect, activity, at)
        else:
            activity = _task_activity(session, row, content.effect, effect, at)
        _queue(session, row, effect, activity, at)

    def closed(self, session: Session, row: Proposal, at: datetime) -> None:
        """Let the touch of a proposal that was rejected or expired go."""
        if row.touch_id is not None:
            state = "dropped" if row.state == "rejected" else "skipped"
            session.execute(
                update(Touch)
                .where(Touch.id == row.touch_id, Touch.state.in_(("planned", "proposed")))
                .values(state=state)
                .execution_options(synchronize_session=False)
            )

    def bounced(self, session: Session, row: Proposal, mail: Mail, effect: Effect, code: str, at: datetime) -> None:
        """Count an address that the server refused as what it is: a hard bounce."""
        identity = f"{(effect.marker or effect.id).strip('<>')}/refused"[:250]
        if session.get(Reply, identity) is None:
            session.add(
                Reply(
                    id=identity,
                    kind="hard_bounce",
                    touch_id=row.touch_id,
                    recipient=mail.to.lower(),
                    sender=mail.sender.lower(),
                    domain=domain_of(mail.sender),
                    at=at,
                    detail={"reason": code},
                )
            )

    def _touch_sent(
        self, session: Session, row: Proposal, mail: Mail, effect: Effect, activity: str, at: datetime
    ) -> None:
        touch = session.get(Touch, row.touch_id) if row.touch_id else begin_sequence(session, row, mail, at)
        if touch is None or touch.state == "sent":
            return
        touch.state, touch.sent_at, touch.marker, touch.activity_id = "sent", at, effect.marker, activity
        touch.variant = touch.variant or mail.variant
        sequence = session.get(TouchSequence, touch.sequence_id)
        session.flush()
        if sequence is None or sequence.state != "active":
            return
        if touch.number >= sequence.most_touches:
            # It stays active: an answer to the last touch still belongs to it.
            return
        planned = session.scalar(
            select(func.count())
            .select_from(Touch)
            .where(Touch.sequence_id == sequence.id, Touch.number == touch.number + 1)
        )
        if not planned:
            place = session.execute(
                select(Account.country, Account.region, Account.city).where(Account.id == row.account_id)
            ).first()
            zone = (zone_of_place(*place) if place else None) or self._settings.zone
            days = self._settings.working_days or tuple(range(7))
            session.add(
                Touch(
                    id=stable_id("touch", sequence.id, touch.number + 1),
                    sequence_id=sequence.id,
                    number=touch.number + 1,
                    state="planned",
                    due_at=next_due(at, touch.number, zone, days, gaps=rules_in(session).gaps),
                    signal_kind=touch.signal_kind,
                )
            )


def _words(subject: str, body: str) -> str:
    # The same hash as an import gives, so that the mail found again in a mailbox is not indexed twice.
    digest = hashlib.sha256()
    for part in (subject, body):
        digest.update(part.encode("utf-8", "replace") + b"\x1e")
    return digest.hexdigest()


def _mail_activity(session: Session, row: Proposal, mail: Mail, effect: Effect, at: datetime) -> str:
    identity = fitted("mail", (effect.marker or effect.id).strip("<>"), ACTIVITY_ID_LENGTH)
    if session.get(Activity, identity) is not None:
        return identity
    root = next(iter(mail.references), None) or mail.in_reply_to
    sender = _user_of(session, mail.sender)
    contact = _contact_of(session, row, mail.to)
    session.add(
        Activity(
            id=identity,
            kind="mail",
            direction="outbound",
            status="done",
            account_id=row.account_id or (contact.account_id if contact else None),
            deal_id=row.deal_id,
            owner_id=sender or row.owner_id,
            subject=mail.subject,
            body=mail.body,
            at=at,
            thread_key=fitted("mail", root.strip("<>"), ACTIVITY_ID_LENGTH) if root else identity,
            content_hash=_words(mail.subject, mail.body),
            source=SOURCE,
            source_at=at,
        )
    )
    session.flush()
    people: Sequence[dict[str, Any]] = (
        {"name": mail.sender_name or None, "email": mail.sender.lower(), "role": "from", "side": "seller"}
        | {"user_id": sender or row.owner_id},
        {"name": mail.to_name or None, "email": mail.to.lower(), "role": "to", "side": "buyer"}
        | {"contact_id": contact.id if contact else None},
    )
    session.add_all([Participant(activity_id=identity, **one) for one in people])
    session.flush()
    return identity


def _task_activity(session: Session, row: Proposal, task: Task, effect: Effect, at: datetime) -> str:
    identity = stable_id("task", effect.id)
    if session.get(Activity, identity) is None:
        due = datetime.combine(task.due, time(12), UTC) if task.due else None
        session.add(
            Activity(
                id=identity,
                kind="task",
                direction="internal",
                status="open",
                account_id=row.account_id,
                deal_id=row.deal_id,
                owner_id=row.owner_id,
                subject=task.title,
                body=task.note or None,
                at=at,
                due_at=due,
                content_hash=_words(task.title, task.note),
                source=SOURCE,
                source_at=at,
            )
        )
        session.flush()
    return identity


def _user_of(session: Session, address: str) -> str | None:
    return session.scalar(select(User.id).where(func.lower(User.email) == address.lower()))


def _contact_of(session: Session, row: Proposal, address: str) -> Contact | None:
    known = session.get(Contact, row.contact_id) if row.contact_id else None
    if known is not None and (known.email or "").lower() == address.lower():
        return known
    return session.scalars(
        select(Contact).where(func.lower(Contact.email) == address.lower()).order_by(Contact.id).limit(1)
    ).first()


def _queue(session: Session, row: Proposal, effect: Effect, activity: str, at: datetime) -> None:
    identity = f"sent:{effect.id}"
    if session.get(CrmEntry, identity) is None:
        record = {"activity": activity, "proposal": row.id, "deal": row.deal_id, "account": row.account_id}
        session.add(CrmEntry(id=identity, kind=effect.kind, record=record, at=at))
        session.flush()
