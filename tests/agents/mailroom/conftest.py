"""A spine with one sequence under way: Sam of ours wrote to Anna of Buyer; the second touch is planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from agents.guard import kill_switch
from agents.mailroom.mailroom import Mailroom
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, Sequence, Signal, Touch, User
from sales.clock import FixedClock
from tests.conftest import NOW

MARKER = "<t1@ours.example>"
Letter = Callable[..., bytes]


def fill(database: Database) -> None:
    """Write the company, the buyer and the sequence."""
    common = {"source": "test", "source_at": NOW}
    with database.transaction() as session:
        session.add(
            User(id="sam", email="sam@ours.example", name="Sam Reed", name_key="reed sam", role="rep", **common)
        )
        session.add(User(id="pat", email="pat@ours.example", name="Pat Lee", name_key="lee pat", role="rep", **common))
        session.flush()
        session.add(
            Account(id="buyer", name="Buyer", name_key="buyer", domain="buyer.example", owner_id="sam", **common)
        )
        session.flush()
        session.add(
            Contact(
                id="anna",
                account_id="buyer",
                name="Anna Berg",
                name_key="anna berg",
                email="anna@buyer.example",
                **common,
            )
        )
        session.add(
            Deal(
                id="deal",
                name="Buyer rollout",
                account_id="buyer",
                owner_id="sam",
                status="open",
                currency="USD",
                **common,
            )
        )
        session.add(
            Signal(
                id="sig",
                key="k",
                kind="hiring",
                state="drafted",
                account_id="buyer",
                contact_id="anna",
                owner_id="sam",
                occurred_at=NOW,
                received_at=NOW,
            )
        )
        session.add(
            Activity(
                id="t1@ours.example",
                kind="mail",
                direction="outbound",
                status="done",
                account_id="buyer",
                owner_id="sam",
                subject="An idea",
                body="Saw that you hire.",
                at=NOW - timedelta(days=1),
                thread_key="t1@ours.example",
                content_hash="x",
                source="dealwright",
                source_at=NOW,
            )
        )
        session.flush()
        session.add(
            Sequence(
                id="seq",
                contact_id="anna",
                account_id="buyer",
                owner_id="sam",
                signal_id="sig",
                recipient="anna@buyer.example",
                state="active",
                started_at=NOW - timedelta(days=1),
            )
        )
        session.flush()
        session.add(
            Touch(
                id="one",
                sequence_id="seq",
                number=1,
                state="sent",
                marker=MARKER,
                sent_at=NOW - timedelta(days=1),
                activity_id="t1@ours.example",
                variant="direct",
            )
        )
        session.add(Touch(id="two", sequence_id="seq", number=2, state="planned", due_at=NOW + timedelta(days=2)))


@pytest.fixture
def filled(database: Database) -> Database:
    """The spine with the sequence, on both databases."""
    fill(database)
    return database


@pytest.fixture
def mailroom(filled: Database, settings: Settings, clock: FixedClock) -> Mailroom:
    """The mailroom with the real kill switch."""
    return Mailroom(
        filled, settings, clock, judge=lambda session, domain, now: kill_switch.judge(session, settings, domain, now)
    )


@pytest.fixture
def letter() -> Letter:
    """Make a mail from Anna in answer to the first touch; header fields can be given or, as None, left out."""

    def make(body: str, **fields: Any) -> bytes:
        message = EmailMessage()
        headers: dict[str, Any] = {
            "From": "Anna Berg <anna@buyer.example>",
            "To": "Sam Reed <sam@ours.example>",
            "Subject": "Re: An idea",
            "Message-ID": "<r1@buyer.example>",
            "In-Reply-To": MARKER,
            "Date": "Mon, 23 Nov 2026 14:00:00 +0000",
        } | {name.replace("_", "-"): value for name, value in fields.items()}
        for name, value in headers.items():
            if value is not None:
                message[name] = value
        message.set_content(body)
        return message.as_bytes()

    return make


def bounce(
    recipient: str = "anna@buyer.example",
    status: str = "5.1.1",
    said: str = "550 5.1.1 User unknown",
    number: int = 1,
    returned: str = MARKER,
) -> bytes:
    """Return a delivery report as Postfix writes it."""
    return (
        "From: MAILER-DAEMON@mx.ours.example (Mail Delivery System)\nTo: sam@ours.example\nSubject: Undelivered Mail Returned to Sender\n"
        f"Message-ID: <b{number}@mx.ours.example>\nReturn-Path: <>\nAuto-Submitted: auto-replied\nDate: Mon, 23 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.ours.example.\n\n'
        f"<{recipient}>: host mx.buyer.example[192.0.2.1] said: {said} (in reply to RCPT TO command)\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.ours.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"From: Sam Reed <sam@ours.example>\nTo: {recipient}\nSubject: An idea\nMessage-ID: {returned}\n\n--b--\n"
    ).encode()
