"""The mail that goes with an alert, with something new in it; renewals and expansion on the same road; and what the database notes by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from agents.alerts.arrivals import looked_at, something_came, take_up
from agents.proposals import book
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Deal, DealChange, Participant, Proposal, Signal, Stirred, Suppression
from infra.spine.scope import EVERYTHING
from tests.agents.alerts.desk import Desk, reason
from tests.conftest import NOW


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """The team, on both databases."""
    return Desk(database, settings)


def _mail(desk: Desk, id: str, days: float, direction: str, body: str, deal: str = "acme") -> None:
    at = desk.clock.now() - timedelta(days=days)
    mail = Activity(id=id, kind="mail", direction=direction, status="done", account_id=f"acc-{deal}", deal_id=deal, owner_id="ana", body=body, subject="Dock contract", at=at, content_hash=id)  # fmt: skip
    side = "from" if direction == "inbound" else "to"
    desk.add(mail, Participant(activity_id=id, name="Vera Holm", role=side, side="buyer", contact_id=f"vera-{deal}"))


def _told(desk: Desk) -> Any:
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    alert = desk.alerts.to_tell(desk.one().id)
    assert alert is not None
    if alert.proposal is None:
        return None
    with desk.database.session() as session:
        return book.get(session, alert.proposal, EVERYTHING, desk.clock.now())


def test_the_draft_answers_what_the_buyer_still_waits_for(desk: Desk) -> None:
    desk.deal("acme")
    _mail(desk, "one@buyer.example", 20, "inbound", "Thanks. Could you send the price for two more docks? Vera")
    found = _told(desk)
    assert "“Could you send the price for two more docks?”" in found.effect.body
    assert (found.effect.to, found.effect.subject) == ("vera-acme@buyer.example", "Re: Dock contract")
    assert found.effect.in_reply_to == "<one@buyer.example>"
    assert found.evidence[0].id == "one@buyer.example"
    assert (found.kind, found.state, found.owner, found.deal) == ("reactivation", "pending", "ana@ours.example", "acme")


def test_without_anything_new_it_takes_up_their_words_and_says_so(desk: Desk) -> None:
    desk.deal("acme")
    _mail(desk, "one@buyer.example", 30, "inbound", "Our legal team goes over the redlines this week.")
    _mail(desk, "two@ours.example", 20, "outbound", "Any news on the redlines?")
    found = _told(desk)
    assert "“Our legal team goes over the redlines this week.”" in found.effect.body
    assert any("Nothing new for them is on record" in one for one in found.risks)


def test_nobody_who_opted_out_is_written_to(desk: Desk) -> None:
    desk.deal("acme")
    _mail(desk, "one@buyer.example", 20, "inbound", "Could you send the price for two more docks?")
    desk.add(Suppression(kind="person", value="vera-acme@buyer.example", reason="opt_out", at=NOW, by=None, note=None))
    assert _told(desk) is None


def test_where_nobody_ever_wrote_there_is_no_draft_and_the_alert_is_told_all_the_same(desk: Desk) -> None:
    desk.deal("acme")
    assert _told(desk) is None
    assert len(desk.tell()) == 1


def test_the_draft_is_made_once_and_is_the_owners(desk: Desk) -> None:
    desk.deal("acme", amount=200_000)
    _mail(desk, "one@buyer.example", 20, "inbound", "Could you send the price for two more docks?")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    for _ in range(2):
        assert [bool(desk.alerts.to_tell(one.id)) for one in desk.rows()] == [True, True]
    assert [(one.to, one.proposal is not None) for one in desk.rows()] == [
        ("ana@ours.example", True),
        ("mia@ours.example", False),
    ]
    with desk.database.session() as session:
        assert len(session.scalars(select(Proposal.id)).all()) == 1


def _signal(desk: Desk, kind: str, text: str, days: float = 1) -> None:
    at = desk.clock.now() - timedelta(days=days)
    desk.add(Signal(id=kind, key=kind, kind=kind, state="judged", account_id="acc-acme", text=text, company="Acme AG", occurred_at=at, received_at=at, strength=0.8, rank=0.5))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "told", "title"),
    [
        ("usage_drop", "renewal", "The renewal of Acme AG needs you"),
        ("usage_spike", "expansion", "Acme AG may want more"),
    ],
)
def test_what_a_customer_does_is_told_at_the_deal_that_it_concerns(
    desk: Desk, kind: str, told: str, title: str
) -> None:
    desk.deal("acme", status="won", closed_at=NOW - timedelta(days=200))
    _signal(desk, kind, "Weekly users went from 40 to 18.")
    desk.look()
    alert = desk.one()
    assert (alert.kind, alert.title, alert.deal) == (told, title, "acme")
    assert alert.new[0].evidence[0].quote == "Weekly users went from 40 to 18."
    assert desk.look().raised == ()


def test_what_a_customer_did_weeks_ago_is_no_news(desk: Desk) -> None:
    desk.deal("acme", status="won", closed_at=NOW - timedelta(days=200))
    _signal(desk, "usage_drop", "Weekly users went from 40 to 18.", days=12)
    assert desk.look().raised == ()


def test_a_renewal_that_comes_near_without_a_word_is_told_and_ends_with_a_meeting(desk: Desk) -> None:
    desk.deal("acme", type="Renewal", close_date=(NOW + timedelta(days=40)).date())
    desk.deal("far", type="Renewal", close_date=(NOW + timedelta(days=90)).date())
    desk.deal("new", type="New business", close_date=(NOW + timedelta(days=40)).date())
    desk.look()
    assert [(one.deal, one.kind) for one in desk.rows()] == [("acme", "renewal")]
    desk.tell()
    desk.later(hours=1)
    booked = NOW + timedelta(days=3)
    desk.add(Activity(id="mtg", kind="meeting", direction="mutual", status="booked", account_id="acc-acme", deal_id="acme", subject="Renewal", at=booked, content_hash="h"))  # fmt: skip
    desk.look("acme")
    ending = desk.one().ending
    assert ending is not None
    assert ending.sentence.startswith("A meeting is booked for Thu 26 Nov")


def _came(desk: Desk) -> tuple[str, ...] | None:
    found = take_up(desk.database, 50)
    if found is None:
        return ()
    with desk.database.transaction() as session:
        looked_at(session, found)
    return found.deals


def test_the_database_notes_what_something_happened_to(desk: Desk) -> None:
    desk.deal("acme")
    desk.deal("other")
    assert _came(desk) == ("acme", "other")
    assert _came(desk) == ()
    _mail(desk, "one@buyer.example", 0, "inbound", "Hello")
    assert _came(desk) == ("acme",)
    desk.add(DealChange(id="c1", deal_id="other", field="stage", old="A", new="B", at=NOW, by=None))
    assert _came(desk) == ("other",)
    with desk.database.transaction() as session:
        session.get_one(Deal, "acme").stage = "Propose"
    assert _came(desk) == ("acme",)
    with desk.database.transaction() as session:
        session.get_one(Deal, "acme").source_at = NOW
    assert _came(desk) == (), "a record that was read again unchanged is no event"
    _signal(desk, "usage_drop", "Fewer users")
    assert _came(desk) == ("acme",), "what happens to a company happens to its deals"


def test_what_a_kill_left_is_taken_up_again_and_what_comes_meanwhile_is_kept(desk: Desk) -> None:
    desk.deal("acme")
    first = take_up(desk.database, 50)
    assert first is not None
    again = take_up(desk.database, 50)
    assert again is not None
    assert again.deals == first.deals == ("acme",)
    _mail(desk, "one@buyer.example", 0, "inbound", "Hello")
    with desk.database.transaction() as session:
        looked_at(session, again)
    with desk.database.session() as session:
        assert something_came(session)
    assert _came(desk) == ("acme",)


def _fails(desk: Desk) -> None:
    with desk.database.transaction() as session:
        session.get_one(Deal, "acme").stage = "Close"
        session.flush()
        raise RuntimeError


def test_what_is_rolled_back_was_no_event(desk: Desk) -> None:
    desk.deal("acme")
    _came(desk)
    with pytest.raises(RuntimeError):
        _fails(desk)
    assert _came(desk) == ()


def test_a_flood_is_one_look_at_everything(desk: Desk) -> None:
    for number in range(5):
        desk.deal(f"deal{number}")
    found = take_up(desk.database, 3)
    assert found is not None
    assert found.deals is None
    with desk.database.session() as session:
        assert len(session.scalars(select(Stirred.id)).all()) >= 5
