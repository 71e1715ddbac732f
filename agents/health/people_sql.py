"""Who of the buyer's side takes part in open deals, who left, how each stands to it, and whose legal keeps us waiting."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from agents.health.ground import Ground, Shape
from infra.spine.activity import Activity, Participant
from infra.spine.business import Deal
from infra.spine.heard import Mentioned
from infra.spine.people import Contact
from infra.spine.signals import Signal
from infra.spine.spoken import from_buyer, is_word
from sales.health.facts import Person, Waiting
from sales.health.people import ACTIVE_DAYS, role_of
from sales.silence import HELD
from sales.standing_of_people import stance_named

_STANCES_WITHIN = 120
_LEGAL_WITHIN = 45
_LEAVES = ("champion_left", "job_change")
_BACK_AFTER = timedelta(days=14)
"""Who is heard at the account two weeks after they were said to leave is still there."""
_GONE = re.compile(r"\b(?:left|former|ex|gone|departed)\b", re.I)
_LAWYER = ("legal", "counsel", "lawyer", "attorney", "juridi", "rechts")


@dataclass
class People:
    """The buyer's people of one deal. `known` is whether anybody's taking part is recorded, `roles` whether the CRM knows any role of theirs."""

    people: tuple[Person, ...] = ()
    known: bool = False
    roles: bool = False


@dataclass(frozen=True)
class _Told:
    """What mentions and signals say of contacts, by contact: since when they are gone and what says so, and their last stance."""

    gone: dict[str, tuple[date, str]] = field(default_factory=dict)
    stance: dict[str, tuple[str, str]] = field(default_factory=dict)


def people(ground: Ground, accounts: dict[str, str | None]) -> dict[str, People]:
    """Return the people of each deal; `accounts` are the deals' accounts."""
    told = _told(ground)
    of_account: dict[str, list[Any]] = defaultdict(list)
    for row in ground.rows(_contacts):
        of_account[row.account_id].append(row)
    heard: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in ground.rows(_heard):
        heard[row.deal_id][row.who] = row
    return {
        deal_id: _of_deal(ground, of_account.get(account or "", []), heard.get(deal_id, {}), told)
        for deal_id, account in accounts.items()
    }


def _of_deal(ground: Ground, contacts: list[Any], heard: dict[str, Any], told: _Told) -> People:
    known = {row.id for row in contacts}
    found = [_person(ground, row, heard.get(row.id), told) for row in contacts]
    found += [
        Person(row.name or row.who, row.contact_id, heard=ground.day(row.at), heard_in=f"activity:{row.id}")
        for who, row in heard.items()
        if who not in known
    ]
    found.sort(key=lambda one: (one.heard is None, -(one.heard or date.min).toordinal(), one.name))
    return People(tuple(found), bool(heard), any(row.role for row in contacts))


def _person(ground: Ground, row: Any, heard: Any, told: _Told) -> Person:
    day = ground.day(heard.at) if heard is not None else None
    gone, gone_by = told.gone.get(row.id, (None, None))
    if gone is not None and day is not None and day > gone + _BACK_AFTER:
        gone, gone_by = None, None
    if gone is None and ground.fields_known and _says_gone(row.title, row.role):
        gone, gone_by = day or ground.today, f"contact:{row.id}"
    stance, told_by = told.stance.get(row.id, (None, None))
    one = Person(
        row.name, row.id, row.title, row.role, day, f"activity:{heard.id}" if heard is not None else None,
        stance, told_by, gone, gone_by,
    )  # fmt: skip
    if stance is None and ground.fields_known and day is not None:
        # What the CRM has of somebody's stance counts where they take part: a blocker of years ago blocks nothing.
        crm = "against" if role_of(one) == "blocker" else stance_named(row.stance)
        one = replace(one, stance=crm, told_by=f"contact:{row.id}" if crm else None)
    return one


@lru_cache(maxsize=4096)
def _says_gone(title: str | None, role: str | None) -> bool:
    return _GONE.search(f"{title or ''} {role or ''}") is not None


def _contacts(shape: Shape) -> Any:
    accounts = select(Deal.account_id).where(shape.deals(), Deal.account_id.is_not(None))
    return select(Contact.id, Contact.account_id, Contact.name, Contact.title, Contact.role, Contact.stance).where(
        Contact.account_id.in_(accounts), or_(Contact.created_at.is_(None), Contact.created_at <= shape.at)
    )


def _heard(shape: Shape) -> Any:
    """Return the last time that each person of the buyer wrote, spoke or was there."""
    # Said as the index of the buyer's words says it: who spoke in them is asked below.
    touch = shape.touches(
        Activity.id, Activity.at, Activity.kind, Activity.direction, where=from_buyer(Activity), since=shape.before(ACTIVE_DAYS)
    ).c  # fmt: skip
    who = func.coalesce(Participant.contact_id, func.lower(Participant.email), Participant.name)
    spoke = or_(
        and_(touch.direction == "inbound", or_(Participant.role == "from", touch.kind != "mail")),
        and_(touch.direction == "mutual", touch.kind.in_(HELD)),
    )
    ranked = (
        select(
            touch.deal_id,
            who.label("who"),
            Participant.contact_id,
            Participant.name,
            touch.id,
            touch.at,
            func.row_number()
            .over(partition_by=(touch.deal_id, who), order_by=(touch.at.desc(), touch.id))
            .label("place"),
        )
        .select_from(touch.deal_id.table)
        .join(Participant, Participant.activity_id == touch.id)
        .where(Participant.side == "buyer", who.is_not(None), spoke)
        .subquery("ranked")
    )
    return select(ranked).where(ranked.c.place == 1)


