"""One alert for one cause: who is told of what, how much of it a day, what joins it, and what ends it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from agents.alerts.titles import course_of
from agents.health.record import NextAction
from bot.alert_card import alert_card
from bot.compose import view_at
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Absence, Activity, Deal, HealthMark, Notice, Participant
from tests.agents.alerts.desk import Desk, reason
from tests.conftest import NOW


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """The team, on both databases."""
    return Desk(database, settings)


def test_the_owner_is_told_once_what_is_new_and_what_is_not(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("champion_left", 25, new=True), reason("silence", 18), before=72)
    assert desk.look().raised == (desk.one().id,)
    alert = desk.one()
    assert (alert.title, alert.to, alert.state) == ("Acme AG has become risky: 72 → 48", "ana@ours.example", "waiting")
    assert [one.kind for one in alert.new] == ["champion_left"]
    assert [one.kind for one in alert.standing] == ["silence"]
    assert len(desk.tell()) == 1
    for _ in range(3):
        desk.later(days=1)
        assert desk.look().raised == ()
    assert desk.tell() == []
    assert desk.one().state == "told"


def test_a_new_cause_joins_the_alert_that_stands(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 55, reason("silence", 18, new=True))
    desk.look()
    desk.tell()
    desk.later(hours=3)
    desk.stands("acme", 40, reason("competitor", 15, new=True), reason("silence", 18, new=True))
    looked = desk.look("acme")
    assert (looked.raised, looked.changed) == ((), (desk.one().id,))
    assert {one.kind for one in desk.one().new} == {"competitor", "silence"}
    assert desk.one().score_after == 40
    assert desk.tell() == []


def test_what_was_told_stays_while_the_card_says_how_the_deal_stands_now(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 31, reason("silence", 18, new=True), before=72)
    desk.look()
    desk.tell()
    desk.later(hours=3)
    desk.stands("acme", 44, reason("silence", 18, new=True))
    desk.add(HealthMark(deal_id="acme", at=desk.clock.now(), score=44, band="at_risk", reasons=["silence"]))
    desk.look("acme")
    alert = desk.alerts.get(desk.one().id)
    assert alert is not None
    assert alert.title == "Acme AG has become risky: 72 → 31"
    assert course_of(alert) == "was 31 when raised, 44 now"
    step = NextAction(label="Answer their question (late)", verb="do", value="", why="question")
    told = str(alert_card(alert.model_copy(update={"next": step}), view_at(desk.settings, NOW)).parts)
    assert "was 31 when raised, 44 now" in told
    assert "**Next:** Answer their question (late)" in told


def test_a_deal_of_which_too_little_is_known_never_alarms(desk: Desk) -> None:
    for number in range(20):
        desk.deal(f"deal{number}", amount=None)
        desk.stands(f"deal{number}", None, reason("close_date_passed", 30, new=True))
    assert desk.look().raised == ()
    assert desk.rows() == []


def test_a_day_holds_three_and_the_worthiest_are_told(desk: Desk) -> None:
    for number in range(1, 7):
        desk.deal(f"deal{number}", amount=number * 10_000)
        desk.stands(f"deal{number}", 40, reason("silence", 20, new=True))
    looked = desk.look()
    assert (len(looked.raised), len(looked.held)) == (3, 3)
    assert sorted(one.deal for one in desk.rows(state="waiting")) == ["deal4", "deal5", "deal6"]
    assert all("3 alerts of the day" in (one.why_held or "") for one in desk.rows(state="held"))
    desk.tell()
    desk.later(days=1)
    desk.look()
    assert len(desk.tell()) == 3, "what is new may still be told the next day"


def test_old_history_makes_no_storm_at_the_first_look(desk: Desk) -> None:
    for number in range(30):
        desk.deal(f"deal{number}", amount=1_000 * (number + 1))
        desk.stands(f"deal{number}", 30, reason("silence", 20), before=30)
    looked = desk.look()
    assert (len(looked.raised), len(looked.held)) == (2, 28)
    assert {one.deal for one in desk.rows(state="waiting")} == {"deal28", "deal29"}
    desk.tell()
    for _ in range(5):
        desk.later(days=1)
        desk.look()
    assert desk.tell() == [], "what was held is the weekly review's"


def test_what_was_held_is_told_when_something_new_joins_it(desk: Desk) -> None:
    for number in range(5):
        desk.deal(f"deal{number}", amount=1_000 * (number + 1))
        desk.stands(f"deal{number}", 30, reason("silence", 20), before=30)
    desk.look()
    desk.tell()
    desk.later(days=4)
    desk.stands("deal0", 20, reason("silence", 20), reason("champion_left", 25, new=True))
    (told,) = desk.look("deal0").raised
    assert desk.tell() == [f"ana:{told}"]


def test_a_managers_eye_is_on_what_is_large(desk: Desk) -> None:
    desk.deal("small", amount=99_999)
    desk.deal("large", amount=100_000)
    for deal in ("small", "large"):
        desk.stands(deal, 40, reason("silence", 20, new=True))
    desk.look()
    assert [(one.deal, one.to) for one in desk.rows()] == [
        ("large", "ana@ours.example"),
        ("large", "mia@ours.example"),
        ("small", "ana@ours.example"),
    ]


def test_whoever_stands_in_is_told_and_an_admin_where_nobody_owns_it(desk: Desk) -> None:
    desk.add(Absence(user_id="ana", begins_at=NOW - timedelta(days=1), ends_at=None, delegate_id="ben"))
    desk.deal("acme")
    desk.deal("orphan", owner=None)
    for deal in ("acme", "orphan"):
        desk.stands(deal, 40, reason("silence", 20, new=True))
    desk.look()
    assert [one.to for one in desk.rows()] == ["ben@ours.example", "ines@ours.example"]


def test_a_far_fall_by_something_new_is_told_though_the_deal_is_only_to_be_watched(desk: Desk) -> None:
    desk.deal("fell")
    desk.deal("slid")
    desk.stands("fell", 74, reason("champion_left", 26, new=True), before=100)
    desk.stands("slid", 74, reason("stage_age", 10, new=True), before=84)
    desk.look()
    assert desk.one().deal == "fell"


def _reply(desk: Desk, deal: str, words: str) -> None:
    now = desk.clock.now()
    mail = Activity(id="reply@buyer", kind="mail", direction="inbound", status="done", account_id=f"acc-{deal}", deal_id=deal, body=words, subject="Re: Dock", at=now, content_hash="h")  # fmt: skip
    said_by = Participant(activity_id=mail.id, name="Vera Holm", role="from", side="buyer", contact_id=f"vera-{deal}")
    desk.add(mail, said_by)


def test_a_reply_ends_it_in_the_buyers_own_words(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True), reason("few_contacts", 8))
    desk.look()
    desk.tell()
    desk.later(hours=20)
    _reply(desk, "acme", "Sorry for the wait. Thursday at ten works for us.")
    desk.stands("acme", 68, reason("few_contacts", 8))
    assert desk.look("acme").ended == (desk.one().id,)
    alert = desk.one()
    assert alert.state == "resolved"
    assert alert.ending is not None
    assert alert.ending.sentence.startswith("They wrote on Tue 24 Nov")
    (said,) = alert.ending.evidence
    assert (said.quote, said.speaker) == ("Sorry for the wait.", "Vera Holm")


@pytest.mark.parametrize(
    ("cause", "change", "told"),
    [
        ("meeting_cancelled", "meeting", "A meeting is booked for Thu 26 Nov"),
        ("no_next_step", "step", "The next step has a date: 30 Nov 2026."),
        ("few_contacts", "", "What it was raised for is gone: few contacts."),
    ],
)
def test_what_is_put_right_ends_it(desk: Desk, cause: str, change: str, told: str) -> None:
    desk.deal("acme")
    desk.stands("acme", 50, reason(cause, 20, new=True))
    desk.look()
    desk.tell()
    desk.later(hours=1)
    if change == "meeting":
        booked = NOW + timedelta(days=3)
        desk.add(Activity(id="mtg", kind="meeting", direction="mutual", status="booked", account_id="acc-acme", deal_id="acme", subject="Review", at=booked, content_hash="h"))  # fmt: skip
    elif change == "step":
        with desk.database.transaction() as session:
            deal = session.get_one(Deal, "acme")
            deal.next_step, deal.next_step_date = "Call Vera", date(2026, 11, 30)
    desk.stands("acme", 85)
    desk.look("acme")
    ending = desk.one().ending
    assert ending is not None
    assert ending.sentence.startswith(told)


def test_a_deal_that_is_decided_alarms_nobody_any_more(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.tell()
    with desk.database.transaction() as session:
        session.get_one(Deal, "acme").status = "lost"
    assert desk.look("acme").ended == (desk.one().id,)
    ending = desk.one().ending
    assert ending is not None
    assert ending.sentence == "The deal is lost."


def test_what_ended_before_it_was_told_is_never_told(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.stands("acme", 90)
    desk.look("acme")
    assert desk.alerts.to_tell(desk.one().id) is None


def test_what_a_person_heard_the_end_of_stays_quiet_and_something_new_does_not(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.tell()
    desk.stands("acme", 90)
    desk.look()
    desk.later(days=2)
    desk.stands("acme", 48, reason("silence", 20, new=True))
    assert desk.look().raised == ()
    desk.stands("acme", 40, reason("silence", 20, new=True), reason("competitor", 10, new=True))
    assert len(desk.look().raised) == 1
    assert [one.kind for one in desk.rows()[1].new] == ["competitor"]


def test_after_the_cool_down_it_is_told_again(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    desk.look()
    desk.tell()
    desk.stands("acme", 90)
    desk.look()
    desk.later(days=15)
    desk.stands("acme", 48, reason("silence", 20, new=True))
    assert len(desk.look().raised) == 1


def test_two_who_look_at_the_same_time_raise_one(desk: Desk) -> None:
    desk.deal("acme")
    desk.stands("acme", 48, reason("silence", 20, new=True))
    first = desk.look()
    with desk.database.transaction() as session:
        # As another process would have found it: nothing is written twice under the key of the place.
        assert session.scalars(select(Notice.key)).all() == [f"alert:{first.raised[0]}"]
    assert desk.look().raised == ()


def test_what_is_due_today_or_closes_soon_does_not_wait_for_the_budget_of_messages(desk: Desk) -> None:
    desk.deal("soon", close_date=(NOW + timedelta(days=5)).date())
    desk.deal("later", close_date=(NOW + timedelta(days=50)).date())
    desk.deal("promised")
    desk.stands("soon", 48, reason("silence", 20, new=True))
    desk.stands("later", 48, reason("silence", 20, new=True))
    desk.stands("promised", 48, reason("promise_broken_by_us", 20, new=True))
    desk.look()
    with desk.database.session() as session:
        urgent = {one.payload["alert"]: one.urgent for one in session.scalars(select(Notice))}
    assert {one.deal: urgent[one.id] for one in desk.rows()} == {"soon": True, "later": False, "promised": True}


def test_what_would_be_raised_is_told_and_nothing_is_written(desk: Desk) -> None:
    from infra.spine.scope import EVERYTHING

    for number in range(5):
        desk.deal(f"deal{number}", amount=1_000 * (number + 1))
        desk.stands(f"deal{number}", 30, reason("silence", 20, new=True))
    found = desk.alerts.read(EVERYTHING)
    assert [one.deal for one in found.would] == ["deal4", "deal3", "deal2", "deal1", "deal0"]
    assert [one.state for one in found.would] == ["waiting"] * 3 + ["held"] * 2
    assert desk.rows() == []
    assert found.would[0].amount == Decimal(5_000)
