"""Forgetting an account or a person: everything of theirs leaves the spine and the lexical index; the vectors' ids are told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from agents.crm.forgetting import forget_in_systems
from agents.intake.forget_calls import forget_notes
from agents.intake.forget_outbound import forget_outbound
from agents.intake.forget_reviews import forget_reviews
from agents.intake.writing import chunks
from infra.errors import Fatal
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Contact,
    Conversation,
    Deal,
    DealChange,
    ImportRun,
    JoinOffer,
    KeptAside,
    Lead,
    Participant,
    Passage,
    Stirred,
    StoredAnswer,
    Turn,
    WaitingLink,
)
from retrieval.cutting import count_stems

_UNSYNCED = {"synchronize_session": False}


@dataclass
class Forgotten:
    """What left the spine. `passages` are the ids whose vectors the index has to forget, `markers` the Message-IDs of mails that left."""

    name: str
    passages: list[int] = field(default_factory=list)
    deals: int = 0
    contacts: int = 0
    activities: int = 0
    markers: list[str] = field(default_factory=list)


def forget_account(database: Database, account_id: str) -> Forgotten:
    """Delete an account with its contacts, leads, deals, activities, and what answers and leftovers say of it. Raises Fatal for an unknown id."""
    with database.transaction() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise Fatal("There is no such account.", "See the list of accounts for its id.", status=404)
        gone = Forgotten(account.name)
        deals = set(session.scalars(select(Deal.id).where(Deal.account_id == account_id)))
        people = session.execute(select(Contact.id, Contact.email).where(Contact.account_id == account_id)).all()
        activities = set(session.scalars(select(Activity.id).where(Activity.account_id == account_id)))
        for some in chunks(sorted(deals)):
            activities |= set(session.scalars(select(Activity.id).where(Activity.deal_id.in_(some))))
        gone.deals, gone.contacts, gone.activities = len(deals), len(people), len(activities)
        gone.passages = forget_passages(session, activities, deals)
        addresses = {email for _, email in people if email}
        contacts = {contact for contact, _ in people}
        gone.markers = forget_outbound(session, {account_id, *deals, *contacts}, addresses, {account.name})
        _delete(session, Activity, activities)
        session.execute(delete(Lead).where(Lead.account_id == account_id), execution_options=_UNSYNCED)
        session.execute(
            update(Account).where(Account.parent_id == account_id).values(parent_id=None, parent_name=None),
            execution_options=_UNSYNCED,
        )
        ids = {account_id, *deals, *activities, *(contact for contact, _ in people)}
        _delete(session, Deal, deals)
        _delete(session, Contact, {contact for contact, _ in people})
        _delete(session, Account, {account_id})
        _forget_traces(session, ids, {account.name, *(email for _, email in people if email)})
    return gone


def forget_contact(database: Database, contact_id: str) -> Forgotten:
    """Delete a person of the buyer's side: who they are, what they said and wrote, and mails that went to nobody else over there.

    Calls and meetings with others stay, without this person's turns. Raises Fatal for an unknown id.
    """
    with database.transaction() as session:
        contact = session.get(Contact, contact_id)
        if contact is None:
            raise Fatal("There is no such person.", "See the list of contacts for the id.", status=404)
        gone = Forgotten(contact.name, contacts=1)
        theirs = _their_activities(session, contact)
        addresses = {contact.email} if contact.email else set()
        gone.markers = forget_outbound(session, {contact_id}, addresses, {contact.name})
        spoken = set(session.scalars(select(Turn.activity_id).where(Turn.contact_id == contact_id).distinct()))
        gone.activities = len(theirs)
        forget_notes(session, contact, spoken)
        gone.passages = forget_passages(session, theirs | spoken, ())
        _delete(session, Activity, theirs)
        session.execute(delete(Turn).where(Turn.contact_id == contact_id), execution_options=_UNSYNCED)
        session.execute(delete(Participant).where(_is(contact)), execution_options=_UNSYNCED)
        for some in chunks(sorted(spoken - theirs)):
            # The rest of the call is cut anew, without the gaps being closed: positions stay what evidence refers to.
            session.execute(
                update(Activity).where(Activity.id.in_(some)).values(indexed_as=None), execution_options=_UNSYNCED
            )
        if contact.email:
            session.execute(
                delete(Lead).where(func.lower(Lead.email) == contact.email.lower()), execution_options=_UNSYNCED
            )
        traces = {contact.name} | ({contact.email} if contact.email else set())
        _delete(session, Contact, {contact_id})
        _forget_traces(session, {contact_id, *theirs}, traces)
    return gone


def _is(contact: Contact) -> ColumnElement[bool]:
    mine = Participant.contact_id == contact.id
    return or_(mine, Participant.email == contact.email.lower()) if contact.email else mine


def _their_activities(session: Session, contact: Contact) -> set[str]:
    """Return the mails that a person wrote, and what took place with nobody else of the buyer's side, calls with turns of others excepted."""
    other = aliased(Participant)
    others = select(other.id).where(
        other.activity_id == Participant.activity_id,
        other.side == "buyer",
        other.contact_id.is_distinct_from(contact.id),
        other.email.is_distinct_from(contact.email.lower() if contact.email else ""),
    )
    wrote = (Participant.role == "from") & (Activity.kind == "mail")
    alone = ~others.exists()
    query = (
        select(Participant.activity_id)
        .join(Activity, Activity.id == Participant.activity_id)
        .where(_is(contact), or_(wrote, alone))
    )
    return set(session.scalars(query))


