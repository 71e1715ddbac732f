"""Whether the buyer has done what ends a stage: by what they did and by what they said on calls, for many deals at once. What nothing tells is unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from agents.answer import Evidence
from agents.links import Links
from agents.workflow.ground import Span, open_deals
from agents.workflow.record import Criterion
from infra.spine.activity import Activity, Participant
from infra.spine.business import Deal, DealChange
from infra.spine.calls import CallNote, Element
from infra.spine.spoken import from_buyer, is_talk, is_word
from sales.qualifying.frameworks import Frameworks
from sales.silence import HELD
from sales.workflow.rules import DOINGS, StageRule

_MOST_QUOTES = 3
_SAID = {
    "pain": "they named a problem",
    "metrics": "they gave the figures it is judged by",
    "situation": "they told how it is done today",
    "implication": "they told what the problem leads to",
    "payoff": "they told what a solution is worth",
    "economic_buyer": "they named who holds the budget",
    "decision_criteria": "they said what they decide by",
    "decision_process": "they said how and when they decide",
    "paper_process": "they said what is left on paper",
    "champion": "somebody there acts for us",
    "competition": "they named what else they look at",
    "budget": "they named the budget",
    "timing": "they named by when it must run",
}


@dataclass
class Known:
    """What is recorded of a deal that a criterion may rest on. `recorded` tells that anything passed, `read` that a call of it was read.

    `said` holds the statements by kind, the newest first.
    """

    recorded: bool = False
    read: bool = False
    last_word: datetime | None = None
    met_at: datetime | None = None
    people: int = 0
    entered: datetime | None = None
    said: dict[str, list[Evidence]] = field(default_factory=lambda: defaultdict(list))


def known_of(session: Session, span: Span, frameworks: Frameworks, links: Links, *, people: bool) -> dict[str, Known]:
    """Return what is known of each open deal of the span, as of its moment; `people` are counted only where a criterion needs them."""
    known: dict[str, Known] = defaultdict(Known)
    deals = open_deals(span)
    for row in session.execute(_doings(span, deals, people)):
        one = known[row.deal_id]
        one.recorded, one.last_word, one.met_at = bool(row.recorded), row.last_word, row.met_at
        one.people, one.entered = row.people or 0, row.changed_at or row.stage_entered_at
    _sayings(session, span, deals, frameworks, links, known)
    return known


def criteria(stage: StageRule, known: Known, since: datetime | None = None) -> tuple[Criterion, ...]:
    """Return what ends a stage, each met, not met or unknown. `since` is when the deal came into the stage, where that is not `known.entered`."""
    return tuple(_criterion(check, known, since or known.entered) for check in stage.met_by)


def _criterion(check: str, known: Known, entered: datetime | None) -> Criterion:
    if check not in DOINGS:
        said = tuple(known.said.get(check, ())[:_MOST_QUOTES])
        return Criterion(check=check, label=_SAID[check], met=True if said else False if known.read else None, evidence=said)  # fmt: skip
    met: bool | None
    if not known.recorded:
        met = None
    elif check == "buyer_spoke":
        met = known.last_word is not None
    elif check == "meeting_held":
        met = known.met_at is not None
    elif check == "two_contacts":
        met = known.people >= 2
    else:
        met = None if entered is None else known.last_word is not None and known.last_word > entered
    return Criterion(check=check, label=DOINGS[check], met=met)


def _doings(span: Span, deals: Any, people: bool) -> Any:
    """Return one row a deal: each figure is one step into an index, on the deal's own activities and on its account's where it is the only open deal."""

    def of_deal(touch: Any) -> Any:
        shared = and_(touch.deal_id.is_(None), deals.c.only, touch.account_id == deals.c.account_id)
        return touch.deal_id == deals.c.deal_id, shared

    def latest(condition: Any) -> Any:
        own, other = aliased(Activity), aliased(Activity)
        first = select(func.max(own.at)).where(of_deal(own)[0], condition(own), own.at <= span.as_of)
        second = select(func.max(other.at)).where(of_deal(other)[1], condition(other), other.at <= span.as_of)
        a, b = (one.correlate(deals).scalar_subquery() for one in (first, second))
        return _later(a, b)

    someone, there = aliased(Activity), aliased(Participant)
    counted = (
        select(func.count(there.contact_id.distinct()))
        .select_from(there)
        .join(someone, someone.id == there.activity_id)
        .where(of_deal(someone)[0], there.side == "buyer", is_word(someone), someone.at <= span.as_of)
        .correlate(deals)
        .scalar_subquery()
    )
    change = aliased(DealChange)
    changed = (
        select(func.max(change.at))
        .where(change.deal_id == deals.c.deal_id, change.field == "stage", change.at <= span.as_of)
        .correlate(deals)
        .scalar_subquery()
    )
    return select(
        deals.c.deal_id,
        latest(is_talk).is_not(None).label("recorded"),
        latest(from_buyer).label("last_word"),
        latest(lambda touch: and_(is_word(touch), touch.direction == "mutual", touch.kind.in_(HELD))).label("met_at"),
        (counted if people else literal(0)).label("people"),
        changed.label("changed_at"),
        Deal.stage_entered_at,
    ).join(Deal, Deal.id == deals.c.deal_id)


def _later(left: Any, right: Any) -> Any:
    return case((and_(left.is_not(None), or_(right.is_(None), left >= right)), left), else_=right)


def _sayings(
    session: Session, span: Span, deals: Any, frameworks: Frameworks, links: Links, known: dict[str, Known]
) -> None:
    kinds = {(one.name, rule.key): rule.kinds for one in frameworks.all for rule in one.elements}
    shown = (
        deals.c.deal_id, Element.framework, Element.element, Element.quote, Element.speaker, Element.at, Element.activity_id, Element.id,
    )  # fmt: skip
    around = and_(Element.deal_id.is_(None), deals.c.only, Element.account_id == deals.c.account_id)
    found = union_all(
        select(*shown).join(Element, Element.deal_id == deals.c.deal_id).where(Element.at <= span.as_of),
        select(*shown).join(Element, around).where(Element.at <= span.as_of),
    ).subquery()
    rows = session.execute(select(*list(found.c)[:-1]).order_by(found.c.at.desc(), found.c.id))
    for deal_id, framework, element, quote, speaker, at, call in rows:
        for kind in kinds.get((framework, element), ()):
            said = known[deal_id].said[kind]
            if len(said) < _MOST_QUOTES:
                said.append(Evidence(source="call", id=call, quote=quote, speaker=speaker, at=at, url=links.evidence("call", call)))  # fmt: skip
    read = aliased(Activity)
    for deal_id in session.scalars(
        select(deals.c.deal_id)
        .distinct()
        .join(read, read.deal_id == deals.c.deal_id)
        .join(CallNote, CallNote.activity_id == read.id)
        .where(CallNote.state == "ready", read.at <= span.as_of)
    ):
        known[deal_id].read = True


def unmet(found: Iterable[Criterion]) -> Sequence[Criterion]:
    """Return the criteria that the buyer has not met, as far as it can be told."""
    return [one for one in found if one.met is False]
