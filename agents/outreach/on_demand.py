""" "Draft a mail to Vera about the audit": a card at once, from what the asker may see, or one clear question back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Choice, Evidence
from agents.evidence_search import EvidenceSearch
from agents.linking import link
from agents.mentions import Entity, Mentions
from agents.outreach.case import sender_address
from agents.outreach.checking import Line, LineCheck, words_in
from agents.outreach.draft import Drafted, Occasion
from agents.outreach.ground import suppression_of
from agents.outreach.material import shadow_of
from agents.outreach.people import usable
from agents.outreach.records import Recipient
from agents.outreach.road import Writer
from agents.outreach.rules import rules_in
from agents.outreach.said import Said, said_about
from agents.outreach.voice import closing_lines, greeting_line, voice_of
from agents.proposals.announcer import Announcer, NoAnnouncer
from agents.proposals.book import put_forward
from agents.proposals.guards import Guards, NoGuards
from agents.proposals.record import Content, Mail, NewProposal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Contact, Lead, User
from infra.spine.scope import Scope
from sales.clock import Clock
from sales.events import Told
from sales.mail.turns import OWED, PURPOSES, Purpose, asks_us, phrase_of, purpose_in
from sales.mail_words import company_name, person_name, plain_line
from sales.sequence import next_due
from sales.voice import Voice, spoken

_REQUEST = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:please\s+)?(?:draft|write|compose|prepare)\s+(?:me\s+)?(?:an?\s+|the\s+)?(?:short\s+|quick\s+|new\s+)?"
    r"(?:e-?mail|mail|note|message|follow-?up)(?:\s+(?:mail|e-?mail|note))?\s+(?:to|for)\s+(?P<who>.+?)"
    rf"(?:\s*,?\s+to\s+(?P<purpose>{PURPOSES}))?"
    r"(?:\s*,?\s+(?:about|regarding|concerning|on the subject of|asking about|to ask about|re:?|on)\s+(?P<topic>.+?))?\s*[.!?]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_THEIRS = re.compile(r"\b(?:her|his|their|the customer's|the buyer's)\b", re.IGNORECASE)
_MOST_CHOICES = 5
_MOST_TOPIC = 120
_ASK = "Where does that stand on your side?"
_THEY_ASKED = "Is that still what you need from us?"
_WAITED = "Sorry that you had to wait for us with that."
_NOT_IN_IT = {
    "answer": "The answer itself is not in it: put it in before it goes.",
    "deliver": "What was promised is not in it: put it in before it goes.",
    "recap": "What you agreed is not in it: the notes of the call have it.",
}
"""What a draft lacks that only its sender has."""
_TAKES_UP: frozenset[Purpose] = frozenset({"ask", "answer", "deliver"})
"""Purposes whose mail takes up their own words."""
_SUBJECTS: dict[Purpose, str] = {
    "ask": "a question",
    "answer": "our answer",
    "deliver": "what we promised",
    "introduce": "an introduction",
    "reschedule": "a new date",
    "recap": "our talk",
}


@dataclass(frozen=True)
class OnDemand:
    """What came of it: a proposal, a question back with its choices, or a refusal; `sentence` tells the asker."""

    outcome: Literal["proposed", "clarify", "refused"]
    sentence: str
    proposal_id: str | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class _Person:
    who: Recipient
    account_id: str | None
    company: str | None


@dataclass(frozen=True)
class _Matter:
    """What a mail is about: its topic, what it is for, and what they said of it."""

    topic: str
    purpose: Purpose
    said: Said | None

    @property
    def theirs(self) -> bool:
        """Whether they asked something of us, so that asking them where it stands would turn it round."""
        return self.said is not None and asks_us(self.said.quote)


def is_request(words: str) -> bool:
    """Whether somebody asks for a mail to be drafted."""
    return _REQUEST.match(words[:1_000]) is not None


class DraftsOnDemand:
    """Drafts what people ask for. Thread-safe; nothing outside the asker's scope is found, quoted or counted."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        search: EvidenceSearch | None = None,
        *,
        announcer: Announcer | None = None,
        guards: Guards | None = None,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
        writer: Writer | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._search = search
        self._announcer: Announcer = announcer or NoAnnouncer()
        self._guards: Guards = guards or NoGuards()
        self._prepare = prepare
        self._writer = writer

    def draft(self, asker_id: str | None, scope: Scope, words: str) -> OnDemand | None:
        """Return what came of the request; None where `words` ask for no draft."""
        found = _REQUEST.match(words[:1_000])
        if found is None:
            return None
        topic = plain_line(found["topic"])[:_MOST_TOPIC].strip(" .,;:")
        purpose = purpose_in(found["purpose"])
        with self._database.session() as session:
            asker = session.get(User, asker_id) if asker_id else None
            sender = sender_address(session, asker) if asker is not None else None
            if asker is None or sender is None:
                return OnDemand("refused", "I don't know from whom the mail would come. Ask me as yourself.")
            person = self._person(session, scope, plain_line(found["who"]), topic, purpose)
            if isinstance(person, OnDemand):
                return person
            barred = suppression_of(session, person.who.email, None, self._clock.now())
            if barred is not None:
                return OnDemand("refused", f"{_name(person)} is on the list of those we do not write to ({barred.reason.replace('_', ' ')}).")  # fmt: skip
        passages = self._search.search(topic, scope, k=8, accounts=[person.account_id]) if self._search and topic and person.account_id else []  # fmt: skip
        if person.who.email is not None:
            self._prepare(sender, person.who.email)
        with self._database.session() as session:
            asker = session.get_one(User, asker_id)
            said = said_about(session, topic, [one.source_id for one in passages], person.who.contact_id) if purpose in _TAKES_UP else None  # fmt: skip
            matter = _Matter(topic, purpose, said)
            # A model may take its time, which no transaction waits for. It is not given what they wait for: it would ask them about it.
            ours = purpose != "ask" or matter.theirs
            drafted = None if ours else self._worded(session, scope, asker, person, topic, said)
        with self._database.transaction() as session:
            asker = session.get_one(User, asker_id)
            identity = self._put(session, scope, asker, person, matter, drafted)
        self._announcer.offer(identity)
        return OnDemand("proposed", f"Here is a draft to {_name(person)}.", identity)

    def _person(self, session: Session, scope: Scope, words: str, topic: str, purpose: Purpose) -> _Person | OnDemand:
        """Return who is meant, or a question back."""
        mentions = link(session, scope, words)
        people = [one for one in mentions.found if one.best.kind in ("contact", "lead")]
        accounts = {entity.id for one in mentions.of("account") for entity in one.entities}
        entities = [entity for one in people for entity in one.entities if entity.kind in ("contact", "lead")]
        if not entities and (address := _ADDRESS.search(words)) is not None and (email := usable(address[0])):
            return _Person(Recipient(email=email, via="person"), None, None)
        if not entities and accounts:
            entities = _contacts_of(session, scope, accounts)
        found = [one for entity in entities if (one := _read(session, scope, entity)) is not None]
        if accounts and len(found) > 1:
            found = [one for one in found if one.account_id in accounts] or found
        found = list({(one.who.contact_id, one.who.lead_id): one for one in found}.values())
        if len(found) > 1:
            return OnDemand("clarify", "Whom do you mean?", choices=_choices(found, topic, purpose))
        if not found:
            return OnDemand("clarify", _nobody(mentions, words))
        if found[0].who.email is None:
            return OnDemand("clarify", f"I know no mail address of {_name(found[0])}. Which one is it?")
        return found[0]

    def _worded(
        self, session: Session, scope: Scope, asker: User, person: _Person, topic: str, said: Said | None
    ) -> Drafted | None:
        """Return the model's mail where it stands in what was said and fits the limits; None where the plain wording serves."""
        if self._writer is None or said is None:
            return None
        rules = rules_in(session)
        today = self._clock.now().astimezone(self._settings.zone).date()
        occasion = Occasion(
            signal_id="asked",
            kind=None,
            told=Told(),
            who=person.who,
            company=person.company,
            sender_name=asker.name,
            voice=voice_of(session, asker),
            evidence=_quoting(said, self._settings, person).evidence,
            offer=rules.offer,
            most_words=rules.most_words,
            topic=topic,
        )
        return self._writer.write(occasion, LineCheck(session, scope, self._settings.zone, today, rules.offer or topic))

    def _put(
        self, session: Session, scope: Scope, asker: User, person: _Person, matter: _Matter, drafted: Drafted | None
    ) -> str:
        topic, said = matter.topic, matter.said
        now = self._clock.now()
        today = now.astimezone(self._settings.zone).date()
        voice = voice_of(session, asker)
        check = LineCheck(session, scope, self._settings.zone, today, topic)
        line = _quoting(said, self._settings, person) if said is not None else None
        if line is not None and not check.stands(line):
            line = None
        body = _body(line, matter, person, asker, voice)
        if line is not None and words_in(body) > 80:
            line, body = None, _body(None, matter, person, asker, voice)
        address = sender_address(session, asker)
        assert address is not None
        assert person.who.email is not None
        mail = Mail(
            sender=address,
            sender_name=asker.name,
            to=person.who.email,
            to_name=person_name(person.who.name) or "",
            subject=drafted.subject if drafted else (topic or _SUBJECTS[matter.purpose])[:78],
            body=drafted.body if drafted else body,
            variant="on_demand_model" if drafted else "on_demand",
        )
        key = hashlib.sha256(f"{asker.id}\x1f{mail.to}\x1f{topic}\x1f{today}\x1f{mail.body}".encode()).hexdigest()[:32]
        evidence = drafted.evidence if drafted else line.evidence if line is not None else ()
        quoted = bool(evidence) and said is not None and said.contact_id != person.who.contact_id
        lacks = _NOT_IN_IT.get(matter.purpose) or (_NOT_IN_IT["answer"] if line is not None and matter.theirs else None)
        quotes = f"Quotes {said.speaker or 'a colleague'} to somebody else." if quoted and said else None
        risks = tuple(filter(None, (lacks, quotes)))
        new = NewProposal(
            key=f"asked:{key}",
            kind="follow_up",
            headline=plain_line(f"Mail to {_name(person)}" + (f" about {topic}" if topic else ""))[:120],
            content=Content(
                effect=mail,
                evidence=evidence,
                risks=risks,
                why=("you asked for it", "their own words" if evidence else "nothing on record about it"),
            ),
            owner_id=asker.id,
            account_id=person.account_id,
            contact_id=person.who.contact_id,
            expires_at=next_due(now, 1, self._settings.zone, self._settings.working_days, gaps=(5,)),
        )
        blocks = self._guards.check(session, shadow_of(new, now), new.content, "draft")
        if blocks:
            told = (*risks, *(block.sentence for block in blocks))
            new = new.model_copy(update={"content": new.content.model_copy(update={"risks": told})})
        return put_forward(session, new, now, state="draft" if blocks else "pending")


