"""Calls for tests of notes, written into a spine as an import would."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Turn, User
from sales.names import account_key, person_key
from tests.conftest import NOW

SALE = (
    ("Dana Whitfield", "seller", "Thanks for taking the time. How are the docks doing today?"),
    ("Ray Okonkwo", "buyer", "We lose about thirteen thousand a month because the trucks wait at the gate."),
    ("Dana Whitfield", "seller", "It would be eighty-four thousand a year for both sites, support included."),
    ("Ray Okonkwo", "buyer", "Honestly, that's too expensive. Stockwise came in at sixty."),
    ("Dana Whitfield", "seller", "I hear you. Stockwise leaves out the second site, which is another thirty thousand."),
    ("Ray Okonkwo", "buyer", "Okay, fair enough. Above seventy-five our CFO has to approve it, and then legal reviews the contract."),
    ("Vera Holm", "buyer", "And I need the penetration test before anything is signed. Can you send me that?"),
    ("Dana Whitfield", "seller", "I'll send you the penetration test report by Friday."),
    ("Ray Okonkwo", "buyer", "Good. I'll show it to our CFO next week."),
)  # fmt: skip


def company(database: Database) -> None:
    """Fill a spine: one rep, one account with one contact and one deal."""
    made = {"source": "test", "source_at": NOW}
    with database.transaction() as session:
        session.add(
            User(
                id="dana",
                name="Dana Whitfield",
                name_key=person_key("Dana Whitfield"),
                email="dana@ours.example",
                role="rep",
                **made,
            )
        )
        session.add(
            User(
                id="luis",
                name="Luis Ferrer",
                name_key=person_key("Luis Ferrer"),
                email="luis@ours.example",
                role="rep",
                **made,
            )
        )
        session.flush()
        session.add(
            Account(
                id="acme",
                name="Acme Logistics",
                name_key=account_key("Acme Logistics"),
                domain="acme.example",
                owner_id="dana",
                **made,
            )
        )
        session.flush()
        session.add(
            Contact(
                id="ray",
                account_id="acme",
                name="Ray Okonkwo",
                name_key=person_key("Ray Okonkwo"),
                email="ray@acme.example",
                **made,
            )
        )
        session.add(
            Deal(
                id="deal",
                name="Acme – Docks",
                account_id="acme",
                owner_id="dana",
                currency="USD",
                status="open",
                stage="Propose",
                **made,
            )
        )
        session.flush()
        session.add(Deal(id="old", name="Other", account_id="acme", owner_id="dana", currency="USD", status="lost", competitor="Stockwise", **made))  # fmt: skip


def add_call(
    database: Database,
    call_id: str,
    lines: Sequence[tuple[str | None, str, str]] = SALE,
    *,
    at: datetime | None = None,
    people: Sequence[tuple[str | None, str | None, str]] = (),
    deal: str | None = "deal",
    account: str | None = "acme",
    owner: str = "dana",
) -> None:
    """Write a call. `lines` are speaker, side and words; `people` name, address and side."""
    at = at or NOW - timedelta(days=3)
    words = "".join(f"{speaker}{text}" for speaker, _, text in lines)
    with database.transaction() as session:
        session.add(
            Activity(
                id=call_id, kind="call", direction="mutual", status="done", subject=f"Call {call_id}", at=at,
                account_id=account, deal_id=deal, owner_id=owner, source="test", source_at=NOW,
                content_hash=hashlib.sha256(words.encode()).hexdigest(),
            )
        )  # fmt: skip
        session.flush()
        for name, email, side in people:
            session.add(Participant(activity_id=call_id, name=name, email=email, role="attendee", side=side))
        for position, (speaker, side, text) in enumerate(lines):
            session.add(
                Turn(activity_id=call_id, position=position, turn_id=str(position), speaker=speaker, side=side,
                     user_id="dana" if speaker == "Dana Whitfield" else None, contact_id="ray" if speaker == "Ray Okonkwo" else None,
                     start_s=position * 12.0, end_s=position * 12.0 + 9, text=text)
            )  # fmt: skip
