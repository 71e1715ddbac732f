"""What a narrative question is about: one account, a deal, a person; from its words, from the thread, or from who speaks in the calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Choice
from agents.mentions import Entity, Mention, Mentions
from agents.narrative.intents import Wanted
from agents.question import Question
from agents.thread import Context
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Turn
from infra.spine.scope import Scope
from sales.names import fold

_GENERAL = re.compile(
    r"\b(?:any|all|every|each|which|most|other)\s+(?:of (?:the|our|my) )?(?:deals?|accounts?|customers?|clients?|companies|prospects?|opportunities|buyers?)\b|\bcustomers\b|\bprospects\b|\bbuyers\b|\banyone\b|\banybody\b|\bin general\b|\bacross\b|\beveryone\b|\bpeople (?:say|think|ask)\b",
    re.I,
)
_GOES_ON = re.compile(r"^\s*(?:and|or|but|what about|how about|what of|also|then|ok(?:ay)?,? and|so)\b", re.I)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning|toward|towards)\s+$", re.I)
_NEEDS_SUBJECT = frozenset(
    {"latest", "people", "outcome", "contact", "recap", "risks", "next", "objections", "changes", "promises"}
)


@dataclass(frozen=True)
class Subject:
    """What the answer is to be about. `people` are those whose words are wanted, `titles` their titles; `about` are people who were spoken of."""

    account_id: str | None = None
    deal_id: str | None = None
    people: tuple[str, ...] = ()
    contact_id: str | None = None
    account_name: str | None = None
    more_accounts: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is an account or a deal to read."""
        return self.account_id is not None or self.deal_id is not None


def ambiguity(session: Session, scope: Scope, question: Question, mentions: Mentions) -> Answer | None:
    """Return a question back where a name may mean several records, with one button for each."""
    for mention in mentions.found:
        if not mention.ambiguous:
            continue
        names = _distinct_names(session, scope, mention.entities)
        choices = tuple(
            Choice(label=label, question=question.text[: mention.start] + spelled + question.text[mention.end :])
            for label, spelled in names
        )
        return Answer(
            kind="clarify", headline=f"Which {mention.text} do you mean?", choices=choices, as_of=question.as_of
        )
    return None


def _distinct_names(session: Session, scope: Scope, entities: Sequence[Entity]) -> list[tuple[str, str]]:
    """Return for each record its label and how to ask for it; two people of one name are told apart by their companies."""
    labels = []
    for entity in entities:
        label = spelled = entity.name
        if sum(other.name == entity.name for other in entities) > 1 or entity.kind == "contact":
            place = _place_of(session, scope, entity)
            if place:
                label = f"{entity.name} ({place})"
                spelled = (
                    f"{entity.name} at {place}"
                    if sum(other.name == entity.name for other in entities) > 1
                    else entity.name
                )
        labels.append((label, spelled))
    return labels


def _place_of(session: Session, scope: Scope, entity: Entity) -> str | None:
    if entity.kind == "contact":
        query = (
            select(Account.name)
            .join(Contact, Contact.account_id == Account.id)
            .where(Contact.id == entity.id, scope.accounts())
        )
        return session.scalars(query).one_or_none()
    if entity.kind == "deal":
        query = (
            select(Account.name).join(Deal, Deal.account_id == Account.id).where(Deal.id == entity.id, scope.accounts())
        )
        return session.scalars(query).one_or_none()
    return {"user": "our side", "account": None}.get(entity.kind)


def subject_of(session: Session, question: Question, mentions: Mentions, context: Context, wanted: Wanted) -> Subject:
    """Return what the question is about. The thread's account stands in where the question names none and can't do without."""
    scope = question.scope
    accounts = [mention.best for mention in mentions.of("account")]
    deals = [mention.best for mention in mentions.of("deal")]
    spoken_of = _spoken_of(question.text, mentions, wanted)
    contacts = [mention.best for mention in mentions.of("contact") if mention not in spoken_of]
    users = [mention.best for mention in mentions.of("user") if mention not in spoken_of]
    people = tuple(entity.name for entity in (*contacts, *users)) + _speakers(session, scope, mentions.unknown_names)
    found = _subject(session, question, mentions, context, wanted, accounts, deals, contacts, people)
    titles = (
        tuple(
            session.scalars(
                select(Contact.title).where(Contact.id.in_([one.id for one in contacts]), Contact.title.is_not(None))
            )
        )
        if contacts
        else ()
    )
    return replace(
        found, about=tuple(mention.text for mention in spoken_of), titles=tuple(title for title in titles if title)
    )


