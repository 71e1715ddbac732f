"""The touches after the first: planned before the one before is finished, taken up when due, each with something new or not at all."""

from __future__ import annotations

import logging
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from agents.intake.identity import stable_id
from agents.mailroom.effects import pause, stop
from agents.outreach.case import sender_address
from agents.outreach.checking import LineCheck
from agents.outreach.course import Sent, course_of, sent_touches
from agents.outreach.draft import Drafted, Occasion
from agents.outreach.evidence import signal_evidence
from agents.outreach.follow_up import follow_up
from agents.outreach.news import News, find_news
from agents.outreach.people import MOVES, is_about_other
from agents.outreach.records import Recipient
from agents.outreach.rules import OutreachRules, rules_in
from agents.outreach.voice import voice_of
from agents.proposals.announcer import Announcer, NoAnnouncer
from agents.proposals.book import put_forward
from agents.proposals.edited import names_customer
from agents.proposals.record import Content, Mail, NewProposal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Contact,
    Lead,
    Sequence,
    Signal,
    Touch,
    User,
)
from infra.spine.scope import Scope, scope_of
from sales.clock import Clock
from sales.events import Told, told
from sales.mail_words import company_name, person_name, plain_line
from sales.sequence import Step, next_due, next_step
from sales.signals import kind_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """What became of a due touch: its new state, by which rule, and the proposal where there is one."""

    touch_id: str
    state: str
    rule: str
    proposal_id: str | None = None


