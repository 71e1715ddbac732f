"""A home from which mails leave: people, proposals that wait, a DNS whose records are in order, and a look at what became of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from agents.proposals.record import Content, Mail, NewProposal
from bot.app import App
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import User
from sales.clock import SystemClock
from tests.bot.running import Home
from tests.fakes.smtp_server import Mailroom

ZONE = {
    ("ours.example", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
    ("_dmarc.ours.example", "TXT"): ["v=DMARC1; p=none; rua=mailto:dmarc@ours.example"],
    ("ours.example", "MX"): ["10 mx.ours.example."],
    ("buyer.example", "MX"): ["10 mx.buyer.example."],
    ("mx.buyer.example", "A"): ["127.0.0.1"],
    ("mx.ours.example", "A"): ["127.0.0.1"],
}
"""Records of a sending domain whose gate is green, and of a recipient's that takes mail."""

NOW = {"send": "now"}


def fill(database_url: str, count: int, settings: Settings) -> list[str]:
    """Bring an owner and `count` mails to different people into a spine; return the proposals' ids."""
    app = App(settings.model_copy(update={"database_url": database_url}), clock=SystemClock())
    try:
        with app.database.transaction() as session:
            session.add(
                User(
                    id="dana",
                    email="dana@ours.example",
                    name="Dana Whitfield",
                    name_key="dana whitfield",
                    role="rep",
                    source="test",
                    source_at=app.clock.now(),
                )
            )
            session.flush()
            return [app.proposals.put_forward(session, _mail(number)) for number in range(count)]
    finally:
        app.close()


def _mail(number: int) -> NewProposal:
    mail = Mail(
        sender="dana@ours.example",
        sender_name="Dana Whitfield",
        to=f"buyer{number}@buyer.example",
        subject="Your question",
        body=f"Here is answer number {number}.",
    )
    return NewProposal(
        key=f"mail:{number}", kind="reply", headline="They asked", content=Content(effect=mail), owner_id="dana"
    )


def decide(home: Home, identity: str, action: str = "approve", **more: Any) -> dict[str, Any]:
    """Decide over the API."""
    with home.client() as client:
        body = {"action": action, "version": 1, **({"edit": NOW} if action == "approve" else {}), **more}
        told = client.post(f"/api/proposals/{identity}/decide", json=body)
        result: dict[str, Any] = told.json()
        return result


def state_of(home: Home, identity: str) -> str:
    """Return the state of a proposal, as the API tells it."""
    with home.client() as client:
        state: str = client.get(f"/api/proposals/{identity}").json()["state"]
        return state


def until(true: Callable[[], bool], seconds: float = 30.0) -> float:
    """Wait until something is true and return how long that took; fail where it never is."""
    began = time.monotonic()
    pause = threading.Event()
    while not true():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        pause.wait(0.02)
    return time.monotonic() - began


def files_of(home: Home) -> list[str]:
    """Return the names of the mails in the home's outbox folder."""
    return sorted(path.name for path in (home.folder / "outbox").glob("*.eml"))


class Stalling(Mailroom):
    """A mail server that, after the last dot, waits for `go` before it answers; `reached` is set when a mail is at that point."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, but answer late."""
        self.reached.set()
        await asyncio.to_thread(self.go.wait)
        return await super().handle_DATA(server, session, envelope)


def migrated(url: str) -> str:
    """Bring an empty database to this version, and return its URL."""
    database = Database(url)
    database.migrate()
    database.close()
    return url
