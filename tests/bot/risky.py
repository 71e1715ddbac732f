"""A deal that something has happened to: what passes with Acme, as imports and mailboxes store it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from bot.app import App
from infra.spine.models import Activity, Contact, Deal, Participant

ASKED = "When could you send the SOC 2 report?"
ANSWER = "Sorry for the wait, Thursday at ten works for us."


def was_well(app: App) -> None:
    """Let Acme have asked for something three weeks ago, with us writing since, and a close date ahead.

    All at once: a server that looks between two of these mails sees a buyer who has been silent since the first, and raises that.
    """
    now = app.clock.now()
    with app.database.transaction() as session:
        session.add(
            Contact(
                id="ray",
                account_id="acme",
                name="Ray Ortiz",
                name_key="ray ortiz",
                email="ray@acme.example",
                title="VP Operations",
                source="t",
                source_at=now,
            )
        )
        deal = session.get_one(Deal, "d-acme")
        deal.amount, deal.stage = Decimal(84_000), "Propose"
        deal.created_at, deal.close_date = now - timedelta(days=90), (now + timedelta(days=20)).date()
        session.flush()
        for id, days, direction, body in (
            ("m1@acme.example", 40, "inbound", "We would like to go on. Can you send the redlines?"),
            ("m2@tallyport.example", 39, "outbound", "Here they are."),
            ("m3@acme.example", 22, "inbound", f"We are also looking at Contoso. {ASKED}"),
            ("m4@tallyport.example", 20, "outbound", "Will do by Friday."),
            ("m5@tallyport.example", 10, "outbound", "Any news?"),
        ):
            _write(session, id, now - timedelta(days=days), direction, body)


def slips(app: App) -> None:
    """Let what happens now put it at risk: its close date has passed."""
    with app.database.transaction() as session:
        deal = session.get_one(Deal, "d-acme")
        deal.close_date = (app.clock.now() - timedelta(days=2)).date()


def answers(app: App, words: str = ANSWER) -> None:
    """Let the buyer answer now."""
    write(app, "m6@acme.example", 0, "inbound", words)


def write(app: App, id: str, days: float, direction: str, body: str) -> None:
    """Store a mail between Dana and Ray."""
    with app.database.transaction() as session:
        _write(session, id, app.clock.now() - timedelta(days=days), direction, body)


def _write(session: Session, id: str, at: datetime, direction: str, body: str) -> None:
    told: dict[str, Any] = {
        "account_id": "acme",
        "deal_id": "d-acme",
        "owner_id": "dana",
        "source": "t",
        "source_at": at,
    }
    session.add(
        Activity(
            id=id,
            kind="mail",
            direction=direction,
            status="done",
            subject="Contract",
            body=body,
            at=at,
            content_hash=id,
            **told,
        )
    )
    session.flush()
    role = "from" if direction == "inbound" else "to"
    session.add(Participant(activity_id=id, name="Ray Ortiz", email="ray@acme.example", role=role, side="buyer", contact_id="ray"))  # fmt: skip
