"""Somebody is interested: a call is proposed in the same thread, the same day, with two times of their working week."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.mailroom.record import Occasion
from agents.proposals.record import Content, Mail, NewProposal
from infra.settings import Settings
from infra.spine.business import Account
from infra.spine.people import Contact, User
from infra.spine.touches import Reply
from sales.sending_time import zone_of_place

_TIMES = (time(10, 0), time(14, 0))
_MINUTES = 20
_QUOTE = 300


class CallProposer:
    """Words the proposal of a call, without a model. The rep sees it as a card and may change every word."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(self, session: Session, occasion: Occasion) -> NewProposal | None:
        """Return the proposal, or None where nobody of ours owns the sequence, or the address that we wrote from is not known."""
        owner = session.get(User, occasion.owner_id) if occasion.owner_id else None
        if owner is None or "@" not in occasion.recipient:
            return None
        zone = self._zone(session, occasion)
        first, second = self._slots(occasion.at, zone)
        contact = session.get(Contact, occasion.contact_id) if occasion.contact_id else None
        same = contact is not None and (contact.email or "").lower() == occasion.sender
        name = (contact.name if contact and same else occasion.sender_name).strip()
        greeting = f"Hi {name.split()[0]}," if name and "@" not in name else "Hello,"
        body = (
            f"{greeting}\n\nglad to hear from you. Would {_told(first)} or {_told(second)} ({zone.key}) suit for a call of {_MINUTES} minutes? "
            f"If neither does, which time is better for you?\n\n{owner.name.split()[0]}"
        )
        reply = session.get(Reply, occasion.reply_id)
        told = Evidence(
            source="mail",
            id=(reply.activity_id if reply else None) or occasion.reply_id,
            quote=_verbatim(occasion),
            speaker=name or occasion.sender,
            at=occasion.at,
            label=occasion.subject or None,
        )
        mail = Mail(
            sender=occasion.recipient,
            sender_name=owner.name,
            to=occasion.sender,
            to_name=name,
            subject=occasion.subject
            if occasion.subject.lower().startswith("re:")
            else f"Re: {occasion.subject}".strip(),
            body=body,
            in_reply_to=occasion.in_reply_to,
            references=occasion.references,
        )
        return NewProposal(
            key=f"call:{occasion.reply_id}"[:200],
            kind="call",
            headline=f"{name or occasion.sender} is interested: propose a call",
            content=Content(
                effect=mail,
                evidence=(told,),
                why=("They answered with interest.",),
                risks=("The times are not checked against your calendar.",),
            ),
            owner_id=owner.id,
            account_id=occasion.account_id,
            contact_id=occasion.contact_id,
            signal_id=occasion.signal_id,
            expires_at=occasion.at + timedelta(days=2),
        )

    def _zone(self, session: Session, occasion: Occasion) -> ZoneInfo:
        account = session.get(Account, occasion.account_id) if occasion.account_id else None
        known = zone_of_place(account.country, account.region, account.city) if account else None
        return known or self._settings.zone

    def _slots(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return two times on the next two working days where they are."""
        days: list[date] = []
        day = at.astimezone(zone).date()
        while len(days) < len(_TIMES):
            day += timedelta(days=1)
            if day.weekday() in (self._settings.working_days or range(7)):
                days.append(day)
        first, second = (datetime.combine(one, clock, zone) for one, clock in zip(days, _TIMES, strict=True))
        return first, second


def _told(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B} at {moment:%H:%M}"


def _verbatim(occasion: Occasion) -> str:
    """The words that show the interest, as they stand in the mail."""
    if occasion.words and occasion.words in occasion.text:
        return occasion.words[:_QUOTE]
    return next((line.strip() for line in occasion.text.splitlines() if line.strip()), occasion.subject)[:_QUOTE]
