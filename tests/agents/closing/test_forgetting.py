"""Who is forgotten stands on no card of a call either."""

from __future__ import annotations

from sqlalchemy import select

from agents.intake.forget import forget_account, forget_contact
from infra.spine.models import Proposal
from tests.agents.closing.desk import Desk


def _cards(desk: Desk) -> list[str]:
    with desk.database.session() as session:
        return list(session.scalars(select(Proposal.kind).order_by(Proposal.kind)))


def test_a_card_that_quotes_somebody_goes_with_them_and_its_mail_too(desk: Desk) -> None:
    card = desk.card()
    desk.decide(card.id, "approve")
    desk.work()
    assert _cards(desk) == ["call", "follow_up"]
    forget_contact(desk.database, "con-ada")
    assert _cards(desk) == []


def test_the_cards_of_an_account_go_with_it(quick_desk: Desk) -> None:
    quick_desk.card()
    forget_account(quick_desk.database, "acc")
    assert _cards(quick_desk) == []