def _body(line: Line | None, matter: _Matter, person: _Person, asker: User, voice: Voice) -> str:
    if line is None:
        text = spoken(_plainly(matter, asker), voice)
    elif matter.purpose in OWED:
        text = f"{line.text}\n\n{spoken(_WAITED, voice)}"
    else:
        text = f"{line.text}\n\n{spoken(_THEY_ASKED if matter.theirs else _ASK, voice)}"
    return "\n\n".join((greeting_line(voice, person.who.name), text, closing_lines(voice, asker.name)))


def _plainly(matter: _Matter, asker: User) -> str:
    """Return what is said where nothing on record can be taken up."""
    about = f"about {_THEIRS.sub('your', matter.topic)}" if matter.topic else "how things stand"
    on = f" on {_THEIRS.sub('your', matter.topic)}" if matter.topic else ""
    return {
        "ask": f"I would like to ask you {about}. Where does it stand on your side?",
        "answer": f"You are waiting for our answer{on}. {_WAITED}",
        "deliver": f"You are waiting for what we promised you{f': {matter.topic}' if matter.topic else ''}. {_WAITED}",
        "introduce": f"We have not spoken properly yet: I am {asker.name}, and you can turn to me for anything on our side. What would you like to know first?",
        "reschedule": "Our meeting did not take place. Which day would suit you for a new one?",
        "recap": "Thank you for our talk. Is there anything to add or to put right in what we agreed?",
    }[matter.purpose]


