"""From passages that a search found to the words in them: pieces with speaker and side, and what stands just before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from agents.narrative.case import UNDATED, Happening, Person, Piece, written
from infra.spine.models import Account, Activity, Contact, Participant, Turn, User
from infra.spine.scope import Scope
from retrieval.found import Found

_NEIGHBOURS = 2


@dataclass(frozen=True)
class Heard:
    """A piece that a search found (`score` of its passage, 0 to 1 of the best), or that stands beside one (score 0). `account` is whose it is."""

    piece: Piece
    account: str | None
    score: float
    similarity: float
    coverage: float


def heard_in(session: Session, scope: Scope, found: Sequence[Found]) -> list[Heard]:
    """Return the pieces of found passages, with two turns around each, best passage first; turns of one call in their order."""
    passages = [one for one in found if one.kind != "change"]
    if not passages:
        return []
    happenings, accounts = _happenings(session, scope, [one.source_id for one in passages])
    turns = _turns(session, happenings, passages)
    top = max(one.score for one in passages)
    low = min(one.score for one in passages)
    made: dict[tuple[str, int], Heard] = {}
    for place, one in enumerate(passages):
        happening = happenings.get(one.source_id)
        if happening is None:
            continue
        # The best passage's score can stand far above all others; their order still says something.
        score = 0.4 * ((one.score - low) / (top - low) if top > low else 1.0) + 0.6 / (1 + 0.2 * place)
        account = accounts.get(happening.account_id or "")
        if happening.id in turns:
            for piece in turns[happening.id]:
                inside = one.first <= piece.order <= one.last
                if inside or one.first - _NEIGHBOURS <= piece.order <= one.last + _NEIGHBOURS:
                    kept = made.get((happening.id, piece.order))
                    if kept is None or (inside and kept.score < score):
                        made[happening.id, piece.order] = Heard(
                            piece,
                            account,
                            score if inside else 0.0,
                            one.similarity if inside else 0.0,
                            one.coverage if inside else 0.0,
                        )
        elif happening.body:
            kept = made.get((happening.id, 0))
            if kept is None or kept.score < score:
                made[happening.id, 0] = Heard(written(happening), account, score, one.similarity, one.coverage)
    return sorted(made.values(), key=lambda heard: (heard.piece.happening.id, heard.piece.order))


def _happenings(session: Session, scope: Scope, ids: Sequence[str]) -> tuple[dict[str, Happening], dict[str, str]]:
    rows = session.execute(
        select(Activity, User.name)
        .outerjoin(User, User.id == Activity.owner_id)
        .where(Activity.id.in_(ids), scope.activities())
    ).all()
    people: dict[str, list[Person]] = defaultdict(list)
    joined = session.execute(
        select(Participant, Contact.name, Contact.title, Contact.role)
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .where(Participant.activity_id.in_([row.id for row, _ in rows]))
        .order_by(Participant.id)
    ).all()
    for participant, name, title, role in joined:
        shown = name or participant.name or participant.email
        if shown:
            people[participant.activity_id].append(
                Person(
                    shown, participant.side, title, role, participant.contact_id, participant.user_id, participant.role
                )
            )
    happenings = {
        row.id: Happening(
            row.id,
            row.kind,
            row.direction,
            row.automatic,
            row.status,
            row.subject,
            row.body,
            row.at or UNDATED,
            row.account_id,
            row.deal_id,
            row.thread_key,
            tuple(people[row.id]),
            owner,
        )
        for row, owner in rows
    }
    wanted = {row.account_id for row, _ in rows if row.account_id}
    names = dict(
        session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted), scope.accounts())).all()
    )
    return happenings, names


def _turns(session: Session, happenings: dict[str, Happening], passages: Sequence[Found]) -> dict[str, list[Piece]]:
    ranges = [
        and_(Turn.activity_id == one.source_id, Turn.position.between(one.first - _NEIGHBOURS, one.last + _NEIGHBOURS))
        for one in passages
        if one.source_id in happenings and one.turns
    ]
    made: dict[str, list[Piece]] = defaultdict(list)
    if not ranges:
        return made
    rows = session.execute(
        select(Turn.activity_id, Turn.position, Turn.turn_id, Turn.speaker, Turn.side, Turn.contact_id, Turn.text)
        .where(or_(*ranges))
        .order_by(Turn.activity_id, Turn.position)
    ).all()
    for activity_id, position, turn_id, speaker, side, contact_id, text in rows:
        happening = happenings[activity_id]
        person = next(
            (one for one in happening.people if (contact_id and one.contact_id == contact_id) or one.name == speaker),
            None,
        )
        if person is not None and person.name != speaker and speaker:
            person = replace(person, name=speaker)
        known = side if side != "unknown" or person is None else person.side
        made[activity_id].append(Piece(happening, text, speaker, known, person, turn_id, position))
    return made
