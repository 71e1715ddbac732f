"""A rep's desk after a call: an account with a deal, two people of the buyer, and whatever was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from agents.closing.service import Closings
from agents.closing.submitting import Submitting
from agents.links import NoLinks
from agents.notes.record import CallNotes
from agents.notes.service import Notes
from agents.proposals.aftermath import Aftermath
from agents.proposals.decide import Decisions
from agents.proposals.effects import Effects
from agents.proposals.record import Closing, ProposalOut
from agents.proposals.service import Proposals
from infra.settings import Settings
from infra.spine.crm import CrmWrite
from infra.spine.models import Account, Activity, CallNote, Contact, Deal, Participant, Turn
from tests.agents.proposals.office import Office
from tests.conftest import NOW

CAME: dict[str, Any] = {"source": "t", "source_at": NOW}
CALLED_AT = NOW - timedelta(hours=2)

SAID: tuple[tuple[str, str], ...] = (
    ("Owner", "Thanks for making the time today, both of you. How did the board meeting go last week?"),
    ("Ray Okonkwo", "It went well. The board liked the business case, and we want to do the pilot in two warehouses."),
    ("Owner", "Great. I'll send you the SOC 2 report by Wednesday."),
    ("Ray Okonkwo", "Perfect. I'll send you the list of warehouses by Friday. We looked at Stockwise as well, they were slower."),
    ("Ada Lind", "My concern is security, I can't take this to the committee without the report."),
    ("Owner", "Understood. Let's speak again on Thursday at 3 pm, and I'll prepare the pilot plan for it."),
    ("Ray Okonkwo", "Thursday at 3 pm works. We need to sign by 15 December, otherwise the budget is gone."),
    ("Ada Lind", "Thursday is fine for me too. Thank you."),
)  # fmt: skip
"""A short call: promises of both sides, a competitor, a day and an hour, and the buyer's own words on pilot and signature."""


@dataclass
class Desk(Office):
    """The office, with calls."""

    home: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        super().__post_init__()
        aftermath = Aftermath(self.settings, Submitting(self.settings, self.rules))
        decisions = Decisions(self.database, self.settings, self.clock, self.rules, self.told, aftermath)
        self.proposals = Proposals(self.database, self.clock, decisions)
        self.effects = Effects(
            self.database, self.settings, self.clock, self.rules, self.post, self.told, aftermath, crash=self._passed
        )
        self.notes = Notes(self.database, self.settings, self.clock)
        self.closings = Closings(self.database, self.settings, self.clock, NoLinks(), self.told)

    def fill(self) -> None:
        """Bring in the people, an account with a deal, and its contacts."""
        super().fill()
        with self.database.transaction() as session:
            session.get_one(Account, "acc").domain = "acme.example"
            for name, title in (("Ray Okonkwo", "VP Operations"), ("Ada Lind", "CISO")):
                key = name.split()[0].lower()
                session.add(
                    Contact(
                        id=f"con-{key}",
                        account_id="acc",
                        name=name,
                        name_key=name.lower(),
                        email=f"{key}@acme.example",
                        title=title,
                        **CAME,
                    )
                )
            session.add(deal("deal", next_step="Chase legal", close_date=date(2026, 11, 30), competitor=None))
            # The stages that a pipeline has are told by the deals in it.
            for number, (stage, status) in enumerate(
                (("Discovery", "open"), ("Pilot", "open"), ("Proposal", "open"), ("Closed Won", "won"))
            ):
                session.add(deal(f"other-{number}", stage=stage, status=status))

    def call(self, said: Sequence[tuple[str, str]] = SAID, identity: str = "call-1", **more: Any) -> str:
        """Bring a call in."""
        sides = {"Owner": ("seller", None, "owner"), "Ray Okonkwo": ("buyer", "con-ray", None), "Ada Lind": ("buyer", "con-ada", None)}  # fmt: skip
        given = {
            "at": CALLED_AT,
            "account_id": "acc",
            "deal_id": "deal",
            "owner_id": "owner",
            "subject": "Acme, weekly",
        }
        with self.database.transaction() as session:
            session.add(
                Activity(
                    id=identity, kind="call", direction="internal", status="done", content_hash=identity, **{**given, **more}, **CAME
                )
            )  # fmt: skip
            session.flush()
            for number, (speaker, text) in enumerate(said):
                side, contact, user = sides.get(speaker, ("unknown", None, None))
                session.add(
                    Turn(activity_id=identity, position=number, turn_id=str(number), speaker=speaker, side=side, contact_id=contact, user_id=user, start_s=number * 20.0, end_s=number * 20.0 + 15, text=text)
                )  # fmt: skip
            for speaker in dict.fromkeys(speaker for speaker, _ in said):
                side, contact, user = sides.get(speaker, ("unknown", None, None))
                stranger = f"{speaker.split()[0].lower()}@acme.example" if side == "unknown" else None
                session.add(
                    Participant(activity_id=identity, name=speaker, email=stranger, role="attendee", side=side, contact_id=contact, user_id=user)
                )  # fmt: skip
        return identity

    def noted(self, notes: CallNotes) -> None:
        """Let notes of a call stand as they are given here."""
        with self.database.transaction() as session:
            session.add(
                CallNote(
                    activity_id=notes.call, state=notes.state, trouble=notes.trouble, record=notes.public(), made_from=notes.call, reader="test", made_at=self.clock.now()
                )
            )  # fmt: skip

    def card(self, said: Sequence[tuple[str, str]] = SAID, **more: Any) -> ProposalOut:
        """Bring a call in, have it read and drafted, and return its card."""
        call = self.call(said, **more)
        self.notes.read_waiting()
        self.closings.draft_waiting()
        return self.out(self.closings.card_of(call))

    def crm_writes(self) -> dict[str, CrmWrite]:
        """Return the planned writes by the line that they are of."""
        with self.database.session() as session:
            return {str(one.row): one for one in session.scalars(select(CrmWrite).order_by(CrmWrite.key))}


def closing_of(card: ProposalOut) -> Closing:
    """Return what a card would do."""
    assert isinstance(card.effect, Closing)
    return card.effect


def deal(identity: str, **more: Any) -> Deal:
    """Return a deal of the account."""
    given = {
        "name": f"Acme {identity}",
        "account_id": "acc",
        "owner_id": "owner",
        "stage": "Discovery",
        "status": "open",
    }
    return Deal(id=identity, amount=Decimal(84_000), currency="USD", **{**given, **more}, **CAME)


def at(hour: int, day: int = 26) -> datetime:
    """Return a moment of that week in the house's zone."""
    return datetime(2026, 11, day, hour, tzinfo=Settings().zone)