def _quoting(said: Said, settings: Settings, person: _Person) -> Line:
    """Return the sentence that takes up what was said, with its day."""
    day = f" on {_day(said.at, settings)}" if said.at is not None else ""
    where = "On our call" if said.kind in ("call", "meeting") else "In your mail"
    words = "“" + " ".join(said.quote.split()) + "”"
    asked = asks_us(said.quote)
    if said.contact_id is not None and said.contact_id == person.who.contact_id:
        verb = "asked" if asked else "said" if said.kind in ("call", "meeting") else "wrote"
        text = f"{where}{day} you {verb}: {words}"
    else:
        text = f"{said.speaker or 'A colleague of yours'} {'asked' if asked else 'told'} us{day}: {words}"
    evidence = Evidence(
        source=said.kind, id=said.id, quote=said.quote, speaker=said.speaker, turns=said.turns, at=said.at
    )
    return Line("opener", text, (evidence,))


def _day(at: datetime, settings: Settings) -> str:
    day: date = at.astimezone(settings.zone).date()
    return f"{day.day} {day:%b}"


def _read(session: Session, scope: Scope, entity: Entity) -> _Person | None:
    if entity.kind == "contact":
        row = session.execute(
            select(Contact, Account.name)
            .outerjoin(Account, Account.id == Contact.account_id)
            .where(Contact.id == entity.id, scope.contacts())
        ).one_or_none()
        if row is None:
            return None
        contact, company = row
        who = Recipient(name=contact.name, email=usable(contact.email), title=contact.title, role=contact.role, contact_id=contact.id, via="contact")  # fmt: skip
        return _Person(who, contact.account_id, company)
    lead = session.scalars(select(Lead).where(Lead.id == entity.id, scope.leads())).one_or_none()
    if lead is None:
        return None
    who = Recipient(name=lead.name, email=usable(lead.email), title=lead.title, lead_id=lead.id, via="lead")
    return _Person(who, lead.account_id, lead.company)


