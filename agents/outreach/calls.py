"""Answering interest the same day, in the same thread: a call is proposed, in the rep's voice, with the day that they named if they did."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.mailroom.record import Occasion
from agents.outreach.case import sender_address
from agents.outreach.checking import Line, LineCheck
from agents.outreach.voice import closing_lines, greeting_line, voice_of
from agents.proposals.record import Content, Mail, NewProposal
from infra.settings import Settings
from infra.spine.models import Activity, Reply, User
from infra.spine.scope import scope_of
from sales.mail_words import person_name, plain_line
from sales.sentences import sentences
from sales.sequence import next_due
from sales.spoken_dates import days_in
from sales.voice import spoken

_HOUR = re.compile(
    r"\b(?:[01]?\d|2[0-3])(?::[0-5]\d)?\s?(?:am|pm|o['’]?clock)\b|\b(?:[01]?\d|2[0-3]):[0-5]\d\b", re.IGNORECASE
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_AHEAD = 14
_MOST_QUOTE = 300


class CallAnswerer:
    """Words the answer to somebody who is interested: `agents.mailroom.record.Answerer`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(self, session: Session, occasion: Occasion) -> NewProposal | None:
        """Return the proposal of a call in their thread; None for what is no interest, or where nobody is there to answer."""
        owner = session.get(User, occasion.owner_id) if occasion.owner_id else None
        sender = sender_address(session, owner)
        if occasion.kind != "positive" or owner is None or sender is None:
            return None
        zone = self._settings.zone
        today = occasion.at.astimezone(zone).date()
        named = self._named_day(occasion, today)
        hour = _HOUR.search(occasion.text) if named else None
        evidence = self._evidence(session, occasion)
        voice = voice_of(session, owner)
        text = spoken(self._words(named, hour[0] if hour else None, today), voice)
        check = LineCheck(session, scope_of(session, owner, self._settings.visibility), zone, today)
        if evidence is None or not check.stands(Line("ask", text, (evidence,))):
            text = spoken(self._words(None, None, today), voice)
        body = "\n\n".join((greeting_line(voice, occasion.sender_name), text, closing_lines(voice, owner.name)))
        subject = plain_line(occasion.subject) or "our call"
        mail = Mail(
            sender=sender,
            sender_name=owner.name,
            to=occasion.sender,
            to_name=person_name(occasion.sender_name) or "",
            subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
            body=body,
            in_reply_to=occasion.in_reply_to,
            references=occasion.references,
            variant="call",
        )
        who = mail.to_name or mail.to
        return NewProposal(
            key=f"call:{occasion.reply_id}"[:200],
            kind="call",
            headline=plain_line(f"{who} is interested: propose a call")[:120],
            content=Content(
                effect=mail,
                evidence=(evidence,) if evidence else (),
                risks=self._risks(session, owner, named),
                why=("they answered with interest", "same thread, same day"),
            ),
            owner_id=owner.id,
            account_id=occasion.account_id,
            contact_id=occasion.contact_id,
            signal_id=occasion.signal_id,
            expires_at=next_due(occasion.at, 1, zone, self._settings.working_days, gaps=(2,)),
        )

    def _named_day(self, occasion: Occasion, today: date) -> date | None:
        """Return the one working day ahead that they named, if they named one."""
        found = {
            when.first
            for when in days_in(occasion.text[:2_000], today)
            if when.first == when.last and today <= when.first <= today + timedelta(days=_AHEAD)
        }
        days = {day for day in found if day.weekday() in self._settings.working_days}
        return days.pop() if len(days) == 1 and len(found) == 1 else None

    def _words(self, named: date | None, hour: str | None, today: date) -> str:
        thanks = "Thanks, good to hear."
        if named is not None:
            day = (
                "today"
                if named == today
                else "tomorrow"
                if named == today + timedelta(days=1)
                else _DAYS[named.weekday()]
            )
            if hour:
                return f"{thanks} {day[:1].upper() + day[1:]} at {hour} works for me. Which number should I call?"
            return f"{thanks} {day[:1].upper() + day[1:]} works for me. Which time suits you?"
        first, second = self._next_days(today)
        return f"{thanks} Would a short call on {_DAYS[first.weekday()]} or {_DAYS[second.weekday()]} suit you?"

    def _next_days(self, today: date) -> tuple[date, date]:
        """Return the next two working days from tomorrow on."""
        days = self._settings.working_days or tuple(range(7))
        ahead = [today + timedelta(days=n) for n in range(1, 22) if (today + timedelta(days=n)).weekday() in days]
        return ahead[0], ahead[1]

    def _evidence(self, session: Session, occasion: Occasion) -> Evidence | None:
        """Return what they wrote, verbatim from the mail as it was logged."""
        reply = session.get(Reply, occasion.reply_id)
        logged = session.get(Activity, reply.activity_id) if reply is not None and reply.activity_id else None
        if logged is None or not logged.body:
            return None
        wanted = " ".join(occasion.words.split())
        parts = sentences(logged.body)
        best = next((one.text for one in parts if wanted and wanted in " ".join(one.text.split())), None)
        day = next((one.text for one in parts if days_in(one.text, occasion.at.date())), None)
        quote = (day or best or (parts[0].text if parts else ""))[:_MOST_QUOTE]
        return (
            Evidence(source="mail", id=logged.id, quote=quote, at=logged.at, url=logged.url) if quote.strip() else None
        )

    def _risks(self, session: Session, owner: User, named: date | None) -> tuple[str, ...]:
        """Return what the rep's calendar says of the day, as far as we know it."""
        if named is None:
            return ("Your calendar was not looked at: check that these days are free.",)
        begin = datetime.combine(named, datetime.min.time(), self._settings.zone)
        booked = session.scalar(
            select(func.count()).where(
                Activity.owner_id == owner.id,
                Activity.status == "booked",
                Activity.at >= begin,
                Activity.at < begin + timedelta(days=1),
            )
        )
        if booked:
            return (f"You have {booked} meeting{'' if booked == 1 else 's'} that day.",)
        return ("Check your calendar: no meeting of that day is known here.",)
