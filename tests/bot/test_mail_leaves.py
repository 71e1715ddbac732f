"""A card's whole way out: approved, past every guardrail over a real DNS, into a real SMTP server, signed; and its link that ends it."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dkim
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI

from agents.proposals.due import due_effects
from agents.proposals.request import Outcome, Request
from bot import unsubscribing
from bot.app import App
from infra.settings import Settings
from infra.spine.proposals import Proposal
from tests.agents.guard import company
from tests.agents.proposals.office import AtOnce, MovingClock
from tests.fakes.dns_server import Asked, dns_server
from tests.fakes.smtp_server import Mailroom, smtp_server

DOMAIN = company.DOMAIN


class Way:
    """An application that sends for real, with the servers that it talks to."""

    def __init__(self, app: App, room: Mailroom, dns: Asked) -> None:
        self.app, self.room, self.dns = app, room, dns

    def card(self, key: str, to: str, **fields: Any) -> str:
        """Put a card forward."""
        with self.app.database.transaction() as session:
            row, _ = company.card(session, key, to=to, **fields)
            return row.id

    def approve(self, card: str) -> Outcome:
        """Approve it to be sent now, and carry out what is due."""
        request = Request(card, "approve", 1, "terminal", "dana", edit={"send": "now"})
        outcome = self.app.proposals.decide(request)
        self.run()
        return outcome

    def run(self) -> None:
        """Carry out what is due."""
        with self.app.database.session() as session:
            due = due_effects(session, self.app.clock.now())
        for job in due:
            self.app.effects.run(job.key, AtOnce())

    def state(self, card: str) -> tuple[str, str | None]:
        """Return a card's state, and why it is held."""
        with self.app.database.session() as session:
            row = session.get_one(Proposal, card)
            return row.state, row.held


@pytest.fixture
def way(home: Path, tmp_path: Path) -> Iterator[Way]:
    """An application with everything in order: DNS, a DKIM key, a public address."""
    private = rsa.generate_private_key(65537, 2048)
    key = tmp_path / "dkim.pem"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    zone = {
        (DOMAIN, "TXT"): ["v=spf1 ip4:127.0.0.1 -all"],
        (f"dw1._domainkey.{DOMAIN}", "TXT"): ["v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()],
        (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"],
        ("acme.example", "MX"): ["10 mail.acme.example."],
    }
    room = Mailroom()
    with dns_server(zone) as (dns, asked), smtp_server(room) as port:
        settings = Settings(
            home=home,
            smtp_url=f"smtp://127.0.0.1:{port}",
            dns_server=dns,
            dkim_key_file=key,
            dkim_selector="dw1",
            public_url="https://deals.tallyport.example",
            company_name="Tallyport",
            company_address="1 High Street, Porto",
        )
        app = App(settings, clock=MovingClock())
        company.open_company(app.database)
        yield Way(app, room, asked)
        app.close()


async def test_an_approved_card_becomes_one_signed_mail_whose_link_ends_it(way: Way) -> None:
    card = way.card("one", "bob@acme.example")
    assert way.approve(card).outcome == "approved"
    way.run()
    assert way.state(card)[0] == "done"
    [taken] = way.room.mails
    assert (taken.sender, taken.recipients) == (f"dana@{DOMAIN}", ["bob@acme.example"])
    record = way.dns.zone[f"dw1._domainkey.{DOMAIN}", "TXT"][0].encode()
    assert dkim.verify(taken.content, dnsfunc=lambda name, timeout=5: record)
    message = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.search(r"<(https://deals\.tallyport\.example/unsubscribe/[^>]+)>", str(message["List-Unsubscribe"]))
    assert found is not None
    server = FastAPI()
    server.include_router(unsubscribing.routes(way.app))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server)) as anybody:
        assert (await anybody.post(found[1], data={"List-Unsubscribe": "One-Click"})).status_code == 200
    again = way.card("two", "Bob+again@acme.example", kind="reply")
    outcome = way.approve(again)
    assert outcome.outcome == "blocked"
    assert "asked not to be written to" in outcome.sentence
    assert len(way.room.mails) == 1


def test_a_red_gate_sends_nothing_and_names_the_check(way: Way) -> None:
    del way.dns.zone[DOMAIN, "TXT"]
    card = way.card("one", "bob@acme.example")
    outcome = way.approve(card)
    assert outcome.outcome == "blocked"
    assert "SPF is red" in outcome.sentence
    assert way.room.mails == []


def test_an_address_that_takes_no_mail_is_skipped(way: Way) -> None:
    outcome = way.approve(way.card("one", "bob@gone.example"))
    assert outcome.outcome == "blocked"
    assert "takes no mail" in outcome.sentence
    assert way.room.mails == []


def test_what_happens_between_the_click_and_the_sending_is_heeded(way: Way) -> None:
    card = way.card("one", "bob@acme.example")
    outcome = way.app.proposals.decide(Request(card, "approve", 1, "terminal", "dana", edit={"send": "now"}))
    assert outcome.outcome == "approved"
    with way.app.database.transaction() as session:
        company.came_back(session, "complaint", 1)
    way.run()
    assert way.room.mails == []
    state, held = way.state(card)
    assert state == "approved"
    assert held is not None
    assert "paused" in held


def test_a_recipient_that_the_server_refuses_counts_as_a_bounce(way: Way) -> None:
    way.room.refusals["bob@acme.example"] = "550 5.1.1 no such user"
    card = way.card("one", "bob@acme.example")
    way.approve(card)
    assert way.state(card)[0] == "rejected"
    way.app.guard_tending.tick()
    assert way.approve(way.card("two", "bob@acme.example", kind="reply")).outcome == "blocked"
