"""A call with a customer for the tests of surfaces: brought in, read, and its card put before whoever led it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.app import App
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Turn
from tests.agents.closing.desk import SAID
from tests.conftest import NOW

CAME: dict[str, Any] = {"source": "t", "source_at": NOW}


def close_a_call(app: App, owner: str = "dana") -> str:
    """Bring a call in that `owner` led with Ray of a new account, and have its card made; return its id."""
    with app.database.transaction() as session:
        session.add(
            Account(
                id="acc-call", name="Borealis", name_key="borealis", owner_id=owner, domain="borealis.example", **CAME
            )
        )
        session.flush()
        for key, name in (("ray", "Ray Okonkwo"), ("ada", "Ada Lind")):
            session.add(
                Contact(
                    id=f"con-{key}",
                    account_id="acc-call",
                    name=name,
                    name_key=name.lower(),
                    email=f"{key}@borealis.example",
                    **CAME,
                )
            )
        for number, stage in enumerate(("Discovery", "Pilot")):
            session.add(
                Deal(
                    id=f"deal-call-{number}",
                    account_id="acc-call",
                    name="Borealis dock",
                    owner_id=owner,
                    currency="USD",
                    status="open",
                    stage=stage,
                    **CAME,
                )
            )
        session.flush()
        session.add(
            Activity(
                id="call-b",
                kind="call",
                direction="mutual",
                status="done",
                subject="Borealis, weekly",
                at=app.clock.now() - timedelta(hours=2),
                account_id="acc-call",
                deal_id="deal-call-0",
                owner_id=owner,
                content_hash="b",
                **CAME,
            )
        )
        session.flush()
        sides = {
            "Owner": ("seller", None, owner),
            "Ray Okonkwo": ("buyer", "con-ray", None),
            "Ada Lind": ("buyer", "con-ada", None),
        }
        for number, (speaker, text) in enumerate(SAID):
            side, contact, user = sides[speaker]
            session.add(
                Turn(
                    activity_id="call-b",
                    position=number,
                    turn_id=str(number),
                    speaker=speaker,
                    side=side,
                    contact_id=contact,
                    user_id=user,
                    text=text,
                )
            )
        for speaker, (side, contact, user) in sides.items():
            session.add(
                Participant(
                    activity_id="call-b", name=speaker, role="attendee", side=side, contact_id=contact, user_id=user
                )
            )
    app.notes.read_waiting()
    app.closings.draft_waiting()
    return app.closings.card_of("call-b")


def tasks_made(app: App) -> list[str]:
    """Return the tasks on the list that came of the call."""
    with app.database.session() as session:
        return list(
            session.scalars(select(Activity.subject).where(Activity.kind == "task", Activity.account_id == "acc-call"))
        )