def _told(ground: Ground) -> _Told:
    """Return who left and how people stand, of the contacts of the deals' accounts."""
    told = _Told()
    for id_, kind, contact_id, name, at in ground.rows(_said_of_people):
        if kind == "departure":
            told.gone.setdefault(contact_id, (ground.day(at), f"mention:{id_}"))
        else:
            told.stance[contact_id] = (name, f"mention:{id_}")
    for id_, at, contact_id in ground.rows(_leavers):
        if contact_id is not None:
            told.gone.setdefault(contact_id, (ground.day(at), f"signal:{id_}"))
    return told


def _said_of_people(shape: Shape) -> Any:
    accounts = select(Deal.account_id).where(shape.deals(), Deal.account_id.is_not(None))
    lately = and_(Mentioned.kind == "stance", Mentioned.at > shape.before(_STANCES_WITHIN))
    return (
        select(Mentioned.id, Mentioned.kind, Mentioned.contact_id, Mentioned.name, Mentioned.at)
        .join(Contact, Contact.id == Mentioned.contact_id)
        .where(or_(Mentioned.kind == "departure", lately), Mentioned.at <= shape.at, Contact.account_id.in_(accounts))
        .order_by(Mentioned.at, Mentioned.id)
    )


def _leavers(shape: Shape) -> Any:
    """Return the signals that somebody left: with their contact, or with the person of this address, or of this name at the company."""
    of = select(Signal.id, Signal.occurred_at).where(Signal.kind.in_(_LEAVES), Signal.occurred_at <= shape.at)
    named = and_(Signal.account_id == Contact.account_id, Signal.person == Contact.name)
    addressed = and_(Signal.person_email.is_not(None), func.lower(Contact.email) == func.lower(Signal.person_email))
    return (
        of.add_columns(func.coalesce(Signal.contact_id, Contact.id).label("contact_id"))
        .outerjoin(Contact, or_(named, addressed))
        .order_by(Signal.occurred_at)
    )


def legal_waits(ground: Ground) -> dict[str, Waiting]:
    """Return for each deal the mail to the buyer's legal that waits longest: nobody answered in its thread, and the lawyer was not heard since."""
    waits: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in ground.rows(_unanswered):
        waits[row[0], row[3]].append(row)
    found: dict[str, Waiting] = {}
    for (deal_id, _), mails in waits.items():
        first = mails[0]
        one = Waiting(f"activity:{first[1]}", ground.day(first[2]), first[4], len(mails))
        if deal_id not in found or one.since < found[deal_id].since:
            found[deal_id] = one
    return found


def _unanswered(shape: Shape) -> Any:
    """Return the mails to lawyers of the buyer that wait. Who is one, and when each was last heard, is settled before any thread is looked into."""
    mails, answer = _to_lawyers(shape), aliased(Activity)
    last = _lawyers_spoke(mails, shape)
    answered = (
        select(answer.id)
        .where(
            answer.thread_key == mails.c.thread_key,
            answer.direction == "inbound",
            answer.automatic.is_(False),
            answer.at > mails.c.at,
            answer.at <= shape.at,
        )
        .exists()
    )
    return (
        select(mails.c.deal_id, mails.c.id, mails.c.at, mails.c.contact_id, mails.c.name)
        .select_from(mails.outerjoin(last, last.c.contact_id == mails.c.contact_id))
        .where(or_(last.c.at.is_(None), last.c.at <= mails.c.at), ~answered)
        .order_by(mails.c.at, mails.c.id)
    )


def _to_lawyers(shape: Shape) -> Any:
    touch = shape.touches(
        Activity.id, Activity.at, Activity.thread_key, where=and_(is_word(Activity), Activity.kind == "mail", Activity.direction == "outbound"),
        since=shape.before(_LEGAL_WITHIN),
    ).c  # fmt: skip
    lawyer = or_(*(func.lower(column).contains(word) for word in _LAWYER for column in (Contact.role, Contact.title)))
    return (
        select(touch.deal_id, touch.id, touch.at, touch.thread_key, Contact.id.label("contact_id"), Contact.name)
        .select_from(touch.deal_id.table)
        .join(Participant, and_(Participant.activity_id == touch.id, Participant.role == "to"))
        .join(Contact, and_(Contact.id == Participant.contact_id, lawyer))
        .cte("to_lawyers")
        .prefix_with("MATERIALIZED")
    )


def _lawyers_spoke(mails: Any, shape: Shape) -> Any:
    """Return when each of the lawyers was last heard, of the time that matters."""
    there = Participant
    return (
        select(there.contact_id, func.max(Activity.at).label("at"))
        .join(Activity, Activity.id == there.activity_id)
        .where(
            there.contact_id.in_(select(mails.c.contact_id)),
            Activity.at > shape.before(_LEGAL_WITHIN),
            Activity.at <= shape.at,
            is_word(Activity),
            or_(Activity.direction == "mutual", and_(Activity.direction == "inbound", there.role == "from")),
        )
        .group_by(there.contact_id)
        .cte("lawyers_spoke")
        .prefix_with("MATERIALIZED")
    )