class Sequences:
    """Keeps sequences going. Thread-safe."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, announcer: Announcer | None = None
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self.announcer: Announcer = announcer or NoAnnouncer()

    def due(self, limit: int = 200) -> list[str]:
        """Return the ids of planned touches whose time has come, the longest due first."""
        with self._database.session() as session:
            return list(
                session.scalars(
                    select(Touch.id)
                    .join(Sequence, Sequence.id == Touch.sequence_id)
                    .where(Touch.state == "planned", Touch.due_at <= self._clock.now(), Sequence.state == "active")
                    .order_by(Touch.due_at, Touch.id)
                    .limit(limit)
                )
            )

    def take_up(self, touch_id: str) -> Taken | None:
        """Do what is due with one touch: put a mail forward, skip it, wait, or end the sequence. None where it is not due (any more)."""
        now = self._clock.now()
        with self._database.transaction() as session:
            touch = session.get(Touch, touch_id, with_for_update=True)
            if touch is None or touch.state != "planned" or touch.due_at is None or touch.due_at > now:
                return None
            sequence = session.get(Sequence, touch.sequence_id)
            if sequence is None or sequence.state != "active":
                return None
            taken = self._take(session, sequence, touch, rules_in(session), now)
        if taken.proposal_id is not None:
            self.announcer.offer(taken.proposal_id)
        return taken

    def tidy(self) -> int:
        """Finish sequences that have nothing left to send and whose window is over; return how many. Until then an answer still belongs to them."""
        now = self._clock.now()
        with self._database.transaction() as session:
            window = timedelta(days=rules_in(session).window_days)
            left = select(Touch.id).where(
                Touch.sequence_id == Sequence.id,
                or_(Touch.state.in_(("planned", "proposed")), Touch.sent_at > now - window),
            )
            over = session.scalars(
                update(Sequence)
                .where(Sequence.state == "active", Sequence.started_at <= now - window, ~left.exists())
                .values(state="finished", reason="all touches are done", ended_at=now)
                .returning(Sequence.id)
                .execution_options(synchronize_session=False)
            ).all()
        return len(over)

    def _plan(self, session: Session, sequence: Sequence, number: int, rules: OutreachRules, at: datetime) -> None:
        """Plan the touch after `number`; after the last one there is none."""
        identity = stable_id("touch", sequence.id, number + 1)
        if number >= sequence.most_touches or session.get(Touch, identity) is not None:
            return
        due = next_due(at, number, self._settings.zone, self._settings.working_days, gaps=rules.gaps)
        session.add(Touch(id=identity, sequence_id=sequence.id, number=number + 1, state="planned", due_at=due))
        session.flush()

    def _take(self, session: Session, sequence: Sequence, touch: Touch, rules: OutreachRules, now: datetime) -> Taken:
        sent = sent_touches(session, sequence.id)
        owner = session.get(User, sequence.owner_id) if sequence.owner_id else None
        scope = scope_of(session, owner, self._settings.visibility) if owner else Scope(grants=(frozenset(),))
        news = find_news(session, scope, sequence, sent, now, name_customers=rules.name_customers)
        step = next_step(course_of(session, sequence, rules, now, sent=len(sent), news=news is not None))
        if step.movement == "go_on" and news is not None and owner is not None:
            made = self._put(session, sequence, touch, sent, news, owner, scope, rules, now)
            if made is not None:
                return made
            step = Step("skip", "nothing_new", "No wording of the news stands in its evidence.")
        return self._leave(session, sequence, touch, step, rules, now)

    def _leave(
        self, session: Session, sequence: Sequence, touch: Touch, step: Step, rules: OutreachRules, now: datetime
    ) -> Taken:
        """Do what a step other than going on says."""
        if step.movement == "stop":
            touch.reason = step.reason
            stop(session, sequence, step.reason, now)
            return Taken(touch.id, "dropped", step.rule)
        if step.movement == "pause":
            if step.until is not None:
                touch.due_at = step.until
            else:
                pause(session, sequence, step.reason)
            return Taken(touch.id, "planned", step.rule)
        touch.state, touch.reason, touch.due_at = "skipped", step.reason, None
        self._plan(session, sequence, touch.number, rules, now)
        _log.info("a touch was skipped", extra={"touch": touch.id, "rule": step.rule})
        return Taken(touch.id, "skipped", step.rule)

    def _put(
        self, session: Session, sequence: Sequence, touch: Touch, sent: Many[Sent], news: News, owner: User, scope: Scope, rules: OutreachRules, now: datetime
    ) -> Taken | None:  # fmt: skip
        occasion = self._occasion(session, sequence, news, owner, rules)
        check = LineCheck(
            session, scope, self._settings.zone, now.astimezone(self._settings.zone).date(), rules.offer or ""
        )
        drafted = follow_up(occasion, news, check.stands)
        sender = sender_address(session, owner)
        if drafted is None or sender is None:
            return None
        mail = _threaded(drafted, sent, sender, owner, sequence, occasion)
        name = company_name(occasion.company) or mail.to_name or mail.to
        new = NewProposal(
            key=f"touch:{touch.id}",
            kind="follow_up",
            headline=plain_line(f"Touch {touch.number} to {mail.to_name or name}: {news.words}")[:120],
            content=Content(
                effect=mail,
                evidence=drafted.evidence,
                risks=_risks(news),
                why=(news.words, f"touch {touch.number} of {sequence.most_touches}", "no answer so far"),
            ),
            owner_id=sequence.owner_id,
            account_id=sequence.account_id,
            contact_id=sequence.contact_id,
            signal_id=news.signal.id if news.signal else sequence.signal_id,
            touch_id=touch.id,
            expires_at=next_due(now, 1, self._settings.zone, self._settings.working_days, gaps=(3,)),
        )
        identity = put_forward(session, new, now)
        sequence.state, sequence.reason = "active", None
        touch.state, touch.reason, touch.due_at, touch.variant = "proposed", news.words, None, drafted.variant
        return Taken(touch.id, "proposed", "go_on", identity)

    def _occasion(
        self, session: Session, sequence: Sequence, news: News, owner: User, rules: OutreachRules
    ) -> Occasion:
        contact = session.get(Contact, sequence.contact_id) if sequence.contact_id else None
        lead = session.get(Lead, sequence.lead_id) if sequence.lead_id else None
        account = session.get(Account, sequence.account_id) if sequence.account_id else None
        begun = session.get(Signal, sequence.signal_id) if sequence.signal_id else None
        company = (account.name if account else None) or (begun.company if begun else None)
        name = contact.name if contact else lead.name if lead else _first_name_used(session, sequence)
        who = Recipient(name=name, email=sequence.recipient, contact_id=sequence.contact_id)
        occasion = Occasion(
            signal_id=sequence.id,
            kind=None,
            told=Told(),
            who=who,
            company=company,
            sender_name=owner.name,
            voice=voice_of(session, owner),
            evidence=(),
            industry=account.industry if account else None,
            offer=rules.offer,
            most_words=rules.most_words,
        )
        if news.signal is None:
            return occasion
        signal = news.signal
        kind = kind_of(signal.kind)
        read = told(kind, signal.title, signal.text, signal.url, company)
        moved = kind in MOVES
        return replace(
            occasion,
            signal_id=signal.id,
            kind=kind,
            told=read,
            evidence=signal_evidence(signal, read),
            newcomer=signal.person if moved else None,
            newcomer_title=signal.title if moved else None,
            about_other=is_about_other(signal, kind, who),
        )


def _first_name_used(session: Session, sequence: Sequence) -> str | None:
    """Return the name under which the first mail went out, for somebody who is no contact."""
    first = next(iter(sent_touches(session, sequence.id)), None)
    return (first.mail.to_name or None) if first and first.mail else None


def _threaded(
    drafted: Drafted, sent: Many[Sent], sender: str, owner: User, sequence: Sequence, occasion: Occasion
) -> Mail:
    """Return the mail as an answer to our own first one, so that it stands in the same thread."""
    markers = tuple(one.touch.marker for one in sent if one.touch.marker)
    first = next((one.mail for one in sent if one.mail is not None), None)
    subject = plain_line(first.subject) if first else drafted.subject or "a question"
    if markers and not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    return Mail(
        sender=sender,
        sender_name=owner.name,
        to=sequence.recipient,
        to_name=person_name(occasion.who.name) or "",
        subject=subject,
        body=drafted.body,
        in_reply_to=markers[-1] if markers else None,
        references=markers,
        variant=drafted.variant,
    )


def _risks(news: News) -> tuple[str, ...]:
    if news.peer is not None:
        return (names_customer(news.peer.name),)
    return ()