def _contacts_of(session: Session, scope: Scope, accounts: set[str]) -> list[Entity]:
    rows = session.execute(
        select(Contact.id, Contact.name)
        .where(Contact.account_id.in_(accounts), Contact.email.is_not(None), scope.contacts())
        .order_by(Contact.role.is_(None), Contact.name, Contact.id)
        .limit(_MOST_CHOICES)
    )
    return [Entity("contact", row.id, row.name, 1.0) for row in rows]


def _choices(found: list[_Person], topic: str, purpose: Purpose) -> tuple[Choice, ...]:
    about = f" {phrase}" if (phrase := phrase_of(purpose)) else ""
    about += f" about {topic}" if topic else ""
    made = []
    for one in found[:_MOST_CHOICES]:
        more = ", ".join(part for part in (one.who.title, company_name(one.company)) if part)
        label = f"{one.who.name} ({more})" if more else str(one.who.name)
        made.append(Choice(label=label, question=f"Draft a mail to {one.who.email or one.who.name}{about}"))
    return tuple(made)


def _nobody(mentions: Mentions, words: str) -> str:
    colleague = next(iter(mentions.of("user")), None)
    if colleague is not None:
        return f"{colleague.best.name} is a colleague. To whom at the customer should it go?"
    return f"I know nobody called “{words[:60]}” whom you may write to. Who is it, or what is their mail address?"


def _name(person: _Person) -> str:
    return person.who.name or person.who.email or "them"
