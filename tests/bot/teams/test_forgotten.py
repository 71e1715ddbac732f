"""What stood in Teams of somebody who was forgotten: their words leave it, however many messages the card took."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from agents.notices import NewNotice, put
from bot.forgetting import forget
from infra.spine.models import Notice, Removal
from tests.bot.offices import BODY, offer, until
from tests.bot.teams.conftest import Tenant

DANA = "a:29:dana"


@pytest.fixture
def office(open_office: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """An office where Dana has written to us before, and which looks for what is left behind at each tick."""
    monkeypatch.setattr("bot.telling._SWEEP_TICKS", 1)
    served = open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")
    served.asks(served.teams.personal("29:dana", "hello"))
    return served


@pytest.mark.parametrize(
    "body", [BODY, "\n\n".join(f"Ilse, paragraph {number}. " + "words " * 400 for number in range(12))]
)
def test_cards_and_alerts_of_a_forgotten_company_lose_their_words(office: Tenant, body: str) -> None:
    for key, said in (("one", body), ("two", "Something else.")):
        offer(office.app, key, body=said)
    with office.app.database.transaction() as session:
        payload = {"headline": "Ilse Brandt is interested", "text": "yes", "address": "ilse@one.example"}
        put(session, NewNotice("reply:r1", "dana", "reply", payload), office.app.clock.now())
    until(lambda: not _waiting(office))
    forget(office.app, "account", "lumen-one", by="ines")
    until(lambda: not _removals(office))
    stands = json.dumps(office.teams.said(DANA))
    assert "ilse@one.example" not in stands
    assert "is interested" not in stands
    assert "paragraph" not in stands
    assert "grow the dock team" not in stands
    assert sum("deleted from Dealwright" in json.dumps(one) for one in office.teams.said(DANA)) >= 2
    assert "Something else." in stands


def _waiting(office: Tenant) -> bool:
    with office.app.database.session() as session:
        return bool(session.scalars(select(Notice.key).where(Notice.state == "waiting")).all())


def _removals(office: Tenant) -> int:
    with office.app.database.session() as session:
        return len(session.scalars(select(Removal.id)).all())
