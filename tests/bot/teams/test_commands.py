"""What people have done by words in Teams: what waits, card by card, and for their eyes only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from agents.proposals.request import Request
from infra.spine.models import Copy
from tests.bot.offices import until
from tests.bot.proposing import propose
from tests.bot.teams.conftest import Tenant
from tests.fakes.cards import buttons, faults, texts

DANA = "a:29:dana"


@pytest.fixture
def office(open_office: Callable[..., Tenant]) -> Tenant:
    """An office where people may be told things at any hour."""
    return open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")


def _card(office: Tenant) -> dict[str, Any]:
    card: dict[str, Any] = office.teams.cards(DANA)[-1]
    assert faults(card) == []
    return card


def _press(office: Tenant, card: dict[str, Any], label: str) -> dict[str, Any]:
    on = office.teams.said(DANA)[-1]["id"]
    pressed = next(one for title, one in buttons(card).items() if title.startswith(label))
    told = office.presses(office.teams.execute("29:dana", DANA, "personal", pressed, on))
    value: dict[str, Any] = told["value"]
    assert faults(value) == []
    return value


def test_what_waits_is_one_message_that_steps_through_cards(office: Tenant) -> None:
    first, second = propose(office.app, "one"), propose(office.app, "two")
    office.asks(office.teams.personal("29:dana", "what waits for me?"))
    assert "Card 1 of 2" in texts(_card(office))
    turned = _press(office, _card(office), "Next")
    assert "Card 2 of 2" in texts(turned)
    approved = _press(office, turned, "Approve")
    assert "Approved by" in texts(approved)
    assert "Card 2 of 2" in texts(approved)
    until(lambda: "Approved by" in texts(_card(office)))
    assert "Card 2 of 2" in texts(_card(office))
    with office.app.database.session() as session:
        (shown,) = session.scalars(select(Copy.proposal_id)).all()
    other = second if shown == first else first
    assert office.app.proposals.decide(Request(id=other, action="reject", version=1, surface="terminal")).acted
    assert "Turned down" in texts(_press(office, approved, "Back"))


def test_a_command_among_others_is_answered_in_private(office: Tenant) -> None:
    propose(office.app, "one")
    office.asks(office.teams.mention("29:dana", office.thread, "my cards"))
    assert "Lumen hired one" in texts(_card(office))
    assert not any("Lumen" in texts(card) for card in office.teams.cards(office.thread))
