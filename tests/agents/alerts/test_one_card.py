"""What a customer does reaches its owner once: by the alert or by the card that hands the signal over, whichever comes first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from agents.outreach.road import Outreach
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Proposal, Signal
from tests.agents.alerts.desk import Desk
from tests.conftest import NOW

WORDS = "Weekly users went from 40 to 18."


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """Ana's customer whose use fell, on both databases."""
    made = Desk(database, settings)
    made.deal("acme", status="won", closed_at=NOW - timedelta(days=200))
    made.add(Signal(id="s1", key="s1", kind="usage_drop", state="handed_over", account_id="acc-acme", owner_id="ana", title=WORDS, text=WORDS, company="Acme AG", occurred_at=NOW, received_at=NOW, strength=0.8, rank=0.5))  # fmt: skip
    return made


def _handed_over(desk: Desk) -> str | None:
    (outcome,) = Outreach(desk.database, desk.settings, desk.clock).work(["s1"])
    return outcome.proposal_id


def _card(desk: Desk) -> tuple[str, str | None]:
    with desk.database.session() as session:
        card = session.scalars(select(Proposal).where(Proposal.key == "context:s1")).one()
        return card.state, card.reason


def test_the_card_that_waits_for_the_feed_is_taken_back_when_the_alert_is_told(desk: Desk) -> None:
    assert _handed_over(desk) is not None
    assert _card(desk) == ("pending", None)
    desk.look()
    told = desk.alerts.to_tell(desk.one().id)
    assert told is not None
    assert told.new[0].evidence[0].quote == WORDS
    assert _card(desk) == ("expired", "An alert tells of it.")


def test_no_card_comes_of_what_an_alert_tells_already(desk: Desk) -> None:
    desk.look()
    desk.tell()
    assert _handed_over(desk) is None
    assert _card(desk) == ("expired", "An alert tells of it.")
    assert Outreach(desk.database, desk.settings, desk.clock).waiting(5) == [], "it is not taken up again and again"


def test_what_the_owner_has_dealt_with_on_its_card_raises_no_alert(desk: Desk) -> None:
    _handed_over(desk)
    with desk.database.transaction() as session:
        session.scalars(select(Proposal)).one().state = "done"
    assert desk.look().raised == ()
