"""Next step, stage, close date and the buyer's words about it, as reasons of a deal's health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sales.health.course import (
    buyer_confirmed,
    close_date_passed,
    close_date_slips,
    date_contradicted,
    next_step_dated,
    next_step_overdue,
    no_next_step,
    stage_age,
    stage_age_unknown,
)
from sales.health.facts import Meetings, Moved, Stay, Task
from tests.sales.health.facts import TODAY, ago, facts, said

SOON = TODAY + timedelta(days=5)


def test_a_missing_next_step_counts_only_where_next_steps_are_written() -> None:
    none = {"next_step": None, "next_step_date": None}
    assert no_next_step(facts(**none)) is not None
    assert no_next_step(facts(**none, steps_kept=False)) is None
    assert no_next_step(facts(**none, fields_known=False)) is None
    assert no_next_step(facts(**none, meetings=Meetings(next=SOON))) is None
    assert no_next_step(facts(next_step="Send it")) is None


def test_an_overdue_next_step_or_task_is_told_by_the_oldest() -> None:
    found = next_step_overdue(facts(next_step_date=ago(2)))
    assert found is not None
    assert found.weight == 6
    assert found.sentence == "The next step “Send the contract” was due 2 days ago"
    late = next_step_overdue(facts(next_step_date=ago(2), tasks=(Task("activity:t", "Answer Anita", ago(8)),)))
    assert late is not None
    assert late.weight == 10
    assert late.rests_on == ("activity:t", "field:next_step_date")
    assert next_step_overdue(facts(next_step_date=TODAY)) is None
    assert next_step_overdue(facts(next_step_date=ago(2), fields_known=False)) is None


def test_a_next_step_ahead_speaks_for_the_deal() -> None:
    assert next_step_dated(facts(next_step_date=SOON)) is not None
    assert next_step_dated(facts(next_step_date=ago(1))) is None


@pytest.mark.parametrize(("age", "weight"), [(20, None), (21, 8), (40, 8), (41, 14)])
def test_time_in_stage_is_told_against_the_teams_own_past(age: int, weight: int | None) -> None:
    found = stage_age(facts(stage_since=ago(age), stage_id="change:1", stay=Stay(12, 9.0, 20.0)))
    assert (found.weight if found else None) == weight


def test_too_few_past_stays_make_it_unknown_never_bad() -> None:
    asked = facts(stage_since=ago(300), stay=Stay(7, 9.0, 20.0))
    assert stage_age(asked) is None
    assert "only 7 earlier stays" in (stage_age_unknown(asked) or "")
    assert "isn't recorded" in (stage_age_unknown(facts(stage_since=None)) or "")
    assert stage_age_unknown(facts(stage_since=ago(3), stay=Stay(8, 9.0, 20.0))) is None


def _moves(*days: int) -> tuple[Moved, ...]:
    return tuple(Moved(f"change:{day}", ago(day), ago(day), ago(day) + timedelta(days=30)) for day in days)


@pytest.mark.parametrize(
    ("moves", "weight"), [((), None), ((10,), 4), ((10, 40), 10), ((10, 40, 70), 16), ((181,), None)]
)
def test_slips_weigh_more_with_each(moves: tuple[int, ...], weight: int | None) -> None:
    found = close_date_slips(facts(moves=_moves(*moves)))
    assert (found.weight if found else None) == weight


def test_a_date_that_moved_earlier_is_no_slip() -> None:
    earlier = Moved("change:1", ago(5), TODAY, TODAY - timedelta(days=9))
    assert close_date_slips(facts(moves=(earlier,))) is None


def test_a_close_date_that_passed() -> None:
    assert close_date_passed(facts(close_date=TODAY)) is None
    found = close_date_passed(facts(close_date=ago(1)))
    assert found is not None
    assert (found.weight, found.sentence) == (12, "Its close date, 22 Nov, passed 1 day ago")
    assert (late := close_date_passed(facts(close_date=ago(14)))) is not None
    assert late.weight == 18
    assert close_date_passed(facts(close_date=None)) is None


def test_the_buyers_later_date_contradicts_the_crm_and_firm_words_win() -> None:
    later = said("date", 3, day=TODAY + timedelta(days=60), quote="Realistically January.")
    found = date_contradicted(facts(mentions=(later,)))
    assert found is not None
    assert found.weight == 18
    assert found.sentence == "The CRM says 23 Dec; Vera Holm said “Realistically January.” (20 Nov)"
    loose = said("date", 1, day=TODAY + timedelta(days=3), sure=False)
    assert date_contradicted(facts(mentions=(later, loose))) is not None
    corrected = said("date", 1, day=TODAY + timedelta(days=3))
    assert date_contradicted(facts(mentions=(later, corrected))) is None
    assert date_contradicted(facts(mentions=(said("date", 61, day=TODAY + timedelta(days=60)),))) is None
    assert date_contradicted(facts(mentions=(later,), close_date=None)) is None


def test_a_day_that_fits_speaks_for_the_deal() -> None:
    assert buyer_confirmed(facts(mentions=(said("date", 1, day=TODAY + timedelta(days=3)),))) is not None
    assert buyer_confirmed(facts(mentions=(said("date", 1, day=TODAY + timedelta(days=3), sure=False),))) is None
    assert buyer_confirmed(facts(mentions=(said("date", 9, day=ago(3)),))) is None
