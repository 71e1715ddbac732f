"""Who comes: the people invited to the meeting, else the buying committee, each with their part, their stance and their own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from agents.answer import Claim, Evidence
from agents.brief.ground import Ground
from agents.brief.quoting import short_quote
from agents.brief.record import Stance
from agents.narrative.case import Case, Happening, Person
from agents.narrative.people import committee, telling_words, words_by
from agents.narrative.phrasing import flat, short_day, who
from agents.narrative.quoting import Citing
from agents.narrative.signals import has_left
from infra.spine.models import Account, Activity, Contact, Participant
from infra.spine.scope import Scope

MOST_PEOPLE = 6
_BY_CRM: dict[str, Stance] = {
    "supporter": "supporter", "champion": "supporter", "positive": "supporter", "supportive": "supporter", "for": "supporter",
    "neutral": "neutral",
    "against": "against", "negative": "against", "blocker": "against", "detractor": "against", "opponent": "against",
}  # fmt: skip


@dataclass(frozen=True)
class Guest:
    """Somebody of the buyer's side with what is said of them. `claim` is still to be checked."""

    person: Person
    coming: bool
    stance: Stance
    before: Stance | None
    claim: Claim


@dataclass(frozen=True)
class Invited:
    """The meeting that a brief is for, with the people of the buyer's side who are invited."""

    happening: Happening
    url: str | None
    account_id: str | None


def read_meeting(session: Session, scope: Scope, meeting_id: str) -> Invited | None:
    """Return a meeting or call with its guests, or None where there is none or it may not be seen.

    Its account is its own, else the one of the guests: the account of most of them, where it may be seen.
    """
    row = session.execute(
        select(Activity).where(Activity.id == meeting_id, Activity.kind.in_(("meeting", "call")), scope.activities())
    ).scalar_one_or_none()
    if row is None or row.at is None:
        return None
    people = session.execute(
        select(Participant, Contact)
        .outerjoin(Contact, and_(Contact.id == Participant.contact_id, scope.contacts()))
        .where(Participant.activity_id == meeting_id)
        .order_by(Participant.id)
    ).all()
    guests = []
    for one, contact in people:
        name = contact.name if contact else one.name or one.email
        if name and one.side != "seller" and one.user_id is None:
            title, role, known = (contact.title, contact.role, contact.id) if contact else (None, None, None)
            guests.append(Person(name, "buyer", title, role, known, None, one.role))
    by_guests = [contact.account_id for _, contact in people if contact and contact.account_id]
    account_id = _seen_account(session, scope, [row.account_id] if row.account_id else by_guests)
    happening = Happening(
        row.id, row.kind, row.direction, row.automatic, row.status, row.subject, row.body, row.at, account_id, row.deal_id, row.thread_key,
        tuple(_once(guests)),
    )  # fmt: skip
    return Invited(happening, row.url, account_id)


def _seen_account(session: Session, scope: Scope, ids: Sequence[str]) -> str | None:
    """Return the account that most of the ids name, where it may be seen."""
    if not ids:
        return None
    often = max(sorted(set(ids)), key=list(ids).count)
    return session.scalar(select(Account.id).where(Account.id == often, scope.accounts()))


def _once(guests: Sequence[Person]) -> list[Person]:
    return list({one.contact_id or one.name.casefold(): one for one in reversed(guests)}.values())[::-1]


def guests(case: Case, citing: Citing, ground: Ground, meeting: Happening | None) -> list[Guest]:
    """Return who comes, or the buying committee where nobody is known to be invited; those with a part in the decision first."""
    invited = [one for one in meeting.people if one.side == "buyer"] if meeting else []
    people = _ordered(invited) if invited else [one for one in committee(case) if not has_left(one)]
    said = [piece for piece in case.pieces(notes=False) if piece.side != "seller"]
    stances = _stances(ground)
    made = []
    for person in people[:MOST_PEOPLE]:
        stance, before = _stance(person, stances, ground)
        telling = telling_words(case, words_by(said, person), "")
        quote = short_quote(telling) if telling else None
        text = ", ".join(part for part in (who(person, None), (person.role or "").lower()) if part)
        if stance in ("supporter", "against"):
            text += f" · {'stands for it' if stance == 'supporter' else 'stands against it'}"
            text += f" ({before} before)" if before and before != "unknown" and before != stance else ""
        evidence: list[Evidence] = []
        if quote is not None:
            evidence.append(citing.words(quote))
            text += f" — {short_day(case.day(quote.piece.at), case.today)}: “{flat(quote.sentence.text)}”"
        else:
            text += " — no word from them is known here"
        if person.contact_id:
            evidence.append(citing.contact(person.contact_id, person.role or person.title or person.name))
        elif quote is None and (seen := _seen(case, meeting, person)) is not None:
            evidence.append(citing.happened(seen))
        claim = Claim(text=text, evidence=tuple(evidence), tone="trouble" if stance == "against" else "plain")
        made.append(Guest(person, bool(invited), stance, before if before != stance else None, claim))
    return made


def _ordered(people: Sequence[Person]) -> list[Person]:
    return sorted(people, key=lambda person: not person.role)


def _stances(ground: Ground) -> dict[str, tuple[Stance, Stance | None]]:
    """Return what the newest call that tells it shows of each person, by contact id and by folded name."""
    found: dict[str, tuple[Stance, Stance | None]] = {}
    for notes in ground.notes:
        for one in notes.sentiment:
            if one.stance != "unknown":
                found.setdefault(one.contact or one.name.casefold(), (one.stance, one.before))
    return found


def _stance(
    person: Person, told: dict[str, tuple[Stance, Stance | None]], ground: Ground
) -> tuple[Stance, Stance | None]:
    known = told.get(person.contact_id or "") or told.get(person.name.casefold())
    if known is not None:
        return known
    contact = ground.contacts.get(person.contact_id or "")
    by_crm = (contact.stance or "").strip().casefold() if contact else ""
    return (by_crm if by_crm in get_args(Stance) else _BY_CRM.get(by_crm, "unknown")), None  # type: ignore[return-value]


def _seen(case: Case, meeting: Happening | None, person: Person) -> Happening | None:
    if meeting is not None and meeting.subject and any(one.name == person.name for one in meeting.people):
        return meeting
    return next(
        (one for one in case.happenings if one.subject and any(p.name == person.name for p in one.people)), None
    )
