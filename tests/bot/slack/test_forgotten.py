"""What stood in Slack of somebody who was forgotten: their words leave it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from agents.notices import NewNotice, put
from bot.forgetting import forget
from infra.spine.models import Copy, Notice, Removal
from tests.bot.offices import until
from tests.bot.proposing import propose
from tests.bot.slack.conftest import Workspace, buttons, texts

DANA = "DUDANA"


@pytest.fixture
def office(open_office: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An office where people may be told things at any hour, and which looks for what is left behind at each tick."""
    monkeypatch.setattr("bot.telling._SWEEP_TICKS", 1)
    return open_office(working_days=tuple(range(7)), disturb_from="00:00", disturb_until="23:59:59.999999")


def test_cards_and_alerts_of_a_forgotten_company_lose_their_words(office: Workspace) -> None:
    for key in ("one", "two"):
        office.app.announcer.offer(propose(office.app, key))
    with office.app.database.transaction() as session:
        payload = {"headline": "Ilse Brandt of lumen-one is interested", "text": "yes, ilse@one.example"}
        put(session, NewNotice("reply:r1", "dana", "reply", payload), office.app.clock.now())
    until(lambda: len(office.slack.said(DANA)) == 3)
    until(lambda: not _waiting(office))
    forget(office.app, "account", "lumen-one", by="ines")
    until(lambda: [texts(one).startswith("*Removed*") for one in office.slack.said(DANA)].count(True) == 2)
    assert not any("one" in texts(card).split() or "Ilse" in card["text"] for card in office.slack.said(DANA))
    (left,) = [one for one in office.slack.said(DANA) if "Lumen hired two" in texts(one)]
    assert "Edit" in buttons(left)
    until(lambda: not _removals(office))


def test_a_card_that_was_being_posted_while_it_was_forgotten_loses_its_words_too(office: Workspace) -> None:
    from bot.copies import stand

    proposal = propose(office.app, "one")
    office.app.announcer.offer(proposal)
    until(lambda: not _waiting(office))
    with office.app.database.session() as session:
        copy = session.scalars(select(Copy)).one()
    forget(office.app, "account", "lumen-one", by="ines")
    until(lambda: not _removals(office))
    note = {"proposal": proposal, "shown": "1:pending", "user": "dana", "list": ""}
    with office.app.database.transaction() as session:
        stand(session, "slack", copy.ref, note, office.app.clock.now())
    assert _removals(office) == 1
    until(lambda: not _removals(office))
    assert texts(office.slack.said(DANA)[0]).startswith("*Removed*")


def _waiting(office: Workspace) -> bool:
    with office.app.database.session() as session:
        return bool(session.scalars(select(Notice.key).where(Notice.state == "waiting")).all())


def _removals(office: Workspace) -> int:
    with office.app.database.session() as session:
        return len(session.scalars(select(Removal.id)).all())