def forget_passages(session: Session, activities: Iterable[str], deals: Iterable[str]) -> list[int]:
    """Delete the passages of activities and of deals' changes, and take their words out of the statistics."""
    ids: list[int] = []
    conditions: list[ColumnElement[bool]] = [Passage.activity_id.in_(some) for some in chunks(sorted(activities))]
    for some in chunks(sorted(deals)):
        changes = select(DealChange.id).where(DealChange.deal_id.in_(some))
        conditions += [Passage.change_id.in_(changes), Passage.deal_id.in_(some)]
    for condition in conditions:
        found = session.execute(select(Passage.id, Passage.stems).where(condition)).all()
        count_stems(session, [], [stems for _, stems in found])
        ids += [identity for identity, _ in found]
        session.execute(delete(Passage).where(condition), execution_options=_UNSYNCED)
    return ids


def _delete(session: Session, model: Any, ids: Iterable[str]) -> None:
    for some in chunks(sorted(ids)):
        session.execute(delete(model).where(model.id.in_(some)), execution_options=_UNSYNCED)


def _forget_traces(session: Session, ids: set[str], words: set[str]) -> None:
    """Delete what is kept beside the records: waiting links, what waits to be looked at, offers, leftovers of imports, conversations and stored answers."""
    forget_in_systems(session, ids, words)
    forget_reviews(session, ids, words)
    for some in chunks(sorted(ids)):
        session.execute(delete(WaitingLink).where(WaitingLink.record_id.in_(some)), execution_options=_UNSYNCED)
        stirred = Stirred.deal_id.in_(some) | Stirred.account_id.in_(some)
        session.execute(delete(Stirred).where(stirred), execution_options=_UNSYNCED)
        session.execute(
            delete(JoinOffer).where(JoinOffer.left_id.in_(some) | JoinOffer.right_id.in_(some)),
            execution_options=_UNSYNCED,
        )
    for word in sorted(words):
        quoted = json.dumps(word)[1:-1]
        for model, column in ((KeptAside, KeptAside.raw), (StoredAnswer, cast(StoredAnswer.answer, String))):
            session.execute(
                delete(model).where(column.contains(word, autoescape=True) | column.contains(quoted, autoescape=True)),
                execution_options=_UNSYNCED,
            )
        context = cast(Conversation.context, String)
        session.execute(
            delete(Conversation).where(context.contains(quoted, autoescape=True)), execution_options=_UNSYNCED
        )
    for identity in sorted(ids):
        context = cast(Conversation.context, String)
        session.execute(
            delete(Conversation).where(context.contains(json.dumps(identity), autoescape=True)),
            execution_options=_UNSYNCED,
        )
    # The files that told of it may be brought again: they are no longer all in.
    session.execute(
        update(ImportRun).where(ImportRun.state == "done").values(state="stale"), execution_options=_UNSYNCED
    )
