"""Somebody whom an alert did not reach: told when they can be reached, once, if it still stands, and no more at a time than a day holds."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Notice
from tests.agents.alerts.desk import Desk, reason


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """The team, on both databases."""
    return Desk(database, settings)


def _nobody_is_reached(desk: Desk) -> None:
    with desk.database.transaction() as session:
        for one in session.scalars(select(Notice).where(Notice.state == "waiting")):
            one.state, one.sent_at = "unreached", desk.clock.now()
    desk.alerts.tend()


def _lost(desk: Desk, *deals: str) -> None:
    for deal in deals:
        desk.deal(deal)
        desk.stands(deal, 48, reason("silence", 20, new=True))
        desk.look(deal)
        _nobody_is_reached(desk)


def test_what_reached_nobody_is_told_when_its_person_can_be_reached(desk: Desk) -> None:
    _lost(desk, "acme")
    assert desk.one().why_held == "Nobody could be reached with it on any surface."
    for _ in range(3):
        desk.later(hours=2)
        assert desk.look().raised == (), "nothing is tried while nobody is there"
    assert desk.alerts.lost() == {"ana": ("acme",)}
    desk.stands("acme", 41, reason("silence", 20, new=True), reason("competitor", 7, new=True))
    desk.look()
    told = desk.alerts.reached({"ana"})
    assert told == (desk.one().id,)
    assert desk.tell() == [f"ana:{told[0]}"]
    alert = desk.one()
    assert (alert.state, alert.why_held, alert.score_after) == ("told", None, 41)
    assert {one.kind for one in alert.new} == {"silence", "competitor"}
    assert desk.alerts.reached({"ana"}) == ()


def test_it_is_tried_once_more_and_not_for_ever(desk: Desk) -> None:
    _lost(desk, "acme")
    desk.later(days=1)
    assert desk.alerts.reached({"ana"}) == (desk.one().id,)
    _nobody_is_reached(desk)
    assert "twice" in (desk.one().why_held or "")
    assert desk.alerts.lost() == {}
    desk.later(days=1)
    assert desk.alerts.reached({"ana"}) == ()


def test_what_is_over_by_then_and_what_is_somebody_elses_is_not_told(desk: Desk) -> None:
    _lost(desk, "acme", "birch")
    desk.stands("acme", 90)
    desk.look()
    assert desk.alerts.lost() == {"ana": ("birch",)}
    assert desk.alerts.reached({"ben"}) == ()
    desk.alerts.reached({"ana"})
    assert [one.split(":")[0] for one in desk.tell()] == ["ana"]
    assert [one.deal for one in desk.rows(state="told")] == ["birch"]


def test_a_heap_of_them_comes_a_days_worth_at_a_time(desk: Desk) -> None:
    _lost(desk, *(f"deal{number}" for number in range(5)))
    assert len(desk.alerts.lost()["ana"]) == 5
    assert len(desk.alerts.reached({"ana"})) == 3
    desk.tell()
    assert desk.alerts.reached({"ana"}) == ()
    desk.later(days=1)
    assert len(desk.alerts.reached({"ana"})) == 2


def test_one_who_works_on_what_was_told_again_is_not_told_a_third_time(desk: Desk) -> None:
    _lost(desk, "acme")
    desk.alerts.reached({"ana"})
    desk.alerts.act(desk.one().id, "work", "ana", "web")
    assert desk.tell() == []
    assert desk.one().state == "working"
