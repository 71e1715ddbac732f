"""The mail that goes with an alert: to whoever of theirs spoke last, with something new in it, checked line by line; a person approves it or it never leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from agents.alerts.record import AlertOut
from agents.alerts.titles import label_of
from agents.answer import Evidence
from agents.outreach.case import sender_address
from agents.outreach.checking import Line, LineCheck, words_in
from agents.outreach.draft import Drafted, Occasion, layout
from agents.outreach.evidence import signal_evidence
from agents.outreach.follow_up import follow_up
from agents.outreach.ground import mail_waits, suppression_of
from agents.outreach.material import shadow_of
from agents.outreach.news import News, find_news
from agents.outreach.people import usable
from agents.outreach.records import Recipient
from agents.outreach.rules import OutreachRules, rules_in
from agents.outreach.voice import voice_of
from agents.proposals.book import proposal_id, put_forward
from agents.proposals.edited import names_customer
from agents.proposals.guards import Guards
from agents.proposals.record import Content, Mail, NewProposal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Proposal, Sequence, Signal, User
from infra.spine.scope import Scope, scope_of
from infra.spine.spoken import from_buyer
from sales.clock import Clock
from sales.events import Told, told
from sales.mail.turns import asks_us
from sales.mail_words import person_name, plain_line
from sales.sentences import sentences
from sales.sequence import next_due
from sales.signals import Kind, kind_of
from sales.voice import spoken

_FEWEST, _MOST = 4, 28
_ASK = "Where does that stand on your side?"
_WAITED = "Sorry that you had to wait for us. Is that still what you need?"
_SERVED = "Did what we wrote since answer that?"
_NOTHING_NEW = "Nothing new for them is on record: it takes up their own words. Put something new in before it goes."
_REACTIVATES = frozenset({"silence", "slow_replies", "meeting_cadence", "legal_silent", "stage_age"})


@dataclass(frozen=True)
class _Person:
    contact: Contact
    email: str

    def recipient(self) -> Recipient:
        one = self.contact
        return Recipient(name=one.name, email=self.email, title=one.title, role=one.role, contact_id=one.id, via="contact")  # fmt: skip


class Redrafting:
    """Drafts for alerts. `prepare` looks a sender and recipient up before the guardrails judge."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        guards: Guards,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._guards = guards
        self._prepare = prepare

    def draft(self, alert: AlertOut, user_id: str) -> str | None:
        """Put the mail of an alert forward, once, and return its id; None where nobody can be written to or nothing stands that could be said."""
        key = f"alert:{alert.id}"
        with self._database.session() as session:
            if session.get(Proposal, proposal_id(key)) is not None:
                return proposal_id(key)
            owner = session.get_one(User, user_id)
            sender = sender_address(session, owner)
            person = self._person(session, alert, self._clock.now())
        if sender is None or person is None:
            return None
        self._prepare(sender, person.email)
        # Words are found and checked in a session that only reads: nobody waits to write meanwhile.
        with self._database.session() as session:
            made = self._made(session, alert, session.get_one(User, user_id), sender, person, key)
        if made is None:
            return None
        new, held = made
        with self._database.transaction() as session:
            if mail_waits(session, person.recipient(), alert.account, ""):
                return None
            return put_forward(session, new, self._clock.now(), state="draft" if held else "pending")

    def _person(self, session: Session, alert: AlertOut, now: datetime) -> _Person | None:
        """Return whoever of theirs spoke last about the deal and can be written to, else the deal's own contact, else somebody with a role in it."""
        if alert.account is None:
            return None
        gone = select(Signal.contact_id).where(
            Signal.kind == Kind.CHAMPION_LEFT, Signal.account_id == alert.account, Signal.contact_id.is_not(None)
        )
        able = and_(Contact.account_id == alert.account, Contact.email.is_not(None), Contact.id.not_in(gone))
        spoke = (
            select(Contact)
            .join(Participant, Participant.contact_id == Contact.id)
            .join(Activity, Activity.id == Participant.activity_id)
            .where(
                able,
                from_buyer(Activity),
                Activity.at <= now,
                or_(Activity.deal_id == alert.deal, Activity.deal_id.is_(None)),
                or_(Participant.role == "from", Activity.kind != "mail"),
            )
            .order_by(Activity.at.desc(), Contact.id)
            .limit(5)
        )
        deal = session.get(Deal, alert.deal)
        named = select(Contact).where(able, Contact.id == (deal.contact_id if deal else None))
        known = select(Contact).where(able).order_by(Contact.role.is_(None), Contact.name, Contact.id).limit(5)
        for query in (spoke, named, known):
            for contact in session.scalars(query):
                email = usable(contact.email)
                if email is not None and suppression_of(session, email, None, now) is None:
                    return _Person(contact, email)
        return None

    def _made(
        self, session: Session, alert: AlertOut, owner: User, sender: str, person: _Person, key: str
    ) -> tuple[NewProposal, bool] | None:
        """Return the proposal, and whether a guardrail holds it; None where nothing stands that could be said."""
        now = self._clock.now()
        rules = rules_in(session)
        scope = scope_of(session, owner, self._settings.visibility)
        who = person.recipient()
        if mail_waits(session, who, alert.account, ""):
            # Somebody is about to write to them already: a second mail would only get in its way.
            return None
        last = self._last_mail(session, person, now)
        made = self._worded(session, scope, alert, owner, who, rules, now, last)
        if made is None:
            return None
        drafted, why, risks = made
        subject = last.subject if last is not None and last.subject else drafted.subject or alert.name
        threaded = last is not None and "@" in last.id and " " not in last.id
        mail = Mail(
            sender=sender,
            sender_name=owner.name,
            to=person.email,
            to_name=person_name(person.contact.name) or "",
            subject=plain_line(f"Re: {subject}" if threaded and not subject.lower().startswith("re:") else subject)[
                :120
            ],
            body=drafted.body,
            in_reply_to=f"<{last.id}>" if threaded and last else None,
            references=(f"<{last.id}>",) if threaded and last else (),
            variant=drafted.variant,
        )
        new = NewProposal(
            key=key,
            kind="reactivation" if alert.rule in _REACTIVATES else "follow_up",
            headline=plain_line(f"{alert.title}: mail to {person.contact.name}")[:120],
            content=Content(
                effect=mail, evidence=drafted.evidence, risks=risks, why=(why, label_of(alert.rule), "you were alerted")
            ),
            owner_id=owner.id,
            account_id=alert.account,
            deal_id=alert.deal,
            contact_id=person.contact.id,
            expires_at=next_due(now, 1, self._settings.zone, self._settings.working_days, gaps=(10,)),
        )
        blocks = self._guards.check(session, shadow_of(new, now), new.content, "draft")
        if blocks:
            told = (*risks, *(block.sentence for block in blocks))
            new = new.model_copy(update={"content": new.content.model_copy(update={"risks": told})})
        return new, bool(blocks)

    def _worded(
        self, session: Session, scope: Scope, alert: AlertOut, owner: User, who: Recipient, rules: OutreachRules, now: datetime, last: Activity | None
    ) -> tuple[Drafted, str, tuple[str, ...]] | None:  # fmt: skip
        """Return the words, why they are a reason to write, and what to check: something new for them where there is any, else their own words."""
        account = session.get(Account, alert.account) if alert.account else None
        check = LineCheck(session, scope, self._settings.zone, now.astimezone(self._settings.zone).date(), rules.offer or "")  # fmt: skip
        news = self._news(session, scope, alert, owner, who, rules, now, last)
        occasion = Occasion(
            signal_id=f"alert:{alert.id}",
            kind=None,
            told=Told(),
            who=who,
            company=account.name if account else None,
            sender_name=owner.name,
            voice=voice_of(session, owner),
            evidence=(),
            industry=account.industry if account else None,
            offer=rules.offer,
            most_words=rules.most_words,
        )
        if news is not None:
            if news.signal is not None:
                kind = kind_of(news.signal.kind)
                read = told(kind, news.signal.title, news.signal.text, news.signal.url, occasion.company)
                occasion = _of_signal(occasion, news.signal, kind, read)
            drafted = follow_up(occasion, news, check.stands)
            if drafted is not None:
                risks = (names_customer(news.peer.name),) if news.peer is not None else ()
                return drafted, news.words, risks
        drafted = self._taking_up(session, occasion, who, check, now)
        return (drafted, "their own words are open", (_NOTHING_NEW,)) if drafted is not None else None

    def _news(
        self, session: Session, scope: Scope, alert: AlertOut, owner: User, who: Recipient, rules: OutreachRules, now: datetime, last: Activity | None
    ) -> News | None:  # fmt: skip
        # The rules of a sequence tell what is new to somebody; this one is never kept.
        since = last.at if last is not None and last.direction == "outbound" and last.at is not None else None
        passing = Sequence(
            id=f"alert:{alert.id}",
            owner_id=owner.id,
            account_id=alert.account,
            contact_id=who.contact_id,
            recipient=who.email or "",
            started_at=since or datetime.min.replace(tzinfo=now.tzinfo),
        )
        return find_news(session, scope, passing, (), now, name_customers=rules.name_customers)

    def _taking_up(
        self, session: Session, occasion: Occasion, who: Recipient, check: LineCheck, now: datetime
    ) -> Drafted | None:
        mail = session.scalars(
            select(Activity)
            .join(Participant, Participant.activity_id == Activity.id)
            .where(
                Participant.contact_id == who.contact_id,
                Participant.role == "from",
                Activity.kind == "mail",
                from_buyer(Activity),
                Activity.at <= now,
            )
            .order_by(Activity.at.desc(), Activity.id)
            .limit(1)
        ).first()
        if mail is None or mail.at is None or not mail.body:
            return None
        fitting = [one.text for one in sentences(mail.body) if _FEWEST <= len(one.text.split()) <= _MOST]
        if not fitting:
            return None
        # A question or a request is more worth taking up than a greeting; whose turn it is says what follows it.
        quote = next((one for one in fitting if asks_us(one)), max(fitting, key=len))
        asked = asks_us(quote)
        day = mail.at.astimezone(self._settings.zone)
        text = f"In your mail on {day.day} {day:%b} you {'asked' if asked else 'wrote'}: “{' '.join(quote.split())}”"
        evidence = Evidence(source="mail", id=mail.id, quote=quote, speaker=who.name, at=mail.at, label=mail.subject)
        opener = Line("opener", text, (evidence,))
        if not check.stands(opener):
            return None
        ask = _ASK
        if asked:
            ask = _SERVED if self._wrote_since(session, who, mail.at, now) else _WAITED
        body = layout(occasion, (opener, Line("ask", spoken(ask, occasion.voice), (evidence,))))
        return Drafted("", body, "alert_own_words", (opener,)) if words_in(body) <= 90 else None

    def _wrote_since(self, session: Session, who: Recipient, since: datetime, now: datetime) -> bool:
        """Return whether we wrote to somebody after a moment."""
        mail = (
            select(Activity.id)
            .join(Participant, Participant.activity_id == Activity.id)
            .where(
                Participant.contact_id == who.contact_id,
                Activity.kind == "mail",
                Activity.direction == "outbound",
                Activity.automatic.is_(False),
                Activity.at > since,
                Activity.at <= now,
            )
            .limit(1)
        )
        return session.scalar(mail) is not None

    def _last_mail(self, session: Session, person: _Person, now: datetime) -> Activity | None:
        return session.scalars(
            select(Activity)
            .join(Participant, Participant.activity_id == Activity.id)
            .where(
                Participant.contact_id == person.contact.id,
                Activity.kind == "mail",
                Activity.automatic.is_(False),
                Activity.at <= now,
            )
            .order_by(Activity.at.desc(), Activity.id)
            .limit(1)
        ).first()


def _of_signal(occasion: Occasion, signal: Signal, kind: Kind | None, read: Told) -> Occasion:
    return replace(occasion, signal_id=signal.id, kind=kind, told=read, evidence=signal_evidence(signal, read))
