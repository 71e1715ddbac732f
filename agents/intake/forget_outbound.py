"""Forgetting what was to be sent to somebody, what was sent and what came back. Whom we do not write to is remembered: that is for them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, false, func, insert, or_, select
from sqlalchemy.orm import Session

from agents.intake.writing import chunks
from agents.notices import STANDS
from agents.signals.own import moved_key
from infra.spine.models import (
    Copy,
    CrmEntry,
    Effect,
    Enrichment,
    Fact,
    Notice,
    Proposal,
    ProposalVersion,
    Removal,
    Reply,
    Sequence,
    Signal,
    Turn,
    Verification,
)

_UNSYNCED = {"synchronize_session": False}


def forget_outbound(
    session: Session, ids: Collection[str], addresses: Collection[str], names: Collection[str]
) -> list[str]:
    """Delete what belongs to these accounts, deals or contacts, or is about these mail addresses; return the Message-IDs that mails left under.

    What stands in people's chats of it is put down to be removed (`Removal`). Goes before the records themselves are deleted. Suppressions stay.
    """
    known = sorted(ids)
    told = sorted({address.lower() for address in addresses})
    proposals = _proposals(session, known, told) | _cards_of_calls(session, known, told)
    markers: list[str] = []
    signals: set[str] = set()
    for some in chunks(sorted(proposals)):
        found = session.scalars(select(Effect.marker).where(Effect.proposal_id.in_(some)))
        markers += [marker for marker in found if marker is not None]
        session.execute(delete(CrmEntry).where(_names_one(CrmEntry.record, some)), execution_options=_UNSYNCED)
        _forget_notices(session, _names_one(Notice.payload, some))
        _have_removed(session, some)
        session.execute(delete(Proposal).where(Proposal.id.in_(some)), execution_options=_UNSYNCED)
    for some in chunks(known):
        session.execute(
            delete(Sequence).where(or_(Sequence.contact_id.in_(some), Sequence.account_id.in_(some))),
            execution_options=_UNSYNCED,
        )
        signals |= _forgotten_signals(session, or_(Signal.contact_id.in_(some), Signal.account_id.in_(some)))
        session.execute(delete(Enrichment).where(Enrichment.subject_id.in_(some)), execution_options=_UNSYNCED)
        session.execute(delete(CrmEntry).where(_names_one(CrmEntry.record, some)), execution_options=_UNSYNCED)
        _forget_notices(session, _names_one(Notice.payload, some))
    for some in chunks(told):
        signals |= _forgotten_signals(session, func.lower(Signal.person_email).in_(some))
        _forget_notices(session, _names_one(Notice.payload, some))
        for model, condition in (
            (Sequence, func.lower(Sequence.recipient).in_(some)),
            (Reply, or_(func.lower(Reply.sender).in_(some), func.lower(Reply.recipient).in_(some))),
            (Verification, func.lower(Verification.address).in_(some)),
            (Enrichment, or_(Enrichment.subject_id.in_(some), func.lower(Enrichment.value).in_(some))),
        ):
            session.execute(delete(model).where(condition), execution_options=_UNSYNCED)
    signals |= _forget_signals(session, known, sorted(names))
    for name in sorted(names):
        _forget_notices(session, _text(Notice.payload, name))
    for some in chunks(sorted(signals)):
        _forget_notices(session, _names_one(Notice.payload, some))
    return markers


def _have_removed(session: Session, proposals: Collection[str]) -> None:
    """Have the cards of these proposals, which stand in people's chats, lose their words."""
    stand = select(Copy.surface, Copy.place, Copy.ref, Copy.at).where(Copy.proposal_id.in_(proposals))
    session.execute(insert(Removal).from_select(["surface", "place", "ref", "at"], stand))


def _forget_notices(session: Session, condition: ColumnElement[bool]) -> None:
    """Delete notices, and have the messages lose their words that told them. That a rep had their feed today stays known."""
    for notice in session.scalars(select(Notice).where(condition)).all():
        for surface, ref in notice.payload.get(STANDS, {}).items():
            place = str(ref["place"])[:200]
            session.add(Removal(surface=surface, place=place, ref=ref, at=notice.sent_at or notice.created_at))
        if notice.kind == "feed":
            notice.payload = {}
        else:
            session.delete(notice)
    session.flush()


def _forgotten_signals(session: Session, condition: ColumnElement[bool]) -> set[str]:
    """Delete signals and return their ids."""
    gone = delete(Signal).where(condition).returning(Signal.id)
    return set(session.scalars(gone, execution_options=_UNSYNCED))


def _forget_signals(session: Session, ids: list[str], names: list[str]) -> set[str]:
    """Delete what was told of them under their name alone, what says where they came from, and moves that nobody has taken up yet.

    Returns the ids of the signals.
    """
    gone: set[str] = set()
    custom = cast(Signal.custom, String)
    for word in (*ids, *names):
        # With its quotes, so that acc-1 is not found in acc-10.
        gone |= _forgotten_signals(session, custom.contains(json.dumps(word), autoescape=True))
    for some in chunks(names):
        gone |= _forgotten_signals(session, or_(Signal.person.in_(some), Signal.company.in_(some)))
    for some in chunks([moved_key(identity) for identity in ids]):
        session.execute(delete(Fact).where(Fact.key.in_(some)), execution_options=_UNSYNCED)
    return gone


def _proposals(session: Session, ids: list[str], addresses: list[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(ids):
        found |= set(
            session.scalars(
                select(Proposal.id).where(
                    or_(Proposal.account_id.in_(some), Proposal.deal_id.in_(some), Proposal.contact_id.in_(some))
                )
            )
        )
    for some in chunks(addresses):
        to = func.lower(ProposalVersion.effect["to"].as_string())
        found |= set(session.scalars(select(ProposalVersion.proposal_id).where(to.in_(some))))
    return found


def _cards_of_calls(session: Session, ids: list[str], addresses: list[str]) -> set[str]:
    """Return the cards of calls that they spoke in, and those that name them or their address in what they would do."""
    found: set[str] = set()
    for some in chunks(ids):
        spoke = select(Turn.activity_id).where(Turn.contact_id.in_(some))
        found |= set(session.scalars(select(Proposal.id).where(Proposal.call_id.in_(spoke))))
    for some in chunks([*ids, *addresses]):
        effect = func.lower(cast(ProposalVersion.effect, String))
        # With its quotes, so that con-1 is not found in con-10.
        named = or_(false(), *(effect.contains(json.dumps(word).lower(), autoescape=True) for word in some))
        told = select(ProposalVersion.proposal_id).where(named)
        found |= set(session.scalars(select(Proposal.id).where(Proposal.call_id.is_not(None), Proposal.id.in_(told))))
    return found


def _names_one(column: Any, words: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(_text(column, word) for word in words))


def _text(column: Any, word: str) -> ColumnElement[bool]:
    return func.lower(cast(column, String)).contains(json.dumps(word)[1:-1].lower(), autoescape=True)