def _spoken_of(text: str, mentions: Mentions, wanted: Wanted) -> list[Mention]:
    """Return the people that words were about rather than by: "what did they say about Derek"."""
    if wanted.intent not in ("topic", "open"):
        people = [*mentions.of("contact"), *mentions.of("user")]
        if len(people) < 2:
            return []
    return [
        mention for mention in (*mentions.of("contact"), *mentions.of("user")) if _ABOUT.search(text[: mention.start])
    ]


def _subject(
    session: Session,
    question: Question,
    mentions: Mentions,
    context: Context,
    wanted: Wanted,
    accounts: list[Entity],
    deals: list[Entity],
    contacts: list[Entity],
    people: tuple[str, ...],
) -> Subject:
    scope = question.scope
    if deals:
        row = session.execute(
            select(Deal.account_id, Account.name)
            .outerjoin(Account, Account.id == Deal.account_id)
            .where(Deal.id == deals[0].id, scope.deals())
        ).first()
        return Subject(row[0] if row else None, deals[0].id, people, account_name=row[1] if row else None)
    if accounts:
        others = tuple(entity.id for entity in accounts[1:] if entity.id != accounts[0].id)
        return Subject(accounts[0].id, None, people, contacts[0].id if contacts else None, accounts[0].name, others)
    if contacts:
        found = session.execute(
            select(Account.id, Account.name)
            .join(Contact, Contact.account_id == Account.id)
            .where(Contact.id == contacts[0].id, scope.accounts())
        ).first()
        return Subject(found[0] if found else None, None, people, contacts[0].id, found[1] if found else None)
    focus = context.first("account")
    if focus is not None and not people and not mentions.unknown_names and _goes_on(question.text, wanted):
        deal = context.first("deal")
        return Subject(
            focus.id, deal.id if deal and wanted.intent != "latest" else None, people, account_name=focus.name
        )
    return Subject(people=people)


def _goes_on(text: str, wanted: Wanted) -> bool:
    """Whether a question without a subject continues the thread rather than asking about everything."""
    if _GENERAL.search(text):
        return False
    return _GOES_ON.search(text) is not None or wanted.intent in _NEEDS_SUBJECT or len(text.split()) <= 6


def _speakers(session: Session, scope: Scope, names: Sequence[str]) -> tuple[str, ...]:
    """Return people who take part in visible calls and mails under a name that no record has."""
    found: list[str] = []
    for name in names[:3]:
        words = fold(name).split()
        if not words or any(len(word) < 2 for word in words):
            continue
        query = (
            select(Participant.name)
            .join(Activity, Activity.id == Participant.activity_id)
            .where(func.lower(Participant.name).contains(name.casefold(), autoescape=True), scope.activities())
            .distinct()
            .limit(5)
        )
        named = list(session.scalars(query))
        if not named and len(words) > 1:
            spoken = select(Turn.speaker).join(Activity, Activity.id == Turn.activity_id)
            named = list(session.scalars(spoken.where(Turn.speaker == name, scope.activities()).distinct().limit(2)))
        found += [spelled for spelled in named if spelled and set(words) <= set(fold(spelled).split())]
    return tuple(dict.fromkeys(found))


def which_account(session: Session, question: Question, wanted: Wanted) -> Answer:
    """Ask back which account is meant, offering those where something happened last."""
    query = (
        select(Account.name, func.max(Activity.at))
        .join(Activity, Activity.account_id == Account.id)
        .where(question.scope.accounts(), question.scope.activities(), Activity.at <= question.as_of)
        .group_by(Account.id, Account.name)
        .order_by(func.max(Activity.at).desc())
        .limit(4)
    )
    names = [name for name, _ in session.execute(query).all()]
    text = question.text.rstrip(" ?!.")
    choices = tuple(
        Choice(
            label=name,
            question=f"{text} at {name}?"
            if wanted.intent not in ("latest", "contact")
            else f"What's the latest on {name}?",
        )
        for name in names
    )
    return Answer(kind="clarify", headline="Which account or deal do you mean?", choices=choices, as_of=question.as_of)
