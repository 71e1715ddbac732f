"""What a card is made of: the call as it was recognised, its notes, whose it is, and the pipeline that its deal stands in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.crm.stages import stages_in
from agents.links import Links
from agents.notes.call import Call, Guest, SpokenTurn, load
from agents.notes.house import house_of
from agents.notes.people import recognised
from agents.notes.qualification import frameworks_in
from agents.notes.qualification_history import counting, histories
from agents.notes.record import CallNotes, Said
from infra.settings import Settings
from infra.spine.models import Account, Activity, Deal, User
from sales.stages import PlacedStage, order_stages


@dataclass(frozen=True)
class Facts:
    """One call with all that its card needs. `day` is the call's day in the house's zone; `zone` is the owner's; `stages` are those of the pipeline.

    `counting` are the elements of the deal's qualification that stand as this call left them; a later call, or a stronger word, decides the others.
    """

    notes: CallNotes
    call: Call
    kind: str
    owner: User | None
    day: date
    zone: ZoneInfo
    stages: tuple[PlacedStage, ...]
    counting: frozenset[str] = frozenset()

    @property
    def who(self) -> str:
        """Return what the other side is called."""
        if self.call.account_name:
            return self.call.account_name
        buyer = next((one.name for one in self.call.participants if one.side == "buyer" and one.name), None)
        return buyer or self.call.title or "the buyer"

    def turns_of_buyers(self) -> tuple[SpokenTurn, ...]:
        """Return what the buyer said, in its order."""
        return tuple(turn for turn in self.call.turns if turn.side == "buyer")

    def addressee(self) -> Guest | None:
        """Return whom a follow-up goes to: the buyer's contact with an address who said most."""
        spoken = Counter(turn.contact_id or turn.speaker for turn in self.turns_of_buyers())
        there = [one for one in self.call.participants if one.side == "buyer" and one.email]
        return max(there, key=lambda one: spoken[one.contact_id] + spoken[one.name], default=None)


class Shelf:
    """The evidence of a card: each piece once, under its number from 1."""

    def __init__(self, facts: Facts, links: Links) -> None:
        self._facts = facts
        self.links = links
        self._numbers: dict[tuple[str, str], int] = {}
        self.pieces: list[Evidence] = []

    def cite(self, *said: Said) -> tuple[int, ...]:
        """Return the numbers of some words."""
        return tuple(dict.fromkeys(self._number(one) for one in said))

    def of(self, numbers: tuple[int, ...]) -> tuple[Evidence, ...]:
        """Return the pieces with these numbers."""
        return tuple(self.pieces[number - 1] for number in numbers)

    def looked_at(self, *said: Said) -> tuple[Evidence, ...]:
        """Return words as evidence without a number yet: for what may not stand."""
        return tuple(self._piece(one) for one in said)

    def _piece(self, said: Said) -> Evidence:
        call = self._facts.call
        return Evidence(
            source=self._facts.kind,
            id=call.id,
            quote=said.quote,
            speaker=said.speaker,
            at=call.at,
            url=said.url or self.links.evidence(self._facts.kind, call.id, (said.turn,)),
            turns=(said.turn,),
            label=call.title,
        )

    def _number(self, said: Said) -> int:
        key = (said.turn, said.quote)
        if key not in self._numbers:
            self.pieces.append(self._piece(said))
            self._numbers[key] = len(self.pieces)
        return self._numbers[key]


def said_in(turn: SpokenTurn, quote: str) -> Said:
    """Return words of a turn as notes hold them."""
    return Said(
        quote=quote,
        position=turn.position,
        turn=turn.turn_id,
        speaker=turn.speaker,
        side=turn.side,
        start_s=turn.start_s,
    )


def facts_of(session: Session, notes: CallNotes, settings: Settings, today: date) -> Facts | None:
    """Return the facts of a call, or None where it is not there any more."""
    loaded = load(session, notes.call, settings.zone)
    if loaded is None:
        return None
    call = recognised(loaded, house_of(session, settings))
    owner_id = call.owner_id or (call.deal.owner_id if call.deal else None)
    if owner_id is None and call.account_id is not None:
        owner_id = session.scalar(select(Account.owner_id).where(Account.id == call.account_id))
    owner = session.get(User, owner_id) if owner_id else None
    kind = session.scalar(select(Activity.kind).where(Activity.id == call.id)) or "call"
    return Facts(
        notes=notes,
        call=call,
        kind=kind,
        owner=owner,
        day=call.day or today,
        zone=_zone(owner, settings),
        stages=_stages(session, call.deal.id if call.deal else None),
        counting=_counting(session, notes, call.deal.id if call.deal else None),
    )


def _counting(session: Session, notes: CallNotes, deal_id: str | None) -> frozenset[str]:
    """Return the elements of the deal whose statement that counts is one of this call."""
    framework = frameworks_in(session).named(notes.qualification.framework) if notes.qualification else None
    if framework is None or deal_id is None:
        return frozenset()
    told = histories(session, deal_id, framework=framework)
    return frozenset(
        rule.key for rule in framework.elements if told[rule.key] and counting(rule, told[rule.key]).call == notes.call
    )


def _zone(owner: User | None, settings: Settings) -> ZoneInfo:
    try:
        return ZoneInfo(owner.time_zone) if owner is not None and owner.time_zone else settings.zone
    except (KeyError, ValueError, OSError):
        return settings.zone


def _stages(session: Session, deal_id: str | None) -> tuple[PlacedStage, ...]:
    """Return the stages of the deal's pipeline as the CRM defines them; without a definition those that deals stand in, in their order."""
    pipeline = session.scalar(select(Deal.pipeline).where(Deal.id == deal_id)) if deal_id else None
    if defined := stages_in(session, pipeline):
        return tuple(order_stages(list(defined), defined=defined))
    rows = session.execute(select(Deal.stage, Deal.status).where(Deal.stage.is_not(None)).distinct()).all()
    told: dict[str, set[str]] = {}
    for row in rows:
        told.setdefault(row.stage, set()).add(row.status)
    statuses = {stage: next(iter(held)) for stage, held in told.items() if len(held) == 1}
    return tuple(order_stages(sorted(told), statuses=statuses))  # type: ignore[arg-type]
